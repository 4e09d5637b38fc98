/** Matrix products and triangles (`webnpu/operators/linear_algebra.py`). */

import type { Operand } from "../core/operand.js";
import type { Definitions, Op } from "../core/operator.js";
import { broadcast, broadcastsTo } from "../core/shapes.js";
import { describe, listed, type Shape } from "../core/types.js";

/** The shapes of a and b of a gemm, once transposed. */
export function shapesOf({ a, b, aTranspose, bTranspose }: Op<"gemm">): readonly [a: Shape, b: Shape] {
  return [aTranspose ? [...a.shape].reverse() : a.shape, bTranspose ? [...b.shape].reverse() : b.shape];
}

/** The shape of the output of a gemm. */
function gemmShape(op: Op<"gemm">): Shape {
  const [a, b] = shapesOf(op);
  return [a[0], b[1]];
}

/** A triangle as bytes of 1 and 0, the columns of a row together. */
function triangle({ input, upper, diagonal }: Op<"triangular">): { shape: Shape; kept: Uint8Array } {
  const [rows, columns] = input.shape.slice(-2);
  const kept = new Uint8Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const bound = Math.min(Math.max(row + diagonal + (upper ? 0 : 1), 0), columns);
    const start = row * columns;
    if (upper) kept.fill(1, start + bound, start + columns);
    else kept.fill(1, start, start + bound);
  }
  return { shape: [rows, columns], kept };
}

export const linearAlgebra = {
  gemm: {
    constraints: {
      C1(op) {
        const [a, b] = shapesOf(op);
        return a[1] === b[0] || `${listed(a)} and ${listed(b)}`;
      },
      C2(op) {
        const shape = gemmShape(op);
        return op.c === undefined || broadcastsTo(op.c.shape, shape) || `${describe(op.c)} for an output of ${listed(shape)}`;
      },
    },
    infer: (op) => ({ dataType: op.a.dataType, shape: gemmShape(op) }),
    /** The factors are applied only where they are not one, so that nothing is rounded in vain. */
    emulate(op, b) {
      const scaled = (x: Operand, factor: number) => (factor === 1 ? x : b.mul(b.scalar(x.dataType, factor), x));
      const left = op.aTranspose ? b.transpose(op.a) : op.a;
      const right = op.bTranspose ? b.transpose(op.b) : op.b;
      const product = scaled(b.matmul(left, right), op.alpha);
      return op.c ? b.add(product, scaled(op.c, op.beta)) : product;
    },
  },
  matmul: {
    constraints: {
      C1: ({ a, b }) => a.shape.at(-1) === b.shape.at(-2) || `${describe(a)} and ${describe(b)}`,
      C2({ a, b }) {
        return broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2)) !== undefined || `${describe(a)} and ${describe(b)}`;
      },
    },
    infer({ a, b }) {
      const batches = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2)) ?? [];
      return { dataType: a.dataType, shape: [...batches, a.shape[a.rank - 2], b.shape[b.rank - 1]] };
    },
  },
  triangular: {
    constraints: {},
    infer: ({ input }) => input.descriptor,
    emulate(op, b) {
      const { shape, kept } = triangle(op);
      const condition = b.constant({ dataType: "uint8", shape }, kept);
      return b.where(condition, op.input, b.scalar(op.input.dataType, 0));
    },
  },
} satisfies Partial<Definitions>;
