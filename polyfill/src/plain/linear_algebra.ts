/** Matrix products and triangles. */

import { bytesIn, castToFloat, type Elements, type Floats } from "./elements.js";
import type { Evaluator, Kernel } from "./evaluator.js";
import { byRows, COPIED, inPieces, type Pauses } from "./pace.js";
import type { Product } from "./product.js";
import { around, broadcastStrides, multiples, offsetSums } from "./walk.js";

/** Where a matrix stands among elements. */
interface Matrix {
  readonly start: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** Stores some columns of a row, which is so many rows into the result. */
type Store = (result: Floats, at: number, row: number, from: number, to: number) => void;

/** Multiplies block by block. */
function* multiplyBlocks(
  product: Product,
  rows: number,
  depth: number,
  a: Floats,
  { start, rowStride, columnStride }: Matrix,
  columns: number,
  store: Store,
): Pauses {
  const { left, resultStride } = product;
  for (let first = 0; first < rows; first += product.blockRows) {
    const count = Math.min(product.blockRows, rows - first);
    const from = start + first * rowStride;
    const dense = columnStride === 1 && rowStride === depth;
    if (dense) yield* inPieces(count * depth, COPIED, (at, end) => left.set(a.subarray(from + at, from + end), at));
    else
      yield* byRows(count, depth, (row, top, end) => {
        for (let k = top; k < end; k++) left[row * depth + k] = a[from + row * rowStride + k * columnStride];
      });
    yield* product.multiply(count);
    const { result } = product;
    yield* byRows(count, columns, (row, left, right) => store(result, row * resultStride, first + row, left, right));
  }
}

const gemm: Evaluator<"gemm"> = (op, setup) => {
  const [alpha, beta] = [castToFloat(op.alpha, op.a), castToFloat(op.beta, op.a)];
  const [rows, columns] = op.output.shape;
  const depth = op.a.shape[op.aTranspose ? 0 : 1];
  const left = { start: 0, rowStride: op.aTranspose ? 1 : depth, columnStride: op.aTranspose ? rows : 1 };
  const right = multiples(depth, op.bTranspose ? 1 : columns);
  const columnStride = op.bTranspose ? depth : 1;
  const [rowC, columnC] = op.c ? broadcastStrides(op.c.shape, op.output.shape) : [0, 0];
  const product = setup.product(rows, depth, columns);
  const constant = setup.constant(op.b) as Floats | undefined;
  if (constant) setup.prepare(product.setRight(constant, 0, right, columnStride));
  return function* ([a, b, c]: [Floats, Floats, Floats?], [y]: [Floats]) {
    if (!constant) yield* product.setRight(b, 0, right, columnStride);
    yield* multiplyBlocks(product, rows, depth, a, left, columns, (result, at, row, from, to) => {
      const [out, atC] = [row * columns, row * rowC];
      if (c) for (let n = from; n < to; n++) y[out + n] = alpha * result[at + n] + beta * c[atC + n * columnC];
      else for (let n = from; n < to; n++) y[out + n] = alpha * result[at + n];
    });
  };
};

/** Matrices of one batch after the other; where b is one matrix for all, the rows of a are those of one tall matrix. */
const matmul: Evaluator<"matmul"> = ({ a, b, output }, setup) => {
  const [depth, columns] = b.shape.slice(-2);
  const shared = b.shape.slice(0, -2).every((size) => size === 1) && a.rank >= b.rank;
  const batches = shared ? [] : output.shape.slice(0, -2);
  const rows = shared ? a.size / depth : a.shape[a.rank - 2];
  const startsOf = (shape: readonly number[], matrix: number) =>
    offsetSums(broadcastStrides(shape.slice(0, -2), batches).map((stride, axis) => multiples(batches[axis], stride * matrix)));
  const startsA = shared ? [0] : startsOf(a.shape, rows * depth);
  const startsB = shared ? [0] : startsOf(b.shape, depth * columns);
  const product = setup.product(startsA.length * rows, depth, columns);
  const right = multiples(depth, columns);
  const constant = startsB.length === 1 ? (setup.constant(b) as Floats | undefined) : undefined;
  if (constant) setup.prepare(product.setRight(constant, 0, right, 1));
  return function* ([x, z]: [Floats, Floats], [y]: [Floats]) {
    for (let batch = 0; batch < startsA.length; batch++) {
      if (!constant && (batch === 0 || startsB[batch] !== startsB[batch - 1])) yield* product.setRight(z, startsB[batch], right, 1);
      const left = { start: startsA[batch], rowStride: depth, columnStride: 1 };
      yield* multiplyBlocks(product, rows, depth, x, left, columns, (result, at, row, from, to) => {
        const out = (batch * rows + row) * columns;
        for (let n = from; n < to; n++) y[out + n] = result[at + n];
      });
    }
  };
};

const triangular: Evaluator<"triangular"> = ({ input, upper, diagonal }): Kernel => {
  const [matrices, rows, columns] = around(input.shape, input.rank - 2);
  return ([x]: [Elements], [y]: [Elements]) => {
    return byRows(matrices * rows, columns, (line, first, end) => {
      const at = line * columns;
      const bound = Math.min(Math.max((line % rows) + diagonal + (upper ? 0 : 1), first), end);
      const [from, to] = upper ? [bound, end] : [first, bound];
      const [filled, empty] = [x.subarray(at + from, at + to), y.subarray(at + (upper ? first : bound), at + (upper ? bound : end))];
      bytesIn(empty).fill(0);
      y.set(filled as never, at + from);
    });
  };
};

/** The evaluators of this family. */
export const linearAlgebra = { gemm, matmul, triangular };
