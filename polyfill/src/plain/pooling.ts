/** Pooling; padding counts for nothing. */

import type { Op } from "../core/operator.js";
import { integerRange, isBig, isFloat } from "../core/types.js";
import type { Bigs, Elements, Floats, Numbers } from "./elements.js";
import type { Evaluator, Kernel } from "./evaluator.js";
import { imageOf } from "./image.js";

type Pool = "averagePool2d" | "l2Pool2d" | "maxPool2d";

/** One number from what a window sees: rows of elements, both `count` and `step` given. */
type Fold<A, T> = (x: A, start: number, rows: number, rowStep: number, columns: number, columnStep: number) => T;

/** What a window sees of one dimension from each place: the first element, and how many. */
interface Seen {
  readonly first: Int32Array;
  readonly count: Int32Array;
}

function seenOf(places: number, size: number, window: number, before: number, stride: number, dilation: number): Seen {
  const [first, count] = [new Int32Array(places), new Int32Array(places)];
  for (let place = 0; place < places; place++) {
    const start = place * stride - before;
    const skipped = start < 0 ? Math.ceil(-start / dilation) : 0;
    const end = Math.min(window, Math.ceil((size - start) / dilation));
    first[place] = start + skipped * dilation;
    count[place] = Math.max(0, end - skipped);
  }
  return { first, count };
}

/** Folds what the window sees, for every place and channel. */
function pool<A extends Elements, T extends number | bigint>(op: Op<Pool>, fold: Fold<A, T>): Kernel {
  const [image, out] = [imageOf(op.input, op.layout), imageOf(op.output, op.layout)];
  const [height, width] = op.windowDimensions ?? [image.height, image.width];
  const rows = seenOf(out.height, image.height, height, op.padding[0], op.strides[0], op.dilations[0]);
  const columns = seenOf(out.width, image.width, width, op.padding[2], op.strides[1], op.dilations[1]);
  const [rowStep, columnStep] = [image.strideH * op.dilations[0], image.strideW * op.dilations[1]];
  const foldPlace = (x: A, y: { [index: number]: T }, batch: number, row: number, column: number): void => {
    const from = batch * image.strideN + rows.first[row] * image.strideH + columns.first[column] * image.strideW;
    const to = batch * out.strideN + row * out.strideH + column * out.strideW;
    for (let c = 0; c < out.channels; c++) {
      y[to + c * out.strideC] = fold(x, from + c * image.strideC, rows.count[row], rowStep, columns.count[column], columnStep);
    }
  };
  const compute = ([x]: readonly A[], [y]: readonly { [index: number]: T }[]): void => {
    for (let batch = 0; batch < out.batches; batch++) {
      for (let row = 0; row < out.height; row++) for (let column = 0; column < out.width; column++) foldPlace(x, y, batch, row, column);
    }
  };
  return compute as unknown as Kernel;
}

const mean: Fold<Floats, number> = (x, start, rows, rowStep, columns, columnStep) => {
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    const from = start + row * rowStep;
    for (let column = 0; column < columns; column++) sum += x[from + column * columnStep];
  }
  return sum / (rows * columns);
};

const norm: Fold<Floats, number> = (x, start, rows, rowStep, columns, columnStep) => {
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    const from = start + row * rowStep;
    for (let column = 0; column < columns; column++) sum += x[from + column * columnStep] ** 2;
  }
  return Math.sqrt(sum);
};

function greatest(least: number): Fold<Numbers, number> {
  return (x, start, rows, rowStep, columns, columnStep) => {
    let most = least;
    for (let row = 0; row < rows; row++) {
      const from = start + row * rowStep;
      for (let column = 0; column < columns; column++) most = Math.max(most, x[from + column * columnStep]);
    }
    return most;
  };
}

function greatestBig(least: bigint): Fold<Bigs, bigint> {
  return (x, start, rows, rowStep, columns, columnStep) => {
    let most = least;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const value = x[start + row * rowStep + column * columnStep];
        if (value > most) most = value;
      }
    }
    return most;
  };
}

const maxPool2d: Evaluator<"maxPool2d"> = (op) => {
  const { dataType } = op.input;
  if (isFloat(dataType)) return pool(op, greatest(Number.NEGATIVE_INFINITY));
  const [least] = integerRange(dataType);
  return isBig(dataType) ? pool(op, greatestBig(least)) : pool(op, greatest(Number(least)));
};

/** The evaluators of this family. */
export const pooling = {
  averagePool2d: (op: Op<"averagePool2d">) => pool(op, mean),
  l2Pool2d: (op: Op<"l2Pool2d">) => pool(op, norm),
  maxPool2d,
};
