// The number of a workgroup: the host folds the grid where one dimension is too short for it.

fn group_of(id: vec3<u32>, count: vec3<u32>) -> u32 {
  opaque = u32(count.x == 0u);
  return id.x + count.x * (id.y + count.y * id.z);
}
