/** Activations with options, and softmax; those without are rows of the element-wise operators. */

import { memberOf, type Op } from "../../core/operator.js";
import { castNumber } from "../../core/types.js";
import { literal } from "../literals.js";
import type { Lowerings, Planner } from "../planner.js";
import { apply } from "./elementwise.js";
import { rowKernel, rowViews } from "./reduction.js";

type Optioned = Op<"elu" | "hardSigmoid" | "leakyRelu" | "linear">;

/** Apply the function of the operator's name to its input and its options, cast to the input's type. */
function withOptions(...names: readonly string[]): (op: Optioned, plan: Planner) => void {
  return (op, plan) => {
    const { dataType } = op.input;
    apply(op, plan, ...names.map((name) => literal(castNumber(memberOf(op, name) as number, dataType), dataType)));
  };
}

function softmax(op: Op<"softmax">, plan: Planner): void {
  const { kernel, constants, views } = rowKernel("softmax", rowViews(op.input.shape, [op.axis]), plan);
  plan.emit(kernel, op.output, { inputs: { x: op.input }, constants, views, aliases: { V: "f32" } });
}

export const activation = {
  elu: withOptions("alpha"),
  hardSigmoid: withOptions("alpha", "beta"),
  leakyRelu: withOptions("alpha"),
  linear: withOptions("alpha", "beta"),
  softmax,
} satisfies Partial<Lowerings>;
