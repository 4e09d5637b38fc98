/** Data movement. */

import type { Operand } from "../core/operand.js";
import type { Op } from "../core/operator.js";
import { castNumber, type Shape } from "../core/types.js";
import type { OperatorName } from "../generated/operators.js";
import type { Elements, Numbers } from "./elements.js";
import type { Evaluator, Evaluators, Kernel } from "./evaluator.js";
import { copy } from "./loops.js";
import { byRows, COPIED, inPieces } from "./pace.js";
import { around, broadcastStrides, offsetSums, rowsOf, stridesOf } from "./walk.js";

/** Elements as integers of their width: what only moves needs no more, and loops stay few. */
export function bitsOf(elements: Elements): Int32Array | Int8Array | BigInt64Array {
  const { buffer, byteOffset, length, BYTES_PER_ELEMENT } = elements;
  if (BYTES_PER_ELEMENT === 4) return new Int32Array(buffer, byteOffset, length);
  return BYTES_PER_ELEMENT === 1 ? new Int8Array(buffer, byteOffset, length) : new BigInt64Array(buffer, byteOffset, length);
}

/** Copies elements that stand side by side; a short run is not worth a call. */
export function copyRun(x: Elements, from: number, y: Elements, to: number, length: number): void {
  if (length > 32) (y as Numbers).set((x as Numbers).subarray(from, from + length), to);
  else for (let i = 0; i < length; i++) y[to + i] = x[from + i];
}

/** Copies elements that stand a step apart. */
function copySteps(x: Elements, from: number, stepX: number, y: Elements, to: number, stepY: number, length: number): void {
  if (stepX === 1 && stepY === 1) copyRun(x, from, y, to, length);
  else if (stepX === 0 && stepY === 1) y.fill(x[from] as never, to, to + length);
  else for (let i = 0; i < length; i++) y[to + i * stepY] = x[from + i * stepX];
}

/** Copies a shape from elements with some strides to elements with others. */
function move(shape: Shape, fromStrides: readonly number[], from: number, toStrides: readonly number[], to = 0): Kernel {
  const { count, length, starts, steps: apart } = rowsOf(shape, [fromStrides, toStrides]);
  return ([x]: [Elements], [y]: [Elements]) => {
    const [source, target] = [bitsOf(x), bitsOf(y)];
    const [stepX, stepY] = apart;
    const each = stepX === 1 && stepY === 1 ? COPIED : 1;
    const copyPart = (r: number, first: number, end: number): void =>
      copySteps(source, from + starts[0][r] + first * stepX, stepX, target, to + starts[1][r] + first * stepY, stepY, end - first);
    return byRows(count, length, copyPart, each);
  };
}

/** Copies to a dense output. */
function gatherStrides(output: Operand, strides: readonly number[], start = 0): Kernel {
  return move(output.shape, strides, start, stridesOf(output.shape));
}

const concat: Evaluator<"concat"> = ({ inputs, axis, output }) => {
  const [outer, size, inner] = around(output.shape, axis);
  return function* (operands, [y]: [Elements]) {
    const target = bitsOf(y);
    let before = 0;
    for (let i = 0; i < inputs.length; i++) {
      const source = bitsOf(operands[i] as Elements);
      const run = inputs[i].shape[axis] * inner;
      const start = before;
      yield* byRows(
        outer,
        run,
        (r, from, to) => copyRun(source, r * run + from, target, r * size * inner + start + from, to - from),
        COPIED,
      );
      before += run;
    }
  };
};

const split: Evaluator<"split"> = ({ input, axis, outputs }) => {
  const [outer, size, inner] = around(input.shape, axis);
  return function* ([x]: [Elements], results) {
    const source = bitsOf(x);
    let before = 0;
    for (let i = 0; i < outputs.length; i++) {
      const target = bitsOf(results[i]);
      const run = outputs[i].shape[axis] * inner;
      const start = before;
      yield* byRows(
        outer,
        run,
        (r, from, to) => copyRun(source, r * size * inner + start + from, target, r * run + from, to - from),
        COPIED,
      );
      before += run;
    }
  };
};

const pad: Evaluator<"pad"> = (op) => {
  const { input, beginningPadding, mode, output } = op;
  if (mode === "constant") return padConstant(op);
  const strides = stridesOf(input.shape);
  const tables = output.shape.map((size, axis) => {
    const last = input.shape[axis] - 1;
    return Int32Array.from({ length: size }, (_, i) => {
      const at = i - beginningPadding[axis];
      const inside = mode === "edge" ? Math.min(Math.max(at, 0), last) : last - Math.abs(last - Math.abs(at));
      return inside * strides[axis];
    });
  });
  return gatherTables(tables);
};

function padConstant({ input, beginningPadding, value, output }: Op<"pad">): Kernel {
  const strides = stridesOf(output.shape);
  const start = beginningPadding.reduce((sum, count, axis) => sum + count * strides[axis], 0);
  const inside = move(input.shape, stridesOf(input.shape), 0, strides, start);
  const filling = castNumber(value, input.dataType);
  return function* (operands, outputs) {
    yield* inPieces(output.size, COPIED, (first, end) => outputs[0].fill(filling as never, first, end));
    yield* inside(operands, outputs);
  };
}

/** Copies the elements at the sums of one offset from each dimension's table. */
export function gatherTables(tables: readonly Int32Array[]): Kernel {
  const starts = offsetSums(tables.slice(0, -1));
  const row = tables.at(-1) ?? new Int32Array(1);
  return ([x]: [Elements], [y]: [Elements]) => {
    const [source, target] = [bitsOf(x), bitsOf(y)];
    return byRows(starts.length, row.length, (r, first, end) => {
      const [from, to] = [starts[r], r * row.length];
      for (let i = first; i < end; i++) target[to + i] = source[from + row[i]];
    });
  };
}

const reverse: Evaluator<"reverse"> = ({ input, axes, output }) => {
  const turned = axes ?? input.shape.map((_, axis) => axis);
  const strides = stridesOf(input.shape);
  const start = turned.reduce((sum, axis) => sum + (input.shape[axis] - 1) * strides[axis], 0);
  return gatherStrides(
    output,
    strides.map((stride, axis) => (turned.includes(axis) ? -stride : stride)),
    start,
  );
};

const slice: Evaluator<"slice"> = ({ input, starts, strides: apart, output }) => {
  const strides = stridesOf(input.shape);
  const start = starts.reduce((sum, first, axis) => sum + first * strides[axis], 0);
  return gatherStrides(
    output,
    strides.map((stride, axis) => stride * (apart?.[axis] ?? 1)),
    start,
  );
};

/** Each dimension is two: how often it is repeated, without a stride of its own, and the dimension itself. */
const tile: Evaluator<"tile"> = ({ input, repetitions }) => {
  const strides = stridesOf(input.shape);
  const shape = input.shape.flatMap((size, axis) => [repetitions[axis], size]);
  return move(
    shape,
    strides.flatMap((stride) => [0, stride]),
    0,
    stridesOf(shape),
  );
};

const transpose: Evaluator<"transpose"> = ({ input, permutation, output }) => {
  const strides = stridesOf(input.shape);
  const order = permutation ?? strides.map((_, axis) => strides.length - 1 - axis);
  return gatherStrides(
    output,
    order.map((axis) => strides[axis]),
  );
};

/** The evaluators of this family. */
export const movement = {
  concat,
  expand: ({ input, output }: Op<"expand">) => gatherStrides(output, broadcastStrides(input.shape, output.shape)),
  pad,
  reshape: () => copy,
  reverse,
  slice,
  split,
  tile,
  transpose,
} satisfies Partial<Record<OperatorName, unknown>> & Partial<Evaluators>;
