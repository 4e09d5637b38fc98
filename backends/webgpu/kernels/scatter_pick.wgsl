//! Each element of a tensor, or of the last update of its slice.
//! const Y_FIRST Y_END SLICE
//! in x updates winner
//! out y cells
//! alias V
//! chain
//! workgroups (Y_END - Y_FIRST + WORKGROUP - 1) / WORKGROUP
//! turns finish
//! work 8

fn element(i: u32) -> Y {
  let update = winner_load(i / SLICE);
  if (update == 0u) { return finish(i, x_load(i)); }
  return finish(i, updates_load((update - 1u) * SLICE + i % SLICE));
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let cell = Y_FIRST + group_of(id, count) * WORKGROUP + local;
  if (cell < Y_END) { y_write(cell); }
}
