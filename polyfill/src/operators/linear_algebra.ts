/** Matrix products and triangles (`webnpu/operators/linear_algebra.py`). */

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
  },
} satisfies Partial<Definitions>;
