/**
 * Runs exported plans: the files that `webnpu export MODEL --to webgpu` writes, without the builder and the lowering.
 *
 *     import { load } from "webnpu/runtime";
 *
 *     const model = await load("model.webgpu.safetensors");
 *     const { y } = await model.run({ x: new Float32Array(3 * 224 * 224) });
 *     model.destroy();
 */

import type { Report } from "./core/backend.js";
import { invalidState, notSupported, operationError } from "./core/errors.js";
import { byteLengthOf, type DataType, describe, type OperandDescriptor } from "./core/types.js";
import type { Device } from "./webgpu/device.js";
import { type Hold, hold } from "./webgpu/devices.js";
import { parseExported } from "./webgpu/exported.js";
import type { Limits } from "./webgpu/plan.js";
import { type Owner, WebGPUProgram } from "./webgpu/runtime.js";
import { Staging, type WebGPUTensor } from "./webgpu/tensor.js";
import { Timeline } from "./webgpu/timeline.js";

export type { OperatorReport, Report } from "./core/backend.js";
export { GraphFileError } from "./core/errors.js";
export type { OperandDescriptor } from "./core/types.js";

/** Where a model runs. */
export interface LoadOptions {
  /** A device of the caller's, which is never destroyed here; by default one of the best adapter's. */
  readonly device?: GPUDevice;
  readonly powerPreference?: "low-power" | "high-performance";
  /** The bytes that the plan may take on the device; by default 4 GiB. */
  readonly memory?: number;
  /** The operations that a run may take, of which a multiplication with an addition is one; by default 2^37. */
  readonly work?: number;
}

/** A loaded model, with its weights on the device. */
export interface Model {
  /** The descriptors of its inputs. */
  readonly inputs: Readonly<Record<string, OperandDescriptor>>;
  /** The descriptors of its outputs. */
  readonly outputs: Readonly<Record<string, OperandDescriptor>>;
  /** Compute all outputs from all inputs. Calls may overlap; each gives the outputs of its own inputs. */
  run(inputs: Readonly<Record<string, ArrayBuffer | ArrayBufferView>>): Promise<Record<string, ArrayBufferView>>;
  /** Which kernel runs each operator, with times where the device has timers. */
  explain(): Promise<Report>;
  /** Give all memory back; later calls fail. */
  destroy(): void;
}

type Tensors = ReadonlyMap<string, WebGPUTensor>;

/**
 * Load an exported plan.
 *
 * Nothing in the file is trusted. Rejects with a GraphFileError where it is damaged or asks for too much, with a NotSupportedError where there is no WebGPU or the device
 * is smaller than the plan, and with an OperationError where memory is short.
 */
export async function load(source: string | URL | ArrayBuffer | ArrayBufferView, options: LoadOptions = {}): Promise<Model> {
  const file = parseExported(await bytesOf(source), options);
  const held = await hold(options.device ?? options.powerPreference ?? "default");
  if (!held) throw notSupported("there is no WebGPU adapter here");
  const runner = new Runner(held);
  try {
    checkLimits(file.lowered.plan.limits, held.device.limits);
    const program = await WebGPUProgram.make(runner, file.lowered);
    const make = (descriptors: ReadonlyMap<string, OperandDescriptor>) =>
      held.device.checked("tensors", () => program.tensors(descriptors));
    return new LoadedModel(runner, program, await make(file.inputs), await make(file.outputs));
  } catch (error) {
    runner.destroy();
    throw error;
  }
}

async function bytesOf(source: string | URL | ArrayBuffer | ArrayBufferView): Promise<Uint8Array> {
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  const response = await fetch(source);
  if (!response.ok) throw operationError(`${source}: ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}

function checkLimits(needed: Limits, has: Limits): void {
  for (const limit of ["storage_buffers", "binding_bytes", "workgroups"] as const) {
    if (needed[limit] > has[limit]) {
      throw notSupported(`the plan was made for devices of ${needed[limit]} ${limit.replace("_", " ")}; this one has ${has[limit]}`);
    }
  }
}

/** What a model has of a device. */
class Runner implements Owner {
  readonly device: Device;
  readonly timeline = new Timeline();
  readonly staging: Staging;
  failure: string | undefined;

  constructor(private readonly held: Hold) {
    this.device = held.device;
    this.staging = new Staging(held.device);
    void held.device.lost.then((message) => this.failed(message));
  }

  failed(message: string): void {
    this.failure ??= message;
  }

  destroy(): void {
    this.staging.destroy();
    this.held.release();
  }
}

class LoadedModel implements Model {
  #isDestroyed = false;

  constructor(
    private readonly runner: Runner,
    private readonly program: WebGPUProgram,
    private readonly given: Tensors,
    private readonly wanted: Tensors,
  ) {}

  get inputs(): Readonly<Record<string, OperandDescriptor>> {
    return Object.fromEntries([...this.given].map(([name, { descriptor }]) => [name, descriptor]));
  }

  get outputs(): Readonly<Record<string, OperandDescriptor>> {
    return Object.fromEntries([...this.wanted].map(([name, { descriptor }]) => [name, descriptor]));
  }

  async run(inputs: Readonly<Record<string, ArrayBuffer | ArrayBufferView>>): Promise<Record<string, ArrayBufferView>> {
    if (this.#isDestroyed) throw invalidState("the model is destroyed");
    if (this.runner.failure) throw invalidState(`the model cannot run: ${this.runner.failure}`);
    const unknown = Object.keys(inputs).find((name) => !this.given.has(name));
    if (unknown !== undefined)
      throw new TypeError(`there is no input ${JSON.stringify(unknown)}; there are ${[...this.given.keys()].join(", ")}`);
    const checked = [...this.given].map(([name, tensor]) => [tensor, elementsOf(name, inputs[name], tensor.descriptor)] as const);
    for (const [tensor, bytes] of checked) tensor.write(bytes);
    this.program.dispatch(this.given, this.wanted);
    const reads = [...this.wanted].map(async ([name, tensor]) => [name, arrayOf(await tensor.read(), tensor.descriptor.dataType)] as const);
    const results = Object.fromEntries(await Promise.all(reads));
    if (this.runner.failure) throw operationError(this.runner.failure);
    return results;
  }

  explain(): Promise<Report> {
    return this.program.explain();
  }

  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    for (const tensor of [...this.given.values(), ...this.wanted.values()]) tensor.destroy();
    this.program.destroy();
    this.runner.destroy();
  }
}

/** The arrays that hold each data type; int4 and uint4 are packed, two elements a byte. */
const ARRAYS: Readonly<Record<DataType, readonly string[]>> = {
  float32: ["Float32Array"],
  float16: ["Float16Array", "Uint16Array"], // the bits, where browsers lack Float16Array
  int32: ["Int32Array"],
  uint32: ["Uint32Array"],
  int64: ["BigInt64Array"],
  uint64: ["BigUint64Array"],
  int8: ["Int8Array"],
  uint8: ["Uint8Array"],
  int4: ["Uint8Array"],
  uint4: ["Uint8Array"],
};

function elementsOf(name: string, data: unknown, descriptor: OperandDescriptor): Uint8Array {
  const expected = `input ${JSON.stringify(name)}: expected ${describe(descriptor)}`;
  const arrays = [...ARRAYS[descriptor.dataType], "ArrayBuffer", "DataView"];
  const kind = Object.prototype.toString.call(data).slice(8, -1);
  if (!arrays.includes(kind)) throw new TypeError(`${expected} in ${arrays.join(" or ")}; got ${kind}`);
  const view = ArrayBuffer.isView(data) ? data : new DataView(data as ArrayBuffer);
  if (view.byteLength !== byteLengthOf(descriptor)) {
    throw new TypeError(`${expected}, ${byteLengthOf(descriptor)} bytes; got ${view.byteLength} bytes`);
  }
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function arrayOf(bytes: Uint8Array, dataType: DataType): ArrayBufferView {
  const globals = globalThis as unknown as Record<string, new (buffer: ArrayBufferLike) => ArrayBufferView>;
  const name = ARRAYS[dataType].find((candidate) => candidate in globalThis) ?? "Uint8Array";
  return new globals[name](bytes.buffer);
}
