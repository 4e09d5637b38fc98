//! Products of matrices through tiles in workgroup memory; an invocation 4 x 4 sums, a workgroup a tile.
//! const BATCHES SPLITS M N K SPLIT_K TILE_M TILE_N QUADS
//! alias V
//! in a b
//! out y elements
//! hook left4(batch: u32, m: u32, k: u32) -> vec4<f32>
//! hook right4(batch: u32, k: u32, n: u32) -> vec4<f32>
//! hook place(batch: u32, m: u32, n: u32) -> u32
//! chain
//! workgroups BATCHES * SPLITS * ((M + TILE_M - 1) / TILE_M) * ((N + TILE_N - 1) / TILE_N)

// left4 and right4 give four factors, neighbours along k and along n, zero outside the matrices. The sums stand in
// named variables, since arrays that are indexed live in slow memory; only to be stored they are laid in one.

const TILE_K = 16u;
const ACROSS = TILE_N / 4u;
const DOWN = TILE_M / 4u;

var<workgroup> left_tile: array<vec4<f32>, TILE_M * TILE_K / 4u>;
var<workgroup> right_tile: array<vec4<f32>, TILE_K * TILE_N / 4u>;

fn added(sum: vec4<f32>, a: vec4<f32>, b0: vec4<f32>, b1: vec4<f32>, b2: vec4<f32>, b3: vec4<f32>) -> vec4<f32> {
  return (((sum + a.x * b0) + a.y * b1) + a.z * b2) + a.w * b3;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let tiles_n = (N + TILE_N - 1u) / TILE_N;
  let tiles = (M + TILE_M - 1u) / TILE_M * tiles_n;
  let group = group_of(id, count);
  if (group >= BATCHES * SPLITS * tiles) { return; }
  let batch = group / (SPLITS * tiles);
  let split = group / tiles % SPLITS;
  let first_m = group % tiles / tiles_n * TILE_M;
  let first_n = group % tiles % tiles_n * TILE_N;
  let column = local % ACROSS;
  let row = local / ACROSS;
  var s00 = vec4<f32>();
  var s10 = vec4<f32>();
  var s20 = vec4<f32>();
  var s30 = vec4<f32>();
  let end = min(K, (split + 1u) * SPLIT_K);
  for (var k = split * SPLIT_K; k < end; k += TILE_K) {
    for (var i = local; i < TILE_M * TILE_K / 4u; i += WORKGROUP) {
      left_tile[i] = left4(batch, first_m + i / (TILE_K / 4u), k + i % (TILE_K / 4u) * 4u);
    }
    for (var i = local; i < TILE_K * TILE_N / 4u; i += WORKGROUP) {
      right_tile[i] = right4(batch, k + i / (TILE_N / 4u), first_n + i % (TILE_N / 4u) * 4u);
    }
    workgroupBarrier();
    for (var q = 0u; q < TILE_K / 4u; q += 1u) {
      let at = q * TILE_N + column;
      let b00 = right_tile[at + 0u * TILE_N / 4u];
      let b10 = right_tile[at + 1u * TILE_N / 4u];
      let b20 = right_tile[at + 2u * TILE_N / 4u];
      let b30 = right_tile[at + 3u * TILE_N / 4u];
      let a0 = left_tile[(row + 0u * DOWN) * (TILE_K / 4u) + q];
      s00 = added(s00, a0, b00, b10, b20, b30);
      let a1 = left_tile[(row + 1u * DOWN) * (TILE_K / 4u) + q];
      s10 = added(s10, a1, b00, b10, b20, b30);
      let a2 = left_tile[(row + 2u * DOWN) * (TILE_K / 4u) + q];
      s20 = added(s20, a2, b00, b10, b20, b30);
      let a3 = left_tile[(row + 3u * DOWN) * (TILE_K / 4u) + q];
      s30 = added(s30, a3, b00, b10, b20, b30);
    }
    workgroupBarrier();
  }
  var sums = array<vec4<f32>, 4>(s00, s10, s20, s30);
  for (var i = 0u; i < 4u; i += 1u) {
    let m = first_m + row + i / 1u * DOWN;
    let n = first_n + (column + i % 1u * ACROSS) * 4u;
    if (m >= M || n >= N) { continue; }
    let at = split * (Y_SIZE / SPLITS) + place(batch, m, n);
    let sum = sums[i];
    if (QUADS == 1u) {
      y_quad(at, finish(at, sum.x), finish(at + 1u, sum.y), finish(at + 2u, sum.z), finish(at + 3u, sum.w));
      continue;
    }
    for (var c = 0u; c < min(4u, N - n); c += 1u) {
      let one = split * (Y_SIZE / SPLITS) + place(batch, m, n + c);
      y_store(one, finish(one, sum[c]));
    }
  }
}
