//! For each slice of a tensor, the number of the last update of it, counted from 1.
//! const UPDATES DEPTH SIZES STRIDES
//! in indices
//! atomic winner
//! view base index
//! hook place(index: INDICES, size: u32) -> u32
//! workgroups (UPDATES + WORKGROUP - 1) / WORKGROUP
//! turns DEPTH * (1 + place)
//! work 4 * DEPTH + 4

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let update = group_of(id, count) * WORKGROUP + local;
  if (update >= UPDATES) { return; }
  var sizes = SIZES;
  var strides = STRIDES;
  var at = base_at(update);
  for (var d = 0u; d < DEPTH; d += 1u) {
    at += place(indices_load(index_at(update) + d), sizes[d]) * strides[d];
  }
  winner_raise(at, update + 1u);
}
