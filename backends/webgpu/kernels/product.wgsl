//! Products of matrices through tiles in workgroup memory; an invocation 8 x 8 sums, a workgroup a tile.
//! const BATCHES SPLITS M N K SPLIT_K QUADS TILE_M TILE_N TILE_K SLICES
//! alias V
//! in a b
//! out y elements
//! hook left4(batch: u32, m: u32, k: u32) -> vec4<f32>
//! hook right4(batch: u32, k: u32, n: u32) -> vec4<f32>
//! hook place(batch: u32, m: u32, n: u32) -> u32
//! chain
//! unchecked
//! workgroups BATCHES * SPLITS * ((M + TILE_M - 1) / TILE_M) * ((N + TILE_N - 1) / TILE_N)
//! turns SPLIT_K / TILE_K * (1 + left4 + right4) + 2 * (left4 + right4) + (16 + SLICES - 1) / SLICES * (1 + put + 2 * SLICES)
//! work TILE_M * TILE_N / WORKGROUP * SPLIT_K + 4 * TILE_M * TILE_N / WORKGROUP

// left4 and right4 give four factors, neighbours along k and along n, zero outside the matrices. A tile is of such a size
// that each invocation fetches one four of either side, while it multiplies what it fetched before. The terms of a tile are
// shared by slices of the workgroup, each of which sums its own; in the end their sums are added in order. The sums stand in
// named variables, since arrays that are indexed live in slow memory; only to be stored are they laid in one.

const SUMS = 16u;
const ACROSS = TILE_N / 8u;
const DOWN = TILE_M / 8u;
const LANES = ACROSS * DOWN;

// Fours of the left tile (neighbours along m), then of the right (along n), each term by term; twice, to fetch and multiply at once.
var<workgroup> memory: array<vec4<f32>, 4u * WORKGROUP>;

var<private> s00: vec4<f32>; var<private> s01: vec4<f32>;
var<private> s10: vec4<f32>; var<private> s11: vec4<f32>;
var<private> s20: vec4<f32>; var<private> s21: vec4<f32>;
var<private> s30: vec4<f32>; var<private> s31: vec4<f32>;
var<private> s40: vec4<f32>; var<private> s41: vec4<f32>;
var<private> s50: vec4<f32>; var<private> s51: vec4<f32>;
var<private> s60: vec4<f32>; var<private> s61: vec4<f32>;
var<private> s70: vec4<f32>; var<private> s71: vec4<f32>;

fn multiply(left: u32, right: u32) {
  let b0 = memory[right + 0u * ACROSS];
  let b1 = memory[right + 1u * ACROSS];
  let a0 = memory[left + 0u * DOWN];
  s00 += a0.x * b0; s01 += a0.x * b1;
  s10 += a0.y * b0; s11 += a0.y * b1;
  s20 += a0.z * b0; s21 += a0.z * b1;
  s30 += a0.w * b0; s31 += a0.w * b1;
  let a1 = memory[left + 1u * DOWN];
  s40 += a1.x * b0; s41 += a1.x * b1;
  s50 += a1.y * b0; s51 += a1.y * b1;
  s60 += a1.z * b0; s61 += a1.z * b1;
  s70 += a1.w * b0; s71 += a1.w * b1;
}

// Four terms, without a loop.
fn multiply_four(tile: u32, q: u32, row: u32, column: u32) {
  let left = tile + q * TILE_M + (row ^ q);
  let right = tile + WORKGROUP + q * TILE_N + column;
  multiply(left, right);
  multiply(left + TILE_M / 4u, right + TILE_N / 4u);
  multiply(left + TILE_M / 2u, right + TILE_N / 2u);
  multiply(left + TILE_M / 4u * 3u, right + TILE_N / 4u * 3u);
}

// The left tile is turned, and its fours stand in another order for each four terms, so that no two are written to one bank.
fn keep(tile: u32, local: u32, left: vec4<f32>, right: vec4<f32>) {
  let m = local / (TILE_K / 4u);
  let q = local % (TILE_K / 4u);
  memory[tile + WORKGROUP + local] = right;
  let at = tile + q * TILE_M + ((m / 4u) ^ q);
  memory[at][m % 4u] = left.x;
  memory[at + TILE_M / 4u][m % 4u] = left.y;
  memory[at + TILE_M / 2u][m % 4u] = left.z;
  memory[at + TILE_M / 4u * 3u][m % 4u] = left.w;
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
  let slice = local / LANES;
  let lane = local % LANES;
  let column = lane / (8u * DOWN) * 8u + lane % 8u;
  let row = lane / 8u % DOWN;
  let own_m = first_m + local / (TILE_K / 4u);
  let left_k = local % (TILE_K / 4u) * 4u;
  let own_n = first_n + local % (TILE_N / 4u) * 4u;
  let right_k = local / (TILE_N / 4u);
  let end = min(K, (split + 1u) * SPLIT_K);
  let first_q = slice * (TILE_K / SLICES / 4u);
  var tile = 0u;
  keep(tile, local, left4(batch, own_m, split * SPLIT_K + left_k), right4(batch, split * SPLIT_K + right_k, own_n));
  workgroupBarrier();
  for (var k = split * SPLIT_K + TILE_K; ; k += TILE_K) {
    let left = left4(batch, own_m, k + left_k);
    let right = right4(batch, k + right_k, own_n);
    multiply_four(tile, first_q, row, column);
    if (TILE_K / SLICES == 8u) { multiply_four(tile, first_q + 1u, row, column); }
    if (k >= end) { break; }
    tile = 2u * WORKGROUP - tile;
    keep(tile, local, left, right);
    workgroupBarrier();
  }
  var sums = array<vec4<f32>, SUMS>(s00, s01, s10, s11, s20, s21, s30, s31, s40, s41, s50, s51, s60, s61, s70, s71);
  for (var s = 0u; s < SUMS; s += SLICES) {
    var sum = sums[s];
    if (SLICES > 1u) {
      workgroupBarrier();
      for (var other = 0u; other < SLICES; other += 1u) { memory[other * WORKGROUP + local] = sums[s + other]; }
      workgroupBarrier();
      sum = memory[slice * WORKGROUP + lane];
      for (var other = 1u; other < SLICES; other += 1u) { sum += memory[slice * WORKGROUP + other * LANES + lane]; }
    }
    let mine = s + slice;
    let m = first_m + (row + mine / 8u * DOWN) * 4u + mine / 2u % 4u;
    let n = first_n + (column + mine % 2u * ACROSS) * 4u;
    if (m < M && n < N) { put(batch, split * (Y_SIZE / SPLITS), m, n, sum); }
  }
}
