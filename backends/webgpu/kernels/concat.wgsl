//! Tensors one behind another along a dimension.
//! const Y_FIRST Y_END INNER EXTENT
//! out y cells
//! hook part(i: u32, along: u32) -> Y
//! workgroups (Y_END - Y_FIRST + WORKGROUP - 1) / WORKGROUP
//! work 4

fn element(i: u32) -> Y {
  return part(i, i / INNER % EXTENT);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let cell = Y_FIRST + group_of(id, count) * WORKGROUP + local;
  if (cell < Y_END) { y_write(cell); }
}
