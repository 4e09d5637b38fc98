/**
 * Reductions along axes, the positions of extremes, and running sums: each a kernel over rows.
 *
 * A row is what is reduced to one element. Floats are summed in pairs of float32, so that the order hardly matters.
 */

import type { Operand } from "../../core/operand.js";
import type { Op } from "../../core/operator.js";
import { type DataType, integerRange, isFloat, type Shape } from "../../core/types.js";
import type { OperatorName } from "../../generated/operators.js";
import { resolvedAxes } from "../../operators/reduction.js";
import { FORMATS } from "../formats.js";
import { kindOf, literal } from "../literals.js";
import type { View } from "../plan.js";
import type { Lowerings, Planner } from "../planner.js";
import { axesView, stridesOf, view } from "../views.js";

/** Rows of so many elements are reduced by one invocation each. */
const FEW = 64;

/** Fewer rows do not fill the vectors of a CPU. */
const LANES = 4;

/** Rows that a workgroup takes where each invocation has one of its own. */
const ALONE = 16;

/** Rows of more elements are reduced by larger workgroups. */
const MANY = 256;

/** The elements of a slice of a row that is too long for one workgroup. */
export const SLICE = 2 ** 16;

/** The elements of a slice that is summed up. */
const SCANNED = 2 ** 14;

/** The rows of a reduction: how many, how long, and where their elements lie. */
export interface Rows {
  readonly rows: number;
  readonly size: number;
  /** The views of rows and of the items in them. */
  readonly views: Readonly<Record<"row" | "item", View>>;
}

/** The constants of a kernel that takes a workgroup for each row. */
function rowConstants(rows: number, size: number): Record<string, number> {
  return { ROWS: rows, SIZE: size, ...(size > MANY ? { WORKGROUP: 256 } : {}) };
}

/** The rows that there are when axes are reduced. */
export function rowViews(shape: Shape, axes: readonly number[]): Rows {
  const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const product = (chosen: readonly number[]): number => chosen.reduce((size, axis) => size * shape[axis], 1);
  const inOrder = [...axes].sort((a, b) => a - b);
  return { rows: product(kept), size: product(axes), views: { row: axesView(shape, kept), item: axesView(shape, inOrder) } };
}

/** Sums of slices, one behind another, as rows. */
export function sliceRows(rows: number, slices: number): Rows {
  return { rows, size: slices, views: { row: view([rows], [slices]), item: view([slices], [1]) } };
}

/** Which row each element of a tensor belongs to, when axes are reduced. */
export function rowsView(shape: Shape, axes: readonly number[]): View {
  const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const strides = stridesOf(kept.map((axis) => shape[axis]));
  return view(
    shape,
    shape.map((_, axis) => strides[kept.indexOf(axis)] ?? 0),
  );
}

/**
 * The kernel that takes a workgroup for each row, and its constants; or one invocation, where there is nothing to share.
 * Undefined where rows are so long that no kernel does one at a time.
 */
export function rowKernel(
  name: "normalize" | "softmax",
  { rows, size }: Rows,
  plan: Planner,
): { kernel: string; constants: Record<string, number> } | undefined {
  const alone = { ROWS: rows, SIZE: size, WORKGROUP: ALONE };
  if (!plan.limits.workgroup_memory && rows >= LANES && plan.fits(`${name}_rows`, alone, "float32")) {
    return { kernel: `${name}_rows`, constants: alone };
  }
  const constants = rowConstants(rows, size);
  return plan.fits(name, constants, "float32") ? { kernel: name, constants } : undefined;
}

/** The hooks of a reduction: the type that it runs in, and its expressions. */
export interface Sum {
  readonly type: string;
  /** The sum of nothing. */
  readonly start: string;
  /** The sum `sum` and an element `x`, which is the `k`-th of the row `row`. */
  readonly include: string;
  /** Two sums, `a` and `b`. */
  readonly combine: string;
  /** What is made of `sum` in the end. */
  readonly result: string;
  /** How a sum is kept between two steps. */
  readonly format: string;
  /** The bits of `sum`, in that format. */
  readonly keep: string;
  /** The sum of such bits `x`. */
  readonly taken: string;
}

/** The bits of a pair. */
export const KEPT_PAIR = "bitcast<vec2<u32>>(sum)";

/** The expressions that kernels ask for. */
export function expressionsOf({ start, include, combine, result }: Sum): Record<string, string> {
  return { start, include, combine, result };
}

/** The reduction of the sums that were kept. */
export function lastOf(sum: Sum): Sum {
  return { ...sum, include: `combine(sum, ${sum.taken})` };
}

/** The operators whose sums `summation` knows. */
type Summed = Extract<OperatorName, `reduce${string}`>;

export function pairs(include = "add_pair(sum, vec2<f32>(x, 0.0))", result = "single(sum)"): Sum {
  const kept = { format: "uint64", keep: KEPT_PAIR, taken: "bitcast<vec2<f32>>(x)" };
  return { type: "vec2<f32>", start: "vec2<f32>(0.0, 0.0)", include, combine: "add_pair(a, b)", result, ...kept };
}

function extreme(name: "max" | "min", start: string): Sum {
  const kept = { format: "float32", keep: "sum", taken: "x" };
  return { type: "f32", start, include: `${name}_float(sum, x)`, combine: `${name}_float(a, b)`, result: "sum", ...kept };
}

const MAXIMUM = extreme("max", "number(0xff800000u)");

const FLOAT_SUMS: Partial<Record<Summed, Sum>> = {
  reduceSum: pairs(),
  reduceL1: pairs("add_pair(sum, vec2<f32>(abs_float(x), 0.0))"),
  reduceSumSquare: pairs("add_product(sum, x, x)"),
  reduceL2: pairs("add_product(sum, x, x)", "single(sqrt_pair(sum))"),
  reduceMean: pairs(undefined, "single(mean_pair(sum, COUNT))"),
  reduceLogSum: pairs(undefined, "log_of_pair(sum)"),
  reduceProduct: {
    type: "Product",
    start: "unit()",
    include: "include_factor(sum, x)",
    combine: "combine_products(a, b)",
    result: "product_of(sum)",
    format: "uint64",
    keep: "bitcast<vec2<u32>>(sum.factor)",
    taken: "Product(bitcast<vec2<f32>>(x), powers_load(row * SIZE + k))",
  },
  reduceMax: MAXIMUM,
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

/** How sums of narrow integers are kept. */
const WIDE: Partial<Record<DataType, DataType>> = { int8: "int32", uint8: "uint32" };

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
    format: WIDE[dataType] ?? dataType,
    keep: "sum",
    taken: "x",
  };
}

/** What a reduction needs besides the elements that it reduces. */
export interface More {
  /** The operands that `include` reads beside the elements. */
  readonly included?: Readonly<Record<string, Operand | number>>;
  /** The operands that `result` reads. */
  readonly finished?: Readonly<Record<string, Operand | number>>;
  /** Views that the expressions use. */
  readonly views?: Readonly<Record<string, View>>;
  /** Constants of the expressions. */
  readonly constants?: Readonly<Record<string, number>>;
}

/** Reduce rows to one element each, of a type of WGSL: in one step, or where they are too long for one workgroup, in two. */
export function reduceOver(
  plan: Planner,
  output: Operand | number,
  x: Operand | number,
  over: Rows,
  sum: Sum,
  value: string,
  more: More = {},
): void {
  const { rows, size } = over;
  const { included = {}, finished = {}, constants = {} } = more;
  const views = { ...over.views, ...more.views };
  const whole = { ...rowConstants(rows, size), SLICES: 1, PART: size, ...constants };
  const aliases = { SUM: sum.type, V: value };
  if (plan.fits("reduce", whole, "float32", expressionsOf(sum))) {
    plan.emit("reduce", output, { inputs: { x, ...included, ...finished }, constants: whole, views, aliases, hooks: expressionsOf(sum) });
    return;
  }
  const slices = Math.ceil(size / SLICE);
  const sliced = { ...rowConstants(rows, size), SLICES: slices, PART: SLICE, ...constants };
  const kept: Record<string, number> = {};
  const keep = (name: string, format: string, result: string): void => {
    kept[name] = plan.temporary(format, rows * slices);
    const hooks = expressionsOf({ ...sum, result });
    const own = { SUM: sum.type, V: FORMATS[format].value };
    plan.emit("reduce", kept[name], { inputs: { x, ...included }, constants: sliced, views, aliases: own, hooks });
  };
  keep("x", sum.format, sum.keep);
  if (sum.type === "Product") keep("powers", "int32", "sum.power");
  plan.emit("reduce", output, {
    inputs: { ...kept, ...finished },
    constants: { ...rowConstants(rows, slices), SLICES: 1, PART: slices, ...constants },
    views: { ...sliceRows(rows, slices).views, ...more.views },
    aliases,
    hooks: expressionsOf(lastOf(sum)),
  });
}

function reduce(op: Op<Exclude<Summed, "reduceLogSumExp">>, plan: Planner): void {
  const over = rowViews(op.input.shape, resolvedAxes(op));
  const sum = summation(op.name, op.input.dataType);
  const value = FORMATS[op.input.dataType].value;
  const { size, views } = over;
  const counted: Record<string, number> = op.name === "reduceMean" ? { COUNT: size } : {};
  if (size > FEW) {
    reduceOver(plan, op.output, op.input, over, sum, value, { constants: counted });
    return;
  }
  const { start, include, result, type } = sum;
  plan.emit("reduce_rows", op.output, {
    inputs: { x: op.input },
    constants: { SIZE: size, ...counted },
    views,
    aliases: { SUM: type, V: value },
    hooks: { start, include, result },
  });
}

/** The greatest element of each row, in a buffer. */
export function rowMaxima(plan: Planner, x: Operand, over: Rows): number {
  const most = plan.temporary("float32", over.rows);
  reduceOver(plan, most, x, over, MAXIMUM, "f32");
  return most;
}

function reduceLogSumExp(op: Op<"reduceLogSumExp">, plan: Planner): void {
  const over = rowViews(op.input.shape, resolvedAxes(op));
  const constants = rowConstants(over.rows, over.size);
  if (plan.fits("log_sum_exp", constants, op.output.dataType)) {
    plan.emit("log_sum_exp", op.output, { inputs: { x: op.input }, constants, views: over.views, aliases: { V: "f32" } });
    return;
  }
  const most = { most: rowMaxima(plan, op.input, over) };
  const exponential = "vec2<f32>(exp_float(sub_float(x, finite_or_zero(most_load(row)))), 0.0)";
  const sum = pairs(`add_pair(sum, ${exponential})`, "shifted_logarithm(sum, finite_or_zero(most_load(row)))");
  reduceOver(plan, op.output, op.input, over, sum, "f32", { included: most, finished: most });
}

/** NaN is the best of all, as it is in a minimum or maximum. */
function arg(op: Op<"argMin" | "argMax">, plan: Planner): void {
  const { rows, size, views } = rowViews(op.input.shape, [op.axis]);
  const kind = kindOf(op.input.dataType);
  let better = `${op.name === "argMin" ? "lesser" : "greater"}_${kind}(a, b) == 1u`;
  if (kind === "float") better = `(is_nan(a) && !is_nan(b)) || (${better})`;
  const position = op.output.dataType === "int64" ? "vec2<u32>(k, 0u)" : "i32(k)";
  const hooks = { candidate: "k", better, position };
  const constants = { ...rowConstants(rows, size), SLICES: 1, PART: size };
  if (plan.fits("arg", constants, op.output.dataType)) {
    plan.emit("arg", op.output, { inputs: { x: op.input }, constants, views, hooks });
    return;
  }
  const slices = Math.ceil(size / SLICE);
  const chosen = plan.temporary("int32", rows * slices);
  const sliced = { ...constants, SLICES: slices, PART: SLICE };
  plan.emit("arg", chosen, { inputs: { x: op.input }, constants: sliced, views, hooks: { ...hooks, position: "i32(k)" } });
  plan.emit("arg", op.output, {
    inputs: { x: op.input, chosen },
    constants: { ...rowConstants(rows, slices), SLICES: 1, PART: slices },
    views,
    hooks: { ...hooks, candidate: "u32(chosen_load(row * SIZE + k))" },
  });
}

/** Of long rows, slices are summed, their sums added up, and then each slice goes on from what was before it. */
function cumulativeSum(op: Op<"cumulativeSum">, plan: Planner): void {
  const { rows, size, views } = rowViews(op.input.shape, [op.axis]);
  const sum = summation("reduceSum", op.input.dataType);
  const { start, include, combine, result } = sum;
  const ends = { EXCLUSIVE: Number(op.exclusive), REVERSED: Number(op.reversed) };
  const whole = { ROWS: rows, SIZE: size, SLICES: 1, PART: size, ...ends };
  const isShort = plan.fits("cumulative", whole, op.output.dataType);
  const constants = isShort ? whole : { ...whole, SLICES: Math.ceil(size / SCANNED), PART: SCANNED };
  const given = isShort ? "start()" : sum.taken.replace("x", "before_load(slice)");
  const inputs: Record<string, Operand | number> = { x: op.input };
  if (!isShort) inputs.before = sumsBefore(plan, op, sum);
  plan.emit("cumulative", op.output, {
    inputs,
    constants,
    views,
    aliases: { SUM: sum.type },
    hooks: { start, given, include, combine, result },
  });
}

/** For each slice of a row, in the order in which it is summed, the sum of all slices before it. */
function sumsBefore(plan: Planner, op: Op<"cumulativeSum">, sum: Sum): number {
  const { rows, size, views } = rowViews(op.input.shape, [op.axis]);
  const stride = stridesOf(op.input.shape)[op.axis];
  const slices = Math.ceil(size / SCANNED);
  const item = op.reversed ? view([size], [-stride], (size - 1) * stride) : views.item;
  const own = plan.temporary(sum.format, rows * slices);
  const before = plan.temporary(sum.format, rows * slices);
  plan.emit("reduce", own, {
    inputs: { x: op.input },
    constants: { ROWS: rows, SIZE: size, SLICES: slices, PART: SCANNED },
    views: { ...views, item },
    aliases: { SUM: sum.type, V: FORMATS[sum.format].value },
    hooks: expressionsOf({ ...sum, result: sum.keep }),
  });
  const { start, combine, keep, taken } = sum;
  plan.emit("cumulative", before, {
    inputs: { x: own },
    constants: { ROWS: rows, SIZE: slices, SLICES: 1, PART: slices, EXCLUSIVE: 1, REVERSED: 0 },
    views: sliceRows(rows, slices).views,
    aliases: { SUM: sum.type },
    hooks: { start, given: "start()", include: `combine(sum, ${taken})`, combine, result: keep },
  });
  return before;
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
