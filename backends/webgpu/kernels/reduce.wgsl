//! Rows, or slices of rows, reduced to one element each; a workgroup a slice.
//! const ROWS SIZE SLICES PART
//! alias SUM V
//! in x
//! out y elements
//! view row item
//! hook start() -> SUM
//! hook include(sum: SUM, x: X, row: u32, k: u32) -> SUM
//! hook combine(a: SUM, b: SUM) -> SUM
//! hook result(sum: SUM, row: u32) -> V
//! chain
//! workgroups ROWS * SLICES
//! turns (PART + WORKGROUP - 1) / WORKGROUP * (1 + include) + 8 * (1 + combine) + result + finish
//! work 16 * ((PART + WORKGROUP - 1) / WORKGROUP + 8)

var<workgroup> sums: array<SUM, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let slice = group_of(id, count);
  if (slice >= ROWS * SLICES) { return; }
  let row = slice / SLICES;
  let base = row_at(row);
  let first = slice % SLICES * PART;
  let end = min(first + PART, SIZE);
  var sum = start();
  for (var k = first + local; k < end; k += WORKGROUP) { sum = include(sum, x_load(base + item_at(k)), row, k); }
  sums[local] = sum;
  workgroupBarrier();
  for (var reach = WORKGROUP / 2u; reach > 0u; reach /= 2u) {
    if (local < reach) { sums[local] = combine(sums[local], sums[local + reach]); }
    workgroupBarrier();
  }
  if (local == 0u) { y_store(slice, finish(slice, result(sums[0], row))); }
}
