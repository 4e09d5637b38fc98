// float16 by integer arithmetic: to nearest even, subnormals and NaN included.

fn from_half(h: u32) -> f32 {
  let sign = (h & 0x8000u) << 16u;
  let m = h & 0x7fffu;
  if (m >= 0x7c00u) { return number(sign | 0x7f800000u | ((m & 0x3ffu) << 13u)); }
  if (m >= 0x400u) { return bitcast<f32>(sign | ((m << 13u) + 0x38000000u)); }
  return bitcast<f32>(sign | bitcast<u32>(f32(m) * 5.9604644775390625e-8));
}

fn from_halves(words: vec2<u32>) -> vec4<f32> {
  return vec4<f32>(from_half(words.x & 0xffffu), from_half(words.x >> 16u), from_half(words.y & 0xffffu), from_half(words.y >> 16u));
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

// Four at once.
fn half_four(x: vec4<f32>) -> vec4<f32> {
  let m = bitcast<vec4<u32>>(x) & vec4<u32>(0x7fffffffu);
  if (all((m == vec4<u32>(0u)) | ((m >= vec4<u32>(0x38800000u)) & (m < vec4<u32>(0x477ff000u))))) { return eleven_digits(x); }
  return vec4<f32>(half(x.x), half(x.y), half(x.z), half(x.w));
}

// The same of zeros, and of numbers that are not beyond either end of the range of float16.
fn eleven_digits(x: vec4<f32>) -> vec4<f32> {
  let bits = bitcast<vec4<u32>>(x);
  let odd = (bits >> vec4<u32>(13u)) & vec4<u32>(1u);
  return bitcast<vec4<f32>>((bits + odd + vec4<u32>(0xfffu)) & vec4<u32>(0xffffe000u));
}
