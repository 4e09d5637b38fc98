// Sums and products that keep their rounding error: a pair stands for x + y, y being what x lacks.

fn two_sum(a: f32, b: f32) -> vec2<f32> {
  let sum = pin(a + b);
  if (exponent(sum) == 255u) { return vec2<f32>(sum, 0.0); }
  let rounded = pin(sum - a);
  return vec2<f32>(sum, pin(pin(a - pin(sum - rounded)) + pin(b - rounded)));
}

fn quick_two_sum(a: f32, b: f32) -> vec2<f32> {
  let sum = pin(a + b);
  if (exponent(sum) == 255u) { return vec2<f32>(sum, 0.0); }
  return vec2<f32>(sum, pin(b - pin(sum - a)));
}

// The upper 12 bits of the mantissa.
fn upper(x: f32) -> f32 {
  return bitcast<f32>((bitcast<u32>(x) & 0xfffff000u) ^ opaque);
}

fn two_product(a: f32, b: f32) -> vec2<f32> {
  let product = pin(a * b);
  if (exponent(product) == 255u || exponent(product) < 32u) { return vec2<f32>(product, 0.0); }
  let ah = upper(a);
  let al = pin(a - ah);
  let bh = upper(b);
  let bl = pin(b - bh);
  let rest = pin(pin(pin(pin(ah * bh) - product) + pin(ah * bl)) + pin(al * bh));
  return vec2<f32>(product, pin(rest + pin(al * bl)));
}

fn add_pair(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
  let sum = two_sum(a.x, b.x);
  return quick_two_sum(sum.x, pin(sum.y + pin(a.y + b.y)));
}

fn mul_pair(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
  let product = two_product(a.x, b.x);
  if (exponent(product.x) == 255u) { return product; }
  return quick_two_sum(product.x, pin(product.y + pin(pin(a.x * b.y) + pin(a.y * b.x))));
}

// A pair and the exact product of two numbers more.
fn add_product(sum: vec2<f32>, a: f32, b: f32) -> vec2<f32> {
  return add_pair(sum, two_product(a, b));
}

fn neg_pair(a: vec2<f32>) -> vec2<f32> {
  return vec2<f32>(neg_float(a.x), neg_float(a.y));
}

fn div_pair(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
  let inverse = div_float(1.0, b.x);
  let q = pin(a.x * inverse);
  // Near either end of the range the rest has no digits; and a driver may take subnormal numbers for zero.
  if (exponent(a.x) == 255u || exponent(inverse) == 255u || exponent(inverse) == 0u || exponent(q) < 32u) {
    return vec2<f32>(div_float(a.x, b.x), 0.0);
  }
  let rest = add_pair(a, neg_pair(mul_pair(vec2<f32>(q, 0.0), b)));
  return quick_two_sum(q, pin(rest.x * inverse));
}

fn sqrt_pair(a: vec2<f32>) -> vec2<f32> {
  let root = sqrt_float(a.x);
  if (exponent(root) == 255u || is_zero(root)) { return vec2<f32>(root, 0.0); }
  let rest = add_pair(a, neg_pair(two_product(root, root)));
  return quick_two_sum(root, div_float(rest.x, pin(root + root)));
}

// The nearest number.
fn single(a: vec2<f32>) -> f32 {
  return add_float(a.x, a.y);
}

fn log_of_pair(a: vec2<f32>) -> f32 {
  let whole = single(a);
  if (exponent(whole) == 255u || is_zero(whole) || sign_bit(whole) != 0u) { return log_float(whole); }
  let rest = add_float(sub_float(a.x, whole), a.y);
  return single(add_pair(log_pair(whole), vec2<f32>(div_float(rest, whole), 0.0)));
}

// A product as a pair near one and a power of two, so that no partial product overflows.
struct Product {
  factor: vec2<f32>,
  power: i32,
}

fn unit() -> Product {
  return Product(vec2<f32>(1.0, 0.0), 0i);
}

fn include_factor(product: Product, x: f32) -> Product {
  if (exponent(x) == 255u || is_zero(x)) { return combine_products(product, Product(vec2<f32>(x, 0.0), 0i)); }
  let p = parts(x);
  return combine_products(product, Product(vec2<f32>(compose(sign_bit(x), p.mantissa, -23i), 0.0), p.exponent + 23i));
}

fn combine_products(a: Product, b: Product) -> Product {
  let factor = mul_pair(a.factor, b.factor);
  let power = clamp(a.power + b.power, -0x3fffffffi, 0x3fffffffi);
  if (exponent(factor.x) == 255u || is_zero(factor.x)) { return Product(vec2<f32>(factor.x, 0.0), power); }
  let shift = i32(exponent(factor.x)) - 127i;
  return Product(vec2<f32>(scaled(factor.x, -shift), scaled(factor.y, -shift)), power + shift);
}

fn product_of(product: Product) -> f32 {
  if (exponent(product.factor.x) == 255u) { return product.factor.x; }
  return scaled(single(product.factor), clamp(product.power, -400i, 400i));
}

// exp(r) - 1 for |r| < 0.36.
fn expm1_near(r: vec2<f32>) -> vec2<f32> {
  let square = mul_pair(r, r);
  let cube = pin(square.x * r.x);
  let half_square = vec2<f32>(pin(0.5 * square.x), pin(0.5 * square.y));
  return add_pair(r, add_pair(half_square, add_product(vec2<f32>(pin(cube * exp_cube_tail(r.x)), 0.0), cube, 0.166666672)));
}

// (exp(r) - 1 - r - r^2 / 2) / r^3, less the nearest number to 1 / 6, for |r| < 0.36.
fn exp_cube_tail(r: f32) -> f32 {
  var p = multiply_add(1.99179733e-4, r, 1.39461900e-3);
  p = multiply_add(p, r, 8.33326485e-3);
  p = multiply_add(p, r, 4.16662693e-2);
  return pin(pin(p * r) - 4.96705e-9);
}

// exp(x) for x <= 0.
fn exp_below(x: vec2<f32>) -> vec2<f32> {
  if (order(x.x) < -0x42ae0000i) { return vec2<f32>(0.0, 0.0); }
  let n = round_even_float(pin(x.x * 1.44269504));
  // ln 2 in parts of which the products with n are exact.
  var r = add_pair(x, vec2<f32>(pin(n * -0.693115234375), pin(n * -3.1940639019012451171875e-5)));
  r = add_pair(r, vec2<f32>(pin(n * -5.54592627e-9), 0.0));
  let e = add_pair(vec2<f32>(1.0, 0.0), expm1_near(r));
  let power = bitcast<f32>(u32(i32(n) + 127i) << 23u);
  return vec2<f32>(pin(e.x * power), pin(e.y * power));
}

// The logistic function, or the hyperbolic tangent: both a quotient of what exp(-|x|), or exp(-2|x|), leads to.
fn quotient_pair(x: vec2<f32>, is_tanh: bool) -> vec2<f32> {
  if (is_nan(x.x) || (is_tanh && magnitude(x.x) < 0x38000000u)) { return x; }
  let one = vec2<f32>(1.0, 0.0);
  let negative = sign_bit(x.x) != 0u;
  var below = select(neg_pair(x), x, negative);
  if (is_tanh) { below = vec2<f32>(pin(below.x + below.x), pin(below.y + below.y)); }
  let e = exp_below(below);
  var numerator = select(one, e, negative);
  if (is_tanh) {
    numerator = add_pair(one, neg_pair(e));
    if (magnitude(below.x) < 0x3eb00000u) { numerator = neg_pair(expm1_near(below)); }
  }
  let y = div_pair(numerator, add_pair(one, e));
  return select(y, neg_pair(y), negative && is_tanh);
}

fn sigmoid_pair(x: vec2<f32>) -> vec2<f32> {
  return quotient_pair(x, false);
}

fn tanh_pair(x: vec2<f32>) -> vec2<f32> {
  return quotient_pair(x, true);
}

// 0: relu, 1: sigmoid, 2: tanh.
fn activation_pair(x: vec2<f32>, which: u32) -> vec2<f32> {
  if (which == 0u) { return relu_pair(x); }
  return quotient_pair(x, which == 2u);
}

fn relu_pair(x: vec2<f32>) -> vec2<f32> {
  return select(x, vec2<f32>(0.0, 0.0), order(x.x) < 0i && !is_nan(x.x));
}

// A whole number, exactly.
fn whole_pair(n: u32) -> vec2<f32> {
  let high = f32(n & 0xffff0000u);
  return two_sum(high, f32(n & 0xffffu));
}

// The mean of so many numbers, of their sum.
fn mean_pair(sum: vec2<f32>, count: u32) -> vec2<f32> {
  return div_pair(sum, whole_pair(count));
}
