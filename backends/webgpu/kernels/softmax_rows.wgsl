//! Exponentials of each row, scaled to sum to one; an invocation a row, for devices whose invocations do not share well.
//! const ROWS SIZE
//! in x
//! out y elements
//! view row item
//! alias V
//! chain
//! workgroups (ROWS + WORKGROUP - 1) / WORKGROUP
//! turns SIZE * (3 + finish)
//! work 32 * SIZE

// The reciprocal of the sum, which is one or more, is what each exponential is multiplied with before it takes its power of
// two: what is rounded to a subnormal number is rounded once.

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let row = group_of(id, count) * WORKGROUP + local;
  if (row >= ROWS) { return; }
  let base = row_at(row);
  var most = x_load(base + item_at(0u));
  for (var k = 1u; k < SIZE; k += 1u) {
    let x = x_load(base + item_at(k));
    most = select(most, x, order(x) > order(most));
  }
  var sum = vec2<f32>(0.0, 0.0);
  for (var k = 0u; k < SIZE; k += 1u) {
    sum = add_pair(sum, vec2<f32>(exp_float(pin(x_load(base + item_at(k)) - most)), 0.0));
  }
  let share = pin(1.0 / sum.x);
  for (var k = 0u; k < SIZE; k += 1u) {
    let at = base + item_at(k);
    let x = pin(x_load(at) - most);
    let e = exp_parts(select(x, -150.0, magnitude(x) > 0x43160000u));
    y_store(at, finish(at, select(power_of_two(pin(e.rest * share), e.quotient), share, is_nan(share))));
  }
}
