// Arithmetic in float32 with the same bits on every driver: to nearest even, subnormals and NaN included.
//
// `opaque` is zero, but no compiler knows: what passes through `pin` can be neither contracted nor reassociated.

fn pin(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) ^ opaque);
}

// The number with these bits; a constant expression must not be NaN or infinite.
fn number(bits: u32) -> f32 {
  return bitcast<f32>(bits ^ opaque);
}

fn nan() -> f32 {
  return number(0x7fc00000u);
}

fn sign_bit(x: f32) -> u32 {
  return bitcast<u32>(x) & 0x80000000u;
}

fn magnitude(x: f32) -> u32 {
  return bitcast<u32>(x) & 0x7fffffffu;
}

fn exponent(x: f32) -> u32 {
  return magnitude(x) >> 23u;
}

fn is_nan(x: f32) -> bool {
  return magnitude(x) > 0x7f800000u;
}

fn is_infinite(x: f32) -> bool {
  return magnitude(x) == 0x7f800000u;
}

fn is_zero(x: f32) -> bool {
  return magnitude(x) == 0u;
}

// An integer that is ordered as the numbers are; both zeros give 0.
fn order(x: f32) -> i32 {
  let i = bitcast<i32>(x);
  return select(i, -2147483647i - 1i - i, i < 0i);
}

fn less(a: f32, b: f32) -> bool {
  return order(a) < order(b) && !is_nan(a) && !is_nan(b);
}

// m >> drop, rounded to nearest even.
fn shifted(m: u32, drop: u32) -> u32 {
  if (drop == 0u) { return m; }
  if (drop > 32u) { return 0u; }
  let half = 1u << (drop - 1u);
  let kept = select(m >> (drop & 31u), 0u, drop == 32u);
  let rest = m & (half | (half - 1u));
  return kept + select(0u, 1u, rest > half || (rest == half && (kept & 1u) == 1u));
}

// m * 2^e with a sign bit, rounded to nearest even; the lowest bit of m may stand for all that follow it.
fn compose(sign: u32, m: u32, e: i32) -> f32 {
  if (m == 0u) { return bitcast<f32>(sign); }
  let leading = i32(firstLeadingBit(m));
  let power = leading + e;
  if (power > 127i) { return number(sign | 0x7f800000u); }
  let drop = leading - 23i + max(0i, -126i - power);
  var kept = m;
  if (drop > 0i) { kept = shifted(m, u32(drop)); } else { kept = m << u32(-drop); }
  let biased = u32(max(power, -126i) + 126i);
  return number(sign | ((biased << 23u) + kept));
}

struct Parts {
  mantissa: u32,
  exponent: i32,
}

// A finite number above zero as mantissa * 2^exponent, the mantissa with 24 bits.
fn parts(x: f32) -> Parts {
  let m = magnitude(x);
  if (m >= 0x00800000u) { return Parts((m & 0x007fffffu) | 0x00800000u, i32(m >> 23u) - 150i); }
  let shift = 23u - firstLeadingBit(m);
  return Parts(m << shift, -149i - i32(shift));
}

// x * 2^n, rounded once.
fn scaled(x: f32, n: i32) -> f32 {
  if (exponent(x) == 255u || is_zero(x)) { return x; }
  let p = parts(x);
  return compose(sign_bit(x), p.mantissa, p.exponent + n);
}

fn add_float(a: f32, b: f32) -> f32 {
  if (max(exponent(a), exponent(b)) < 64u) { return scaled(pin(scaled(a, 64i) + scaled(b, 64i)), -64i); }
  return pin(a + b);
}

fn sub_float(a: f32, b: f32) -> f32 {
  return add_float(a, neg_float(b));
}

fn mul_float(a: f32, b: f32) -> f32 {
  let low = min(exponent(a), exponent(b));
  if (low > 0u && exponent(a) + exponent(b) >= 128u) { return pin(a * b); }
  return small_product(a, b);
}

// A product that is, or is of, a zero or a subnormal number.
fn small_product(a: f32, b: f32) -> f32 {
  let sign = sign_bit(a) ^ sign_bit(b);
  let most = max(magnitude(a), magnitude(b));
  if (most > 0x7f800000u) { return nan(); }
  if (is_zero(a) || is_zero(b)) { return select(bitcast<f32>(sign), nan(), most == 0x7f800000u); }
  if (most == 0x7f800000u) { return number(sign | 0x7f800000u); }
  let x = parts(a);
  let y = parts(b);
  let middle = (x.mantissa >> 12u) * (y.mantissa & 0xfffu) + (x.mantissa & 0xfffu) * (y.mantissa >> 12u);
  let low = (x.mantissa & 0xfffu) * (y.mantissa & 0xfffu) + ((middle & 0xfffu) << 12u);
  let high = (x.mantissa >> 12u) * (y.mantissa >> 12u) + (middle >> 12u) + (low >> 24u);
  let rest = low & 0xffffffu;
  let m = (high << 6u) | (rest >> 18u) | select(0u, 1u, (rest & 0x3ffffu) != 0u);
  return compose(sign, m, x.exponent + y.exponent + 18i);
}

fn div_float(a: f32, b: f32) -> f32 {
  let sign = sign_bit(a) ^ sign_bit(b);
  if (is_nan(a) || is_nan(b) || (is_zero(a) && is_zero(b)) || (is_infinite(a) && is_infinite(b))) { return nan(); }
  if (is_infinite(a) || is_zero(b)) { return number(sign | 0x7f800000u); }
  if (is_zero(a) || is_infinite(b)) { return bitcast<f32>(sign); }
  let x = parts(a);
  let y = parts(b);
  // An estimate of x * 2^26 / y, which the remainder, small and so exact modulo 2^32, then corrects.
  var q = u32(f32(x.mantissa) / f32(y.mantissa) * 67108864.0);
  var rest = bitcast<i32>((x.mantissa << 26u) - q * y.mantissa);
  let more = i32(f32(rest) / f32(y.mantissa));
  q = bitcast<u32>(bitcast<i32>(q) + more);
  rest -= more * i32(y.mantissa);
  if (rest < 0i) { q -= 1u; rest += i32(y.mantissa); }
  if (rest < 0i) { q -= 1u; rest += i32(y.mantissa); }
  if (rest >= i32(y.mantissa)) { q += 1u; rest -= i32(y.mantissa); }
  return compose(sign, (q << 1u) | select(0u, 1u, rest != 0i), x.exponent - y.exponent - 27i);
}

fn reciprocal_float(x: f32) -> f32 {
  return div_float(1.0, x);
}

fn sqrt_float(x: f32) -> f32 {
  if (is_zero(x)) { return x; }
  if (is_nan(x) || sign_bit(x) != 0u) { return nan(); }
  if (is_infinite(x)) { return x; }
  let p = parts(x);
  let odd = u32(p.exponent & 1i);
  let m = p.mantissa << odd;
  // The root of m * 2^26, estimated and then corrected as in div_float.
  var root = u32(sqrt(f32(m)) * 8192.0);
  var rest = bitcast<i32>((m << 26u) - root * root);
  let more = i32(f32(rest) / f32(root << 1u));
  root = bitcast<u32>(bitcast<i32>(root) + more);
  rest = bitcast<i32>((m << 26u) - root * root);
  if (rest < 0i) { root -= 1u; rest += i32(2u * root + 1u); }
  if (rest < 0i) { root -= 1u; rest += i32(2u * root + 1u); }
  if (rest > i32(2u * root)) { rest -= i32(2u * root + 1u); root += 1u; }
  return compose(0u, (root << 1u) | select(0u, 1u, rest != 0i), (p.exponent - i32(odd)) / 2i - 14i);
}

fn max_float(a: f32, b: f32) -> f32 {
  if (is_nan(a) || is_nan(b)) { return nan(); }
  return select(a, b, order(b) > order(a));
}

fn min_float(a: f32, b: f32) -> f32 {
  if (is_nan(a) || is_nan(b)) { return nan(); }
  return select(a, b, order(b) < order(a));
}

fn equal_float(a: f32, b: f32) -> u32 {
  return u32(order(a) == order(b) && !is_nan(a) && !is_nan(b));
}

fn not_equal_float(a: f32, b: f32) -> u32 {
  return 1u - equal_float(a, b);
}

fn greater_float(a: f32, b: f32) -> u32 {
  return u32(less(b, a));
}

fn lesser_float(a: f32, b: f32) -> u32 {
  return u32(less(a, b));
}

fn greater_or_equal_float(a: f32, b: f32) -> u32 {
  return u32(order(a) >= order(b) && !is_nan(a) && !is_nan(b));
}

fn lesser_or_equal_float(a: f32, b: f32) -> u32 {
  return greater_or_equal_float(b, a);
}

fn is_nan_float(a: f32) -> u32 {
  return u32(is_nan(a));
}

fn is_infinite_float(a: f32) -> u32 {
  return u32(is_infinite(a));
}

fn abs_float(x: f32) -> f32 {
  return bitcast<f32>(magnitude(x) ^ opaque);
}

fn neg_float(x: f32) -> f32 {
  return bitcast<f32>((bitcast<u32>(x) ^ 0x80000000u) ^ opaque);
}

fn sign_float(x: f32) -> f32 {
  if (is_nan(x) || is_zero(x)) { return x; }
  return select(1.0, -1.0, sign_bit(x) != 0u);
}

// Toward zero.
fn truncated(x: f32) -> f32 {
  let e = exponent(x);
  if (e >= 150u) { return x; }
  if (e < 127u) { return bitcast<f32>(sign_bit(x)); }
  return bitcast<f32>(bitcast<u32>(x) & ~((1u << (150u - e)) - 1u));
}

fn floor_float(x: f32) -> f32 {
  let whole = truncated(x);
  return select(whole, pin(whole - 1.0), sign_bit(x) != 0u && bitcast<u32>(whole) != bitcast<u32>(x));
}

fn ceil_float(x: f32) -> f32 {
  return neg_float(floor_float(neg_float(x)));
}

fn round_even_float(x: f32) -> f32 {
  let e = exponent(x);
  if (e >= 150u) { return x; }
  if (e < 126u) { return bitcast<f32>(sign_bit(x)); }
  let p = parts(x);
  return compose(sign_bit(x), shifted(p.mantissa, u32(-p.exponent)), 0i);
}

fn relu_float(x: f32) -> f32 {
  return select(x, 0.0, order(x) < 0i && !is_nan(x));
}

fn clamp_float(x: f32, low: f32, high: f32) -> f32 {
  return min_float(max_float(x, low), high);
}

fn where_float(condition: u32, yes: f32, no: f32) -> f32 {
  return select(no, yes, condition != 0u);
}
