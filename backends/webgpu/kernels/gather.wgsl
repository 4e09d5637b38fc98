//! Elements at computed places: for each of DEPTH indices its stride, clamped to its size.
//! const Y_FIRST Y_END DEPTH SIZES STRIDES
//! in x indices
//! out y cells
//! alias V
//! view base index
//! hook place(index: INDICES, size: u32) -> u32
//! chain
//! workgroups (Y_END - Y_FIRST + WORKGROUP - 1) / WORKGROUP
//! turns DEPTH * (1 + place) + finish
//! work 4 * DEPTH + 4

fn element(i: u32) -> Y {
  var sizes = SIZES;
  var strides = STRIDES;
  var at = base_at(i);
  for (var d = 0u; d < DEPTH; d += 1u) {
    at += place(indices_load(index_at(i) + d), sizes[d]) * strides[d];
  }
  return finish(i, x_load(at));
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let cell = Y_FIRST + group_of(id, count) * WORKGROUP + local;
  if (cell < Y_END) { y_write(cell); }
}
