/** Matrix products and triangles. */

import { bytesIn, castToFloat, type Elements, type Floats } from "./elements.js";
import type { Evaluator, Kernel } from "./evaluator.js";
import type { Product } from "./product.js";
import { around, broadcastStrides, multiples, offsetSums } from "./walk.js";

/** Where a matrix stands among elements. */
interface Matrix {
  readonly start: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** Multiplies block by block; `store` takes the rows of each block, which begins at row `first`. */
export function multiplyBlocks(
  product: Product,
  rows: number,
  depth: number,
  a: Floats,
  { start, rowStride, columnStride }: Matrix,
  store: (result: Floats, first: number, count: number) => void,
): void {
  const { left } = product;
  for (let first = 0; first < rows; first += product.blockRows) {
    const count = Math.min(product.blockRows, rows - first);
    const from = start + first * rowStride;
    if (columnStride === 1 && rowStride === depth) left.set(a.subarray(from, from + count * depth));
    else {
      for (let row = 0; row < count; row++) {
        for (let k = 0; k < depth; k++) left[row * depth + k] = a[from + row * rowStride + k * columnStride];
      }
    }
    product.multiply(count);
    store(product.result, first, count);
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
  if (constant) product.setRight(constant, 0, right, columnStride);
  return ([a, b, c]: [Floats, Floats, Floats?], [y]: [Floats]) => {
    if (!constant) product.setRight(b, 0, right, columnStride);
    multiplyBlocks(product, rows, depth, a, left, (result, first, count) => {
      for (let row = 0; row < count; row++) {
        const [from, to, atC] = [row * product.resultStride, (first + row) * columns, (first + row) * rowC];
        if (c) for (let n = 0; n < columns; n++) y[to + n] = alpha * result[from + n] + beta * c[atC + n * columnC];
        else for (let n = 0; n < columns; n++) y[to + n] = alpha * result[from + n];
      }
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
  if (constant) product.setRight(constant, 0, right, 1);
  return ([x, z]: [Floats, Floats], [y]: [Floats]) => {
    for (let batch = 0; batch < startsA.length; batch++) {
      if (!constant && (batch === 0 || startsB[batch] !== startsB[batch - 1])) product.setRight(z, startsB[batch], right, 1);
      const out = batch * rows * columns;
      multiplyBlocks(product, rows, depth, x, { start: startsA[batch], rowStride: depth, columnStride: 1 }, (result, first, count) => {
        for (let row = 0; row < count; row++) {
          const [from, to] = [row * product.resultStride, out + (first + row) * columns];
          for (let n = 0; n < columns; n++) y[to + n] = result[from + n];
        }
      });
    }
  };
};

const triangular: Evaluator<"triangular"> = ({ input, upper, diagonal }): Kernel => {
  const [matrices, rows, columns] = around(input.shape, input.rank - 2);
  return ([x]: [Elements], [y]: [Elements]) => {
    bytesIn(y).fill(0);
    for (let line = 0; line < matrices * rows; line++) {
      const bound = Math.min(Math.max((line % rows) + diagonal + (upper ? 0 : 1), 0), columns);
      const [from, to] = upper ? [bound, columns] : [0, bound];
      y.set(x.subarray(line * columns + from, line * columns + to) as never, line * columns + from);
    }
  };
};

/** The evaluators of this family. */
export const linearAlgebra = { gemm, matmul, triangular };
