//! Rows reduced to one element each; a workgroup a row.
//! const ROWS SIZE
//! alias SUM V
//! in x
//! out y elements
//! view row item
//! hook start() -> SUM
//! hook include(sum: SUM, x: X) -> SUM
//! hook combine(a: SUM, b: SUM) -> SUM
//! hook result(sum: SUM) -> V
//! chain
//! workgroups ROWS

var<workgroup> sums: array<SUM, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let row = group_of(id, count);
  if (row >= ROWS) { return; }
  let base = row_at(row);
  var sum = start();
  for (var k = local; k < SIZE; k += WORKGROUP) { sum = include(sum, x_load(base + item_at(k))); }
  sums[local] = sum;
  workgroupBarrier();
  for (var reach = WORKGROUP / 2u; reach > 0u; reach /= 2u) {
    if (local < reach) { sums[local] = combine(sums[local], sums[local + reach]); }
    workgroupBarrier();
  }
  if (local == 0u) { y_store(row, finish(row, result(sums[0]))); }
}
