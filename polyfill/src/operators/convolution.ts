/** Convolutions over two spatial dimensions (`webnpu/operators/convolution.py`). */

import type { Definitions, Op, Verdict } from "../core/operator.js";
import { arranged, convSize, convTransposeSize } from "../core/shapes.js";
import { describe, listed, type OperandDescriptor, productText, type Shape } from "../core/types.js";
import { MAX_DIMENSION } from "../generated/types.js";
import { positive } from "./verdicts.js";

type Convolution = Op<"conv2d"> | Op<"convTranspose2d">;
type Sizes = readonly [height: number, width: number];

/** The input's shape as batches, channels, height, width. */
export function imageOf(op: Convolution): Shape {
  return arranged(op.input.shape, op.inputLayout, "nchw");
}

/**
 * The filter's shape, height and width last. Of `conv2d` the output channels are first, then the input channels of a
 * group; of `convTranspose2d` the input channels, then the output channels of a group.
 */
export function kernelOf(op: Convolution): Shape {
  return arranged(op.filter.shape, op.filterLayout, op.name === "conv2d" ? "oihw" : "iohw");
}

const options = {
  C1: ({ padding }: Convolution): Verdict => padding.length === 4 || listed(padding),
  C2: ({ strides }: Convolution): Verdict => positive(strides, 2),
  C3: ({ dilations }: Convolution): Verdict => positive(dilations, 2),
  C4: ({ groups }: Convolution): Verdict => groups > 0 || `${groups}`,
};

/** The output's descriptor, in the input's layout. */
function imageDescriptor(op: Convolution, channels: number, sizes: Sizes): OperandDescriptor {
  return { dataType: op.input.dataType, shape: arranged([imageOf(op)[0], channels, ...sizes], "nchw", op.inputLayout) };
}

function conv2dSizes(op: Op<"conv2d">): Sizes {
  const { padding, strides, dilations } = op;
  const [, , height, width] = imageOf(op);
  const [, , windowHeight, windowWidth] = kernelOf(op);
  return [
    convSize(height, windowHeight, padding.slice(0, 2), strides[0], dilations[0]),
    convSize(width, windowWidth, padding.slice(2), strides[1], dilations[1]),
  ];
}

/** The sizes of a transposed convolution's output, before output padding. */
function calculatedSizes(op: Op<"convTranspose2d">): Sizes {
  const { padding, strides, dilations } = op;
  const [, , height, width] = imageOf(op);
  const [, , windowHeight, windowWidth] = kernelOf(op);
  return [
    convTransposeSize(height, windowHeight, padding.slice(0, 2), strides[0], dilations[0]),
    convTransposeSize(width, windowWidth, padding.slice(2), strides[1], dilations[1]),
  ];
}

function convTranspose2dSizes(op: Op<"convTranspose2d">): Sizes {
  if (op.outputSizes) return [op.outputSizes[0], op.outputSizes[1]];
  const [height, width] = calculatedSizes(op);
  return [height + op.outputPadding[0], width + op.outputPadding[1]];
}

function leavesOutput([height, width]: Sizes): Verdict {
  return Math.min(height, width) > 0 || `an output of ${height} x ${width}`;
}

export const convolution = {
  conv2d: {
    constraints: {
      ...options,
      C5(op) {
        const channels = imageOf(op)[1];
        const inFilter = kernelOf(op)[1];
        return channels === op.groups * inFilter || `${channels} input channels, ${inFilter} in filter, groups ${op.groups}`;
      },
      C6(op) {
        const [channels] = kernelOf(op);
        return channels % op.groups === 0 || `${channels} output channels, groups ${op.groups}`;
      },
      C7(op) {
        const [channels] = kernelOf(op);
        return op.bias === undefined || op.bias.shape[0] === channels || `${describe(op.bias)} for ${channels} channels`;
      },
      C8: (op) => leavesOutput(conv2dSizes(op)),
    },
    infer: (op) => imageDescriptor(op, kernelOf(op)[0], conv2dSizes(op)),
  },
  convTranspose2d: {
    constraints: {
      ...options,
      C5(op) {
        const channels = imageOf(op)[1];
        const [inFilter] = kernelOf(op);
        return channels === inFilter || `${channels} input channels, ${inFilter} in filter`;
      },
      C6(op) {
        const inGroup = kernelOf(op)[1];
        return inGroup * op.groups <= MAX_DIMENSION || productText([inGroup, op.groups]);
      },
      C7(op) {
        const channels = kernelOf(op)[1] * op.groups;
        return op.bias === undefined || op.bias.shape[0] === channels || `${describe(op.bias)} for ${channels} channels`;
      },
      C8: ({ outputPadding }) => outputPadding.length === 2 || listed(outputPadding),
      C9: ({ outputSizes }) => outputSizes === undefined || outputSizes.length === 2 || listed(outputSizes),
      C10({ outputPadding, outputSizes, strides }) {
        const less = outputPadding.every((padding, i) => padding < strides[i]);
        return outputSizes !== undefined || less || `${listed(outputPadding)} and strides ${listed(strides)}`;
      },
      C11(op) {
        if (op.outputSizes === undefined) return true;
        const low = calculatedSizes(op);
        const near = op.outputSizes.every((size, i) => low[i] <= size && size < low[i] + op.strides[i]);
        return near || `${listed(op.outputSizes)}, calculated ${listed(low)}, strides ${listed(op.strides)}`;
      },
      C12: (op) => leavesOutput(convTranspose2dSizes(op)),
    },
    meaningless(op) {
      const channels = imageOf(op)[1];
      const fits = channels % op.groups === 0;
      return fits ? "" : `groups does not divide the input channels; got ${channels} input channels, groups ${op.groups}`;
    },
    infer: (op) => imageDescriptor(op, kernelOf(op)[1] * op.groups, convTranspose2dSizes(op)),
  },
} satisfies Partial<Definitions>;
