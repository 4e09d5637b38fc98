//! Rows reduced to one element each; an invocation a row.
//! const Y_FIRST Y_END SIZE
//! alias SUM V
//! in x
//! out y cells
//! view row item
//! hook start() -> SUM
//! hook include(sum: SUM, x: X, row: u32, k: u32) -> SUM
//! hook result(sum: SUM, row: u32) -> V
//! chain
//! workgroups (Y_END - Y_FIRST + WORKGROUP - 1) / WORKGROUP
//! turns SIZE * (1 + include) + result + finish
//! work 16 * SIZE

fn element(i: u32) -> Y {
  let base = row_at(i);
  var sum = start();
  for (var k = 0u; k < SIZE; k += 1u) { sum = include(sum, x_load(base + item_at(k)), i, k); }
  return finish(i, result(sum, i));
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let cell = Y_FIRST + group_of(id, count) * WORKGROUP + local;
  if (cell < Y_END) { y_write(cell); }
}
