//! Products of matrices straight from memory, for devices whose workgroups share none that is fast; an invocation 8 x 8 sums, or 8 x 4.
//! const BATCHES SPLITS M N K SPLIT_K QUADS
//! alias V
//! in a b
//! out y elements
//! hook left4(batch: u32, m: u32, k: u32) -> vec4<f32>
//! hook right4(batch: u32, k: u32, n: u32) -> vec4<f32>
//! hook place(batch: u32, m: u32, n: u32) -> u32
//! chain
//! workgroups (BATCHES * SPLITS * ((M + 7) / 8) * ((N + 3 + 4 * QUADS) / (4 + 4 * QUADS)) + WORKGROUP - 1) / WORKGROUP
//! turns (SPLIT_K + 3) / 4 * (1 + 8 * left4 + (4 + 4 * QUADS) * right4) + (8 + 8 * QUADS) * (5 + 4 * finish)
//! work SPLIT_K * (32 + 32 * QUADS) + 256

// What is loaded costs more than what is multiplied, hence the many sums. Rows and columns beyond the last are computed as
// the last, and not stored, since branches cost more than sums. Where rows are no whole fours, fewer sums are faster.

fn added(sum: vec4<f32>, a: vec4<f32>, b0: vec4<f32>, b1: vec4<f32>, b2: vec4<f32>, b3: vec4<f32>) -> vec4<f32> {
  return (((sum + a.x * b0) + a.y * b1) + a.z * b2) + a.w * b3;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let columns = 4u + 4u * QUADS;
  let across = (N + columns - 1u) / columns;
  let down = (M + 7u) / 8u;
  let number = group_of(id, count) * WORKGROUP + local;
  if (number >= BATCHES * SPLITS * down * across) { return; }
  let batch = number / (SPLITS * down * across);
  let split = number / (down * across) % SPLITS;
  let m = number / across % down * 8u;
  let n = number % across * columns;
  let right = min(n + 4u, (N - 1u) / 4u * 4u);
  var s0 = vec4<f32>();
  var s1 = vec4<f32>();
  var s2 = vec4<f32>();
  var s3 = vec4<f32>();
  var s4 = vec4<f32>();
  var s5 = vec4<f32>();
  var s6 = vec4<f32>();
  var s7 = vec4<f32>();
  var t0 = vec4<f32>();
  var t1 = vec4<f32>();
  var t2 = vec4<f32>();
  var t3 = vec4<f32>();
  var t4 = vec4<f32>();
  var t5 = vec4<f32>();
  var t6 = vec4<f32>();
  var t7 = vec4<f32>();
  for (var k = split * SPLIT_K; k < min(K, (split + 1u) * SPLIT_K); k += 4u) {
    let a0 = left4(batch, m, k);
    let a1 = left4(batch, min(m + 1u, M - 1u), k);
    let a2 = left4(batch, min(m + 2u, M - 1u), k);
    let a3 = left4(batch, min(m + 3u, M - 1u), k);
    let a4 = left4(batch, min(m + 4u, M - 1u), k);
    let a5 = left4(batch, min(m + 5u, M - 1u), k);
    let a6 = left4(batch, min(m + 6u, M - 1u), k);
    let a7 = left4(batch, min(m + 7u, M - 1u), k);
    var b0 = right4(batch, k, n);
    var b1 = right4(batch, k + 1u, n);
    var b2 = right4(batch, k + 2u, n);
    var b3 = right4(batch, k + 3u, n);
    s0 = added(s0, a0, b0, b1, b2, b3);
    s1 = added(s1, a1, b0, b1, b2, b3);
    s2 = added(s2, a2, b0, b1, b2, b3);
    s3 = added(s3, a3, b0, b1, b2, b3);
    s4 = added(s4, a4, b0, b1, b2, b3);
    s5 = added(s5, a5, b0, b1, b2, b3);
    s6 = added(s6, a6, b0, b1, b2, b3);
    s7 = added(s7, a7, b0, b1, b2, b3);
    if (QUADS == 1u) {
      b0 = right4(batch, k, right);
      b1 = right4(batch, k + 1u, right);
      b2 = right4(batch, k + 2u, right);
      b3 = right4(batch, k + 3u, right);
      t0 = added(t0, a0, b0, b1, b2, b3);
      t1 = added(t1, a1, b0, b1, b2, b3);
      t2 = added(t2, a2, b0, b1, b2, b3);
      t3 = added(t3, a3, b0, b1, b2, b3);
      t4 = added(t4, a4, b0, b1, b2, b3);
      t5 = added(t5, a5, b0, b1, b2, b3);
      t6 = added(t6, a6, b0, b1, b2, b3);
      t7 = added(t7, a7, b0, b1, b2, b3);
    }
  }
  // One loop, and one call of `finish`: compilers write out all calls, which takes them long.
  var sums = array<vec4<f32>, 16>(s0, s1, s2, s3, s4, s5, s6, s7, t0, t1, t2, t3, t4, t5, t6, t7);
  for (var i = 0u; i < 2u * columns; i += 1u) {
    let row = m + i % 8u;
    let column = n + i / 8u * 4u;
    if (row >= M || column >= N) { continue; }
    let base = split * (Y_SIZE / SPLITS);
    let at = base + place(batch, row, column);
    let sum = sums[i];
    for (var c = 0u; c < min(4u, N - column); c += 1u) {
      let one = select(base + place(batch, row, column + c), at + c, QUADS == 1u);
      y_store(one, finish(one, sum[c]));
    }
  }
}
