//! Products of few rows with a matrix; an invocation four columns of each row, a workgroup all terms of some columns.
//! const BATCHES SPLITS M N K SPLIT_K QUADS
//! alias V
//! in a b
//! out y elements
//! hook left4(batch: u32, m: u32, k: u32) -> vec4<f32>
//! hook right4(batch: u32, k: u32, n: u32) -> vec4<f32>
//! hook right8(batch: u32, k: u32, n: u32) -> array<vec4<f32>, 8>
//! hook place(batch: u32, m: u32, n: u32) -> u32
//! chain
//! unchecked
//! workgroups BATCHES * SPLITS * ((N + 31) / 32)
//! turns (SPLIT_K + WORKGROUP - 1) / WORKGROUP * (1 + right8 + 2 * M * left4) + M * (6 + put)
//! work SPLIT_K * M / 8 + 64

// Such products wait for memory, so each invocation asks for fours of eight rows (right8) before it uses the first. Eight
// invocations side by side take 32 columns, the others of the workgroup other terms of them; their sums meet in a tree.

const LANES = 8u;
const TERMS = 8u;

var<workgroup> memory: array<vec4<f32>, WORKGROUP>;

fn added(sum: vec4<f32>, a: vec4<f32>, b0: vec4<f32>, b1: vec4<f32>, b2: vec4<f32>, b3: vec4<f32>) -> vec4<f32> {
  return (((sum + a.x * b0) + a.y * b1) + a.z * b2) + a.w * b3;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let strips = (N + 4u * LANES - 1u) / (4u * LANES);
  let group = group_of(id, count);
  if (group >= BATCHES * SPLITS * strips) { return; }
  let batch = group / (SPLITS * strips);
  let split = group / strips % SPLITS;
  let n = (group % strips * LANES + local % LANES) * 4u;
  let end = min(K, (split + 1u) * SPLIT_K);
  var s0 = vec4<f32>();
  var s1 = vec4<f32>();
  var s2 = vec4<f32>();
  var s3 = vec4<f32>();
  for (var k = split * SPLIT_K + local / LANES * TERMS; k < end; k += WORKGROUP / LANES * TERMS) {
    let b = right8(batch, k, n);
    s0 = added(added(s0, left4(batch, 0u, k), b[0], b[1], b[2], b[3]), left4(batch, 0u, k + 4u), b[4], b[5], b[6], b[7]);
    if (M > 1u) { s1 = added(added(s1, left4(batch, 1u, k), b[0], b[1], b[2], b[3]), left4(batch, 1u, k + 4u), b[4], b[5], b[6], b[7]); }
    if (M > 2u) { s2 = added(added(s2, left4(batch, 2u, k), b[0], b[1], b[2], b[3]), left4(batch, 2u, k + 4u), b[4], b[5], b[6], b[7]); }
    if (M > 3u) { s3 = added(added(s3, left4(batch, 3u, k), b[0], b[1], b[2], b[3]), left4(batch, 3u, k + 4u), b[4], b[5], b[6], b[7]); }
  }
  var sums = array<vec4<f32>, 4>(s0, s1, s2, s3);
  for (var m = 0u; m < M; m += 1u) {
    memory[local] = sums[m];
    workgroupBarrier();
    for (var reach = WORKGROUP / 2u; reach >= LANES; reach /= 2u) {
      if (local < reach) { memory[local] += memory[local + reach]; }
      workgroupBarrier();
    }
    if (local < LANES && n < N) { put(batch, split * (Y_SIZE / SPLITS), m, n, memory[local]); }
    workgroupBarrier();
  }
}
