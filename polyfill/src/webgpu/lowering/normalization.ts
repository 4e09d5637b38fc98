/** Normalisations: by given moments an element-wise function, by own moments a kernel over rows. */

import type { Operand } from "../../core/operand.js";
import type { Op } from "../../core/operator.js";
import { permuted } from "../../core/shapes.js";
import { castNumber } from "../../core/types.js";
import { channelAxis, resolvedAxes, spatialAxes } from "../../operators/normalization.js";
import type { Looked } from "../drafts.js";
import { literal } from "../literals.js";
import type { View } from "../plan.js";
import type { Lowerings, Planner } from "../planner.js";
import { stridesOf, view, wholeView } from "../views.js";
import { rowKernel, rowViews } from "./reduction.js";

function epsilonOf(op: Op<"batchNormalization" | "instanceNormalization" | "layerNormalization">): string {
  return literal(castNumber(op.epsilon, op.input.dataType), "float32");
}

/** Scale and bias, where absent, are the literals that change nothing. */
function batchNormalization(op: Op<"batchNormalization">, plan: Planner): void {
  const { shape } = op.input;
  const along = view(
    shape,
    shape.map((_, axis) => Number(axis === op.axis)),
  );
  const operands: Looked[] = [
    [op.input, wholeView(shape)],
    [op.mean, along],
    [op.variance, along],
  ];
  let name = "batch_normalization";
  for (const member of ["scale", "bias"] as const) {
    const operand = op[member];
    if (!operand) continue;
    operands.push([operand, along]);
    name += `_${member}`;
  }
  plan.elementwise(op.output, `${name}_float`, operands, [epsilonOf(op)]);
}

/** Rows along axes; scale and bias lie where `vector` says, for `index`. */
function normalize(
  op: Op<"instanceNormalization" | "layerNormalization">,
  plan: Planner,
  axes: readonly number[],
  vector: View,
  index: string,
): void {
  const { kernel, constants, views: over } = rowKernel("normalize", rowViews(op.input.shape, axes), plan);
  const inputs: Record<string, Operand> = { x: op.input };
  const views: Record<string, View> = { ...over };
  const hooks: Record<string, string> = { epsilon: epsilonOf(op), scale_of: "1.0", bias_of: "number(0x80000000u)" };
  for (const member of ["scale", "bias"] as const) {
    const operand = op[member];
    if (!operand) continue;
    inputs[member] = operand;
    hooks[`${member}_of`] = `${member}_load(${member}_at(${index}))`;
    views[member] = vector;
  }
  plan.emit(kernel, op.output, { inputs, constants, views, hooks, aliases: { V: "f32" } });
}

function instanceNormalization(op: Op<"instanceNormalization">, plan: Planner): void {
  const [batch, channels] = [op.input.shape[0], op.input.shape[channelAxis(op)]];
  normalize(op, plan, spatialAxes(op), view([batch, channels], [0, 1]), "row");
}

/** Items run along the axes sorted; scale and bias have them in the order that the caller gave. */
function layerNormalization(op: Op<"layerNormalization">, plan: Planner): void {
  const axes = resolvedAxes(op);
  const sizes = permuted(op.input.shape, axes);
  const order = axes.map((_, i) => i).sort((i, j) => axes[i] - axes[j]);
  normalize(op, plan, axes, view(permuted(sizes, order), permuted(stridesOf(sizes), order)), "k");
}

export const normalization = { batchNormalization, instanceNormalization, layerNormalization } satisfies Partial<Lowerings>;
