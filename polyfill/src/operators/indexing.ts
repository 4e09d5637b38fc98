/** Gathering and scattering by indices that are computed, not given (`webnpu/operators/indexing.py`). */

import type { Definitions, Op, Verdict } from "../core/operator.js";
import { sameShape } from "../core/shapes.js";
import { describe, type Shape } from "../core/types.js";
import { axisBelowRank, hasShape } from "./verdicts.js";

function alikeButAxis({ axis, indices, input }: Op<"gatherElements" | "scatterElements">): Verdict {
  const alike = indices.rank === input.rank && indices.shape.every((size, i) => i === axis || size === input.shape[i]);
  return alike || `${describe(indices)} for ${describe(input)}`;
}

function coordinatesFit({ indices, input }: Op<"gatherND" | "scatterND">): Verdict {
  return indices.shape[indices.rank - 1] <= input.rank || `${describe(indices)} for ${describe(input)}`;
}

/** The shape of the slices that coordinates select. */
export function selectedShape({ indices, input }: Op<"gatherND" | "scatterND">): Shape {
  return [...indices.shape.slice(0, -1), ...input.shape.slice(indices.shape[indices.rank - 1])];
}

export const indexing = {
  gather: {
    constraints: { C1: axisBelowRank },
    infer: ({ input, indices, axis }) => ({
      dataType: input.dataType,
      shape: [...input.shape.slice(0, axis), ...indices.shape, ...input.shape.slice(axis + 1)],
    }),
  },
  gatherElements: {
    constraints: { C1: axisBelowRank, C2: alikeButAxis },
    infer: ({ input, indices }) => ({ dataType: input.dataType, shape: indices.shape }),
  },
  gatherND: {
    constraints: { C1: coordinatesFit },
    infer: (op) => ({ dataType: op.input.dataType, shape: selectedShape(op) }),
  },
  scatterElements: {
    constraints: {
      C1: axisBelowRank,
      C2: alikeButAxis,
      C3: ({ updates, indices }) => sameShape(updates.shape, indices.shape) || `${describe(updates)} for ${describe(indices)}`,
    },
    infer: ({ input }) => input.descriptor,
  },
  scatterND: {
    constraints: {
      C1: coordinatesFit,
      C2: (op) => hasShape(op.updates, selectedShape(op)),
    },
    infer: ({ input }) => input.descriptor,
  },
} satisfies Partial<Definitions>;
