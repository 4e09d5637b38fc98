//! Convolutions of many terms, forward and transposed; a workgroup a slice of the sum of an element.
//! const OUTPUTS SLICES PART TRANSPOSED EXACT CHANNELS HEIGHT WIDTH OUT_CHANNELS GROUPS ROWS COLUMNS
//! const TERM_ROWS TERM_COLUMNS BY_ROW BY_COLUMN TOP LEFT STRIDES DILATIONS X_STRIDES FILTER_STRIDES
//! alias V
//! in x filters
//! out y elements
//! view batch channel row column
//! hook result(sum: vec2<f32>, i: u32) -> V
//! chain
//! workgroups OUTPUTS * SLICES
//! turns (PART + WORKGROUP - 1) / WORKGROUP + 8 + finish
//! work (PART + WORKGROUP - 1) / WORKGROUP * (4 + 12 * EXACT) + 128

var<workgroup> sums: array<vec2<f32>, WORKGROUP>;

// FILTER_STRIDES: output channel of a group or of all (forward), input channel, row, column.
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let slice = group_of(id, count);
  if (slice >= OUTPUTS * SLICES) { return; }
  let i = slice / SLICES;
  let out_channel = channel_at(i);
  let out_row = row_at(i);
  let out_column = column_at(i);
  let group = out_channel / (OUT_CHANNELS / GROUPS);
  let channels = CHANNELS / GROUPS;
  let image = batch_at(i) * X_STRIDES[0] + group * channels * X_STRIDES[1];
  var filter_first = out_channel * FILTER_STRIDES[0];
  if (TRANSPOSED == 1u) { filter_first = out_channel % (OUT_CHANNELS / GROUPS) * FILTER_STRIDES[0] + group * channels * FILTER_STRIDES[1]; }
  let first = slice % SLICES * PART;
  let end = min(first + PART, channels * TERM_ROWS * TERM_COLUMNS);
  var sum = vec2<f32>(0.0, 0.0);
  for (var term = first + local; term < end; term += WORKGROUP) {
    let channel = term / (TERM_ROWS * TERM_COLUMNS);
    let row = window_tap(out_row, term / TERM_COLUMNS % TERM_ROWS, BY_ROW, TOP, STRIDES[0], DILATIONS[0], HEIGHT, ROWS);
    let column = window_tap(out_column, term % TERM_COLUMNS, BY_COLUMN, LEFT, STRIDES[1], DILATIONS[1], WIDTH, COLUMNS);
    if (!row.inside || !column.inside) { continue; }
    let a = x_load(image + channel * X_STRIDES[1] + u32(row.at) * X_STRIDES[2] + u32(column.at) * X_STRIDES[3]);
    let b = filters_load(filter_first + channel * FILTER_STRIDES[1] + row.tap * FILTER_STRIDES[2] + column.tap * FILTER_STRIDES[3]);
    if (EXACT == 1u) { sum = add_product(sum, a, b); } else { sum.x += a * b; }
  }
  sums[local] = sum;
  workgroupBarrier();
  for (var reach = WORKGROUP / 2u; reach > 0u; reach /= 2u) {
    if (local < reach) { sums[local] = add_pair(sums[local], sums[local + reach]); }
    workgroupBarrier();
  }
  if (local == 0u) { y_store(slice, finish(slice, result(sums[0], i))); }
}
