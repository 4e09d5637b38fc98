//! Windows of images reduced to one element each; an invocation an element.
//! const Y_FIRST Y_END CHANNELS HEIGHT WIDTH OUT_HEIGHT OUT_WIDTH ROWS COLUMNS TOP LEFT STRIDES DILATIONS LAST
//! alias SUM V
//! in x
//! out y cells
//! hook start() -> SUM
//! hook include(sum: SUM, x: X) -> SUM
//! hook result(sum: SUM, counted: u32) -> V
//! chain
//! workgroups (Y_END - Y_FIRST + WORKGROUP - 1) / WORKGROUP
//! turns ROWS * (1 + COLUMNS) + finish
//! work 8 * ROWS * COLUMNS + 16

// LAST is 1 where the channels are the last dimension.
fn element(i: u32) -> Y {
  let inner = OUT_HEIGHT * OUT_WIDTH;
  let channel = select(i / inner % CHANNELS, i % CHANNELS, LAST == 1u);
  let place = select(i % inner, i / CHANNELS % inner, LAST == 1u);
  let image = i / (inner * CHANNELS);
  let first_row = i32(place / OUT_WIDTH * STRIDES[0]) - i32(TOP);
  let first_column = i32(place % OUT_WIDTH * STRIDES[1]) - i32(LEFT);
  var sum = start();
  var counted = 0u;
  for (var r = 0u; r < ROWS; r += 1u) {
    let row = first_row + i32(r * DILATIONS[0]);
    if (row < 0i || row >= i32(HEIGHT)) { continue; }
    for (var c = 0u; c < COLUMNS; c += 1u) {
      let column = first_column + i32(c * DILATIONS[1]);
      if (column < 0i || column >= i32(WIDTH)) { continue; }
      let pixel = u32(row) * WIDTH + u32(column);
      let at = select((image * CHANNELS + channel) * HEIGHT * WIDTH + pixel, (image * HEIGHT * WIDTH + pixel) * CHANNELS + channel, LAST == 1u);
      sum = include(sum, x_load(at));
      counted += 1u;
    }
  }
  return finish(i, result(sum, counted));
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let cell = Y_FIRST + group_of(id, count) * WORKGROUP + local;
  if (cell < Y_END) { y_write(cell); }
}
