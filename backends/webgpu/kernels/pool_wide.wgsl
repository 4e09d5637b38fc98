//! Large windows of images, or slices of them, reduced to one element each; a workgroup a slice.
//! const OUTPUTS SLICES PART CHANNELS HEIGHT WIDTH OUT_HEIGHT OUT_WIDTH ROWS COLUMNS TOP LEFT STRIDES DILATIONS LAST
//! alias SUM V
//! in x
//! out y elements
//! hook start() -> SUM
//! hook include(sum: SUM, x: X) -> SUM
//! hook combine(a: SUM, b: SUM) -> SUM
//! hook result(sum: SUM, counted: u32) -> V
//! chain
//! workgroups OUTPUTS * SLICES
//! turns (PART + WORKGROUP - 1) / WORKGROUP + 8 + finish
//! work 16 * ((PART + WORKGROUP - 1) / WORKGROUP + 8)

var<workgroup> sums: array<SUM, WORKGROUP>;

// LAST is 1 where the channels are the last dimension.
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let slice = group_of(id, count);
  if (slice >= OUTPUTS * SLICES) { return; }
  let i = slice / SLICES;
  let inner = OUT_HEIGHT * OUT_WIDTH;
  let channel = select(i / inner % CHANNELS, i % CHANNELS, LAST == 1u);
  let place = select(i % inner, i / CHANNELS % inner, LAST == 1u);
  let image = i / (inner * CHANNELS);
  let first_row = i32(place / OUT_WIDTH * STRIDES[0]) - i32(TOP);
  let first_column = i32(place % OUT_WIDTH * STRIDES[1]) - i32(LEFT);
  let first = slice % SLICES * PART;
  let end = min(first + PART, ROWS * COLUMNS);
  var sum = start();
  for (var tap = first + local; tap < end; tap += WORKGROUP) {
    let row = first_row + i32(tap / COLUMNS * DILATIONS[0]);
    let column = first_column + i32(tap % COLUMNS * DILATIONS[1]);
    if (row < 0i || row >= i32(HEIGHT) || column < 0i || column >= i32(WIDTH)) { continue; }
    let pixel = u32(row) * WIDTH + u32(column);
    let at = select((image * CHANNELS + channel) * HEIGHT * WIDTH + pixel, (image * HEIGHT * WIDTH + pixel) * CHANNELS + channel, LAST == 1u);
    sum = include(sum, x_load(at));
  }
  sums[local] = sum;
  workgroupBarrier();
  for (var reach = WORKGROUP / 2u; reach > 0u; reach /= 2u) {
    if (local < reach) { sums[local] = combine(sums[local], sums[local + reach]); }
    workgroupBarrier();
  }
  if (local == 0u) {
    let counted = taps_inside(first_row, ROWS, DILATIONS[0], HEIGHT) * taps_inside(first_column, COLUMNS, DILATIONS[1], WIDTH);
    y_store(slice, finish(slice, result(sums[0], counted)));
  }
}
