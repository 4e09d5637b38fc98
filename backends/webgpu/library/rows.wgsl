// What becomes of an element, or of the sum of a row, once the greatest element or the moments of the row are known.

fn finite_or_zero(x: f32) -> f32 {
  return select(x, 0.0, exponent(x) == 255u);
}

// log(sum) + shift.
fn shifted_logarithm(sum: vec2<f32>, shift: f32) -> f32 {
  if (exponent(sum.x) == 255u || is_zero(sum.x)) { return log_float(sum.x); }
  let logarithm = add_pair(log_pair(sum.x), vec2<f32>(div_float(sum.y, sum.x), 0.0));
  return single(add_pair(logarithm, vec2<f32>(shift, 0.0)));
}

// exp(x - most) / total.
fn softmax_of(x: f32, most: f32, total: f32) -> f32 {
  return div_float(exp_float(sub_float(x, most)), total);
}

// (x - mean)^2, the mean kept as the bits of a pair.
fn squared_distance(x: f32, mean: vec2<u32>) -> vec2<f32> {
  let distance = add_pair(vec2<f32>(x, 0.0), neg_pair(bitcast<vec2<f32>>(mean)));
  return mul_pair(distance, distance);
}

// 1 / sqrt(variance + epsilon).
fn inverse_deviation(variance: vec2<f32>, epsilon: f32) -> vec2<f32> {
  return div_pair(vec2<f32>(1.0, 0.0), sqrt_pair(add_pair(variance, vec2<f32>(epsilon, 0.0))));
}

// (x - mean) * inverse * scale + bias, mean and inverse kept as the bits of pairs.
fn normal_of(x: f32, mean: vec2<u32>, inverse: vec2<u32>, scale: f32, bias: f32) -> f32 {
  let distance = add_pair(vec2<f32>(x, 0.0), neg_pair(bitcast<vec2<f32>>(mean)));
  let normal = mul_pair(mul_pair(distance, bitcast<vec2<f32>>(inverse)), vec2<f32>(scale, 0.0));
  return single(add_pair(normal, vec2<f32>(bias, 0.0)));
}
