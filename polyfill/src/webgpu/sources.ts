/** The texts of the kernels and of the library: the same files that the Python backend reads. */

const kernels = import.meta.glob<string>("../../../backends/webgpu/kernels/*.wgsl", { query: "?raw", import: "default", eager: true });
const library = import.meta.glob<string>("../../../backends/webgpu/library/*.wgsl", { query: "?raw", import: "default", eager: true });

/** The text of each kernel by its name. */
export const KERNELS: ReadonlyMap<string, string> = byName(kernels);

/** The text of each file of the library by its name, in the order of the names. */
export const LIBRARY: ReadonlyMap<string, string> = byName(library);

function byName(files: Readonly<Record<string, string>>): Map<string, string> {
  const named = Object.entries(files).map(([path, text]): [string, string] => [path.replace(/^.*\/|\.wgsl$/g, ""), text]);
  return new Map(named.sort(([a], [b]) => (a < b ? -1 : 1)));
}
