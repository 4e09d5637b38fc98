//! Rows brought to mean zero and variance one, then scaled and shifted; an invocation a row, as in softmax_rows.
//! const ROWS SIZE
//! in x
//! out y elements
//! view row item
//! alias V
//! hook epsilon() -> f32
//! hook scale_of(row: u32, k: u32) -> f32
//! hook bias_of(row: u32, k: u32) -> f32
//! chain
//! workgroups (ROWS + WORKGROUP - 1) / WORKGROUP
//! turns SIZE * (3 + finish)
//! work 32 * SIZE

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let row = group_of(id, count) * WORKGROUP + local;
  if (row >= ROWS) { return; }
  let base = row_at(row);
  let size = whole_pair(SIZE);
  var sum = vec2<f32>(0.0, 0.0);
  for (var k = 0u; k < SIZE; k += 1u) { sum = add_pair(sum, vec2<f32>(x_load(base + item_at(k)), 0.0)); }
  let mean = neg_pair(div_pair(sum, size));
  sum = vec2<f32>(0.0, 0.0);
  for (var k = 0u; k < SIZE; k += 1u) {
    let distance = add_pair(vec2<f32>(x_load(base + item_at(k)), 0.0), mean);
    sum = add_pair(sum, mul_pair(distance, distance));
  }
  let inverse = div_pair(vec2<f32>(1.0, 0.0), sqrt_pair(add_pair(div_pair(sum, size), vec2<f32>(epsilon(), 0.0))));
  for (var k = 0u; k < SIZE; k += 1u) {
    let at = base + item_at(k);
    let distance = add_pair(vec2<f32>(x_load(at), 0.0), mean);
    let normal = mul_pair(mul_pair(distance, inverse), vec2<f32>(scale_of(row, k), 0.0));
    y_store(at, finish(at, single(add_pair(normal, vec2<f32>(bias_of(row, k), 0.0)))));
  }
}
