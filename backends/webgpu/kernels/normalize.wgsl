//! Rows brought to mean zero and variance one, then scaled and shifted; a workgroup a row.
//! const ROWS SIZE
//! in x
//! out y elements
//! view row item
//! alias V
//! hook epsilon() -> f32
//! hook scale_of(row: u32, k: u32) -> f32
//! hook bias_of(row: u32, k: u32) -> f32
//! chain
//! workgroups ROWS
//! turns (SIZE + WORKGROUP - 1) / WORKGROUP * (3 + finish) + 16
//! work 32 * ((SIZE + WORKGROUP - 1) / WORKGROUP) + 256

var<workgroup> sums: array<vec2<f32>, WORKGROUP>;

fn total(own: vec2<f32>, local: u32) -> vec2<f32> {
  workgroupBarrier();
  sums[local] = own;
  workgroupBarrier();
  for (var reach = WORKGROUP / 2u; reach > 0u; reach /= 2u) {
    if (local < reach) { sums[local] = add_pair(sums[local], sums[local + reach]); }
    workgroupBarrier();
  }
  return sums[0];
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let row = group_of(id, count);
  if (row >= ROWS) { return; }
  let base = row_at(row);
  var sum = vec2<f32>(0.0, 0.0);
  for (var k = local; k < SIZE; k += WORKGROUP) { sum = add_pair(sum, vec2<f32>(x_load(base + item_at(k)), 0.0)); }
  let mean = div_pair(total(sum, local), whole_pair(SIZE));
  sum = vec2<f32>(0.0, 0.0);
  for (var k = local; k < SIZE; k += WORKGROUP) {
    let distance = add_pair(vec2<f32>(x_load(base + item_at(k)), 0.0), neg_pair(mean));
    sum = add_pair(sum, mul_pair(distance, distance));
  }
  let variance = div_pair(total(sum, local), whole_pair(SIZE));
  let inverse = div_pair(vec2<f32>(1.0, 0.0), sqrt_pair(add_pair(variance, vec2<f32>(epsilon(), 0.0))));
  for (var k = local; k < SIZE; k += WORKGROUP) {
    let at = base + item_at(k);
    let distance = add_pair(vec2<f32>(x_load(at), 0.0), neg_pair(mean));
    let normal = mul_pair(mul_pair(distance, inverse), vec2<f32>(scale_of(row, k), 0.0));
    y_store(at, finish(at, single(add_pair(normal, vec2<f32>(bias_of(row, k), 0.0)))));
  }
}
