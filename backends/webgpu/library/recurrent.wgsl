// What a recurrent network makes of its input.

// A sum, and the product of one row of the weights with the features of a step.
//! turns FEATURES
fn with_features(given: vec2<f32>, at: u32, input: u32) -> vec2<f32> {
  var sum = given;
  for (var k = 0u; k < FEATURES; k += 1u) { sum = add_product(sum, weight_load(at * FEATURES + k), x_load(input + k)); }
  return sum;
}
