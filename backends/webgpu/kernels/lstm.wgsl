//! A long short-term memory over some steps of a sequence; a workgroup for each direction and batch, or several of wide ones.
//! const STEPS CHUNK BATCH HIDDEN FEATURES DIRECTIONS BLOCKS BACKWARD ORDER ACTIVATIONS STARTS
//! in x weight recurrent given
//! state state
//! hook begun() -> u32
//! hook with_input(sum: vec2<f32>, direction: u32, row: u32, input: u32) -> vec2<f32>
//! workgroups DIRECTIONS * BATCH * BLOCKS
//! turns (((HIDDEN + BLOCKS - 1) / BLOCKS + WORKGROUP - 1) / WORKGROUP) + CHUNK * (1 + (((HIDDEN + BLOCKS - 1) / BLOCKS + WORKGROUP - 1) / WORKGROUP) * (1 + 4 * (1 + with_input + HIDDEN)))
//! work 64 * (CHUNK + 1) * (((HIDDEN + BLOCKS - 1) / BLOCKS + WORKGROUP - 1) / WORKGROUP) * (FEATURES + HIDDEN + 16)

// The states, as pairs: hidden before and after a step by turns, then cell; then the hidden states of the sequence.
// ORDER: where the gates i, o, f, g stand. given: bias, recurrent bias, peephole weights, hidden state, cell state. A dispatch
// goes on at the step `begun`, for CHUNK steps; where there are several BLOCKS, for one, since each reads what all of them made.
const STATE = DIRECTIONS * BATCH * HIDDEN;
const ROWS = 4u * HIDDEN;
const PEEPHOLE = 2u * DIRECTIONS * ROWS;
const INITIAL = PEEPHOLE + 3u * DIRECTIONS * HIDDEN;

fn pair_at(i: u32) -> vec2<f32> {
  return vec2<f32>(state_load(i), state_load(i + STATE));
}

fn set_pair(i: u32, value: vec2<f32>) {
  state_store(i, value.x);
  state_store(i + STATE, value.y);
}

// W x + b + R h + c of one row of the weights.
fn affine(direction: u32, row: u32, input: u32, hidden: u32) -> vec2<f32> {
  let at = direction * ROWS + row;
  var sum = with_input(two_sum(given_load(at), given_load(DIRECTIONS * ROWS + at)), direction, row, input);
  for (var k = 0u; k < HIDDEN; k += 1u) {
    sum = add_pair(sum, mul_pair(vec2<f32>(recurrent_load(at * HIDDEN + k), 0.0), pair_at(hidden + k)));
  }
  return sum;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  var order = ORDER;
  var activations = ACTIVATIONS;
  let group = group_of(id, count);
  if (group >= DIRECTIONS * BATCH * BLOCKS) { return; }
  let lane = group / BLOCKS;
  let run = (HIDDEN + BLOCKS - 1u) / BLOCKS;
  let first = group % BLOCKS * run + local;
  let end = min(group % BLOCKS * run + run, HIDDEN);
  let direction = lane / BATCH;
  let backward = direction == 1u || BACKWARD == 1u;
  let base = lane * HIDDEN;
  if (STARTS == 1u) {
    for (var j = first; j < end; j += WORKGROUP) {
      set_pair(base + j, vec2<f32>(given_load(INITIAL + base + j), 0.0));
      set_pair(4u * STATE + base + j, vec2<f32>(given_load(INITIAL + STATE + base + j), 0.0));
    }
    storageBarrier();
  }
  for (var step = begun(); step < min(begun() + CHUNK, STEPS); step += 1u) {
    let time = select(step, STEPS - 1u - step, backward);
    let input = (time * BATCH + lane % BATCH) * FEATURES;
    let hidden = base + 2u * STATE * (step % 2u);
    let next = base + 2u * STATE * ((step + 1u) % 2u);
    for (var j = first; j < end; j += WORKGROUP) {
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
      state_store(8u * STATE + time * STATE + base + j, single(new_hidden));
    }
    storageBarrier();
  }
}
