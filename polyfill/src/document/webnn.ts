/** The part of the W3C WebNN API that a page calls, so that whatever implements it can be driven. */

import type { MLOperand, MLOperandDataType, MLOperatorSupportLimits, MLTensorLimits } from "../generated/types.js";

/** The data type and the shape of an operand. */
export interface MLOperandDescriptor {
  readonly dataType: MLOperandDataType;
  readonly shape: readonly number[];
}

/** Options of `createContext`: the standard's, and `deviceType` as older browsers have it. */
export interface MLContextOptions {
  powerPreference?: "default" | "high-performance" | "low-power";
  accelerated?: boolean;
  deviceType?: "cpu" | "gpu" | "npu";
}

/** What `createTensor` takes. */
export interface MLTensorDescriptor extends MLOperandDescriptor {
  readonly readable?: boolean;
  readonly writable?: boolean;
}

/** Memory of a context's device. */
export interface MLTensor extends MLOperandDescriptor {
  destroy(): void;
}

/** A compiled graph; `devices` is Chromium's. */
export interface MLGraph {
  readonly devices?: readonly string[];
  destroy(): void;
}

/** What a context supports; members that an implementation lacks are absent. */
export interface MLOpSupportLimits extends Partial<MLOperatorSupportLimits> {
  preferredInputLayout?: string;
  maxTensorByteLength?: number;
  input?: MLTensorLimits;
  constant?: MLTensorLimits;
  output?: MLTensorLimits;
}

/** How one operator of a graph is run; an extension, see `MLContext.explain`. */
export interface OperatorReceipt {
  readonly operator: string;
  readonly label: string;
  readonly by: string;
  readonly device: string;
  readonly reason: string;
  readonly milliseconds?: number;
}

/** The receipt of a graph. */
export interface Receipt {
  readonly backend: string;
  readonly device: string;
  readonly operators: readonly OperatorReceipt[];
  readonly weightBytes: number;
  readonly notes: readonly string[];
}

/** A device, and all that lives on it. */
export interface MLContext {
  readonly accelerated?: boolean;
  createTensor(descriptor: MLTensorDescriptor): Promise<MLTensor>;
  writeTensor(tensor: MLTensor, data: ArrayBufferView | ArrayBuffer): void;
  readTensor(tensor: MLTensor): Promise<ArrayBuffer>;
  dispatch(graph: MLGraph, inputs: Record<string, MLTensor>, outputs: Record<string, MLTensor>): void;
  opSupportLimits(): MLOpSupportLimits;
  destroy?(): void;
  /** How each operator is run, where the implementation has this extension. */
  explain?(graph: MLGraph): Promise<Receipt>;
}

/** Builds one graph; each operator is a method besides these. */
export interface MLGraphBuilder {
  input(name: string, descriptor: MLOperandDescriptor): MLOperand;
  constant(descriptor: MLOperandDescriptor, data: ArrayBufferView): MLOperand;
  build(outputs: Record<string, MLOperand>): Promise<MLGraph>;
}

/** `navigator.ml`. */
export interface ML {
  createContext(options?: MLContextOptions): Promise<MLContext>;
}

/** The constructor of builders that goes with an `ML`. */
export type MLGraphBuilderConstructor = new (context: MLContext) => MLGraphBuilder;

/** An implementation of WebNN: what makes contexts, and what builds graphs for them. */
export interface Implementation {
  readonly ml: ML;
  readonly MLGraphBuilder: MLGraphBuilderConstructor;
}

/** The implementation that the page sees: the browser's own, or a polyfill that was installed; undefined if there is none. */
export function installed(scope: object = globalThis): Implementation | undefined {
  const { navigator, MLGraphBuilder } = scope as { navigator?: { ml?: ML }; MLGraphBuilder?: MLGraphBuilderConstructor };
  return navigator?.ml && MLGraphBuilder ? { ml: navigator.ml, MLGraphBuilder } : undefined;
}
