//! Exponentials of each row, scaled to sum to one; a workgroup a row.
//! const ROWS SIZE
//! in x
//! out y elements
//! view row item
//! alias V
//! chain
//! workgroups ROWS
//! turns (SIZE + WORKGROUP - 1) / WORKGROUP * (3 + finish) + 16
//! work 32 * ((SIZE + WORKGROUP - 1) / WORKGROUP) + 256

var<workgroup> greatest: array<f32, WORKGROUP>;
var<workgroup> sums: array<vec2<f32>, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let row = group_of(id, count);
  if (row >= ROWS) { return; }
  let base = row_at(row);
  var most = x_load(base + item_at(min(local, SIZE - 1u)));
  for (var k = local + WORKGROUP; k < SIZE; k += WORKGROUP) { most = max_float(most, x_load(base + item_at(k))); }
  greatest[local] = most;
  workgroupBarrier();
  for (var reach = WORKGROUP / 2u; reach > 0u; reach /= 2u) {
    if (local < reach) { greatest[local] = max_float(greatest[local], greatest[local + reach]); }
    workgroupBarrier();
  }
  most = greatest[0];
  var sum = vec2<f32>(0.0, 0.0);
  for (var k = local; k < SIZE; k += WORKGROUP) {
    sum = add_pair(sum, vec2<f32>(exp_float(sub_float(x_load(base + item_at(k)), most)), 0.0));
  }
  sums[local] = sum;
  workgroupBarrier();
  for (var reach = WORKGROUP / 2u; reach > 0u; reach /= 2u) {
    if (local < reach) { sums[local] = add_pair(sums[local], sums[local + reach]); }
    workgroupBarrier();
  }
  let total = single(sums[0]);
  for (var k = local; k < SIZE; k += WORKGROUP) {
    let at = base + item_at(k);
    y_store(at, finish(at, div_float(exp_float(sub_float(x_load(at), most)), total)));
  }
}
