// int64 and uint64 as two words, the low one first.

fn add_uint64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  let low = a.x + b.x;
  return vec2<u32>(low, a.y + b.y + u32(low < a.x));
}

fn sub_uint64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  return vec2<u32>(a.x - b.x, a.y - b.y - u32(a.x < b.x));
}

// The 64 bits of a product of two words.
fn wide_product(a: u32, b: u32) -> vec2<u32> {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let first = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let second = (a & 0xffffu) * (b >> 16u) + (first & 0xffffu);
  return vec2<u32>((second << 16u) | (low & 0xffffu), (a >> 16u) * (b >> 16u) + (first >> 16u) + (second >> 16u));
}

fn mul_uint64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  let low = wide_product(a.x, b.x);
  return vec2<u32>(low.x, low.y + a.x * b.y + a.y * b.x);
}

fn is_less_uint64(a: vec2<u32>, b: vec2<u32>) -> bool {
  return a.y < b.y || (a.y == b.y && a.x < b.x);
}

fn shift_left(a: vec2<u32>, n: u32) -> vec2<u32> {
  if (n == 0u) { return a; }
  if (n >= 32u) { return vec2<u32>(0u, a.x << (n - 32u)); }
  return vec2<u32>(a.x << n, (a.y << n) | (a.x >> (32u - n)));
}

fn shift_right(a: vec2<u32>, n: u32) -> vec2<u32> {
  if (n == 0u) { return a; }
  if (n >= 32u) { return vec2<u32>(a.y >> (n - 32u), 0u); }
  return vec2<u32>((a.x >> n) | (a.y << (32u - n)), a.y >> n);
}

//! turns 64
fn div_uint64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  if ((b.x | b.y) == 0u) { return vec2<u32>(0u, 0u); }
  var quotient = vec2<u32>(0u, 0u);
  var rest = vec2<u32>(0u, 0u);
  for (var i = 0u; i < 64u; i += 1u) {
    let bit = shift_right(a, 63u - i).x & 1u;
    let carry = rest.y >> 31u;
    rest = shift_left(rest, 1u) | vec2<u32>(bit, 0u);
    quotient = shift_left(quotient, 1u);
    if (carry == 1u || !is_less_uint64(rest, b)) {
      rest = sub_uint64(rest, b);
      quotient.x |= 1u;
    }
  }
  return quotient;
}

//! turns 64
fn pow_uint64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  var result = vec2<u32>(1u, 0u);
  var base = a;
  var left = b;
  while ((left.x | left.y) != 0u) {
    if ((left.x & 1u) == 1u) { result = mul_uint64(result, base); }
    base = mul_uint64(base, base);
    left = shift_right(left, 1u);
  }
  return result;
}

fn max_uint64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> { return select(a, b, is_less_uint64(a, b)); }
fn min_uint64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> { return select(a, b, is_less_uint64(b, a)); }
fn abs_uint64(x: vec2<u32>) -> vec2<u32> { return x; }
fn equal_uint64(a: vec2<u32>, b: vec2<u32>) -> u32 { return u32(a.x == b.x && a.y == b.y); }
fn not_equal_uint64(a: vec2<u32>, b: vec2<u32>) -> u32 { return u32(a.x != b.x || a.y != b.y); }
fn greater_uint64(a: vec2<u32>, b: vec2<u32>) -> u32 { return u32(is_less_uint64(b, a)); }
fn greater_or_equal_uint64(a: vec2<u32>, b: vec2<u32>) -> u32 { return u32(!is_less_uint64(a, b)); }
fn lesser_uint64(a: vec2<u32>, b: vec2<u32>) -> u32 { return u32(is_less_uint64(a, b)); }
fn lesser_or_equal_uint64(a: vec2<u32>, b: vec2<u32>) -> u32 { return u32(!is_less_uint64(b, a)); }
fn where_uint64(condition: u32, yes: vec2<u32>, no: vec2<u32>) -> vec2<u32> { return select(no, yes, condition != 0u); }

fn clamp_uint64(x: vec2<u32>, low: vec2<u32>, high: vec2<u32>) -> vec2<u32> {
  return min_uint64(max_uint64(x, low), high);
}

fn is_negative(x: vec2<u32>) -> bool { return (x.y >> 31u) == 1u; }

// Signed integers are ordered as unsigned ones once the sign bit is turned over.
fn biased(x: vec2<u32>) -> vec2<u32> { return vec2<u32>(x.x, x.y ^ 0x80000000u); }

fn add_int64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> { return add_uint64(a, b); }
fn sub_int64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> { return sub_uint64(a, b); }
fn mul_int64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> { return mul_uint64(a, b); }
fn neg_int64(x: vec2<u32>) -> vec2<u32> { return sub_uint64(vec2<u32>(0u, 0u), x); }
fn abs_int64(x: vec2<u32>) -> vec2<u32> { return select(x, neg_int64(x), is_negative(x)); }
fn is_less_int64(a: vec2<u32>, b: vec2<u32>) -> bool { return is_less_uint64(biased(a), biased(b)); }
fn max_int64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> { return select(a, b, is_less_int64(a, b)); }
fn min_int64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> { return select(a, b, is_less_int64(b, a)); }
fn equal_int64(a: vec2<u32>, b: vec2<u32>) -> u32 { return equal_uint64(a, b); }
fn not_equal_int64(a: vec2<u32>, b: vec2<u32>) -> u32 { return not_equal_uint64(a, b); }
fn greater_int64(a: vec2<u32>, b: vec2<u32>) -> u32 { return u32(is_less_int64(b, a)); }
fn greater_or_equal_int64(a: vec2<u32>, b: vec2<u32>) -> u32 { return u32(!is_less_int64(a, b)); }
fn lesser_int64(a: vec2<u32>, b: vec2<u32>) -> u32 { return u32(is_less_int64(a, b)); }
fn lesser_or_equal_int64(a: vec2<u32>, b: vec2<u32>) -> u32 { return u32(!is_less_int64(b, a)); }
fn where_int64(condition: u32, yes: vec2<u32>, no: vec2<u32>) -> vec2<u32> { return select(no, yes, condition != 0u); }
fn relu_int64(x: vec2<u32>) -> vec2<u32> { return select(x, vec2<u32>(0u, 0u), is_negative(x)); }

fn prelu_int64(x: vec2<u32>, slope: vec2<u32>) -> vec2<u32> {
  return select(x, mul_uint64(x, slope), is_negative(x));
}

fn sign_int64(x: vec2<u32>) -> vec2<u32> {
  if (is_negative(x)) { return vec2<u32>(0xffffffffu, 0xffffffffu); }
  return vec2<u32>(u32((x.x | x.y) != 0u), 0u);
}

fn clamp_int64(x: vec2<u32>, low: vec2<u32>, high: vec2<u32>) -> vec2<u32> {
  return min_int64(max_int64(x, low), high);
}

fn div_int64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  let q = div_uint64(abs_int64(a), abs_int64(b));
  return select(q, neg_int64(q), is_negative(a) != is_negative(b));
}

fn pow_int64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  let power = pow_uint64(a, abs_int64(b));
  if (is_negative(b)) { return div_int64(vec2<u32>(1u, 0u), power); }
  return power;
}
