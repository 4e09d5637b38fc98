// float16 by integer arithmetic: to nearest even, subnormals and NaN included.

fn from_half(h: u32) -> f32 {
  let sign = (h & 0x8000u) << 16u;
  let m = h & 0x7fffu;
  if (m >= 0x7c00u) { return number(sign | 0x7f800000u | ((m & 0x3ffu) << 13u)); }
  if (m >= 0x400u) { return bitcast<f32>(sign | ((m << 13u) + 0x38000000u)); }
  return bitcast<f32>(sign | bitcast<u32>(f32(m) * 5.9604644775390625e-8));
}

fn to_half(x: f32) -> u32 {
  let sign = sign_bit(x) >> 16u;
  let m = magnitude(x);
  if (m > 0x7f800000u) { return sign | 0x7e00u; }
  if (m >= 0x477ff000u) { return sign | 0x7c00u; }
  if (m >= 0x38800000u) {
    return sign | ((m - 0x38000000u + 0xfffu + ((m >> 13u) & 1u)) >> 13u);
  }
  if (m < 0x33000000u) { return sign; }
  return sign | shifted((m & 0x007fffffu) | 0x00800000u, 126u - (m >> 23u));
}

// A float32 as it is once it was stored as float16.
fn half(x: f32) -> f32 {
  return from_half(to_half(x));
}
