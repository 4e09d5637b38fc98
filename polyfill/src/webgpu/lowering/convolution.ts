/**
 * Convolutions: small ones sum by sum, each exact but for one rounding; large ones as products of matrices, through tiles.
 *
 * As a product, a convolution has for its terms the taps of the window and, within each, the channels. Where pixels are
 * neighbours in memory (nchw) the output's channels go down and its pixels across; where channels are (nhwc), the other way.
 */

import type { Operand } from "../../core/operand.js";
import type { Op } from "../../core/operator.js";
import { arranged, axesOrder, permuted } from "../../core/shapes.js";
import { type Shape, sizeOf } from "../../core/types.js";
import { imageOf, kernelOf } from "../../operators/convolution.js";
import type { Constant } from "../drafts.js";
import { arranged as elementsOf } from "../literals.js";
import type { View } from "../plan.js";
import type { Lowerings, Planner } from "../planner.js";
import * as tiling from "../tiling.js";
import { stridesOf, view } from "../views.js";
import { KEPT_PAIR, lastOf, pairs, reduceOver, SLICE, sliceRows } from "./reduction.js";

type Convolution = Op<"conv2d" | "convTranspose2d">;

/** The constants that both ways share; filter strides are those of output channel, input channel, row and column. */
function geometryOf(op: Convolution, out: Shape): Record<string, Constant> {
  const [, , height, width] = imageOf(op);
  const [, , rows, columns] = kernelOf(op);
  return {
    HEIGHT: height,
    WIDTH: width,
    OUT_CHANNELS: out[1],
    OUT_HEIGHT: out[2],
    OUT_WIDTH: out[3],
    GROUPS: op.groups,
    ROWS: rows,
    COLUMNS: columns,
    TOP: op.padding[0],
    LEFT: op.padding[2],
    STRIDES: op.strides,
    DILATIONS: op.dilations,
    X_STRIDES: permuted(stridesOf(op.input.shape), axesOrder(op.inputLayout, "nchw")),
    FILTER_STRIDES: permuted(stridesOf(op.filter.shape), axesOrder(op.filterLayout, "oihw")),
  };
}

/** How many taps a window has. */
function tapsOf(op: Convolution): Record<"ROWS" | "COLUMNS", number> {
  const [, , rows, columns] = kernelOf(op);
  return { ROWS: rows, COLUMNS: columns };
}

function convolve(op: Convolution, plan: Planner): void {
  const out = arranged(op.output.shape, op.inputLayout, "nchw");
  const channels = imageOf(op)[1] / op.groups;
  const terms = channels * sizeOf(kernelOf(op).slice(2));
  const sizes = [out[1] / op.groups, out[2] * out[3], terms, out[0] * op.groups] as const;
  const workgroupMemory = plan.limits.workgroup_memory;
  const large = channels > 1 && tiling.pays(...sizes, workgroupMemory);
  if (op.name === "conv2d" && large) tiled(op, plan, out, channels, terms);
  else if (workgroupMemory || sizeOf(sizes) < tiling.LITTLE_WORK) oneByOne(op, plan, out, true);
  else if (op.name === "conv2d" && channels === 1 && plan.fits("depthwise", tapsOf(op), "float32")) depthwise(op, plan, out);
  else oneByOne(op, plan, out, false);
}

/** The coordinate of an image's elements along one axis. */
function along(op: Convolution, axis: string): View {
  return view(
    op.output.shape,
    Array.from(op.inputLayout, (own) => Number(own === axis)),
  );
}

/** Layouts are but strides; a transposed convolution gathers what forward ones would have spread. A CPU has no time for exact sums. */
function oneByOne(op: Convolution, plan: Planner, out: Shape, exact: boolean): void {
  const isTransposed = op.name === "convTranspose2d";
  const byTaps = {
    TRANSPOSED: Number(isTransposed),
    EXACT: Number(exact),
    CHANNELS: imageOf(op)[1],
    ...geometryOf(op, out),
    ...termsOf(op, false),
  };
  const fewest = isTransposed && !plan.fits("conv2d", byTaps, op.output.dataType);
  const constants = fewest ? { ...byTaps, ...termsOf(op, true) } : byTaps;
  const views = { batch: along(op, "n"), channel: along(op, "c"), row: along(op, "h"), column: along(op, "w") };
  if (plan.fits("conv2d", constants, op.output.dataType)) {
    plan.emit("conv2d", op.output, { ...biased(op), constants, views, aliases: { V: "f32" } });
  } else {
    wide(op, plan, constants, views);
  }
}

/** How the terms of a sum are counted. */
type Terms = Record<"TERM_ROWS" | "TERM_COLUMNS" | "BY_ROW" | "BY_COLUMN", number>;

/** By taps, or where those are fewer, by the rows and columns of the input. */
function termsOf(op: Convolution, fewest: boolean): Terms {
  const [, , height, width] = imageOf(op);
  const [, , rows, columns] = kernelOf(op);
  const [byRow, byColumn] = [fewest && height < rows, fewest && width < columns];
  const terms = { TERM_ROWS: byRow ? height : rows, TERM_COLUMNS: byColumn ? width : columns };
  return { ...terms, BY_ROW: Number(byRow), BY_COLUMN: Number(byColumn) };
}

/** A workgroup for the sum of each element; where that has too many terms, for each of several slices of it. */
function wide(op: Convolution, plan: Planner, constants: Record<string, Constant> & Terms, views: Record<"channel", View>): void {
  const { size } = op.output;
  const terms = (imageOf(op)[1] / op.groups) * constants.TERM_ROWS * constants.TERM_COLUMNS;
  const inputs = { x: op.input, filters: op.filter };
  const bias: Record<string, Operand> = op.bias ? { bias: op.bias } : {};
  const withBias = (index: string): string =>
    op.bias ? `single(add_pair(sum, vec2<f32>(bias_load(channel_at(${index})), 0.0)))` : "single(sum)";
  const whole = { ...constants, OUTPUTS: size, SLICES: 1, PART: terms, WORKGROUP: 256 };
  if (plan.fits("conv2d_wide", whole, op.output.dataType)) {
    const hooks = { result: withBias("i") };
    plan.emit("conv2d_wide", op.output, { inputs: { ...inputs, ...bias }, constants: whole, views, aliases: { V: "f32" }, hooks });
    return;
  }
  const slices = Math.ceil(terms / SLICE);
  const kept = plan.temporary("uint64", size * slices);
  const sliced = { ...whole, SLICES: slices, PART: SLICE };
  plan.emit("conv2d_wide", kept, { inputs, constants: sliced, views, aliases: { V: "vec2<u32>" }, hooks: { result: KEPT_PAIR } });
  const last = lastOf(pairs(undefined, withBias("row")));
  reduceOver(plan, op.output, kept, sliceRows(size, slices), last, "f32", { finished: bias, views: { channel: views.channel } });
}

/** The operands, and the hook of the bias; where there is none, what changes no sum. */
function biased(op: Convolution): { inputs: Record<string, Operand>; hooks: Record<string, string> } {
  const inputs = { x: op.input, filters: op.filter };
  if (!op.bias) return { inputs, hooks: { bias_of: "number(0x80000000u)" } };
  return { inputs: { ...inputs, bias: op.bias }, hooks: { bias_of: "bias_load(channel)" } };
}

/** Convolutions of one channel a group, four pixels of a row at a time, on a CPU. */
function depthwise(op: Op<"conv2d">, plan: Planner, out: Shape): void {
  const strides = permuted(stridesOf(op.output.shape), axesOrder(op.inputLayout, "nchw"));
  const constants = { BATCHES: out[0], Y_STRIDES: strides, ...geometryOf(op, out) };
  plan.emit("depthwise", op.output, { ...biased(op), constants, aliases: { V: "f32" } });
}

function tiled(op: Op<"conv2d">, plan: Planner, out: Shape, channels: number, terms: number): void {
  const pixels = out[2] * out[3];
  const outChannels = out[1] / op.groups;
  const shared = { k: terms, batches: out[0] * op.groups, constants: { CHANNELS: channels, ...geometryOf(op, out) } };
  let product: tiling.Product;
  if (op.inputLayout === "nchw") {
    const left = filtersOf(op, plan, "left", terms);
    const right = pixelsOf(op, "right", pixels);
    product = { ...shared, left, right, m: outChannels, n: pixels, place: "(batch * M + m) * N + n" };
  } else {
    const right = filtersOf(op, plan, "right", terms);
    const left = pixelsOf(op, "left", channels);
    const place = "((batch / GROUPS * M + m) * GROUPS + batch % GROUPS) * N + n";
    product = { ...shared, left, right, m: pixels, n: outChannels, place };
  }
  const draft = tiling.emit(plan, op.output, product);
  plan.complete(draft, op.output, op.bias ? [["add_float", [op.bias, along(op, "c")]]] : []);
}

/** The filters; constant ones are packed, once, so that they are read in whole vectors. */
function filtersOf(op: Op<"conv2d">, plan: Planner, side: "left" | "right", terms: number): tiling.Factor {
  const places = side === "left" ? "batch, m, k" : "batch, k, n";
  const { bytes, dataType, shape } = op.filter;
  if (!bytes) return { operand: op.filter, hook: `filters_${side}(${places})`, vectors: false };
  const order = axesOrder(op.filterLayout, "ohwi");
  const [filters, ...taps] = permuted(shape, order);
  const [filter, ...steps] = permuted(stridesOf(shape), order);
  const own = filters / op.groups;
  const matrices =
    side === "left"
      ? view([op.groups, own, ...taps], [own * filter, filter, ...steps])
      : view([op.groups, ...taps, own], [own * filter, ...steps, filter]);
  const vectors = (side === "left" ? terms : own) % 4 === 0;
  const packed = plan.table(elementsOf(bytes, dataType, matrices), dataType, op.filter.size);
  return { operand: packed, hook: `packed${vectors ? "_vector" : ""}_${side}(${places})`, vectors };
}

/** The images, each factor looked up by tap and pixel; where both are one, in whole vectors of neighbours. */
function pixelsOf(op: Op<"conv2d">, side: "left" | "right", neighbours: number): tiling.Factor {
  const places = side === "left" ? "batch, m, k" : "batch, k, n";
  const ones = [...kernelOf(op).slice(2), ...op.strides].every((size) => size === 1);
  const vectors = ones && op.padding.every((size) => size === 0) && neighbours % 4 === 0;
  return { operand: op.input, hook: `${vectors ? "pixels" : "image"}_${side}(${places})`, vectors };
}

export const convolution = { conv2d: convolve, convTranspose2d: convolve } satisfies Partial<Lowerings>;
