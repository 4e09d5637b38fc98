/** Data movement: the same elements in another shape, order or number (`webnpu/operators/movement.py`). */

import type { Definitions, Op } from "../core/operator.js";
import { axesOf, broadcastsTo, permuted, sameShape } from "../core/shapes.js";
import { describe, listed, type Shape, sizeOf } from "../core/types.js";
import { MAX_TENSOR_COUNT } from "../generated/types.js";
import { axesBelowRank, axisBelowRank, distinct, positive } from "./verdicts.js";

/** The dimensions that a reverse turns round. */
export function resolvedAxes(op: Op<"reverse">): readonly number[] {
  return axesOf(op.input.rank, op.axes);
}

/** How far the elements of a slice are apart in each dimension. */
export function resolvedStrides(op: Op<"slice">): readonly number[] {
  return op.strides ?? op.input.shape.map(() => 1);
}

/** Which dimension of input each dimension of the output of a transpose is. */
export function resolvedPermutation(op: Op<"transpose">): readonly number[] {
  return op.permutation ?? op.input.shape.map((_, axis) => op.input.rank - 1 - axis);
}

/** The size of each part of a split. */
export function partsOf({ input, splits, axis }: Op<"split">): readonly number[] {
  return typeof splits === "number" ? new Array<number>(splits).fill(Math.floor(input.shape[axis] / splits)) : splits;
}

/** A shape without the dimension that is joined or cut. */
function withSize(shape: Shape, axis: number, size: number): Shape {
  return shape.map((old, i) => (i === axis ? size : old));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export const movement = {
  concat: {
    constraints: {
      C1: ({ inputs }) => (inputs.length >= 1 && inputs.length <= MAX_TENSOR_COUNT) || `${inputs.length}`,
      C2: ({ inputs: [first], axis }) => axis < first.rank || `axis ${axis} and rank ${first.rank}`,
      C3({ inputs }) {
        const odd = inputs.find((x) => x.dataType !== inputs[0].dataType);
        return odd === undefined || `${describe(inputs[0])} and ${describe(odd)}`;
      },
      C4({ inputs, axis }) {
        const rest = withSize(inputs[0].shape, axis, 0);
        const odd = inputs.find((x) => !sameShape(withSize(x.shape, axis, 0), rest));
        return odd === undefined || `${describe(inputs[0])} and ${describe(odd)}`;
      },
    },
    infer: ({ inputs, axis }) => ({
      dataType: inputs[0].dataType,
      shape: withSize(inputs[0].shape, axis, sum(inputs.map((x) => x.shape[axis]))),
    }),
  },
  expand: {
    constraints: {
      C1: ({ input, newShape }) => broadcastsTo(input.shape, newShape) || `${describe(input)} and ${listed(newShape)}`,
    },
    infer: ({ input, newShape }) => ({ dataType: input.dataType, shape: newShape }),
  },
  pad: {
    constraints: {
      C1({ input, beginningPadding, endingPadding }) {
        const [before, after] = [beginningPadding.length, endingPadding.length];
        return (before === input.rank && after === input.rank) || `${before} and ${after} items for rank ${input.rank}`;
      },
      C2({ input, beginningPadding, endingPadding, mode }) {
        const less = input.shape.every((size, i) => beginningPadding[i] < size && endingPadding[i] < size);
        return mode !== "reflection" || less || `${listed(beginningPadding)} and ${listed(endingPadding)} for ${describe(input)}`;
      },
    },
    infer: ({ input, beginningPadding, endingPadding }) => ({
      dataType: input.dataType,
      shape: input.shape.map((size, i) => beginningPadding[i] + size + endingPadding[i]),
    }),
  },
  reshape: {
    constraints: {
      C1: ({ input, newShape }) => sizeOf(newShape) === input.size || `${describe(input)} and ${listed(newShape)}`,
    },
    infer: ({ input, newShape }) => ({ dataType: input.dataType, shape: newShape }),
  },
  reverse: {
    constraints: {
      C1: (op) => axesBelowRank(resolvedAxes(op), op.input),
      C2: (op) => distinct(resolvedAxes(op)),
    },
    infer: ({ input }) => input.descriptor,
  },
  slice: {
    constraints: {
      C1({ input, starts, sizes }) {
        const fits = starts.length === input.rank && sizes.length === input.rank;
        return fits || `${starts.length} and ${sizes.length} items for rank ${input.rank}`;
      },
      C2: ({ sizes }) => positive(sizes, sizes.length),
      C3: (op) => positive(resolvedStrides(op), op.input.rank),
      C4({ input, starts, sizes }) {
        const within = input.shape.every((size, i) => starts[i] + sizes[i] <= size);
        return within || `starts ${listed(starts)}, sizes ${listed(sizes)} for ${describe(input)}`;
      },
    },
    infer(op) {
      const strides = resolvedStrides(op);
      return { dataType: op.input.dataType, shape: op.sizes.map((size, i) => Math.ceil(size / strides[i])) };
    },
  },
  split: {
    constraints: {
      C1: axisBelowRank,
      C2({ splits }) {
        const count = typeof splits === "number" ? splits : splits.length;
        return (count >= 1 && count <= MAX_TENSOR_COUNT) || `${count}`;
      },
      C3(op) {
        const size = op.input.shape[op.axis];
        const parts = partsOf(op);
        const whole = parts.every((part) => part > 0) && sum(parts) === size;
        return whole || `splits ${typeof op.splits === "number" ? op.splits : listed(op.splits)} of a dimension of ${size}`;
      },
    },
    infer: (op) => partsOf(op).map((part) => ({ dataType: op.input.dataType, shape: withSize(op.input.shape, op.axis, part) })),
  },
  tile: {
    constraints: {
      C1({ input, repetitions }) {
        const fits = repetitions.length === input.rank && repetitions.every((times) => times > 0);
        return fits || `${listed(repetitions)} for rank ${input.rank}`;
      },
    },
    infer: ({ input, repetitions }) => ({ dataType: input.dataType, shape: input.shape.map((size, i) => size * repetitions[i]) }),
  },
  transpose: {
    constraints: {
      C1(op) {
        const permutation = resolvedPermutation(op);
        const named = new Set(permutation);
        const fits = permutation.length === op.input.rank && op.input.shape.every((_, axis) => named.has(axis));
        return fits || `${listed(permutation)} for rank ${op.input.rank}`;
      },
    },
    infer: (op) => ({ dataType: op.input.dataType, shape: permuted(op.input.shape, resolvedPermutation(op)) }),
  },
} satisfies Partial<Definitions>;
