/** What computes an operator (the counterpart of `webnpu/reference/evaluate.py`). */

import type { Operand } from "../core/operand.js";
import type { Op } from "../core/operator.js";
import type { OperatorName } from "../generated/operators.js";
import type { Elements } from "./elements.js";
import type { Pauses } from "./pace.js";
import type { Product } from "./product.js";
import type { SimdMemory } from "./simd.js";

/**
 * Computes the elements of the outputs: the operands come in the order of their declaration, undefined where absent,
 * those of a sequence one after the other. It pauses after each piece of work (see `pace.ts`). A parameter may name the arrays that it expects: the operator's limits
 * see to that, which is why the type is a method's, whose parameters TypeScript does not hold to more.
 */
export type Kernel = {
  compute(inputs: readonly (Elements | undefined)[], outputs: readonly Elements[]): Pauses;
}["compute"];

/** What an evaluator may ask for while it prepares a kernel. */
export interface Setup {
  /** The elements of an operand, if it is constant: weights are put in order once. */
  constant(operand: Operand): Elements | undefined;
  /** Takes work that only has to be done once, with its pauses. */
  prepare(work: Pauses): void;
  /** A product of matrices: so many rows in all of the left one, and as many columns as the right one has rows. */
  product(rows: number, depth: number, columns: number): Product;
  /** The memory of WebAssembly, where there is one, and so many products of two numbers are worth the copies into it. */
  simd(work: number): SimdMemory | undefined;
}

/** Prepares the kernel of one use of an operator: all that can be known before the elements are. */
export type Evaluator<N extends OperatorName = OperatorName> = (op: Op<N>, setup: Setup) => Kernel;

export type Evaluators = { readonly [N in OperatorName]: Evaluator<N> };
