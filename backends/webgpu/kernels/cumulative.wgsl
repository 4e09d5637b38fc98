//! Running sums along rows, or slices of rows; a workgroup a slice, each invocation a run of neighbours.
//! const ROWS SIZE SLICES PART EXCLUSIVE REVERSED
//! alias SUM
//! in x
//! out y elements
//! view row item
//! hook start() -> SUM
//! hook given(slice: u32) -> SUM
//! hook include(sum: SUM, x: X) -> SUM
//! hook combine(a: SUM, b: SUM) -> SUM
//! hook result(sum: SUM) -> Y
//! workgroups ROWS * SLICES
//! turns 2 * ((PART + WORKGROUP - 1) / WORKGROUP) + WORKGROUP - 1
//! work 16 * (2 * ((PART + WORKGROUP - 1) / WORKGROUP) + WORKGROUP)

var<workgroup> sums: array<SUM, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let slice = group_of(id, count);
  if (slice >= ROWS * SLICES) { return; }
  let base = row_at(slice / SLICES);
  let slice_first = slice % SLICES * PART;
  let slice_end = min(slice_first + PART, SIZE);
  let run = (PART + WORKGROUP - 1u) / WORKGROUP;
  let first = min(slice_first + local * run, slice_end);
  let end = min(first + run, slice_end);
  var sum = start();
  for (var k = first; k < end; k += 1u) { sum = include(sum, x_load(base + item_at(place_of(k)))); }
  sums[local] = sum;
  workgroupBarrier();
  sum = given(slice);
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
