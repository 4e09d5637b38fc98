/** Steps in the making, and where the values that they compute are (the counterpart of `backends/webgpu/drafts.py`). */

import type { Operand } from "../core/operand.js";
import type { Binding, Operation, View } from "./plan.js";

/** A number, or several, that a kernel has for a constant. */
export type Constant = number | readonly number[];

/** Where the elements of an operand are. */
export interface Value {
  /** The number of its buffer. */
  readonly buffer: number;
  /** How many operators and outputs still take it. */
  uses: number;
  /** The step that computes it, while other operations may be fused into that step. */
  step?: Draft;
  /** How far its elements are apart in each dimension, where they are not laid out in order. */
  readonly strides?: readonly number[];
}

/** A step in the making. */
export interface Draft {
  readonly kernel: string;
  /** Its buffers in the order in which they are bound. */
  readonly bindings: Map<string, Binding>;
  readonly constants: Record<string, Constant>;
  readonly aliases: Readonly<Record<string, string>>;
  readonly views: Record<string, View>;
  readonly hooks: Record<string, string>;
  readonly operators: number[];
  readonly chain: Operation[];
  /** A number that grows from step to step, in the order in which they run. */
  turn: number;
}

/** An operand of an element-wise function, and where the elements that it is applied to lie in it. */
export type Looked = readonly [operand: Operand, view: View];

/** A function of the result so far, of an operand and of a literal, where there are such. */
export type Completion = readonly [name: string, operand?: Looked, literal?: string];

/** What a step is made of, besides its kernel and its output. */
export interface Parts {
  /** Its other buffers, by the names that the kernel has for them. */
  readonly inputs?: Readonly<Record<string, Operand | number>>;
  readonly constants?: Readonly<Record<string, Constant>>;
  readonly aliases?: Readonly<Record<string, string>>;
  readonly views?: Readonly<Record<string, View>>;
  readonly hooks?: Readonly<Record<string, string>>;
  /** The formats of bindings whose elements are stored otherwise than their data type says. */
  readonly formats?: Readonly<Record<string, string>>;
  /** What is done to each result; by default it is rounded to the output's type. */
  readonly chain?: readonly Operation[];
  /** The bindings that are read four words at a time. */
  readonly vectors?: readonly string[];
  /** The name that the kernel has for the output. */
  readonly outputName?: string;
}
