/** Pooling. */

import type { Op } from "../../core/operator.js";
import { arranged } from "../../core/shapes.js";
import { imageOf, windowOf } from "../../operators/pooling.js";
import { FORMATS } from "../formats.js";
import type { Lowerings, Planner } from "../planner.js";
import { summation } from "./reduction.js";

const SUMS = { averagePool2d: "reduceSum", l2Pool2d: "reduceL2", maxPool2d: "reduceMax" } as const;
const MEAN = "single(div_pair(sum, vec2<f32>(cast_uint32_float(counted), 0.0)))";

function pool(op: Op<keyof typeof SUMS>, plan: Planner): void {
  const [, channels, height, width] = imageOf(op);
  const [, , outHeight, outWidth] = arranged(op.output.shape, op.layout, "nchw");
  const [rows, columns] = windowOf(op);
  const { type, start, include, result } = summation(SUMS[op.name], op.input.dataType);
  plan.emit("pool", op.output, {
    inputs: { x: op.input },
    constants: {
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
    },
    aliases: { SUM: type, V: FORMATS[op.input.dataType].value },
    hooks: { start, include, result: op.name === "averagePool2d" ? MEAN : result },
  });
}

export const pooling = { averagePool2d: pool, l2Pool2d: pool, maxPool2d: pool } satisfies Partial<Lowerings>;
