//! A tensor sampled anew along two axes: at places, and between the two that tables name.
//! const Y_FIRST Y_END
//! alias V
//! in x places_a weights_a places_b weights_b
//! out y cells
//! view base at_a at_b
//! const SIZE_A STRIDE_A SIZE_B STRIDE_B
//! hook sampled(a: X, b: X, c: X, d: X, across: f32, down: f32) -> V
//! chain
//! workgroups (Y_END - Y_FIRST + WORKGROUP - 1) / WORKGROUP
//! turns sampled + finish
//! work 32

fn element(i: u32) -> Y {
  let a = at_a_at(i);
  let b = at_b_at(i);
  let low_a = places_a_load(a);
  let low_b = places_b_load(b);
  let high_a = min(low_a + 1u, SIZE_A - 1u);
  let high_b = min(low_b + 1u, SIZE_B - 1u);
  let base = base_at(i);
  return finish(i, sampled(
    x_load(base + low_a * STRIDE_A + low_b * STRIDE_B),
    x_load(base + low_a * STRIDE_A + high_b * STRIDE_B),
    x_load(base + high_a * STRIDE_A + low_b * STRIDE_B),
    x_load(base + high_a * STRIDE_A + high_b * STRIDE_B),
    weights_b_load(b), weights_a_load(a)));
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let cell = Y_FIRST + group_of(id, count) * WORKGROUP + local;
  if (cell < Y_END) { y_write(cell); }
}
