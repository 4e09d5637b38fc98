//! Convolutions, forward and transposed, each sum (where EXACT is 1) exact but for its last rounding; an invocation an element.
//! const Y_FIRST Y_END TRANSPOSED EXACT CHANNELS HEIGHT WIDTH OUT_CHANNELS GROUPS ROWS COLUMNS
//! const TERM_ROWS TERM_COLUMNS BY_ROW BY_COLUMN TOP LEFT STRIDES DILATIONS X_STRIDES FILTER_STRIDES
//! alias V
//! in x filters
//! out y cells
//! view batch channel row column
//! hook bias_of(channel: u32) -> f32
//! chain
//! workgroups (Y_END - Y_FIRST + WORKGROUP - 1) / WORKGROUP
//! turns TERM_ROWS * (1 + TERM_COLUMNS * (1 + CHANNELS / GROUPS)) + finish
//! work TERM_ROWS * TERM_COLUMNS * CHANNELS / GROUPS * (1 + 15 * EXACT) + 8

// FILTER_STRIDES: output channel of a group or of all (forward), input channel, row, column.
fn element(i: u32) -> Y {
  let out_channel = channel_at(i);
  let out_row = row_at(i);
  let out_column = column_at(i);
  let group = out_channel / (OUT_CHANNELS / GROUPS);
  let channels = CHANNELS / GROUPS;
  let image = batch_at(i) * X_STRIDES[0] + group * channels * X_STRIDES[1];
  var first = out_channel * FILTER_STRIDES[0];
  if (TRANSPOSED == 1u) { first = out_channel % (OUT_CHANNELS / GROUPS) * FILTER_STRIDES[0] + group * channels * FILTER_STRIDES[1]; }
  var sum = vec2<f32>(0.0, 0.0);
  for (var r = 0u; r < TERM_ROWS; r += 1u) {
    let row = window_tap(out_row, r, BY_ROW, TOP, STRIDES[0], DILATIONS[0], HEIGHT, ROWS);
    if (!row.inside) { continue; }
    for (var c = 0u; c < TERM_COLUMNS; c += 1u) {
      let column = window_tap(out_column, c, BY_COLUMN, LEFT, STRIDES[1], DILATIONS[1], WIDTH, COLUMNS);
      if (!column.inside) { continue; }
      let pixel = image + u32(row.at) * X_STRIDES[2] + u32(column.at) * X_STRIDES[3];
      let weight = first + row.tap * FILTER_STRIDES[2] + column.tap * FILTER_STRIDES[3];
      for (var k = 0u; k < channels; k += 1u) {
        let a = x_load(pixel + k * X_STRIDES[1]);
        let b = filters_load(weight + k * FILTER_STRIDES[1]);
        if (EXACT == 1u) { sum = add_product(sum, a, b); } else { sum.x += a * b; }
      }
    }
  }
  return finish(i, single(add_pair(sum, vec2<f32>(bias_of(out_channel), 0.0))));
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let cell = Y_FIRST + group_of(id, count) * WORKGROUP + local;
  if (cell < Y_END) { y_write(cell); }
}
