//! The upper or lower triangle of matrices, zero elsewhere.
//! const Y_FIRST Y_END ROWS COLUMNS UPPER DIAGONAL
//! in x
//! out y cells
//! alias V
//! chain
//! workgroups (Y_END - Y_FIRST + WORKGROUP - 1) / WORKGROUP
//! turns finish
//! work 8

// DIAGONAL is a signed number.
fn element(i: u32) -> Y {
  let distance = i32(i % COLUMNS) - i32(i / COLUMNS % ROWS);
  let diagonal = bitcast<i32>(DIAGONAL);
  let kept = select(distance <= diagonal, distance >= diagonal, UPPER == 1u);
  if (kept) { return finish(i, x_load(i)); }
  return finish(i, V());
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let cell = Y_FIRST + group_of(id, count) * WORKGROUP + local;
  if (cell < Y_END) { y_write(cell); }
}
