//! A tensor written into a part of another.
//! const SIZE
//! in x
//! out y elements
//! view part
//! workgroups (SIZE + WORKGROUP - 1) / WORKGROUP
//! work 4

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let i = group_of(id, count) * WORKGROUP + local;
  if (i < SIZE) { y_store(part_at(i), x_load(i)); }
}
