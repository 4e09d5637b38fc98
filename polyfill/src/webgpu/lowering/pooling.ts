/** Pooling. */

import type { Op } from "../../core/operator.js";
import { arranged } from "../../core/shapes.js";
import { imageOf, windowOf } from "../../operators/pooling.js";
import { FORMATS } from "../formats.js";
import type { Lowerings, Planner } from "../planner.js";
import { lastOf, reduceOver, SLICE, sliceRows, summation } from "./reduction.js";

const SUMS = { averagePool2d: "reduceSum", l2Pool2d: "reduceL2", maxPool2d: "reduceMax" } as const;
const MEAN = "single(mean_pair(sum, counted))";
const KEPT_MEAN = "bitcast<vec2<u32>>(mean_pair(sum, counted))";

/** An invocation a window; of a large one, a workgroup, and of one that is too large for that, several. */
function pool(op: Op<keyof typeof SUMS>, plan: Planner): void {
  const [, channels, height, width] = imageOf(op);
  const [, , outHeight, outWidth] = arranged(op.output.shape, op.layout, "nchw");
  const [rows, columns] = windowOf(op);
  const sum = summation(SUMS[op.name], op.input.dataType);
  const mean = op.name === "averagePool2d";
  const hooks = { start: sum.start, include: sum.include, result: mean ? MEAN : sum.result };
  const constants = {
    CHANNELS: channels,
    HEIGHT: height,
    WIDTH: width,
    OUT_HEIGHT: outHeight,
    OUT_WIDTH: outWidth,
    ROWS: rows,
    COLUMNS: columns,
    TOP: op.padding[0],
    LEFT: op.padding[2],
    STRIDES: op.strides,
    DILATIONS: op.dilations,
    LAST: Number(op.layout === "nhwc"),
  };
  const inputs = { x: op.input };
  const aliases = { SUM: sum.type, V: FORMATS[op.input.dataType].value };
  if (plan.fits("pool", constants, op.output.dataType)) {
    plan.emit("pool", op.output, { inputs, constants, aliases, hooks });
    return;
  }
  const { size } = op.output;
  const taps = rows * columns;
  const wide = { ...constants, OUTPUTS: size, SLICES: 1, PART: taps, WORKGROUP: 256 };
  if (plan.fits("pool_wide", wide, op.output.dataType)) {
    plan.emit("pool_wide", op.output, { inputs, constants: wide, aliases, hooks: { ...hooks, combine: sum.combine } });
    return;
  }
  const slices = Math.ceil(taps / SLICE);
  const kept = plan.temporary(sum.format, size * slices);
  plan.emit("pool_wide", kept, {
    inputs,
    constants: { ...wide, SLICES: slices, PART: SLICE },
    aliases: { SUM: sum.type, V: FORMATS[sum.format].value },
    hooks: { ...hooks, result: mean ? KEPT_MEAN : sum.keep, combine: sum.combine },
  });
  const last = { ...lastOf(sum), result: mean ? "single(sum)" : sum.result };
  reduceOver(plan, op.output, kept, sliceRows(size, slices), last, aliases.V);
}

export const pooling = { averagePool2d: pool, l2Pool2d: pool, maxPool2d: pool } satisfies Partial<Lowerings>;
