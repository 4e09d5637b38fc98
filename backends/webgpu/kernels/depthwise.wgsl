//! Convolutions of one channel a group, for devices without fast workgroup memory; an invocation four neighbours of a row.
//! const BATCHES HEIGHT WIDTH OUT_CHANNELS OUT_HEIGHT OUT_WIDTH GROUPS ROWS COLUMNS TOP LEFT
//! const STRIDES DILATIONS X_STRIDES FILTER_STRIDES Y_STRIDES
//! alias V
//! in x filters
//! out y elements
//! hook bias_of(channel: u32) -> f32
//! chain
//! workgroups (BATCHES * OUT_CHANNELS * OUT_HEIGHT * ((OUT_WIDTH + 3) / 4) + WORKGROUP - 1) / WORKGROUP
//! turns ROWS * (1 + COLUMNS) + 4 * (1 + finish)
//! work 4 * ROWS * COLUMNS + 32

// What the input has in a column of a row, zero outside; a column left of the first wraps around and lies outside, too.
fn pixel(row: u32, column: u32, inside: bool) -> f32 {
  let meets = inside && column < WIDTH;
  return select(0.0, x_load(select(0u, row + column * X_STRIDES[3], meets)), meets);
}

fn pixels(row: u32, column: u32, inside: bool) -> vec4<f32> {
  return vec4<f32>(
    pixel(row, column, inside),
    pixel(row, column + STRIDES[1], inside),
    pixel(row, column + 2u * STRIDES[1], inside),
    pixel(row, column + 3u * STRIDES[1], inside));
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let across = (OUT_WIDTH + 3u) / 4u;
  let number = group_of(id, count) * WORKGROUP + local;
  if (number >= BATCHES * OUT_CHANNELS * OUT_HEIGHT * across) { return; }
  let out_column = number % across * 4u;
  let line = number / across;
  let out_row = line % OUT_HEIGHT;
  let plane = line / OUT_HEIGHT;
  let channel = plane % OUT_CHANNELS;
  let batch = plane / OUT_CHANNELS;
  let image = batch * X_STRIDES[0] + channel / (OUT_CHANNELS / GROUPS) * X_STRIDES[1];
  let filter_first = channel * FILTER_STRIDES[0];
  let first = out_column * STRIDES[1] - LEFT;
  var sums = vec4<f32>();
  for (var r = 0u; r < ROWS; r += 1u) {
    let row = out_row * STRIDES[0] + r * DILATIONS[0] - TOP;
    let inside = row < HEIGHT;
    let line_first = image + row * X_STRIDES[2];
    var four = pixels(line_first, first, inside);
    for (var c = 0u; c < COLUMNS; c += 1u) {
      sums += four * filters_load(filter_first + r * FILTER_STRIDES[2] + c * FILTER_STRIDES[3]);
      // Where taps are as far apart as pixels, three of the next four are known.
      if (STRIDES[1] == DILATIONS[1]) {
        four = vec4<f32>(four.yzw, pixel(line_first, first + (c + 4u) * STRIDES[1], inside));
      } else {
        four = pixels(line_first, first + (c + 1u) * DILATIONS[1], inside);
      }
    }
  }
  let bias = bias_of(channel);
  let at = batch * Y_STRIDES[0] + channel * Y_STRIDES[1] + out_row * Y_STRIDES[2] + out_column * Y_STRIDES[3];
  for (var c = 0u; c < min(4u, OUT_WIDTH - out_column); c += 1u) {
    let one = at + c * Y_STRIDES[3];
    y_store(one, finish(one, add_float(sums[c], bias)));
  }
}
