/** The types of WebNN's objects as pages see them; those of the operators are generated. */

import type { MLOpSupportLimits, Report } from "../core/backend.js";
import type { MLNumber, MLOperand, MLOperandDataType, MLOperatorMethods } from "../generated/types.js";

export type { MLOpSupportLimits, OperatorReport, Report } from "../core/backend.js";
export type * from "../generated/types.js";

export type MLPowerPreference = "default" | "high-performance" | "low-power";
export type MLDeviceType = "cpu" | "gpu" | "npu";
/** A buffer, or a view of one, whose length is fixed. */
export type AllowSharedBufferSource = ArrayBuffer | SharedArrayBuffer | ArrayBufferView;

export interface MLContextOptions {
  powerPreference?: MLPowerPreference;
  /** A hint: where it is `false`, the context computes on the CPU. Default: `true`. */
  accelerated?: boolean;
  /** The older form of `accelerated`, which Chromium still knows: `"cpu"` prefers the CPU. */
  deviceType?: MLDeviceType;
  /**
   * Computes in a worker of its own, so that the page is free: `true`, the address of `webnpu/worker`, or a worker that
   * has imported it. An extension of WebNPU.
   */
  worker?: boolean | string | URL | Worker;
}

/** The entry point, `navigator.ml`. */
export interface ML {
  createContext(options?: MLContextOptions): Promise<MLContext>;
  /** A context that computes on the page's own device, whose buffers it can share. */
  createContext(gpuDevice: GPUDevice & EventTarget): Promise<MLContext>;
}

export interface MLOperandDescriptor {
  dataType: MLOperandDataType;
  shape: Iterable<number>;
}

export interface MLTensorDescriptor extends MLOperandDescriptor {
  readable?: boolean;
  writable?: boolean;
}

/** Memory of a context's device. */
export interface MLTensor {
  readonly dataType: MLOperandDataType;
  readonly shape: readonly number[];
  readonly readable: boolean;
  readonly writable: boolean;
  readonly constant: boolean;
  /** The device that it can be exported to, or null. An extension. */
  readonly gpuDevice: GPUDevice | null;
  destroy(): void;
}

/** A compiled graph. */
export interface MLGraph {
  /** The kinds of device that compute it. An extension, as Chromium has it. */
  readonly devices: readonly MLDeviceType[];
  destroy(): void;
}

export interface MLContextLostInfo {
  message: string;
}

export type MLNamedTensors = Record<string, MLTensor>;
export type MLNamedOperands = Record<string, MLOperand>;

/** A device, and all that lives on it. */
export interface MLContext {
  dispatch(graph: MLGraph, inputs: MLNamedTensors, outputs: MLNamedTensors): void;
  createTensor(descriptor: MLTensorDescriptor): Promise<MLTensor>;
  createConstantTensor(descriptor: MLOperandDescriptor, inputData: AllowSharedBufferSource): Promise<MLTensor>;
  /** A tensor whose memory can be lent to a device of WebGPU. */
  createExportableTensor(descriptor: MLTensorDescriptor, gpuDevice: GPUDevice): Promise<MLTensor>;
  /** The memory of a tensor, lent until the buffer is destroyed; a copy where the tensor is for another device than the context's. */
  exportToGPU(tensor: MLTensor): GPUBuffer;
  readTensor(tensor: MLTensor): Promise<ArrayBuffer>;
  readTensor(tensor: MLTensor, outputData: AllowSharedBufferSource): Promise<undefined>;
  writeTensor(tensor: MLTensor, inputData: AllowSharedBufferSource): void;
  opSupportLimits(): MLOpSupportLimits;
  /** How each operator of a graph is run, with times where the device can measure them. An extension of WebNPU. */
  explain(graph: MLGraph): Promise<Report>;
  destroy(): void;
  readonly accelerated: boolean;
  readonly lost: Promise<MLContextLostInfo>;
}

/** Makes a graph, operator by operator. */
export interface MLGraphBuilder extends MLOperatorMethods {
  input(name: string, descriptor: MLOperandDescriptor): MLOperand;
  constant(descriptor: MLOperandDescriptor, buffer: AllowSharedBufferSource): MLOperand;
  constant(dataType: MLOperandDataType, value: MLNumber): MLOperand;
  constant(tensor: MLTensor): MLOperand;
  build(outputs: MLNamedOperands): Promise<MLGraph>;
}

/** A constructor that pages cannot call. */
export type Unconstructible<T> = { readonly prototype: T } & (abstract new () => T);

/** The constructor of MLGraphBuilder. */
export interface MLGraphBuilderConstructor {
  readonly prototype: MLGraphBuilder;
  new (context: MLContext): MLGraphBuilder;
}
