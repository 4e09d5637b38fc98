//! A tensor with elements added around it: one value, the nearest element, or the elements mirrored at the edge.
//! const Y_FIRST Y_END RANK SIZES STRIDES WANTED BEFORE MODE
//! in x
//! out y cells
//! alias V
//! hook filling() -> V
//! chain
//! workgroups (Y_END - Y_FIRST + WORKGROUP - 1) / WORKGROUP
//! turns RANK + finish
//! work 8 * RANK

// MODE: 0 constant, 1 edge, 2 reflection.
fn element(i: u32) -> Y {
  var sizes = SIZES;
  var strides = STRIDES;
  var wanted = WANTED;
  var before = BEFORE;
  var rest = i;
  var place = 0u;
  for (var back = 0u; back < RANK; back += 1u) {
    let axis = RANK - 1u - back;
    let last = i32(sizes[axis]) - 1i;
    var at = i32(rest % wanted[axis]) - i32(before[axis]);
    rest /= wanted[axis];
    if (MODE == 0u && (at < 0i || at > last)) { return finish(i, filling()); }
    if (MODE == 2u) {
      at = abs(at);
      at = select(at, 2i * last - at, at > last);
    }
    place += u32(clamp(at, 0i, last)) * strides[axis];
  }
  return finish(i, x_load(place));
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let cell = Y_FIRST + group_of(id, count) * WORKGROUP + local;
  if (cell < Y_END) { y_write(cell); }
}
