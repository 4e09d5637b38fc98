// The number of a workgroup: the host folds the grid where one dimension is too short for it, and lets work that is too much
// for one dispatch begin at another group than the first.

fn group_of(id: vec3<u32>, count: vec3<u32>) -> u32 {
  opaque = u32(count.x == 0u);
  return first_group() + id.x + count.x * (id.y + count.y * id.z);
}
