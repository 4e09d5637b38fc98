/**
 * Reductions along axes, the positions of extremes, and running sums: each a kernel over rows.
 *
 * A row is what is reduced to one element. Floats are summed in pairs of float32, so that the order hardly matters.
 */

import type { Op } from "../../core/operator.js";
import { type DataType, integerRange, isFloat, type Shape } from "../../core/types.js";
import type { OperatorName } from "../../generated/operators.js";
import { resolvedAxes } from "../../operators/reduction.js";
import { FORMATS } from "../formats.js";
import { kindOf, literal } from "../literals.js";
import type { View } from "../plan.js";
import type { Lowerings, Planner } from "../planner.js";
import { axesView } from "../views.js";

/** Rows of so many elements are reduced by one invocation each. */
const FEW = 64;

/** Fewer rows do not fill the vectors of a CPU. */
const LANES = 4;

/** Rows that a workgroup takes where each invocation has one of its own. */
const ALONE = 16;

/** Rows of more elements are reduced by larger workgroups. */
const MANY = 256;

/** The rows of a reduction: how many, how long, and where their elements lie. */
export interface Rows {
  readonly rows: number;
  readonly size: number;
  /** The constants of a kernel that takes a workgroup for each row. */
  readonly constants: Readonly<Record<string, number>>;
  /** The views of rows and of the items in them. */
  readonly views: Readonly<Record<"row" | "item", View>>;
}

/** The rows that there are when axes are reduced. */
export function rowViews(shape: Shape, axes: readonly number[]): Rows {
  const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const product = (chosen: readonly number[]): number => chosen.reduce((size, axis) => size * shape[axis], 1);
  const inOrder = [...axes].sort((a, b) => a - b);
  const [rows, size] = [product(kept), product(axes)];
  const constants = { ROWS: rows, SIZE: size, ...(size > MANY ? { WORKGROUP: 256 } : {}) };
  return { rows, size, constants, views: { row: axesView(shape, kept), item: axesView(shape, inOrder) } };
}

/** The kernel that takes a workgroup for each row; or one invocation, where there is nothing to share. */
export function rowKernel(name: "normalize" | "softmax", over: Rows, plan: Planner): Rows & { kernel: string } {
  if (plan.limits.workgroup_memory || over.rows < LANES) return { ...over, kernel: name };
  return { ...over, kernel: `${name}_rows`, constants: { ROWS: over.rows, SIZE: over.size, WORKGROUP: ALONE } };
}

/** The hooks of a reduction: the type that it runs in, and its expressions. */
export interface Sum {
  readonly type: string;
  readonly start: string;
  readonly include: string;
  readonly combine: string;
  readonly result: string;
}

/** The operators whose sums `summation` knows. */
type Summed = Extract<OperatorName, `reduce${string}`>;

function pairs(include = "add_pair(sum, vec2<f32>(x, 0.0))", result = "single(sum)"): Sum {
  return { type: "vec2<f32>", start: "vec2<f32>(0.0, 0.0)", include, combine: "add_pair(a, b)", result };
}

function extreme(name: "max" | "min", start: string): Sum {
  return { type: "f32", start, include: `${name}_float(sum, x)`, combine: `${name}_float(a, b)`, result: "sum" };
}

const FLOAT_SUMS: Partial<Record<Summed, Sum>> = {
  reduceSum: pairs(),
  reduceL1: pairs("add_pair(sum, vec2<f32>(abs_float(x), 0.0))"),
  reduceSumSquare: pairs("add_product(sum, x, x)"),
  reduceL2: pairs("add_product(sum, x, x)", "single(sqrt_pair(sum))"),
  reduceMean: pairs(undefined, "single(div_pair(sum, vec2<f32>(cast_uint32_float(SIZE), 0.0)))"),
  reduceLogSum: pairs(undefined, "log_of_pair(sum)"),
  reduceProduct: {
    type: "Product",
    start: "unit()",
    include: "include_factor(sum, x)",
    combine: "combine_products(a, b)",
    result: "product_of(sum)",
  },
  reduceMax: extreme("max", "number(0xff800000u)"),
  reduceMin: extreme("min", "number(0x7f800000u)"),
};

type Start = (dataType: DataType) => bigint;

/** For each reduction of integers: where it starts, the function that joins, and the one that is first applied to an element. */
const INTEGER_SUMS: Partial<Record<Summed, readonly [start: Start, join: string, first?: (kind: string) => string]>> = {
  reduceSum: [() => 0n, "add"],
  reduceL1: [() => 0n, "add", (kind) => `abs_${kind}(x)`],
  reduceSumSquare: [() => 0n, "add", (kind) => `mul_${kind}(x, x)`],
  reduceProduct: [() => 1n, "mul"],
  reduceMax: [(dataType) => integerRange(dataType)[0], "max"],
  reduceMin: [(dataType) => integerRange(dataType)[1], "min"],
};

/** The hooks of a reduction by its operator's name, in a data type. */
export function summation(name: Summed, dataType: DataType): Sum {
  const float = FLOAT_SUMS[name];
  const integer = INTEGER_SUMS[name];
  if (isFloat(dataType) && float) return float;
  if (!integer) throw new Error(`${name} has no sum in ${dataType}`);
  const [start, join, first] = integer;
  const kind = kindOf(dataType);
  return {
    type: FORMATS[dataType].value,
    start: literal(start(dataType), dataType),
    include: `${join}_${kind}(sum, ${first ? first(kind) : "x"})`,
    combine: `${join}_${kind}(a, b)`,
    result: "sum",
  };
}

function reduce(op: Op<Exclude<Summed, "reduceLogSumExp">>, plan: Planner): void {
  const { size, constants, views } = rowViews(op.input.shape, resolvedAxes(op));
  const { type, start, include, combine, result } = summation(op.name, op.input.dataType);
  const few = size <= FEW;
  plan.emit(few ? "reduce_rows" : "reduce", op.output, {
    inputs: { x: op.input },
    constants: few ? { SIZE: size } : constants,
    views,
    aliases: { SUM: type, V: FORMATS[op.input.dataType].value },
    hooks: few ? { start, include, result } : { start, include, combine, result },
  });
}

function reduceLogSumExp(op: Op<"reduceLogSumExp">, plan: Planner): void {
  const { constants, views } = rowViews(op.input.shape, resolvedAxes(op));
  plan.emit("log_sum_exp", op.output, { inputs: { x: op.input }, constants, views, aliases: { V: "f32" } });
}

/** NaN is the best of all, as it is in a minimum or maximum. */
function arg(op: Op<"argMin" | "argMax">, plan: Planner): void {
  const { constants, views } = rowViews(op.input.shape, [op.axis]);
  const kind = kindOf(op.input.dataType);
  let better = `${op.name === "argMin" ? "lesser" : "greater"}_${kind}(a, b) == 1u`;
  if (kind === "float") better = `(is_nan(a) && !is_nan(b)) || (${better})`;
  const position = op.output.dataType === "int64" ? "vec2<u32>(k, 0u)" : "i32(k)";
  plan.emit("arg", op.output, { inputs: { x: op.input }, constants, views, hooks: { better, position } });
}

function cumulativeSum(op: Op<"cumulativeSum">, plan: Planner): void {
  const { rows, size, views } = rowViews(op.input.shape, [op.axis]);
  const { type, ...hooks } = summation("reduceSum", op.input.dataType);
  plan.emit("cumulative", op.output, {
    inputs: { x: op.input },
    constants: { ROWS: rows, SIZE: size, EXCLUSIVE: Number(op.exclusive), REVERSED: Number(op.reversed) },
    views,
    aliases: { SUM: type },
    hooks,
  });
}

export const reduction = {
  reduceL1: reduce,
  reduceL2: reduce,
  reduceLogSum: reduce,
  reduceMax: reduce,
  reduceMean: reduce,
  reduceMin: reduce,
  reduceProduct: reduce,
  reduceSum: reduce,
  reduceSumSquare: reduce,
  reduceLogSumExp,
  argMin: arg,
  argMax: arg,
  cumulativeSum,
} satisfies Partial<Lowerings>;
