// Casts between the types that are computed in. A float out of range becomes the nearest end of the range, NaN zero.

fn cast_float_float(x: f32) -> f32 { return x; }

fn cast_float_int32(x: f32) -> i32 {
  if (is_nan(x)) { return 0i; }
  if (magnitude(x) >= 0x4f000000u) { return select(2147483647i, -2147483647i - 1i, sign_bit(x) != 0u); }
  return i32(truncated(x));
}

fn cast_float_uint32(x: f32) -> u32 {
  if (is_nan(x) || sign_bit(x) != 0u) { return 0u; }
  if (magnitude(x) >= 0x4f800000u) { return 0xffffffffu; }
  return u32(truncated(x));
}

// The magnitude, below 2^64, toward zero.
fn whole_part(x: f32) -> vec2<u32> {
  if (exponent(x) < 127u) { return vec2<u32>(0u, 0u); }
  let p = parts(x);
  if (p.exponent < 0i) { return vec2<u32>(p.mantissa >> u32(-p.exponent), 0u); }
  return shift_left(vec2<u32>(p.mantissa, 0u), u32(p.exponent));
}

fn cast_float_int64(x: f32) -> vec2<u32> {
  if (is_nan(x)) { return vec2<u32>(0u, 0u); }
  if (magnitude(x) >= 0x5f000000u) {
    return select(vec2<u32>(0xffffffffu, 0x7fffffffu), vec2<u32>(0u, 0x80000000u), sign_bit(x) != 0u);
  }
  let whole = whole_part(x);
  return select(whole, neg_int64(whole), sign_bit(x) != 0u);
}

fn cast_float_uint64(x: f32) -> vec2<u32> {
  if (is_nan(x) || sign_bit(x) != 0u) { return vec2<u32>(0u, 0u); }
  if (magnitude(x) >= 0x5f800000u) { return vec2<u32>(0xffffffffu, 0xffffffffu); }
  return whole_part(x);
}

fn cast_uint32_float(x: u32) -> f32 { return compose(0u, x, 0i); }

fn cast_int32_float(x: i32) -> f32 {
  return compose(bitcast<u32>(x) & 0x80000000u, bitcast<u32>(abs_int32(x)), 0i);
}

fn cast_uint64_float(x: vec2<u32>) -> f32 {
  if (x.y == 0u) { return compose(0u, x.x, 0i); }
  let shift = firstLeadingBit(x.y) + 1u;
  let kept = shift_right(x, shift);
  let lost = shift_left(kept, shift);
  return compose(0u, kept.x | u32(lost.x != x.x), i32(shift));
}

fn cast_int64_float(x: vec2<u32>) -> f32 {
  let size = cast_uint64_float(abs_int64(x));
  return select(size, neg_float(size), is_negative(x));
}

fn cast_int32_int32(x: i32) -> i32 { return x; }
fn cast_int32_uint32(x: i32) -> u32 { return bitcast<u32>(x); }
fn cast_int32_int64(x: i32) -> vec2<u32> { return vec2<u32>(bitcast<u32>(x), bitcast<u32>(x >> 31u)); }
fn cast_int32_uint64(x: i32) -> vec2<u32> { return cast_int32_int64(x); }
fn cast_uint32_int32(x: u32) -> i32 { return bitcast<i32>(x); }
fn cast_uint32_uint32(x: u32) -> u32 { return x; }
fn cast_uint32_int64(x: u32) -> vec2<u32> { return vec2<u32>(x, 0u); }
fn cast_uint32_uint64(x: u32) -> vec2<u32> { return vec2<u32>(x, 0u); }
fn cast_int64_int32(x: vec2<u32>) -> i32 { return bitcast<i32>(x.x); }
fn cast_int64_uint32(x: vec2<u32>) -> u32 { return x.x; }
fn cast_int64_int64(x: vec2<u32>) -> vec2<u32> { return x; }
fn cast_int64_uint64(x: vec2<u32>) -> vec2<u32> { return x; }
fn cast_uint64_int32(x: vec2<u32>) -> i32 { return bitcast<i32>(x.x); }
fn cast_uint64_uint32(x: vec2<u32>) -> u32 { return x.x; }
fn cast_uint64_int64(x: vec2<u32>) -> vec2<u32> { return x; }
fn cast_uint64_uint64(x: vec2<u32>) -> vec2<u32> { return x; }

// An index, counted from the end if it is negative, clamped to the range.
fn place_int32(index: i32, size: u32) -> u32 {
  let from_start = select(index, index + i32(size), index < 0i);
  return u32(clamp(from_start, 0i, i32(size) - 1i));
}

fn place_uint32(index: u32, size: u32) -> u32 {
  return min(index, size - 1u);
}

fn place_int64(index: vec2<u32>, size: u32) -> u32 {
  if (is_negative(index)) {
    let from_start = add_uint64(index, vec2<u32>(size, 0u));
    return select(from_start.x, 0u, is_negative(from_start));
  }
  return select(min(index.x, size - 1u), size - 1u, index.y != 0u);
}

// (x - zero) * scale, the difference exact.
fn dequantize_linear_int32(x: i32, scale: f32, zero: i32) -> f32 {
  let distance = select(bitcast<u32>(zero) - bitcast<u32>(x), bitcast<u32>(x) - bitcast<u32>(zero), x >= zero);
  return mul_float(compose(select(0x80000000u, 0u, x >= zero), distance, 0i), scale);
}

fn dequantize_linear_uint32(x: u32, scale: f32, zero: u32) -> f32 {
  let distance = select(zero - x, x - zero, x >= zero);
  return mul_float(compose(select(0x80000000u, 0u, x >= zero), distance, 0i), scale);
}

// Four neighbours of the narrow integers in a word, from a multiple of four on.
fn four_int4(word: u32, i: u32) -> vec4<i32> {
  return bitcast<vec4<i32>>((vec4<u32>(word >> (i % 8u * 4u)) >> vec4<u32>(0u, 4u, 8u, 12u)) << vec4<u32>(28u)) >> vec4<u32>(28u);
}

fn four_uint4(word: u32, i: u32) -> vec4<i32> {
  return vec4<i32>((vec4<u32>(word >> (i % 8u * 4u)) >> vec4<u32>(0u, 4u, 8u, 12u)) & vec4<u32>(0xfu));
}

fn four_int8(word: u32, i: u32) -> vec4<i32> {
  return bitcast<vec4<i32>>(vec4<u32>(word) << vec4<u32>(24u, 16u, 8u, 0u)) >> vec4<u32>(24u);
}

fn four_uint8(word: u32, i: u32) -> vec4<i32> {
  return vec4<i32>((vec4<u32>(word) >> vec4<u32>(0u, 8u, 16u, 24u)) & vec4<u32>(0xffu));
}

// round(x / scale) + zero, clamped to the range from low to high.
fn quantize_linear_int32(x: f32, scale: f32, zero: i32, low: i32, high: i32) -> i32 {
  let steps = round_even_float(div_float(x, scale));
  if (is_nan(steps)) { return clamp(0i, low, high); }
  let sum = add_int64(cast_float_int64(steps), cast_int32_int64(zero));
  let kept = clamp_int64(sum, cast_int32_int64(low), cast_int32_int64(high));
  return bitcast<i32>(select(kept.x, bitcast<u32>(select(high, low, sign_bit(x) != 0u)), exponent(steps) > 180u));
}

fn quantize_linear_uint32(x: f32, scale: f32, zero: u32, low: u32, high: u32) -> u32 {
  let steps = round_even_float(div_float(x, scale));
  if (is_nan(steps)) { return low; }
  let sum = add_int64(cast_float_int64(steps), vec2<u32>(zero, 0u));
  let kept = clamp_int64(sum, vec2<u32>(low, 0u), vec2<u32>(high, 0u));
  return select(kept.x, select(high, low, sign_bit(x) != 0u), exponent(steps) > 180u);
}

fn cast_float_int8(x: f32) -> i32 { return clamp(cast_float_int32(x), -128i, 127i); }
fn cast_float_uint8(x: f32) -> u32 { return min(cast_float_uint32(x), 255u); }
