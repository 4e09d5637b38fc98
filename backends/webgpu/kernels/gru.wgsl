//! A gated recurrent unit over some steps of a sequence; a workgroup for each direction and batch, or several of wide ones.
//! const STEPS CHUNK BATCH HIDDEN FEATURES DIRECTIONS BLOCKS BACKWARD ORDER ACTIVATIONS RESET_AFTER STARTS FIRST_GATE END_GATE
//! in x weight recurrent given
//! state state
//! hook begun() -> u32
//! hook with_input(sum: vec2<f32>, direction: u32, row: u32, input: u32) -> vec2<f32>
//! workgroups DIRECTIONS * BATCH * BLOCKS
//! turns (((HIDDEN + BLOCKS - 1) / BLOCKS + WORKGROUP - 1) / WORKGROUP) + CHUNK * (1 + (((HIDDEN + BLOCKS - 1) / BLOCKS + WORKGROUP - 1) / WORKGROUP) + (END_GATE - FIRST_GATE) * (1 + (((HIDDEN + BLOCKS - 1) / BLOCKS + WORKGROUP - 1) / WORKGROUP) * (1 + with_input + HIDDEN)))
//! work 16 * (CHUNK + 1) * (((HIDDEN + BLOCKS - 1) / BLOCKS + WORKGROUP - 1) / WORKGROUP) * (END_GATE - FIRST_GATE) * (FEATURES + HIDDEN + 16)

// The states, as pairs: hidden before and after a step by turns, update, reset; then the hidden states of the sequence.
// ORDER: where the gates z, r, n stand. given: bias, recurrent bias, hidden state. A dispatch goes on at the step `begun`, for
// CHUNK steps and the gates from FIRST_GATE to END_GATE; where there are several BLOCKS, for one step, since each of them reads
// what all of them made of the step before; and where the new state is cut by what reset makes of it, that is one more dispatch.
const STATE = DIRECTIONS * BATCH * HIDDEN;
const ROWS = 3u * HIDDEN;
const INITIAL = 2u * DIRECTIONS * ROWS;
const UPDATE = 4u * STATE;
const RESET = 6u * STATE;

fn pair_at(i: u32) -> vec2<f32> {
  return vec2<f32>(state_load(i), state_load(i + STATE));
}

fn set_pair(i: u32, value: vec2<f32>) {
  state_store(i, value.x);
  state_store(i + STATE, value.y);
}

// W x + b of one row of the weights.
fn from_input(direction: u32, row: u32, input: u32) -> vec2<f32> {
  return with_input(vec2<f32>(given_load(direction * ROWS + row), 0.0), direction, row, input);
}

// R h + c of one row of the recurrent weights.
fn from_state(direction: u32, row: u32, hidden: u32) -> vec2<f32> {
  let at = direction * ROWS + row;
  var sum = vec2<f32>(given_load(DIRECTIONS * ROWS + at), 0.0);
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
    for (var j = first; j < end; j += WORKGROUP) { set_pair(base + j, vec2<f32>(given_load(INITIAL + base + j), 0.0)); }
    storageBarrier();
  }
  for (var step = begun(); step < min(begun() + CHUNK, STEPS); step += 1u) {
    let time = select(step, STEPS - 1u - step, backward);
    let input = (time * BATCH + lane % BATCH) * FEATURES;
    let hidden = base + 2u * STATE * (step % 2u);
    let next = base + 2u * STATE * ((step + 1u) % 2u);
    for (var g = FIRST_GATE; g < END_GATE; g += 1u) {
      let recalled = g == 2u && RESET_AFTER == 0u;
      for (var j = first; j < end; j += WORKGROUP) {
        let row = order[g] * HIDDEN + j;
        let state = from_state(direction, row, select(hidden, base + RESET, recalled));
        // Of a gate its own sum, of the new state that which reset has cut.
        let reset = select(pair_at(base + RESET + j), vec2<f32>(1.0, 0.0), recalled || g < 2u);
        let sum = add_pair(from_input(direction, row, input), mul_pair(reset, state));
        let n = activation_pair(sum, activations[g / 2u]);
        if (g < 2u) {
          set_pair(base + UPDATE + g * 2u * STATE + j, n);
          continue;
        }
        let kept = pair_at(base + UPDATE + j);
        let rest = add_pair(vec2<f32>(1.0, 0.0), neg_pair(kept));
        let new_hidden = add_pair(mul_pair(kept, pair_at(hidden + j)), mul_pair(rest, n));
        set_pair(next + j, new_hidden);
        state_store(8u * STATE + time * STATE + base + j, single(new_hidden));
      }
      storageBarrier();
      if (g == 1u && RESET_AFTER == 0u) {
        for (var j = first; j < end; j += WORKGROUP) {
          set_pair(base + RESET + j, mul_pair(pair_at(base + RESET + j), pair_at(hidden + j)));
        }
        storageBarrier();
      }
    }
  }
}
