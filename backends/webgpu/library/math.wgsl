// Functions in float32, within 2 units in the last place, with the same bits on every driver: no built-in function
// but those that WGSL wants exact, every rounded product and sum pinned.

fn multiply_add(a: f32, b: f32, c: f32) -> f32 {
  return pin(pin(a * b) + c);
}

struct Reduced {
  rest: f32,
  quotient: i32,
}

// x - n * ln 2 for the nearest n; the first product is exact.
fn reduced_by_ln2(x: f32) -> Reduced {
  let n = round_even_float(pin(x * 1.44269504));
  return Reduced(pin(pin(x - n * 0.693359375) - pin(n * -2.12194440e-4)), i32(n));
}

// (exp(r) - 1 - r) / r^2 for |r| < 0.35.
fn exp_tail(r: f32) -> f32 {
  var p = multiply_add(1.99179733e-4, r, 1.39461900e-3);
  p = multiply_add(p, r, 8.33326485e-3);
  p = multiply_add(p, r, 4.16662693e-2);
  p = multiply_add(p, r, 0.166666672);
  return multiply_add(p, r, 0.5);
}

fn exp_float(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  if (order(x) > 0x42b20000i) { return number(0x7f800000u); }
  if (order(x) < -0x42d20000i) { return 0.0; }
  let r = reduced_by_ln2(x);
  let tail = pin(pin(r.rest * r.rest) * exp_tail(r.rest));
  return scaled(pin(1.0 + pin(r.rest + tail)), r.quotient);
}

// exp of a pair whose second part is small.
fn exp_pair(x: vec2<f32>) -> f32 {
  let e = exp_float(x.x);
  if (exponent(e) == 255u || is_zero(e)) { return e; }
  return add_float(e, mul_float(e, x.y));
}

fn expm1(x: f32) -> f32 {
  if (is_nan(x) || magnitude(x) < 0x33000000u) { return x; }
  if (order(x) > 0x42b20000i) { return number(0x7f800000u); }
  if (order(x) < -0x41900000i) { return -1.0; }
  let r = reduced_by_ln2(x);
  let tail = pin(pin(r.rest * r.rest) * exp_tail(r.rest));
  if (r.quotient == 0i) { return pin(r.rest + tail); }
  let power = scaled(1.0, min(r.quotient, 127i));
  let whole = two_sum(pin(power - 1.0), pin(power * r.rest));
  let sum = pin(whole.x + pin(whole.y + pin(power * tail)));
  if (r.quotient < 24i) { return sum; }
  return exp_float(x);
}

// (atanh(s) - s) / s^3 as a polynomial in z = s^2 < 0.03.
fn atanh_tail(z: f32) -> f32 {
  var p = multiply_add(0.116693161, z, 0.142752528);
  p = multiply_add(p, z, 0.200000629);
  return multiply_add(p, z, 0.333333343);
}

// A number as 2^e * (1 + s) / (1 - s) with |s| < 0.172.
struct Ratio {
  s: vec2<f32>,
  e: f32,
}

fn ratio_of(x: f32) -> Ratio {
  let p = parts(x);
  let up = select(0i, 1i, p.mantissa > 0x00b504f3u);
  let m = compose(0u, p.mantissa, -23i - up);
  return Ratio(div_pair(vec2<f32>(pin(m - 1.0), 0.0), two_sum(m, 1.0)), f32(p.exponent + 23i + up));
}

// e * ln 2 in three parts, the products with the first two exact, and the logarithm of the rest.
fn log_of_ratio(e: f32, fraction: vec2<f32>) -> vec2<f32> {
  let whole = quick_two_sum(e * 0.693115234375, e * 3.1940639019012451171875e-5);
  return add_pair(vec2<f32>(whole.x, pin(whole.y + pin(e * 5.54592627e-9))), fraction);
}

// The natural logarithm of a finite number above zero.
fn log_pair(x: f32) -> vec2<f32> {
  let ratio = ratio_of(x);
  let s = ratio.s;
  let z = pin(s.x * s.x);
  let tail = pin(pin(s.x * z) * atanh_tail(z));
  return log_of_ratio(ratio.e, quick_two_sum(pin(2.0 * s.x), pin(2.0 * pin(s.y + tail))));
}

// The same with ten more bits, for what is multiplied by up to 300: s + s^3 / 3 as a pair, and the rest as a polynomial.
fn log_pair_long(x: f32) -> vec2<f32> {
  let ratio = ratio_of(x);
  let s = ratio.s;
  let square = mul_pair(s, s);
  let cube = mul_pair(square, s);
  var p = multiply_add(0.0956286713, square.x, 0.111022837);
  p = multiply_add(p, square.x, 0.142857671);
  p = multiply_add(p, square.x, 0.2);
  let third = mul_pair(cube, vec2<f32>(0.333333343, -9.934108e-9));
  let tail = add_pair(third, vec2<f32>(pin(pin(cube.x * square.x) * p), 0.0));
  let half_log = add_pair(s, tail);
  return log_of_ratio(ratio.e, vec2<f32>(pin(2.0 * half_log.x), pin(2.0 * half_log.y)));
}

fn log_float(x: f32) -> f32 {
  if (is_nan(x) || is_zero(x)) { return select(x, number(0xff800000u), is_zero(x)); }
  if (sign_bit(x) != 0u) { return nan(); }
  if (is_infinite(x)) { return x; }
  return single(log_pair(x));
}

// log(1 + x) for 0 <= x <= 1.
fn log1p(x: f32) -> f32 {
  if (magnitude(x) < 0x33800000u) { return x; }
  let sum = two_sum(1.0, x);
  let logarithm = log_pair(sum.x);
  return single(add_pair(logarithm, vec2<f32>(div_float(sum.y, sum.x), 0.0)));
}

fn is_whole(x: f32) -> bool {
  return bitcast<u32>(truncated(x)) == bitcast<u32>(x);
}

fn is_odd(x: f32) -> bool {
  let e = exponent(x);
  if (e < 127u || e > 150u) { return false; }
  return ((parts(x).mantissa >> (150u - e)) & 1u) == 1u;
}

fn pow_float(x: f32, y: f32) -> f32 {
  if (is_zero(y) || bitcast<u32>(x) == 0x3f800000u) { return 1.0; }
  if (is_nan(x) || is_nan(y)) { return nan(); }
  let sign = select(0u, sign_bit(x), is_odd(y) && is_whole(y));
  if (is_infinite(y)) {
    if (magnitude(x) == 0x3f800000u) { return 1.0; }
    return select(0.0, number(0x7f800000u), (magnitude(x) > 0x3f800000u) == (sign_bit(y) == 0u));
  }
  if (is_zero(x) || is_infinite(x)) {
    return select(bitcast<f32>(sign), number(sign | 0x7f800000u), is_infinite(x) == (sign_bit(y) == 0u));
  }
  if (sign_bit(x) != 0u && !is_whole(y)) { return nan(); }
  let logarithm = log_pair_long(abs_float(x));
  if (is_zero(logarithm.x)) { return bitcast<f32>(sign | 0x3f800000u); }
  if (exponent(logarithm.x) + exponent(y) > 270u) {
    return select(bitcast<f32>(sign), number(sign | 0x7f800000u), (sign_bit(logarithm.x) ^ sign_bit(y)) == 0u);
  }
  let power = exp_pair(mul_pair(logarithm, vec2<f32>(y, 0.0)));
  return bitcast<f32>((sign | bitcast<u32>(power)) ^ opaque);
}

struct Angle {
  rest: vec2<f32>,
  quadrant: u32,
}

// x modulo pi / 2 for x of 2^-1 or more: its mantissa times the bits of 2 / pi that matter.
fn reduced_by_half_pi(x: f32) -> Angle {
  var bits = array<u32, 9>(0u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu, 0xdebbc561u);
  let p = parts(x);
  // Bit 0 of the window is worth 2^30 of a turn's quarter once multiplied with the mantissa, modulo 4 and more.
  let first = u32(p.exponent + 30i);
  let word = first >> 5u;
  let shift = first & 31u;
  var window = array<u32, 3>(bits[word], bits[word + 1u], bits[word + 2u]);
  if (shift != 0u) {
    window[0] = (window[0] << shift) | (window[1] >> (32u - shift));
    window[1] = (window[1] << shift) | (window[2] >> (32u - shift));
    window[2] = (window[2] << shift) | (bits[word + 3u] >> (32u - shift));
  }
  let low = wide_product(window[2], p.mantissa);
  let middle = add_uint64(wide_product(window[1], p.mantissa), vec2<u32>(low.y, 0u));
  let high = window[0] * p.mantissa + middle.y;
  // high holds the quadrant in its upper two bits, then the fraction goes on in the two words below.
  var quadrant = high >> 30u;
  var fraction = vec2<u32>((middle.x << 2u) | (low.x >> 30u), (high << 2u) | (middle.x >> 30u));
  var sign = 0u;
  if (is_negative(fraction)) {
    quadrant += 1u;
    fraction = neg_int64(fraction);
    sign = 0x80000000u;
  }
  let upper_part = cast_uint64_float(fraction);
  let lower_part = cast_int64_float(sub_uint64(fraction, cast_float_uint64(upper_part)));
  let angle = mul_pair(vec2<f32>(scaled(upper_part, -64i), scaled(lower_part, -64i)), vec2<f32>(1.57079637, -4.37113883e-8));
  let turned = (sign ^ sign_bit(x)) != 0u;
  return Angle(select(angle, neg_pair(angle), turned), select(quadrant, 4u - (quadrant & 3u), sign_bit(x) != 0u) & 3u);
}

fn angle_of(x: f32) -> Angle {
  if (magnitude(x) <= 0x3f490fdau) { return Angle(vec2<f32>(x, 0.0), 0u); }
  return reduced_by_half_pi(x);
}

// sin(r) for |r| <= pi / 4.
fn sin_near(r: vec2<f32>) -> vec2<f32> {
  if (magnitude(r.x) < 0x39000000u) { return r; }
  let z = pin(r.x * r.x);
  var p = multiply_add(2.72493912e-6, z, -1.98400827e-4);
  p = multiply_add(p, z, 8.33333191e-3);
  p = multiply_add(p, z, -0.166666672);
  return quick_two_sum(r.x, pin(pin(pin(r.x * z) * p) + pin(r.y * pin(1.0 - pin(0.5 * z)))));
}

// cos(r) for |r| <= pi / 4.
fn cos_near(r: vec2<f32>) -> vec2<f32> {
  let z = two_product(r.x, r.x);
  var p = multiply_add(-2.73005015e-7, z.x, 2.48005963e-5);
  p = multiply_add(p, z.x, -1.38888881e-3);
  p = multiply_add(p, z.x, 4.16666679e-2);
  let whole = two_sum(1.0, pin(-0.5 * z.x));
  let rest = pin(pin(pin(z.x * z.x) * p) - pin(pin(r.x * r.y) + pin(0.5 * z.y)));
  return quick_two_sum(whole.x, pin(whole.y + rest));
}

fn turned_number(angle: Angle, is_cosine: bool) -> f32 {
  if (is_cosine) { return cos_near(angle.rest).x; }
  return sin_near(angle.rest).x;
}

fn sin_float(x: f32) -> f32 {
  if (exponent(x) == 255u) { return nan(); }
  let angle = angle_of(x);
  let turned = turned_number(angle, (angle.quadrant & 1u) == 1u);
  return select(turned, neg_float(turned), angle.quadrant >= 2u);
}

fn cos_float(x: f32) -> f32 {
  if (exponent(x) == 255u) { return nan(); }
  let angle = angle_of(x);
  let turned = turned_number(angle, (angle.quadrant & 1u) == 0u);
  return select(turned, neg_float(turned), angle.quadrant == 1u || angle.quadrant == 2u);
}

fn tan_float(x: f32) -> f32 {
  if (exponent(x) == 255u) { return nan(); }
  if (magnitude(x) < 0x39000000u) { return x; }
  let angle = angle_of(x);
  let sine = sin_near(angle.rest);
  let cosine = cos_near(angle.rest);
  if ((angle.quadrant & 1u) == 1u) { return neg_float(single(div_pair(cosine, sine))); }
  return single(div_pair(sine, cosine));
}

fn tanh_float(x: f32) -> f32 {
  if (is_nan(x) || magnitude(x) < 0x39000000u) { return x; }
  return single(tanh_pair(vec2<f32>(x, 0.0)));
}

// erfc(x) for x >= 0.75: exp(-x^2) by a polynomial in (x - 2) / (x + 2).
fn erfc_far(x: f32) -> f32 {
  if (magnitude(x) > 0x41230000u) { return 0.0; }
  let t = div_float(pin(x - 2.0), pin(x + 2.0));
  var p = multiply_add(-5.51666854e-5, t, -1.43883470e-3);
  p = multiply_add(p, t, 1.09864376e-3);
  p = multiply_add(p, t, 8.74037109e-3);
  p = multiply_add(p, t, -8.00628215e-3);
  p = multiply_add(p, t, -5.42233363e-2);
  p = multiply_add(p, t, 0.164049536);
  p = multiply_add(p, t, -0.166030243);
  p = multiply_add(p, t, -9.27637964e-2);
  p = multiply_add(p, t, 1.27697837);
  let e = exp_pair(neg_pair(two_product(x, x)));
  return mul_float(e, div_float(p, pin(1.0 + pin(2.0 * x))));
}

// erf(x) for |x| < 0.75.
fn erf_near(x: f32) -> f32 {
  let z = pin(x * x);
  var p = multiply_add(9.47553417e-5, z, -8.35778425e-4);
  p = multiply_add(p, z, 5.21684391e-3);
  p = multiply_add(p, z, -2.68647876e-2);
  p = multiply_add(p, z, 0.112837791);
  p = multiply_add(p, z, -0.376126379);
  // 2 / sqrt(pi) is 1 + 1/8 + a rest, the products with which need no digits that are lost.
  let small = pin(pin(p * z) + 3.37916706e-3);
  return add_float(x, add_float(mul_float(x, 0.125), mul_float(x, small)));
}

fn erf_float(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  if (magnitude(x) < 0x3f400000u) { return erf_near(x); }
  return bitcast<f32>((bitcast<u32>(pin(1.0 - erfc_far(abs_float(x)))) | sign_bit(x)) ^ opaque);
}

// x * erfc(-x / sqrt(2)) / 2, which keeps its digits below zero.
fn gelu_float(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  if (magnitude(x) > 0x41700000u) { return select(x, neg_float(0.0), sign_bit(x) != 0u); }
  let z = mul_pair(vec2<f32>(x, 0.0), vec2<f32>(0.707106769, 1.21016175e-8));
  let m = abs_float(z.x);
  var complement = 0.0;
  if (magnitude(m) < 0x3f400000u) {
    complement = pin(1.0 + erf_near(z.x));
  } else {
    let slope = mul_float(mul_float(-2.0, m), select(z.y, neg_float(z.y), sign_bit(x) != 0u));
    let tail = mul_float(erfc_far(m), pin(1.0 + slope));
    complement = select(pin(2.0 - tail), tail, sign_bit(x) != 0u);
  }
  return mul_float(mul_float(x, 0.5), complement);
}

fn sigmoid_float(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  let e = exp_float(neg_float(abs_float(x)));
  if (sign_bit(x) != 0u && magnitude(e) < 0x30000000u) { return e; }
  return single(div_pair(vec2<f32>(select(1.0, e, sign_bit(x) != 0u), 0.0), two_sum(1.0, e)));
}

fn softplus_float(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  return add_float(relu_float(x), log1p(exp_float(neg_float(abs_float(x)))));
}

fn softsign_float(x: f32) -> f32 {
  if (is_infinite(x)) { return sign_float(x); }
  return div_float(x, add_float(1.0, abs_float(x)));
}

fn elu_float(x: f32, alpha: f32) -> f32 {
  if (is_nan(x) || order(x) > 0i) { return x; }
  return mul_float(alpha, expm1(x));
}

fn hard_sigmoid_float(x: f32, alpha: f32, beta: f32) -> f32 {
  return clamp_float(linear_float(x, alpha, beta), 0.0, 1.0);
}

fn hard_swish_float(x: f32) -> f32 {
  let ramp = clamp_float(add_float(x, 3.0), 0.0, 6.0);
  if (bitcast<u32>(ramp) == 0x40c00000u) { return x; }
  return div_float(mul_float(x, ramp), 6.0);
}

fn leaky_relu_float(x: f32, alpha: f32) -> f32 {
  return prelu_float(x, alpha);
}

fn prelu_float(x: f32, slope: f32) -> f32 {
  if (is_nan(x) || order(x) >= 0i) { return x; }
  return mul_float(slope, x);
}

// alpha * x + beta, rounded once.
fn linear_float(x: f32, alpha: f32, beta: f32) -> f32 {
  let product = two_product(alpha, x);
  if (exponent(product.x) == 255u) { return add_float(product.x, beta); }
  let sum = two_sum(product.x, beta);
  return add_float(sum.x, add_float(sum.y, product.y));
}

fn normal_pair(x: f32, mean: f32, variance: f32, epsilon: f32) -> vec2<f32> {
  return div_pair(two_sum(x, neg_float(mean)), sqrt_pair(two_sum(variance, epsilon)));
}

fn batch_normalization_float(x: f32, mean: f32, variance: f32, epsilon: f32) -> f32 {
  return single(normal_pair(x, mean, variance, epsilon));
}

fn batch_normalization_scale_float(x: f32, mean: f32, variance: f32, scale: f32, epsilon: f32) -> f32 {
  return single(mul_pair(normal_pair(x, mean, variance, epsilon), vec2<f32>(scale, 0.0)));
}

fn batch_normalization_bias_float(x: f32, mean: f32, variance: f32, bias: f32, epsilon: f32) -> f32 {
  return single(add_pair(normal_pair(x, mean, variance, epsilon), vec2<f32>(bias, 0.0)));
}

fn batch_normalization_scale_bias_float(x: f32, mean: f32, variance: f32, scale: f32, bias: f32, epsilon: f32) -> f32 {
  let scaled_normal = mul_pair(normal_pair(x, mean, variance, epsilon), vec2<f32>(scale, 0.0));
  return single(add_pair(scaled_normal, vec2<f32>(bias, 0.0)));
}

// Between four neighbours: first across, then down.
fn between_pair(a: f32, b: f32, c: f32, d: f32, across: f32, down: f32) -> vec2<f32> {
  let upper_pair = between(vec2<f32>(a, 0.0), vec2<f32>(b, 0.0), across);
  return between(upper_pair, between(vec2<f32>(c, 0.0), vec2<f32>(d, 0.0), across), down);
}

fn between(a: vec2<f32>, b: vec2<f32>, weight: f32) -> vec2<f32> {
  if (is_zero(weight)) { return a; }
  return add_pair(mul_pair(a, two_sum(1.0, neg_float(weight))), mul_pair(b, vec2<f32>(weight, 0.0)));
}

fn between_float(a: f32, b: f32, c: f32, d: f32, across: f32, down: f32) -> f32 {
  return single(between_pair(a, b, c, d, across, down));
}

fn between_int32(a: i32, b: i32, c: i32, d: i32, across: f32, down: f32) -> i32 {
  return cast_float_int32(round_even_float(single(between_pair(f32(a), f32(b), f32(c), f32(d), across, down))));
}

fn between_uint32(a: u32, b: u32, c: u32, d: u32, across: f32, down: f32) -> u32 {
  return cast_float_uint32(round_even_float(single(between_pair(f32(a), f32(b), f32(c), f32(d), across, down))));
}

fn add_scaled_float(x: f32, c: f32, beta: f32) -> f32 {
  return add_float(x, mul_float(c, beta));
}
