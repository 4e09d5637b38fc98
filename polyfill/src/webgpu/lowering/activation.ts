/** Activations with options, and softmax; those without are rows of the element-wise operators. */

import { memberOf, type Op } from "../../core/operator.js";
import { castNumber } from "../../core/types.js";
import { FORMATS } from "../formats.js";
import { literal } from "../literals.js";
import type { Lowerings, Planner } from "../planner.js";
import { wholeView } from "../views.js";
import { apply } from "./elementwise.js";
import { pairs, reduceOver, rowKernel, rowMaxima, rowsView, rowViews } from "./reduction.js";

type Optioned = Op<"elu" | "hardSigmoid" | "leakyRelu" | "linear">;

/** Apply the function of the operator's name to its input and its options, cast to the input's type. */
function withOptions(...names: readonly string[]): (op: Optioned, plan: Planner) => void {
  return (op, plan) => {
    const { dataType } = op.input;
    apply(op, plan, ...names.map((name) => literal(castNumber(memberOf(op, name) as number, dataType), dataType)));
  };
}

/** Of rows too long for one workgroup, the greatest element and the sum of exponentials are found first. */
function softmax(op: Op<"softmax">, plan: Planner): void {
  const over = rowViews(op.input.shape, [op.axis]);
  const chosen = rowKernel("softmax", over, plan);
  if (chosen) {
    const { kernel, constants } = chosen;
    plan.emit(kernel, op.output, { inputs: { x: op.input }, constants, views: over.views, aliases: { V: "f32" } });
    return;
  }
  const most = rowMaxima(plan, op.input, over);
  const total = plan.temporary("float32", over.rows);
  const exponential = "vec2<f32>(exp_float(sub_float(x, most_load(row))), 0.0)";
  reduceOver(plan, total, op.input, over, pairs(`add_pair(sum, ${exponential})`), "f32", { included: { most } });
  const ofRow = rowsView(op.input.shape, [op.axis]);
  plan.emit("elementwise", op.output, {
    inputs: { x0: op.input, x1: most, x2: total },
    views: { x0: wholeView(op.input.shape), x1: ofRow, x2: ofRow },
    aliases: { V: "u32" },
    chain: [{ function: "softmax_of", arguments: ["x0", "x1", "x2"], rounding: FORMATS[op.output.dataType].rounding }],
  });
}

export const activation = {
  elu: withOptions("alpha"),
  hardSigmoid: withOptions("alpha", "beta"),
  leakyRelu: withOptions("alpha"),
  linear: withOptions("alpha", "beta"),
  softmax,
} satisfies Partial<Lowerings>;
