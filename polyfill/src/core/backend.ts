/** What a backend of the polyfill is. */

import type { MLOperatorSupportLimits, MLTensorLimits } from "../generated/types.js";
import type { Graph } from "./graph.js";
import type { OperandDescriptor } from "./types.js";

declare global {
  /** WebGPU's, where the declarations of WebGPU are not there: they add all members. */
  interface GPUDevice {}
  interface GPUBuffer {}
}

/** WebNN's MLOpSupportLimits. */
export interface MLOpSupportLimits extends MLOperatorSupportLimits {
  preferredInputLayout: "nchw" | "nhwc";
  maxTensorByteLength: number;
  input: MLTensorLimits;
  constant: MLTensorLimits;
  output: MLTensorLimits;
}

/** How one operator is run. */
export interface OperatorReport {
  /** Its WebNN name. */
  readonly operator: string;
  /** The caller's label. */
  readonly label: string;
  /** The kernel that runs it, or the operator that it was fused into. */
  readonly by: string;
  /** What it runs on. */
  readonly device: string;
  /** Why so, where that is not plain. */
  readonly reason: string;
  /** The time it took, if it was profiled. */
  readonly milliseconds?: number;
}

/** The receipt of a program: how each operator is run, and the bytes that it needs. */
export interface Report {
  readonly backend: string;
  readonly device: string;
  readonly operators: readonly OperatorReport[];
  readonly weightBytes: number;
  readonly notes: readonly string[];
}

/** How a tensor may be used. */
export interface TensorUsage {
  readonly readable: boolean;
  readonly writable: boolean;
  /** Whether it can be lent to WebGPU. */
  readonly exportable: boolean;
  /** To which device, if not the backend's own. */
  readonly device?: GPUDevice;
}

/** Memory of a backend's device, which holds the elements of one descriptor, zeros at first. */
export interface DeviceTensor {
  readonly descriptor: OperandDescriptor;
  /** Copy bytes in; the caller may change them once this returns. */
  write(bytes: Uint8Array): void;
  /** The bytes that all earlier calls left, in a buffer of its own; rejects if the device is lost. */
  read(): Promise<Uint8Array>;
  /** Give the memory back, once all earlier calls are done. */
  destroy(): void;
}

/** A compiled graph. */
export interface Program {
  /** Compute into tensors of the same backend. Returns at once; what fails later loses the device, or rejects `read`. */
  dispatch(inputs: ReadonlyMap<string, DeviceTensor>, outputs: ReadonlyMap<string, DeviceTensor>): void;
  /** How each operator is run, with times where the device can measure them. */
  explain(): Promise<Report>;
  destroy(): void;
}

/**
 * Compiles graphs for one device. One object serves one context. Calls of `write`, `dispatch`, `read` and `destroy` take
 * effect in the order in which they are made.
 */
export interface Backend {
  readonly name: "webgpu" | "plain";
  /** Whether it runs on other than the CPU. */
  readonly accelerated: boolean;
  /** What `MLGraph.devices` says of its graphs. */
  readonly devices: readonly ("cpu" | "gpu" | "npu")[];
  /** Resolves with a message when the device is gone; never rejects. */
  readonly lost: Promise<string>;
  supportLimits(): MLOpSupportLimits;
  /** Compile a graph. Rejects with Unsupported where an operator cannot be done right, before any work is done. */
  compile(graph: Graph): Promise<Program>;
  /** Rejects with an OperationError (or RangeError) where memory is short. */
  createTensor(descriptor: OperandDescriptor, usage: TensorUsage): Promise<DeviceTensor>;
  /** The WebGPU device that its tensors live on. */
  readonly gpuDevice?: GPUDevice;
  /**
   * Lend the memory of an exportable tensor to its WebGPU device: the buffer, usable for storage and copies. The backend's own
   * device gets the very memory, another one a copy. `returned` is called when the page destroys the buffer; until then nobody
   * writes, reads or dispatches the tensor.
   *
   * @throws InvalidStateError where the copy cannot be current yet
   */
  lend?(tensor: DeviceTensor, returned: () => void): GPUBuffer;
  /** Give everything back; later calls fail. */
  destroy(): void;
}
