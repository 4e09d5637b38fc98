//! Running sums along rows; a workgroup a row, each invocation a run of neighbours.
//! const ROWS SIZE EXCLUSIVE REVERSED
//! alias SUM
//! in x
//! out y elements
//! view row item
//! hook start() -> SUM
//! hook include(sum: SUM, x: X) -> SUM
//! hook combine(a: SUM, b: SUM) -> SUM
//! hook result(sum: SUM) -> Y
//! workgroups ROWS

var<workgroup> sums: array<SUM, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let row = group_of(id, count);
  if (row >= ROWS) { return; }
  let base = row_at(row);
  let run = (SIZE + WORKGROUP - 1u) / WORKGROUP;
  let first = min(local * run, SIZE);
  let end = min(first + run, SIZE);
  var sum = start();
  for (var k = first; k < end; k += 1u) { sum = include(sum, x_load(base + item_at(place_of(k)))); }
  sums[local] = sum;
  workgroupBarrier();
  sum = start();
  for (var before = 0u; before < local; before += 1u) { sum = combine(sum, sums[before]); }
  for (var k = first; k < end; k += 1u) {
    let at = base + item_at(place_of(k));
    let with_own = include(sum, x_load(at));
    if (EXCLUSIVE == 1u) { y_store(at, result(sum)); } else { y_store(at, result(with_own)); }
    sum = with_own;
  }
}

fn place_of(k: u32) -> u32 {
  return select(k, SIZE - 1u - k, REVERSED == 1u);
}
