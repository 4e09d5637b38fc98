/** The builder under hostile use: extreme values, great numbers of operands, deep graphs, strangers' operands. */

import { expect, test } from "vitest";
import { type Arguments, GraphBuilder } from "../../src/core/builder.js";
import { OperatorError } from "../../src/core/errors.js";
import type { OperatorName } from "../../src/generated/operators.js";

const MOST = 2 ** 32 - 1;
const LARGEST = 2 ** 31 - 1;

/** The shape of the output, or the rule that was violated. */
function outcome<N extends OperatorName>(name: N, shapes: Record<string, number[]>, options: Record<string, unknown>): unknown {
  const b = new GraphBuilder();
  const operands = Object.entries(shapes).map(([member, shape]) => [member, b.input(member, { dataType: "float32", shape })]);
  try {
    return b.op(name, { ...Object.fromEntries(operands), ...options } as Arguments<N>).shape;
  } catch (error) {
    if (error instanceof OperatorError) return error.constraint;
    throw error;
  }
}

test.each<[OperatorName, Record<string, number[]>, Record<string, unknown>, unknown]>([
  ["pad", { input: [1] }, { beginningPadding: [MOST], endingPadding: [MOST] }, "output"],
  ["pad", { input: [3] }, { beginningPadding: [MOST], endingPadding: [0], mode: "reflection" }, "C2"],
  ["tile", { input: [2 ** 28] }, { repetitions: [MOST] }, "output"],
  ["expand", { input: [1] }, { newShape: [MOST] }, "output"],
  ["expand", { input: [1] }, { newShape: [65536, 65536] }, "output"],
  ["reshape", { input: [4] }, { newShape: new Array(40).fill(MOST) }, "C1"],
  ["reshape", { input: [4] }, { newShape: [...new Array(40).fill(MOST), 0] }, "C1"],
  ["reshape", { input: [4] }, { newShape: [4, ...new Array(8).fill(1)] }, "output"],
  ["slice", { input: [4] }, { starts: [MOST], sizes: [1] }, "C4"],
  ["slice", { input: [4] }, { starts: [0], sizes: [4], strides: [MOST] }, [1]],
  ["split", { input: [4] }, { splits: MOST }, "C2"],
  ["split", { input: [4] }, { splits: [MOST, 4] }, "C3"],
  ["softmax", { input: [4] }, { axis: MOST }, "C1"],
  ["gather", { input: [4], indices: [1] }, {}, "indices"],
  ["conv2d", { input: [1, 1, 4, 4], filter: [1, 1, 2, 2] }, { dilations: [MOST, 1] }, "C8"],
  ["conv2d", { input: [1, 1, 1, 1], filter: [1, 1, 3, 3] }, { dilations: [MOST, MOST], padding: new Array(4).fill(MOST) }, [1, 1, 1, 1]],
  ["conv2d", { input: [1, 1, 4, 4], filter: [1, 1, 1, 1] }, { padding: new Array(4).fill(MOST) }, "output"],
  ["conv2d", { input: [1, 1, 4, 4], filter: [1, 1, 1, 1] }, { strides: [MOST, MOST] }, [1, 1, 1, 1]],
  ["conv2d", { input: [1, 1, 4, 4], filter: [1, 1, 1, 1] }, { groups: MOST }, "C5"],
  ["convTranspose2d", { input: [1, 1, 4, 4], filter: [1, 1, 1, 1] }, { strides: [MOST, 1] }, "output"],
  ["convTranspose2d", { input: [1, 1, 4, 4], filter: [1, 1, 1, 1] }, { groups: 3 }, [1, 3, 4, 4]],
  ["convTranspose2d", { input: [1, 1, 4, 4], filter: [1, 1, 1, 1] }, { groups: MOST }, "C6"],
  ["convTranspose2d", { input: [1, 1, 4, 4], filter: [1, 1, 1, 1] }, { padding: new Array(4).fill(MOST) }, "C12"],
  ["convTranspose2d", { input: [1, 1, 4, 4], filter: [1, 1, 1, 1] }, { outputSizes: [MOST, MOST] }, "C11"],
  ["averagePool2d", { input: [1, 1, 4, 4] }, { windowDimensions: [MOST, MOST] }, "C5"],
  ["averagePool2d", { input: [1, 1, 4, 4] }, { windowDimensions: [MOST, 1], padding: [MOST, 0, 0, 0] }, [1, 1, 5, 4]],
  ["resample2d", { input: [1, 1, 4, 4] }, { scales: [3.4e38, 1] }, "output"],
  ["resample2d", { input: [1, 1, 4, 4] }, { scales: [1e-45, 1] }, "output"],
  ["gru", { input: [1, 1, 1], weight: [1, 3, 1], recurrentWeight: [1, 3, 1] }, { steps: 1, hiddenSize: MOST }, "C2"],
  ["transpose", { input: [2, 3] }, { permutation: [0, 0] }, "C1"],
  ["reduceSum", { input: [2, 3] }, { axes: [MOST] }, "C1"],
  ["cumulativeSum", { input: [LARGEST >> 2] }, { axis: 0 }, [LARGEST >> 2]],
])("%s of %j with %j gives %j", (name, shapes, options, wanted) => {
  expect(outcome(name, shapes, options)).toEqual(wanted);
});

test("an array of a million axes or inputs is refused, not stumbled over", () => {
  const b = new GraphBuilder();
  const x = b.input("x", { dataType: "float32", shape: [2] });
  expect(() => b.op("concat", { inputs: new Array(1e6).fill(x), axis: 0 })).toThrow("concat: C1: there are 1 to 8192 inputs; got 1000000");
  expect(() => b.op("reduceSum", { input: x, axes: new Array(1e6).fill(0) })).toThrow("reduceSum: C2");
});

test("a chain of 200000 operators is built, ordered and named without recursion", () => {
  const b = new GraphBuilder();
  const x = b.input("x", { dataType: "float32", shape: [2, 3] });
  let y = x;
  for (let i = 0; i < 2e5; i++) y = b.op("add", { a: y, b: x });
  const graph = b.finish(new Map([["y", y]]));
  expect(graph.operators.length).toBe(2e5);
  expect(graph.operators[0].outputs[0].operator).toBe(graph.operators[0]);
  expect(graph.names.get(y)).toBe("v199999");
});

test("an operand of another builder is refused", () => {
  const [mine, other] = [new GraphBuilder(), new GraphBuilder()].map((b) => b.input("x", { dataType: "float32", shape: [2] }));
  const builder = mine.builder as GraphBuilder;
  expect(() => builder.op("add", { a: mine, b: other, label: "sum" })).toThrow(
    "add [sum]: b: an operand of this builder; got one of another builder",
  );
});

test("what WebNN makes an operand of, but gives no meaning, is refused when the graph is built", () => {
  const b = new GraphBuilder();
  const [x, filter] = ["x", "filter"].map((name) => b.input(name, { dataType: "float32", shape: [1, 1, 2, 2] }));
  const y = b.op("convTranspose2d", { input: x, filter, groups: 3, label: "up" });
  expect(y.shape).toEqual([1, 3, 3, 3]);
  const reason = "groups does not divide the input channels; got 1 input channels, groups 3";
  expect(() => b.finish(new Map([["y", y]]))).toThrow(`convTranspose2d [up] is refused: this use of it has no meaning: ${reason}`);
  expect(b.finish(new Map([["x", b.op("relu", { input: x })]])).operators).toHaveLength(1);
});

test("the builder's own limit of bytes holds for outputs", () => {
  const b = new GraphBuilder(1024);
  const x = b.input("x", { dataType: "float32", shape: [256] });
  expect(b.op("relu", { input: x }).shape).toEqual([256]);
  expect(() => b.op("expand", { input: x, newShape: [2, 256] })).toThrow("expand: output: the byte length must be at most 1024; got 2048");
});
