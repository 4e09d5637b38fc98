/** Normalisations: by given moments an element-wise function, by own moments a kernel over rows. */

import type { Operand } from "../../core/operand.js";
import type { Op } from "../../core/operator.js";
import { permuted } from "../../core/shapes.js";
import { castNumber } from "../../core/types.js";
import { channelAxis, resolvedAxes, spatialAxes } from "../../operators/normalization.js";
import type { Looked } from "../drafts.js";
import { FORMATS } from "../formats.js";
import { literal } from "../literals.js";
import type { View } from "../plan.js";
import type { Lowerings, Planner } from "../planner.js";
import { stridesOf, view, wholeView } from "../views.js";
import { pairs, reduceOver, rowKernel, rowsView, rowViews } from "./reduction.js";

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

/** Where the elements of scale and bias lie. */
interface Vector {
  /** For `index`, an index in a row or the number of a row. */
  readonly view: View;
  readonly index: string;
  /** Their strides along the axes of the input. */
  readonly strides: ReadonlyMap<number, number>;
}

type Normalizing = Op<"instanceNormalization" | "layerNormalization">;

/** Rows along axes. */
function normalize(op: Normalizing, plan: Planner, axes: readonly number[], vector: Vector): void {
  const over = rowViews(op.input.shape, axes);
  const chosen = rowKernel("normalize", over, plan);
  if (!chosen) {
    normalizeLong(op, plan, axes, vector.strides);
    return;
  }
  const inputs: Record<string, Operand> = { x: op.input };
  const views: Record<string, View> = { ...over.views };
  const hooks: Record<string, string> = { epsilon: epsilonOf(op), scale_of: "1.0", bias_of: "number(0x80000000u)" };
  for (const member of ["scale", "bias"] as const) {
    const operand = op[member];
    if (!operand) continue;
    inputs[member] = operand;
    hooks[`${member}_of`] = `${member}_load(${member}_at(${vector.index}))`;
    views[member] = vector.view;
  }
  const { kernel, constants } = chosen;
  plan.emit(kernel, op.output, { inputs, constants, views, hooks, aliases: { V: "f32" } });
}

/** Of rows too long for one workgroup, the moments are found first. */
function normalizeLong(op: Normalizing, plan: Planner, axes: readonly number[], strides: ReadonlyMap<number, number>): void {
  const { shape } = op.input;
  const over = rowViews(shape, axes);
  const mean = plan.temporary("uint64", over.rows);
  const inverse = plan.temporary("uint64", over.rows);
  const constants = { COUNT: over.size };
  const average = pairs(undefined, "bitcast<vec2<u32>>(mean_pair(sum, COUNT))");
  reduceOver(plan, mean, op.input, over, average, "vec2<u32>", { constants });
  const deviation = `inverse_deviation(mean_pair(sum, COUNT), ${epsilonOf(op)})`;
  const spread = pairs("add_pair(sum, squared_distance(x, mean_load(row)))", `bitcast<vec2<u32>>(${deviation})`);
  reduceOver(plan, inverse, op.input, over, spread, "vec2<u32>", { included: { mean }, constants });
  const ofRow = rowsView(shape, axes);
  const inputs: Record<string, Operand | number> = { x0: op.input, x1: mean, x2: inverse };
  const views: Record<string, View> = { x0: wholeView(shape), x1: ofRow, x2: ofRow };
  const found = Object.keys(views);
  for (const [operand, absent] of [[op.scale, "1.0"] as const, [op.bias, "number(0x80000000u)"] as const]) {
    const name = `x${Object.keys(inputs).length}`;
    found.push(operand ? name : absent);
    if (!operand) continue;
    inputs[name] = operand;
    views[name] = view(
      shape,
      shape.map((_, axis) => strides.get(axis) ?? 0),
    );
  }
  const chain = [{ function: "normal_of", arguments: found, rounding: FORMATS[op.output.dataType].rounding }];
  plan.emit("elementwise", op.output, { inputs, views, aliases: { V: "u32" }, chain });
}

function instanceNormalization(op: Op<"instanceNormalization">, plan: Planner): void {
  const axis = channelAxis(op);
  const vector = view([op.input.shape[0], op.input.shape[axis]], [0, 1]);
  normalize(op, plan, spatialAxes(op), { view: vector, index: "row", strides: new Map([[axis, 1]]) });
}

/** Items run along the axes sorted; scale and bias have them in the order that the caller gave. */
function layerNormalization(op: Op<"layerNormalization">, plan: Planner): void {
  const axes = resolvedAxes(op);
  const sizes = permuted(op.input.shape, axes);
  const own = stridesOf(sizes);
  const order = axes.map((_, i) => i).sort((i, j) => axes[i] - axes[j]);
  const vector = view(permuted(sizes, order), permuted(own, order));
  normalize(op, plan, axes, { view: vector, index: "k", strides: new Map(axes.map((axis, i) => [axis, own[i]])) });
}

export const normalization = { batchNormalization, instanceNormalization, layerNormalization } satisfies Partial<Lowerings>;
