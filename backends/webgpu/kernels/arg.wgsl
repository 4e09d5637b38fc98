//! The position of the best element of each row, or slice of a row, the first of equal ones; a workgroup a slice.
//! const ROWS SIZE SLICES PART
//! in x
//! out y elements
//! view row item
//! hook candidate(row: u32, k: u32) -> u32
//! hook better(a: X, b: X) -> bool
//! hook position(k: u32) -> Y
//! workgroups ROWS * SLICES
//! turns (PART + WORKGROUP - 1) / WORKGROUP + 8
//! work 8 * ((PART + WORKGROUP - 1) / WORKGROUP + 8)

var<workgroup> best: array<X, WORKGROUP>;
var<workgroup> places: array<u32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let slice = group_of(id, count);
  if (slice >= ROWS * SLICES) { return; }
  let row = slice / SLICES;
  let base = row_at(row);
  let first = slice % SLICES * PART;
  let end = min(first + PART, SIZE);
  var place = candidate(row, min(first + local, end - 1u));
  var value = x_load(base + item_at(place));
  for (var k = first + local + WORKGROUP; k < end; k += WORKGROUP) {
    let other_place = candidate(row, k);
    let other = x_load(base + item_at(other_place));
    if (better(other, value)) {
      value = other;
      place = other_place;
    }
  }
  best[local] = value;
  places[local] = place;
  workgroupBarrier();
  for (var reach = WORKGROUP / 2u; reach > 0u; reach /= 2u) {
    if (local < reach) {
      let there = local + reach;
      let wins = better(best[there], best[local]);
      let ties = !better(best[local], best[there]) && places[there] < places[local];
      if (wins || ties) {
        best[local] = best[there];
        places[local] = places[there];
      }
    }
    workgroupBarrier();
  }
  if (local == 0u) { y_store(slice, position(places[0])); }
}
