/** Pooling; padding counts for nothing. */

import type { Op } from "../core/operator.js";
import { integerRange, isBig, isFloat } from "../core/types.js";
import type { Bigs, Elements, Floats, Numbers } from "./elements.js";
import type { Evaluator, Kernel } from "./evaluator.js";
import { imageOf } from "./image.js";
import { Pace, type Pauses, PIECE, partsOf } from "./pace.js";

type Pool = "averagePool2d" | "l2Pool2d" | "maxPool2d";

/** Folds rows of elements that a window sees into what was folded before. */
type Fold<A, T> = (x: A, start: number, rows: number, rowStep: number, columns: number, columnStep: number, before: T) => T;

/** One number from what a window sees: what it starts from, how it goes on, and what becomes of it in the end. */
interface Folding<A, T> {
  readonly start: T;
  readonly fold: Fold<A, T>;
  readonly end?: (folded: T, count: number) => T;
}

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
function pool<A extends Elements, T extends number | bigint>(op: Op<Pool>, { start, fold, end }: Folding<A, T>): Kernel {
  const [image, out] = [imageOf(op.input, op.layout), imageOf(op.output, op.layout)];
  const [height, width] = op.windowDimensions ?? [image.height, image.width];
  const rows = seenOf(out.height, image.height, height, op.padding[0], op.strides[0], op.dilations[0]);
  const columns = seenOf(out.width, image.width, width, op.padding[2], op.strides[1], op.dilations[1]);
  const [rowStep, columnStep] = [image.strideH * op.dilations[0], image.strideW * op.dilations[1]];
  function* foldPlace(pace: Pace, x: A, y: { [index: number]: T }, from: number, to: number, height: number, width: number): Pauses {
    const [down, across] = [Math.max(1, Math.floor(PIECE / width)), partsOf(width)];
    for (let c = 0; c < out.channels; c++) {
      let folded = start;
      for (let row = 0; row < height; row += down) {
        for (const [column, end] of across) {
          const count = Math.min(down, height - row);
          const first = from + c * image.strideC + row * rowStep + column * columnStep;
          folded = fold(x, first, count, rowStep, end - column, columnStep, folded);
          if (pace.due(count * (end - column))) yield;
        }
      }
      y[to + c * out.strideC] = end ? end(folded, height * width) : folded;
    }
  }
  function* compute([x]: readonly A[], [y]: readonly { [index: number]: T }[]): Pauses {
    const pace = new Pace();
    for (let place = 0; place < out.batches * out.height * out.width; place++) {
      const column = place % out.width;
      const line = (place - column) / out.width;
      const row = line % out.height;
      const batch = (line - row) / out.height;
      const from = batch * image.strideN + rows.first[row] * image.strideH + columns.first[column] * image.strideW;
      const to = batch * out.strideN + row * out.strideH + column * out.strideW;
      yield* foldPlace(pace, x, y, from, to, rows.count[row], columns.count[column]);
    }
  }
  return compute as unknown as Kernel;
}

const mean: Folding<Floats, number> = {
  start: 0,
  fold: (x, start, rows, rowStep, columns, columnStep, before) => {
    let sum = before;
    for (let row = 0; row < rows; row++) {
      const from = start + row * rowStep;
      for (let column = 0; column < columns; column++) sum += x[from + column * columnStep];
    }
    return sum;
  },
  end: (sum, count) => sum / count,
};

const norm: Folding<Floats, number> = {
  start: 0,
  fold: (x, start, rows, rowStep, columns, columnStep, before) => {
    let sum = before;
    for (let row = 0; row < rows; row++) {
      const from = start + row * rowStep;
      for (let column = 0; column < columns; column++) sum += x[from + column * columnStep] ** 2;
    }
    return sum;
  },
  end: Math.sqrt,
};

function greatest(least: number): Folding<Numbers, number> {
  const fold: Fold<Numbers, number> = (x, start, rows, rowStep, columns, columnStep, before) => {
    let most = before;
    for (let row = 0; row < rows; row++) {
      const from = start + row * rowStep;
      for (let column = 0; column < columns; column++) most = Math.max(most, x[from + column * columnStep]);
    }
    return most;
  };
  return { start: least, fold };
}

function greatestBig(least: bigint): Folding<Bigs, bigint> {
  const fold: Fold<Bigs, bigint> = (x, start, rows, rowStep, columns, columnStep, before) => {
    let most = before;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const value = x[start + row * rowStep + column * columnStep];
        if (value > most) most = value;
      }
    }
    return most;
  };
  return { start: least, fold };
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
