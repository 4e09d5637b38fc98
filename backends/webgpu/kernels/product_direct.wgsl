//! Products of matrices straight from memory, for devices whose workgroups share none that is fast; an invocation 8 x 4 sums.
//! const BATCHES M N K QUADS
//! alias V
//! in a b
//! out y elements
//! hook left4(batch: u32, m: u32, k: u32) -> vec4<f32>
//! hook right4(batch: u32, k: u32, n: u32) -> vec4<f32>
//! hook place(batch: u32, m: u32, n: u32) -> u32
//! chain
//! workgroups (BATCHES * ((M + 7) / 8) * ((N + 3) / 4) + WORKGROUP - 1) / WORKGROUP

// Neighbouring invocations take the same rows and neighbouring columns, so that what they load is one word, or words in a
// row. Rows beyond the last are computed as the last, and not stored, since branches cost more than sums.

fn added(sum: vec4<f32>, a: vec4<f32>, b0: vec4<f32>, b1: vec4<f32>, b2: vec4<f32>, b3: vec4<f32>) -> vec4<f32> {
  return (((sum + a.x * b0) + a.y * b1) + a.z * b2) + a.w * b3;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let across = (N + 3u) / 4u;
  let down = (M + 7u) / 8u;
  let number = group_of(id, count) * WORKGROUP + local;
  if (number >= BATCHES * down * across) { return; }
  let batch = number / (down * across);
  let m = number / across % down * 8u;
  let n = number % across * 4u;
  var s0 = vec4<f32>();
  var s1 = vec4<f32>();
  var s2 = vec4<f32>();
  var s3 = vec4<f32>();
  var s4 = vec4<f32>();
  var s5 = vec4<f32>();
  var s6 = vec4<f32>();
  var s7 = vec4<f32>();
  for (var k = 0u; k < K; k += 4u) {
    let b0 = right4(batch, k, n);
    let b1 = right4(batch, k + 1u, n);
    let b2 = right4(batch, k + 2u, n);
    let b3 = right4(batch, k + 3u, n);
    s0 = added(s0, left4(batch, min(m, M - 1u), k), b0, b1, b2, b3);
    s1 = added(s1, left4(batch, min(m + 1u, M - 1u), k), b0, b1, b2, b3);
    s2 = added(s2, left4(batch, min(m + 2u, M - 1u), k), b0, b1, b2, b3);
    s3 = added(s3, left4(batch, min(m + 3u, M - 1u), k), b0, b1, b2, b3);
    s4 = added(s4, left4(batch, min(m + 4u, M - 1u), k), b0, b1, b2, b3);
    s5 = added(s5, left4(batch, min(m + 5u, M - 1u), k), b0, b1, b2, b3);
    s6 = added(s6, left4(batch, min(m + 6u, M - 1u), k), b0, b1, b2, b3);
    s7 = added(s7, left4(batch, min(m + 7u, M - 1u), k), b0, b1, b2, b3);
  }
  // One loop, and one call of `finish`: compilers write out all calls, which takes them long.
  var sums = array<vec4<f32>, 8>(s0, s1, s2, s3, s4, s5, s6, s7);
  let rows = min(8u, M - m);
  let columns = min(4u, N - n);
  for (var i = 0u; i < rows; i += 1u) {
    let at = place(batch, m + i, n);
    let sum = sums[i];
    for (var c = 0u; c < columns; c += 1u) {
      let one = select(place(batch, m + i, n + c), at + c, QUADS == 1u);
      y_store(one, finish(one, sum[c]));
    }
  }
}
