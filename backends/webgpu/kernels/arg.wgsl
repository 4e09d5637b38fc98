//! The position of the best element of each row, the first of equal ones; a workgroup a row.
//! const ROWS SIZE
//! in x
//! out y elements
//! view row item
//! hook better(a: X, b: X) -> bool
//! hook position(k: u32) -> Y
//! workgroups ROWS

var<workgroup> best: array<X, WORKGROUP>;
var<workgroup> places: array<u32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let row = group_of(id, count);
  if (row >= ROWS) { return; }
  let base = row_at(row);
  var place = min(local, SIZE - 1u);
  var value = x_load(base + item_at(place));
  for (var k = local + WORKGROUP; k < SIZE; k += WORKGROUP) {
    let other = x_load(base + item_at(k));
    if (better(other, value)) {
      value = other;
      place = k;
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
  if (local == 0u) { y_store(row, position(places[0])); }
}
