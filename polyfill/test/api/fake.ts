/** A backend that computes nothing: it keeps bytes, copies them from inputs to outputs, and does what tests tell it to. */

import { Context, MLContext } from "../../src/api/context.js";
import type { MLContext as ContextFace } from "../../src/api/types.js";
import type { Backend, DeviceTensor, MLOpSupportLimits, Program, Report, TensorUsage } from "../../src/core/backend.js";
import type { Graph } from "../../src/core/graph.js";
import { specificationLimits } from "../../src/core/limits.js";
import { byteLengthOf, type OperandDescriptor } from "../../src/core/types.js";

/** Memory that counts its uses. */
export class FakeTensor implements DeviceTensor {
  readonly bytes: Uint8Array;
  destroyed = false;

  constructor(
    private readonly backend: FakeBackend,
    readonly descriptor: OperandDescriptor,
    readonly usage: TensorUsage,
  ) {
    this.bytes = new Uint8Array(byteLengthOf(descriptor));
  }

  write(bytes: Uint8Array): void {
    this.bytes.set(bytes);
  }

  async read(): Promise<Uint8Array> {
    const copy = this.bytes.slice();
    await this.backend.gate;
    if (this.backend.readError) throw this.backend.readError;
    return copy;
  }

  destroy(): void {
    this.destroyed = true;
  }
}

/** A backend under the control of a test. */
export class FakeBackend implements Backend {
  readonly name = "plain";
  readonly accelerated = false;
  readonly devices = ["cpu"] as const;
  readonly lost: Promise<string>;
  /** Loses the device. */
  lose: (message: string) => void = () => {};
  /** What compiling, creating and reading wait for. */
  gate: Promise<void> = Promise.resolve();
  compileError?: unknown;
  createError?: unknown;
  readError?: unknown;
  destroyed = false;
  readonly compiled: Graph[] = [];
  readonly tensors: FakeTensor[] = [];
  readonly gpuDevice?: GPUDevice;
  lend?: (tensor: DeviceTensor, returned: () => void) => GPUBuffer;

  constructor() {
    this.lost = new Promise((resolve) => {
      this.lose = resolve;
    });
  }

  supportLimits(): MLOpSupportLimits {
    return specificationLimits();
  }

  async compile(graph: Graph): Promise<Program> {
    this.compiled.push(graph);
    await this.gate;
    if (this.compileError) throw this.compileError;
    return new FakeProgram();
  }

  async createTensor(descriptor: OperandDescriptor, usage: TensorUsage): Promise<DeviceTensor> {
    await this.gate;
    if (this.createError) throw this.createError;
    const tensor = new FakeTensor(this, descriptor, usage);
    this.tensors.push(tensor);
    return tensor;
  }

  destroy(): void {
    this.destroyed = true;
  }
}

class FakeProgram implements Program {
  dispatch(inputs: ReadonlyMap<string, DeviceTensor>, outputs: ReadonlyMap<string, DeviceTensor>): void {
    const [input] = inputs.values();
    for (const output of outputs.values()) output.write((input as FakeTensor).bytes);
  }

  async explain(): Promise<Report> {
    return { backend: "fake", device: "none", operators: [], weightBytes: 0, notes: [] };
  }

  destroy(): void {}
}

/** A context on a backend of its own. */
export function fakeContext(): { backend: FakeBackend; context: ContextFace } {
  const backend = new FakeBackend();
  return { backend, context: MLContext.wrap(new Context(backend)) };
}

/** A promise, and the function that resolves it. */
export function gate(): { promise: Promise<void>; open: () => void } {
  let open = (): void => {};
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}
