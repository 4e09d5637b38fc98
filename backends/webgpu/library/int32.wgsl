// int32 and uint32; int8, uint8, int4 and uint4 are computed in them and wrapped.

fn wrap_int8(x: i32) -> i32 { return (x << 24u) >> 24u; }
fn wrap_uint8(x: u32) -> u32 { return x & 0xffu; }

fn add_int32(a: i32, b: i32) -> i32 { return a + b; }
fn sub_int32(a: i32, b: i32) -> i32 { return a - b; }
fn mul_int32(a: i32, b: i32) -> i32 { return a * b; }
fn max_int32(a: i32, b: i32) -> i32 { return max(a, b); }
fn min_int32(a: i32, b: i32) -> i32 { return min(a, b); }
fn abs_int32(x: i32) -> i32 { return select(x, 0i - x, x < 0i); }
fn neg_int32(x: i32) -> i32 { return 0i - x; }
fn sign_int32(x: i32) -> i32 { return i32(x > 0i) - i32(x < 0i); }
fn relu_int32(x: i32) -> i32 { return max(x, 0i); }
fn prelu_int32(x: i32, slope: i32) -> i32 { return select(x, x * slope, x < 0i); }
fn clamp_int32(x: i32, low: i32, high: i32) -> i32 { return min(max(x, low), high); }
fn where_int32(condition: u32, yes: i32, no: i32) -> i32 { return select(no, yes, condition != 0u); }
fn equal_int32(a: i32, b: i32) -> u32 { return u32(a == b); }
fn not_equal_int32(a: i32, b: i32) -> u32 { return u32(a != b); }
fn greater_int32(a: i32, b: i32) -> u32 { return u32(a > b); }
fn greater_or_equal_int32(a: i32, b: i32) -> u32 { return u32(a >= b); }
fn lesser_int32(a: i32, b: i32) -> u32 { return u32(a < b); }
fn lesser_or_equal_int32(a: i32, b: i32) -> u32 { return u32(a <= b); }

// Toward zero; by zero, zero; the least integer by -1 is itself.
fn div_int32(a: i32, b: i32) -> i32 {
  let q = div_uint32(bitcast<u32>(abs_int32(a)), bitcast<u32>(abs_int32(b)));
  return select(bitcast<i32>(q), 0i - bitcast<i32>(q), (a < 0i) != (b < 0i));
}

// A negative exponent gives the truncated quotient 1 / a^|b|.
fn pow_int32(a: i32, b: i32) -> i32 {
  let power = bitcast<i32>(pow_uint32(bitcast<u32>(a), bitcast<u32>(abs_int32(b))));
  return select(power, div_int32(1i, power), b < 0i);
}

fn add_uint32(a: u32, b: u32) -> u32 { return a + b; }
fn sub_uint32(a: u32, b: u32) -> u32 { return a - b; }
fn mul_uint32(a: u32, b: u32) -> u32 { return a * b; }
fn max_uint32(a: u32, b: u32) -> u32 { return max(a, b); }
fn min_uint32(a: u32, b: u32) -> u32 { return min(a, b); }
fn abs_uint32(x: u32) -> u32 { return x; }
fn clamp_uint32(x: u32, low: u32, high: u32) -> u32 { return min(max(x, low), high); }
fn where_uint32(condition: u32, yes: u32, no: u32) -> u32 { return select(no, yes, condition != 0u); }
fn equal_uint32(a: u32, b: u32) -> u32 { return u32(a == b); }
fn not_equal_uint32(a: u32, b: u32) -> u32 { return u32(a != b); }
fn greater_uint32(a: u32, b: u32) -> u32 { return u32(a > b); }
fn greater_or_equal_uint32(a: u32, b: u32) -> u32 { return u32(a >= b); }
fn lesser_uint32(a: u32, b: u32) -> u32 { return u32(a < b); }
fn lesser_or_equal_uint32(a: u32, b: u32) -> u32 { return u32(a <= b); }

fn div_uint32(a: u32, b: u32) -> u32 {
  if (b == 0u) { return 0u; }
  return a / b;
}

//! turns 32
fn pow_uint32(a: u32, b: u32) -> u32 {
  var result = 1u;
  var base = a;
  var left = b;
  while (left != 0u) {
    if ((left & 1u) == 1u) { result *= base; }
    base *= base;
    left >>= 1u;
  }
  return result;
}

fn logical_not_uint32(a: u32) -> u32 { return u32(a == 0u); }
fn logical_and_uint32(a: u32, b: u32) -> u32 { return u32(a != 0u && b != 0u); }
fn logical_or_uint32(a: u32, b: u32) -> u32 { return u32(a != 0u || b != 0u); }
fn logical_xor_uint32(a: u32, b: u32) -> u32 { return u32((a != 0u) != (b != 0u)); }
