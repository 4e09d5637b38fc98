/** MLContext (WebNN: MLContext interface). */

import type { Backend, DeviceTensor, MLOpSupportLimits, Report } from "../core/backend.js";
import { invalidState, notSupported } from "../core/errors.js";
import type { Graph } from "../core/graph.js";
import { describe, type OperandDescriptor } from "../core/types.js";
import { type BufferSource, bufferSource, bytesOf, copyOf, isDetached, validateLength } from "./buffers.js";
import { checkDimensions, operandDescriptor, type TensorDescriptor, tensorDescriptor } from "./descriptors.js";
import { gpuDevice } from "./gpu.js";
import { CompiledGraph, MLGraph } from "./graph.js";
import { Interface } from "./interface.js";
import { Pending } from "./pending.js";
import { MLTensor, Tensor } from "./tensor.js";
import type * as Face from "./types.js";
import { record } from "./webidl.js";

type Tensors = ReadonlyMap<string, Tensor>;

/** What fails because its device is lost may fail so long before the loss is announced, in milliseconds. */
const GRACE = 100;

/** The state of a context. */
export class Context {
  /** The promise of the attribute `lost`. */
  readonly lost: Promise<Face.MLContextLostInfo>;
  readonly #limits: MLOpSupportLimits;
  #resolveLost: (info: Face.MLContextLostInfo) => void = () => {};
  #isLost = false;
  /** The work that fails when the context is lost. */
  readonly #work = new Pending();

  constructor(readonly backend: Backend) {
    this.lost = new Promise((resolve) => {
      this.#resolveLost = resolve;
    });
    this.#limits = backend.supportLimits();
    backend.lost.then((message) => this.#lose(message));
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  get maxTensorByteLength(): number {
    return this.#limits.maxTensorByteLength;
  }

  /** WebNN: dispatch(). */
  dispatch(graph: CompiledGraph, inputs: Tensors, outputs: Tensors): void {
    const where = "MLContext.dispatch";
    if (graph.context !== this) throw new TypeError(`${where}: the graph belongs to another context`);
    if (graph.destroyed) throw invalidState(`${where}: the graph is destroyed`);
    const tensors = [...inputs.values(), ...outputs.values()];
    if (new Set(tensors).size < tensors.length) throw new TypeError(`${where}: a tensor is given twice`);
    for (const tensor of tensors) this.#checkUsable(tensor, where);
    const given = memories(inputs, graph.inputs, `${where}: inputs`);
    const wanted = memories(outputs, graph.outputs, `${where}: outputs`);
    graph.program.dispatch(given, wanted);
  }

  /** WebNN: createTensor(). */
  async createTensor(descriptor: TensorDescriptor, device?: GPUDevice): Promise<Face.MLTensor> {
    const where = device ? "MLContext.createExportableTensor" : "MLContext.createTensor";
    this.#checkNotLost(where);
    checkDimensions(descriptor, where, this.maxTensorByteLength);
    if (device && !this.backend.lend) throw notSupported(`${where}: this context does not compute on WebGPU`);
    const usage = { readable: descriptor.readable, writable: descriptor.writable, exportable: device !== undefined, device };
    const memory = await this.#work.until(asUnknown(where, this.backend.createTensor(descriptor, usage)));
    return MLTensor.wrap(new Tensor(this, descriptor, memory, { gpuDevice: device }));
  }

  /** WebNN: createConstantTensor(). */
  async createConstantTensor(descriptor: OperandDescriptor, data: BufferSource): Promise<Face.MLTensor> {
    const where = "MLContext.createConstantTensor";
    this.#checkNotLost(where);
    checkDimensions(descriptor, where, this.maxTensorByteLength);
    validateLength(data, descriptor, where);
    const constant = copyOf(data);
    await this.#work.until(Promise.resolve());
    return MLTensor.wrap(new Tensor(this, { ...descriptor, readable: false, writable: false }, undefined, { constant }));
  }

  /** WebNN: readTensor(tensor), and readTensor(tensor, outputData) where there is an output. */
  async readTensor(tensor: Tensor, output?: BufferSource): Promise<ArrayBuffer | undefined> {
    const where = "MLContext.readTensor";
    this.#checkUsable(tensor, where);
    if (!tensor.descriptor.readable || !tensor.memory) throw new TypeError(`${where}: the tensor is not readable`);
    if (output) validateLength(output, tensor.descriptor, where, true);
    const bytes = await this.#work.until(tensor.reads.until(asUnknown(where, tensor.memory.read())));
    if (!output) return ownBuffer(bytes);
    if (isDetached(output)) throw new TypeError(`${where}: the buffer was transferred away before the tensor was read`);
    bytesOf(output).set(bytes);
    return undefined;
  }

  /** WebNN: writeTensor(). */
  writeTensor(tensor: Tensor, data: BufferSource): void {
    const where = "MLContext.writeTensor";
    this.#checkUsable(tensor, where);
    if (!tensor.descriptor.writable || !tensor.memory) throw new TypeError(`${where}: the tensor is not writable`);
    validateLength(data, tensor.descriptor, where);
    tensor.memory.write(bytesOf(data));
  }

  /** WebNN: exportToGPU(). Lends a tensor's memory until the page destroys the buffer. */
  exportToGPU(tensor: Tensor): GPUBuffer {
    const where = "MLContext.exportToGPU";
    if (tensor.context !== this) throw new TypeError(`${where}: the tensor belongs to another context`);
    if (tensor.destroyed) throw invalidState(`${where}: the tensor is destroyed`);
    if (!tensor.gpuDevice || !tensor.memory || !this.backend.lend) {
      throw new TypeError(`${where}: the tensor was not made by createExportableTensor`);
    }
    if (tensor.exported) throw invalidState(`${where}: the tensor is exported already; destroy its GPUBuffer first`);
    tensor.exported = this.backend.lend(tensor.memory, () => {
      tensor.exported = undefined;
    });
    return tensor.exported;
  }

  /** How each operator of a graph is run. */
  async explain(graph: CompiledGraph): Promise<Report> {
    if (graph.context !== this) throw new TypeError("MLContext.explain: the graph belongs to another context");
    if (graph.destroyed) throw invalidState("MLContext.explain: the graph is destroyed");
    return this.#work.until(graph.program.explain());
  }

  /** Compile a graph: the part of MLGraphBuilder.build() that runs on the timeline. */
  async compile(graph: Graph): Promise<CompiledGraph> {
    const program = await this.#work.until(this.backend.compile(graph));
    return new CompiledGraph(this, graph, program, this.backend.devices);
  }

  /** What the backend supports, as a dictionary of the caller's own. */
  opSupportLimits(): MLOpSupportLimits {
    return structuredClone(this.#limits);
  }

  /** WebNN: MLContext.destroy(). */
  destroy(): void {
    this.#lose("destroy() was called");
  }

  #lose(message: string): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#resolveLost({ message });
    this.#work.abort(invalidState(`the context is lost: ${message}`));
    this.backend.destroy();
  }

  #checkNotLost(where: string): void {
    if (this.#isLost) throw invalidState(`${where}: the context is lost`);
  }

  #checkUsable(tensor: Tensor, where: string): void {
    if (tensor.context !== this) throw new TypeError(`${where}: the tensor belongs to another context`);
    if (tensor.destroyed) throw new TypeError(`${where}: the tensor is destroyed`);
    if (tensor.exported) throw invalidState(`${where}: the tensor is exported to WebGPU; destroy its GPUBuffer first`);
  }
}

/** The device memory of named tensors, once they are found to be what a graph wants (WebNN: validate tensors with descriptors). */
function memories(tensors: Tensors, descriptors: ReadonlyMap<string, OperandDescriptor>, where: string): Map<string, DeviceTensor> {
  const names = `{ ${[...descriptors.keys()].join(", ")} }`;
  if (tensors.size !== descriptors.size) throw new TypeError(`${where}: expected ${names}; got { ${[...tensors.keys()].join(", ")} }`);
  const found = new Map<string, DeviceTensor>();
  for (const [name, tensor] of tensors) {
    const expected = descriptors.get(name);
    if (!tensor.memory) throw new TypeError(`${where}.${name}: a constant tensor is not taken`);
    if (!expected) throw new TypeError(`${where}: expected ${names}; got ${JSON.stringify(name)}`);
    const [want, got] = [describe(expected), describe(tensor.descriptor)];
    if (want !== got) throw new TypeError(`${where}.${name}: expected ${want}; got ${got}`);
    found.set(name, tensor.memory);
  }
  return found;
}

/** The work's outcome; a failure becomes the UnknownError that WebNN asks for, unless it comes from the loss of the device. */
async function asUnknown<T>(where: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    await new Promise((resolve) => setTimeout(resolve, GRACE)); // the loss rejects what waits here
    throw new DOMException(`${where}: ${error instanceof Error ? error.message : String(error)}`, "UnknownError");
  }
}

/** The bytes as an ArrayBuffer that holds nothing else. */
function ownBuffer(bytes: Uint8Array): ArrayBuffer {
  const whole = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength;
  return whole && bytes.buffer instanceof ArrayBuffer ? bytes.buffer : new Uint8Array(bytes).buffer;
}

const namedTensors = record(MLTensor.converter);

export const MLContext = new Interface<Context, Face.MLContext>("MLContext", {
  attributes: {
    accelerated: { get: (context) => context.backend.accelerated },
    lost: { get: (context) => context.lost, promise: true },
  },
  operations: {
    dispatch: {
      required: 3,
      steps: (context, [graph, inputs, outputs]) =>
        context.dispatch(
          MLGraph.converter(graph, "MLContext.dispatch: graph"),
          namedTensors(inputs, "MLContext.dispatch: inputs"),
          namedTensors(outputs, "MLContext.dispatch: outputs"),
        ),
    },
    createTensor: {
      required: 1,
      promise: true,
      steps: (context, [descriptor]) => context.createTensor(tensorDescriptor(descriptor, "MLContext.createTensor: descriptor")),
    },
    createConstantTensor: {
      required: 2,
      promise: true,
      steps: (context, [descriptor, data]) =>
        context.createConstantTensor(
          operandDescriptor(descriptor, "MLContext.createConstantTensor: descriptor"),
          bufferSource(data, "MLContext.createConstantTensor: inputData"),
        ),
    },
    createExportableTensor: {
      required: 2,
      promise: true,
      steps: (context, [descriptor, device]) =>
        context.createTensor(
          tensorDescriptor(descriptor, "MLContext.createExportableTensor: descriptor"),
          gpuDevice(device, "MLContext.createExportableTensor: gpuDevice"),
        ),
    },
    exportToGPU: {
      required: 1,
      steps: (context, [tensor]) => context.exportToGPU(MLTensor.converter(tensor, "MLContext.exportToGPU: tensor")),
    },
    readTensor: {
      required: 1,
      promise: true,
      steps: (context, values) => {
        const tensor = MLTensor.converter(values[0], "MLContext.readTensor: tensor");
        if (values.length < 2) return context.readTensor(tensor);
        return context.readTensor(tensor, bufferSource(values[1], "MLContext.readTensor: outputData"));
      },
    },
    writeTensor: {
      required: 2,
      steps: (context, [tensor, data]) =>
        context.writeTensor(
          MLTensor.converter(tensor, "MLContext.writeTensor: tensor"),
          bufferSource(data, "MLContext.writeTensor: inputData"),
        ),
    },
    opSupportLimits: { required: 0, steps: (context) => context.opSupportLimits() },
    explain: {
      required: 1,
      promise: true,
      steps: (context, [graph]) => context.explain(MLGraph.converter(graph, "MLContext.explain: graph")),
    },
    destroy: { required: 0, steps: (context) => context.destroy() },
  },
});
