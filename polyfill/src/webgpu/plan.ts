/** The plan of a graph: which kernels run, on which buffers, in which order. The counterpart of `backends/webgpu/plan.py`. */

export type Role = "input" | "output" | "constant" | "temporary";

/** What a device allows. */
export interface Limits {
  /** Storage buffers that one kernel may bind. */
  readonly storage_buffers: number;
  /** Bytes of one binding; a longer buffer is kept, and bound, in pieces. */
  readonly binding_bytes: number;
  /** Workgroups along each of the three dimensions of a dispatch. */
  readonly workgroups: number;
  /** Whether workgroups have memory of their own that is faster than the device's: they have not where a CPU plays the GPU. */
  readonly workgroup_memory: boolean;
  /** Operations of one dispatch, about as many multiplications with additions as a slow phone does in a third of a second. */
  readonly work: number;
}

/** What every WebGPU device allows. */
export const DEFAULT_LIMITS: Limits = {
  storage_buffers: 8,
  binding_bytes: 2 ** 27,
  workgroups: 65535,
  workgroup_memory: true,
  work: 2 ** 31,
};

/** Memory for the elements of one operand, packed into words. */
export interface Buffer {
  readonly role: Role;
  readonly data_type: string;
  readonly size: number;
  readonly byte_length: number;
  /** The input's, the output's or the constant's. */
  readonly name: string;
  /** Which of the arena's slots holds a temporary buffer, else -1. */
  readonly slot: number;
}

/** Where element `i` of one tensor lies in another: `offset` and, for each dimension, coordinate times stride. */
export interface View {
  readonly sizes: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
}

/** One element-wise function of a chain: `rounding(function(arguments))`; see `plan.py` for the arguments' words. */
export interface Operation {
  readonly function: string;
  readonly arguments: readonly string[];
  readonly rounding: string;
}

/** A buffer under the name that the kernel has for it. */
export interface Binding {
  readonly buffer: number;
  /** How its elements are stored: a data type, or uint16 where 16 bits are only moved. */
  readonly format: string;
  /** Which of its pieces are bound; all of them where empty. */
  readonly pieces: readonly number[];
  /** Whether it is read four words at a time. */
  readonly vectors: boolean;
}

/** One dispatch of a kernel; or, of the kernels `copy` and `clear`, a command without one. */
export interface Step {
  readonly kernel: string;
  readonly bindings: Readonly<Record<string, Binding>>;
  readonly constants: Readonly<Record<string, number | readonly number[]>>;
  readonly aliases: Readonly<Record<string, string>>;
  readonly views: Readonly<Record<string, View>>;
  readonly hooks: Readonly<Record<string, string>>;
  readonly chain: readonly Operation[];
  readonly workgroups: readonly [number, number, number];
  /** Which operators of the graph it computes. */
  readonly operators: readonly number[];
}

/** All that running a graph takes, but for the constants' elements. In JSON it is what Python's `Plan` dumps. */
export interface Plan {
  readonly limits: Limits;
  readonly buffers: readonly Buffer[];
  /** The bytes of each slot of the arena. */
  readonly slots: readonly number[];
  readonly steps: readonly Step[];
  /** The name and label of each operator of the graph. */
  readonly operators: readonly (readonly [name: string, label: string])[];
}

/** A plan, and the words of its constants by name. */
export interface Lowered {
  readonly plan: Plan;
  readonly constants: ReadonlyMap<string, Uint32Array>;
}

/** The bytes of each piece of a buffer. */
export function piecesOf(plan: Plan, buffer: Buffer): number[] {
  const whole = Math.floor(buffer.byte_length / plan.limits.binding_bytes);
  const rest = buffer.byte_length % plan.limits.binding_bytes;
  return [...Array<number>(whole).fill(plan.limits.binding_bytes), ...(rest > 0 ? [rest] : [])];
}
