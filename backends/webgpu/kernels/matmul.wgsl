//! Products of matrices, each sum exact but for its last rounding; an invocation an element.
//! const Y_FIRST Y_END K A_STEP B_STEP
//! alias V
//! in a b
//! out y cells
//! view left right
//! hook scaled_sum(i: u32, sum: vec2<f32>) -> V
//! chain
//! workgroups (Y_END - Y_FIRST + WORKGROUP - 1) / WORKGROUP
//! turns K + scaled_sum + finish
//! work 16 * K + 16

// left_at and right_at give the first factors of an element; the others follow in steps.
fn element(i: u32) -> Y {
  let left = left_at(i);
  let right = right_at(i);
  var sum = vec2<f32>(0.0, 0.0);
  for (var k = 0u; k < K; k += 1u) { sum = add_product(sum, a_load(left + k * A_STEP), b_load(right + k * B_STEP)); }
  return finish(i, scaled_sum(i, sum));
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let cell = Y_FIRST + group_of(id, count) * WORKGROUP + local;
  if (cell < Y_END) { y_write(cell); }
}
