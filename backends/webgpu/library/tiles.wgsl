// Factors of products, four at a time, zero outside the matrices; and where sums go.
// INSIDE is 1 where nobody asks for what lies outside.

// Four numbers of one row, neighbours or in steps, of which so many are there.
//! turns 4
fn a_up_to_four(at: u32, step: u32, left: u32) -> vec4<f32> {
  var four = vec4<f32>();
  for (var c = 0u; c < min(left, 4u); c += 1u) { four[c] = a_load(at + c * step); }
  return four;
}

//! turns 4
fn b_up_to_four(at: u32, step: u32, left: u32) -> vec4<f32> {
  var four = vec4<f32>();
  for (var c = 0u; c < min(left, 4u); c += 1u) { four[c] = b_load(at + c * step); }
  return four;
}

fn matrix_left(batch: u32, m: u32, k: u32) -> vec4<f32> {
  if (INSIDE == 0u && (m >= M || k >= K)) { return vec4<f32>(); }
  return a_up_to_four(left_at(batch) + m * A_ROW + k * A_COLUMN, A_COLUMN, K - k);
}

fn matrix_right(batch: u32, k: u32, n: u32) -> vec4<f32> {
  if (INSIDE == 0u && (k >= K || n >= N)) { return vec4<f32>(); }
  return b_up_to_four(right_at(batch) + k * B_ROW + n * B_COLUMN, B_COLUMN, N - n);
}

// The same where all fours lie in whole vectors.
fn matrix_left_vector(batch: u32, m: u32, k: u32) -> vec4<f32> {
  if (INSIDE == 0u && (m >= M || k >= K)) { return vec4<f32>(); }
  return a_four(left_at(batch) + m * A_ROW + k);
}

fn matrix_right_vector(batch: u32, k: u32, n: u32) -> vec4<f32> {
  if (INSIDE == 0u && (k >= K || n >= N)) { return vec4<f32>(); }
  return b_four(right_at(batch) + k * B_ROW + n);
}

// The same of whole numbers, each with its block's zero point and scale; HALF is 1 where the elements are float16.
fn matrix_right_dequantized(batch: u32, k: u32, n: u32) -> vec4<f32> {
  if (INSIDE == 0u && (k >= K || n >= N)) { return vec4<f32>(); }
  let at = right_at(batch) + k * B_ROW + n;
  let block = scale_at(at);
  return dequantized(b_four(at), scale_four(block), zero_four(block));
}

// As `dequantize_linear` of each: the distances of narrow integers are exact.
fn dequantized(x: vec4<f32>, scale: vec4<f32>, zero: vec4<f32>) -> vec4<f32> {
  let product = (x - zero) * scale;
  if (HALF == 1u) { return half_four(product); }
  return product;
}

// Fours of eight rows.
fn eight_right(batch: u32, k: u32, n: u32) -> array<vec4<f32>, 8> {
  return array<vec4<f32>, 8>(
    right4(batch, k, n), right4(batch, k + 1u, n), right4(batch, k + 2u, n), right4(batch, k + 3u, n),
    right4(batch, k + 4u, n), right4(batch, k + 5u, n), right4(batch, k + 6u, n), right4(batch, k + 7u, n));
}

// The same of one block. Most often all products of a scale are normal numbers, and are rounded without asking again.
fn eight_dequantized(batch: u32, k: u32, n: u32) -> array<vec4<f32>, 8> {
  var fours = array<vec4<f32>, 8>();
  if (INSIDE == 0u && (k >= K || n >= N)) { return fours; }
  let at = right_at(batch) + k * B_ROW + n;
  let block = scale_at(at);
  let scale = scale_four(block);
  let zero = zero_four(block);
  let m = bitcast<vec4<u32>>(scale) & vec4<u32>(0x7fffffffu);
  let usual = HALF == 0u || all((m >= vec4<u32>(0x38800000u)) & (m < vec4<u32>(0x43000000u)));
  fours[0] = (b_four(at) - zero) * scale;
  fours[1] = (b_four(at + B_ROW) - zero) * scale;
  fours[2] = (b_four(at + 2u * B_ROW) - zero) * scale;
  fours[3] = (b_four(at + 3u * B_ROW) - zero) * scale;
  fours[4] = (b_four(at + 4u * B_ROW) - zero) * scale;
  fours[5] = (b_four(at + 5u * B_ROW) - zero) * scale;
  fours[6] = (b_four(at + 6u * B_ROW) - zero) * scale;
  fours[7] = (b_four(at + 7u * B_ROW) - zero) * scale;
  if (HALF == 0u) { return fours; }
  if (!usual) {
    return array<vec4<f32>, 8>(
      half_four(fours[0]), half_four(fours[1]), half_four(fours[2]), half_four(fours[3]),
      half_four(fours[4]), half_four(fours[5]), half_four(fours[6]), half_four(fours[7]));
  }
  return array<vec4<f32>, 8>(
    eleven_digits(fours[0]), eleven_digits(fours[1]), eleven_digits(fours[2]), eleven_digits(fours[3]),
    eleven_digits(fours[4]), eleven_digits(fours[5]), eleven_digits(fours[6]), eleven_digits(fours[7]));
}

// A factor of a convolution: where its channel lies in an image, and how far its tap is from the pixel's first.
struct Term {
  base: u32,
  row: i32,
  column: i32,
}

fn term_of(batch: u32, k: u32) -> Term {
  let tap = k / CHANNELS;
  let channel = batch % GROUPS * CHANNELS + k % CHANNELS;
  return Term(
    batch / GROUPS * X_STRIDES[0] + channel * X_STRIDES[1],
    i32(tap / COLUMNS * DILATIONS[0]) - i32(TOP),
    i32(tap % COLUMNS * DILATIONS[1]) - i32(LEFT));
}

// Where an output pixel meets a term in the input; the last index where it meets nothing.
fn meeting(term: Term, out_row: u32, out_column: u32) -> u32 {
  let row = i32(out_row * STRIDES[0]) + term.row;
  let column = i32(out_column * STRIDES[1]) + term.column;
  if (row < 0i || row >= i32(HEIGHT) || column < 0i || column >= i32(WIDTH)) { return 0xffffffffu; }
  return term.base + u32(row) * X_STRIDES[2] + u32(column) * X_STRIDES[3];
}

fn filter_at(batch: u32, channel: u32, k: u32) -> u32 {
  let tap = k / CHANNELS;
  let out_channel = batch % GROUPS * (OUT_CHANNELS / GROUPS) + channel;
  return out_channel * FILTER_STRIDES[0] + k % CHANNELS * FILTER_STRIDES[1] + tap / COLUMNS * FILTER_STRIDES[2] + tap % COLUMNS * FILTER_STRIDES[3];
}

// Channels down, pixels across: for images whose pixels are neighbours.
//! turns 4
fn filters_left(batch: u32, m: u32, k: u32) -> vec4<f32> {
  var four = vec4<f32>();
  if (m >= M) { return four; }
  for (var c = 0u; c < 4u && k + c < K; c += 1u) { four[c] = a_load(filter_at(batch, m, k + c)); }
  return four;
}

//! turns 4
fn image_right(batch: u32, k: u32, n: u32) -> vec4<f32> {
  var four = vec4<f32>();
  if (k >= K) { return four; }
  let term = term_of(batch, k);
  var row = n / OUT_WIDTH;
  var column = n % OUT_WIDTH;
  for (var c = 0u; c < 4u && n + c < N; c += 1u) {
    let at = meeting(term, row, column);
    if (at != 0xffffffffu) { four[c] = b_load(at); }
    column += 1u;
    if (column == OUT_WIDTH) {
      column = 0u;
      row += 1u;
    }
  }
  return four;
}

// Pixels down, channels across: for images whose channels are neighbours.
//! turns 4
fn image_left(batch: u32, m: u32, k: u32) -> vec4<f32> {
  var four = vec4<f32>();
  if (INSIDE == 0u && (m >= M || k >= K)) { return four; }
  let row = m / OUT_WIDTH;
  let column = m % OUT_WIDTH;
  if (CHANNELS % 4u == 0u) {
    let at = meeting(term_of(batch, k), row, column);
    if (at != 0xffffffffu) { four = a_up_to_four(at, X_STRIDES[1], 4u); }
    return four;
  }
  for (var c = 0u; c < 4u && k + c < K; c += 1u) {
    let at = meeting(term_of(batch, k + c), row, column);
    if (at != 0xffffffffu) { four[c] = a_load(at); }
  }
  return four;
}

//! turns 4
fn filters_right(batch: u32, k: u32, n: u32) -> vec4<f32> {
  var four = vec4<f32>();
  if (k >= K) { return four; }
  for (var c = 0u; c < 4u && n + c < N; c += 1u) { four[c] = b_load(filter_at(batch, n + c, k)); }
  return four;
}

// Constant filters, packed as matrices, group by group.
fn packed_left(batch: u32, m: u32, k: u32) -> vec4<f32> {
  if (INSIDE == 0u && (m >= M || k >= K)) { return vec4<f32>(); }
  return a_up_to_four((batch % GROUPS * M + m) * K + k, 1u, K - k);
}

fn packed_right(batch: u32, k: u32, n: u32) -> vec4<f32> {
  if (INSIDE == 0u && (k >= K || n >= N)) { return vec4<f32>(); }
  return b_up_to_four((batch % GROUPS * K + k) * N + n, 1u, N - n);
}

fn packed_vector_left(batch: u32, m: u32, k: u32) -> vec4<f32> {
  if (INSIDE == 0u && (m >= M || k >= K)) { return vec4<f32>(); }
  return a_four((batch % GROUPS * M + m) * K + k);
}

fn packed_vector_right(batch: u32, k: u32, n: u32) -> vec4<f32> {
  if (INSIDE == 0u && (k >= K || n >= N)) { return vec4<f32>(); }
  return b_four((batch % GROUPS * K + k) * N + n);
}

// The images of a convolution of one tap that meets every pixel.
fn pixels_right(batch: u32, k: u32, n: u32) -> vec4<f32> {
  if (INSIDE == 0u && (k >= K || n >= N)) { return vec4<f32>(); }
  return b_four((batch * K + k) * N + n);
}

fn pixels_left(batch: u32, m: u32, k: u32) -> vec4<f32> {
  if (INSIDE == 0u && (m >= M || k >= K)) { return vec4<f32>(); }
  return a_four(((batch / GROUPS * M + m) * GROUPS + batch % GROUPS) * K + k);
}

// Four neighbouring sums of a row to where they belong, from `base` on.
//! turns 4 * (1 + finish)
fn put(batch: u32, base: u32, m: u32, n: u32, sum: vec4<f32>) {
  let at = base + place(batch, m, n);
  if (QUADS == 1u) {
    y_quad(at, finish(at, sum.x), finish(at + 1u, sum.y), finish(at + 2u, sum.z), finish(at + 3u, sum.w));
    return;
  }
  for (var c = 0u; c < min(4u, N - n); c += 1u) {
    let one = base + place(batch, m, n + c);
    y_store(one, finish(one, sum[c]));
  }
}
