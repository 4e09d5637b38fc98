/** The checks that operators share; each returns what came instead where it does not hold. */

import type { Operand } from "../core/operand.js";
import type { Verdict } from "../core/operator.js";
import { sameShape } from "../core/shapes.js";
import { describe, listed, type Shape } from "../core/types.js";

/** Whether an axis is one of an operand. */
export function axisBelowRank({ axis, input }: { readonly axis: number; readonly input: Operand }): Verdict {
  return axis < input.rank || `axis ${axis} and rank ${input.rank}`;
}

/** Whether all axes are axes of an operand. */
export function axesBelowRank(axes: readonly number[], { rank }: Operand): Verdict {
  return axes.every((axis) => axis < rank) || `${listed(axes)} and rank ${rank}`;
}

/** Whether no axis is repeated. */
export function distinct(axes: readonly number[]): Verdict {
  return new Set(axes).size === axes.length || listed(axes);
}

/** Whether there are as many items as said, each above 0. */
export function positive(values: readonly number[], count: number): Verdict {
  return (values.length === count && values.every((value) => value > 0)) || listed(values);
}

/** Whether an operand, if it is there, has a shape. */
export function hasShape(operand: Operand | undefined, shape: Shape): Verdict {
  return operand === undefined || sameShape(operand.shape, shape) || `${describe(operand)} in place of shape ${listed(shape)}`;
}
