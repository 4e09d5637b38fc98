//! Element-wise functions of tensors, broadcast; also every movement of elements that is an affine map.
//! const Y_FIRST Y_END
//! out y cells
//! alias V
//! chain
//! workgroups (Y_END - Y_FIRST + WORKGROUP - 1) / WORKGROUP
//! turns finish
//! work 8

fn element(i: u32) -> Y {
  return finish(i, V());
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let cell = Y_FIRST + group_of(id, count) * WORKGROUP + local;
  if (cell < Y_END) { y_write(cell); }
}
