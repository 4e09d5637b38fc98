/** Contexts on WebGPU in a page: tensors lent to WebGPU, lost devices, races, and hostile sizes. */

import { createML, type MLContext, MLGraphBuilder, type MLTensor } from "../../../src/index.js";

const FLOATS = { dataType: "float32", shape: [4] } as const;
const BOTH = { ...FLOATS, readable: true, writable: true };

async function device(): Promise<GPUDevice> {
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) throw new Error("there is no adapter");
  return adapter.requestDevice();
}

async function doubling(context: MLContext) {
  const builder = new MLGraphBuilder(context);
  const x = builder.input("x", FLOATS);
  return builder.build({ y: builder.add(x, x) });
}

async function floats(context: MLContext, tensor: MLTensor): Promise<number[]> {
  return [...new Float32Array(await context.readTensor(tensor))];
}

async function kindOf(work: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof work === "function" ? work() : work);
  } catch (error) {
    return (error as Error).name;
  }
  return "nothing";
}

/** What a page finds in a tensor that was lent to its device; gives it back. */
async function contentOf(gpu: GPUDevice, buffer: GPUBuffer): Promise<number[]> {
  const staging = gpu.createBuffer({ size: buffer.size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  const encoder = gpu.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, buffer.size);
  gpu.queue.submit([encoder.finish()]);
  buffer.destroy();
  await staging.mapAsync(GPUMapMode.READ);
  return [...new Float32Array(staging.getMappedRange())];
}

/** A tensor goes to WebGPU, is written there, and comes back. */
export async function lending(own: boolean): Promise<unknown> {
  const gpu = await device();
  const context = await (own ? createML().createContext(gpu) : createML().createContext());
  const graph = await doubling(context);
  const tensor = await context.createExportableTensor(BOTH, gpu);
  const [y, other] = await Promise.all([context.createExportableTensor(BOTH, gpu), context.createExportableTensor(BOTH, gpu)]);
  context.writeTensor(tensor, Float32Array.of(1, 2, 3, 4));
  const buffer = context.exportToGPU(tensor);
  const meanwhile = [
    await kindOf(() => context.exportToGPU(tensor)),
    await kindOf(() => context.dispatch(graph, { x: tensor }, { y })),
    await kindOf(context.readTensor(tensor)),
    await kindOf(() => context.writeTensor(tensor, new Float32Array(4))),
  ];
  gpu.queue.writeBuffer(buffer, 4, Float32Array.of(20));
  buffer.destroy();
  context.dispatch(graph, { x: tensor }, { y });
  const early = await kindOf(async () => context.exportToGPU(y).destroy()); // while the work is pending
  const result = await floats(context, y);
  const computed = await contentOf(gpu, context.exportToGPU(y));
  context.dispatch(graph, { x: tensor }, { y: other });
  context.writeTensor(other, Float32Array.of(5, 6, 7, 8));
  await floats(context, other);
  const rewritten = await contentOf(gpu, context.exportToGPU(other));
  context.destroy();
  const alive = await Promise.race([gpu.lost.then(() => false), new Promise((resolve) => setTimeout(() => resolve(true), 50))]);
  return { meanwhile, result, early, computed, rewritten, alive, device: tensor.gpuDevice === gpu };
}

/** The page destroys the device under a context. */
export async function losing(): Promise<unknown> {
  const gpu = await device();
  const context = await createML().createContext(gpu);
  const graph = await doubling(context);
  const [x, y] = await Promise.all([context.createTensor(BOTH), context.createTensor(BOTH)]);
  context.dispatch(graph, { x }, { y });
  const read = kindOf(context.readTensor(y));
  gpu.destroy();
  const { message } = await context.lost;
  return {
    message: message.length > 0,
    read: await read,
    after: await kindOf(context.createTensor(FLOATS)),
    dispatch: await kindOf(() => context.dispatch(graph, { x }, { y })),
    again: (await (await createML().createContext(gpu)).lost).message.length > 0,
    fresh: (await createML().createContext()).accelerated,
  };
}

/** Many dispatches, reads and ends at once, and tensors as large as they may be. */
export async function racing(): Promise<unknown> {
  const context = await createML().createContext();
  const graph = await doubling(context);
  const tensors = await Promise.all(Array.from({ length: 16 }, () => context.createTensor(BOTH)));
  context.writeTensor(tensors[0], Float32Array.of(1, 1, 1, 1));
  for (let index = 1; index < 16; index++) context.dispatch(graph, { x: tensors[index - 1] }, { y: tensors[index] });
  const reads = tensors.map((tensor) => floats(context, tensor).then((values) => values[0]));
  const powers = await Promise.all(reads);
  const most = context.opSupportLimits().maxTensorByteLength;
  const beyond = await kindOf(context.createTensor({ dataType: "uint8", shape: [most + 1] }));
  const huge = await Promise.allSettled(Array.from({ length: 8 }, () => context.createTensor({ dataType: "uint8", shape: [most] })));
  const kinds = huge.map((outcome) => (outcome.status === "rejected" ? outcome.reason.name : "nothing"));
  for (const outcome of huge) if (outcome.status === "fulfilled") outcome.value.destroy();
  const still = await kindOf(floats(context, tensors[1]));
  const pending = [kindOf(context.readTensor(tensors[2])), kindOf(doubling(context)), kindOf(context.createTensor(FLOATS))];
  context.destroy();
  return { powers, beyond, kinds: [...new Set(kinds)], still, pending: await Promise.all(pending) };
}

/** What contexts come to, by the options that they are made from. */
export async function choices(options: readonly object[]): Promise<unknown> {
  const ml = createML();
  const found: string[] = [];
  for (const option of options) {
    const context = await ml.createContext(option);
    const graph = await doubling(context);
    const { backend } = await context.explain(graph);
    found.push(`${backend} ${context.accelerated} ${graph.devices.join()}`);
    context.destroy();
  }
  return found;
}
