//! A long short-term memory over a sequence; a workgroup for each direction and batch.
//! const STEPS BATCH HIDDEN FEATURES DIRECTIONS BACKWARD ORDER ACTIVATIONS
//! in x weight recurrent given
//! state state
//! workgroups DIRECTIONS * BATCH

// The states, as pairs: hidden before and after a step by turns, then cell; then the hidden states of the sequence.
// ORDER: where the gates i, o, f, g stand. given: bias, recurrent bias, peephole weights, hidden state, cell state.
const STATE = DIRECTIONS * BATCH * HIDDEN;
const ROWS = 4u * HIDDEN;
const PEEPHOLE = 2u * DIRECTIONS * ROWS;
const INITIAL = PEEPHOLE + 3u * DIRECTIONS * HIDDEN;

fn pair_at(i: u32) -> vec2<f32> {
  return vec2<f32>(state_0[i], state_0[i + STATE]);
}

fn set_pair(i: u32, value: vec2<f32>) {
  state_0[i] = value.x;
  state_0[i + STATE] = value.y;
}

// W x + b + R h + c of one row of the weights.
fn affine(direction: u32, row: u32, input: u32, hidden: u32) -> vec2<f32> {
  let at = direction * ROWS + row;
  var sum = two_sum(given_load(at), given_load(DIRECTIONS * ROWS + at));
  for (var k = 0u; k < FEATURES; k += 1u) { sum = add_product(sum, weight_load(at * FEATURES + k), x_load(input + k)); }
  for (var k = 0u; k < HIDDEN; k += 1u) {
    sum = add_pair(sum, mul_pair(vec2<f32>(recurrent_load(at * HIDDEN + k), 0.0), pair_at(hidden + k)));
  }
  return sum;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  var order = ORDER;
  var activations = ACTIVATIONS;
  let lane = group_of(id, count);
  if (lane >= DIRECTIONS * BATCH) { return; }
  let direction = lane / BATCH;
  let backward = direction == 1u || BACKWARD == 1u;
  let base = lane * HIDDEN;
  for (var j = local; j < HIDDEN; j += WORKGROUP) {
    set_pair(base + j, vec2<f32>(given_load(INITIAL + base + j), 0.0));
    set_pair(4u * STATE + base + j, vec2<f32>(given_load(INITIAL + STATE + base + j), 0.0));
  }
  storageBarrier();
  for (var step = 0u; step < STEPS; step += 1u) {
    let time = select(step, STEPS - 1u - step, backward);
    let input = (time * BATCH + lane % BATCH) * FEATURES;
    let hidden = base + 2u * STATE * (step % 2u);
    let next = base + 2u * STATE * ((step + 1u) % 2u);
    for (var j = local; j < HIDDEN; j += WORKGROUP) {
      let cell = pair_at(4u * STATE + base + j);
      var gates = array<vec2<f32>, 4>();
      for (var g = 0u; g < 4u; g += 1u) {
        var sum = affine(direction, order[g] * HIDDEN + j, input, hidden);
        if (g < 3u) {
          let peephole = given_load(PEEPHOLE + (direction * 3u + g) * HIDDEN + j);
          sum = add_pair(sum, mul_pair(cell, vec2<f32>(peephole, 0.0)));
        }
        gates[g] = activation_pair(sum, activations[g / 3u]);
      }
      let new_cell = add_pair(mul_pair(gates[2], cell), mul_pair(gates[0], gates[3]));
      let new_hidden = mul_pair(gates[1], activation_pair(new_cell, activations[2]));
      set_pair(4u * STATE + base + j, new_cell);
      set_pair(next + j, new_hidden);
      state_0[8u * STATE + time * STATE + base + j] = single(new_hidden);
    }
    storageBarrier();
  }
}
