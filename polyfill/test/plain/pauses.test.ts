/** The event loop has its turns within long operators, whichever they are. */

import { describe, expect, test } from "vitest";
import type { Arguments, GraphBuilder } from "../../src/core/builder.js";
import type { Operand } from "../../src/core/operand.js";
import { OPERATORS, type OperatorName } from "../../src/generated/operators.js";
import type { Elements } from "../../src/plain/elements.js";
import { workingBytes, zeros } from "../../src/plain/elements.js";
import type { Evaluator, Setup } from "../../src/plain/evaluator.js";
import { EVALUATORS } from "../../src/plain/evaluators.js";
import { inside } from "../../src/plain/image.js";
import { byRows, inPieces, type Pauses, PIECE } from "../../src/plain/pace.js";
import { DoubleMemory } from "../../src/plain/product.js";
import { SimdMemory, simdModule } from "../../src/plain/simd.js";
import { graphOf } from "./graphs.js";

/** What computes as much as this between two pauses takes milliseconds: elements of operands, or a quarter of its products. */
const MOST = 2 ** 18;

type Given = Readonly<Record<string, unknown>>;
type Make = (input: (shape: number[], dataType?: string) => Operand) => Given;

/** Arguments with some 2**20 elements, or 2**22 products of two numbers, by what an operator takes. */
const LARGE: Readonly<Record<string, Make>> = {
  averagePool2d: (input) => ({ input: input([1, 4, 512, 512]), windowDimensions: [3, 3] }),
  l2Pool2d: (input) => ({ input: input([1, 1, 1024, 1024]) }),
  maxPool2d: (input) => ({ input: input([1, 2 ** 20, 1, 1]), windowDimensions: [1, 1] }),
  batchNormalization: (input) => ({ input: input([2, 2, 2 ** 18]), mean: input([2]), variance: input([2]) }),
  instanceNormalization: (input) => ({ input: input([1, 1, 1024, 1024]) }),
  layerNormalization: (input) => ({ input: input([4, 2 ** 18]) }),
  concat: (input) => ({ inputs: [input([2 ** 19]), input([2 ** 19])], axis: 0 }),
  split: (input) => ({ input: input([2, 2 ** 19]), splits: 2, axis: 1 }),
  conv2d: (input) => ({ input: input([1, 8, 64, 64]), filter: input([16, 8, 3, 3]) }),
  convTranspose2d: (input) => ({ input: input([1, 8, 64, 64]), filter: input([8, 16, 3, 3]) }),
  gemm: (input) => ({ a: input([1, 2048]), b: input([2048, 2048]) }),
  matmul: (input) => ({ a: input([4, 128, 128]), b: input([4, 128, 128]) }),
  gru: (input) => ({
    input: input([4, 1, 512]),
    weight: input([1, 1536, 512]),
    recurrentWeight: input([1, 1536, 512]),
    steps: 4,
    hiddenSize: 512,
  }),
  gruCell: (input) => ({
    input: input([4, 512]),
    weight: input([1536, 512]),
    recurrentWeight: input([1536, 512]),
    hiddenState: input([4, 512]),
    hiddenSize: 512,
  }),
  lstm: (input) => ({
    input: input([4, 1, 512]),
    weight: input([1, 2048, 512]),
    recurrentWeight: input([1, 2048, 512]),
    steps: 4,
    hiddenSize: 512,
  }),
  lstmCell: (input) => ({
    input: input([4, 512]),
    weight: input([2048, 512]),
    recurrentWeight: input([2048, 512]),
    hiddenState: input([4, 512]),
    cellState: input([4, 512]),
    hiddenSize: 512,
  }),
  expand: (input) => ({ input: input([1, 1024]), newShape: [1024, 1024] }),
  reshape: (input) => ({ input: input([1024, 1024]), newShape: [2 ** 20] }),
  pad: (input) => ({ input: input([1024, 1000]), beginningPadding: [0, 12], endingPadding: [0, 12] }),
  slice: (input) => ({ input: input([1024, 2048]), starts: [0, 1], sizes: [1024, 1024] }),
  tile: (input) => ({ input: input([4, 1024]), repetitions: [256, 1] }),
  triangular: (input) => ({ input: input([1024, 1024]) }),
  gather: (input) => ({ input: input([8]), indices: input([2 ** 20], "int32") }),
  gatherElements: (input) => ({ input: input([8, 2 ** 20]), indices: input([1, 2 ** 20], "int32") }),
  gatherND: (input) => ({ input: input([8]), indices: input([2 ** 20, 1], "int32") }),
  scatterElements: (input) => ({ input: input([2 ** 20]), indices: input([8], "int32"), updates: input([8]) }),
  scatterND: (input) => ({ input: input([2 ** 20]), indices: input([8, 1], "int32"), updates: input([8]) }),
  quantizeLinear: (input) => ({ input: input([2 ** 20]), scale: input([1]), zeroPoint: input([1], "int8") }),
  dequantizeLinear: (input) => ({ input: input([2 ** 20], "int8"), scale: input([1]), zeroPoint: input([1], "int8") }),
  resample2d: (input) => ({ input: input([1, 1, 256, 256]), sizes: [1024, 1024], mode: "linear" }),
  where: (input) => ({ condition: input([2 ** 20], "uint8"), trueValue: input([2 ** 20]), falseValue: input([1]) }),
  prelu: (input) => ({ input: input([2 ** 20]), slope: input([1]) }),
  cast: (input) => ({ input: input([2 ** 20]), dataType: "int32" }),
  softmax: (input) => ({ input: input([1024, 1024]), axis: 1 }),
  argMin: (input) => ({ input: input([2 ** 20]), axis: 0 }),
  argMax: (input) => ({ input: input([1024, 1024]), axis: 0 }),
  cumulativeSum: (input) => ({ input: input([1, 2 ** 20]), axis: 1 }),
};

/** Of operators that take one or two operands of one kind. */
function usual(name: OperatorName): Make {
  const operands = OPERATORS[name].members.filter(({ kind, required }) => kind === "MLOperand" && required);
  const types = operands[0].limits?.dataTypes ?? [];
  const type = "sameAs" in types || types.includes("float32") ? "float32" : types[0];
  return (input) => Object.fromEntries(operands.map((member) => [member.name, input([2 ** 20], type)]));
}

interface Outcome {
  readonly pauses: number;
  readonly elements: number;
}

const setupOf = (simd: SimdMemory | undefined): Setup & { readonly works: Pauses[] } => {
  const [works, doubles] = [[] as Pauses[], new DoubleMemory()];
  return {
    works,
    prepare: (work) => works.push(work),
    constant: () => undefined,
    simd: () => simd,
    product: (_rows, depth, columns) => simd?.product(depth, columns) ?? doubles.product(depth, columns),
  };
};

function pausesOf(name: OperatorName, make: Make, simd: SimdMemory | undefined): Outcome {
  const builder: { current?: GraphBuilder } = {};
  const graph = graphOf([], (b) => {
    builder.current = b;
    let count = 0;
    const input = (shape: number[], dataType = "float32") => b.input(`x${count++}`, { dataType: dataType as "float32", shape });
    return b.apply(name, make(input) as Arguments<OperatorName>);
  });
  const [op] = graph.operators;
  const members = OPERATORS[name].members.filter(({ kind }) => kind === "MLOperand");
  const operands = members.flatMap((member) => (op as unknown as Record<string, Operand | Operand[] | undefined>)[member.name]);
  const elements = (operand: Operand | undefined): Elements | undefined => operand && zeros(operand.descriptor);
  const kernel = (EVALUATORS[name] as unknown as Evaluator)(op, setupOf(simd));
  let pauses = 0;
  for (const _ of kernel(
    operands.map(elements),
    op.outputs.map((output) => zeros(output.descriptor)),
  ))
    pauses++;
  const bytes = [...operands, ...op.outputs].map((operand) => (operand ? workingBytes(operand.descriptor) : 0));
  return { pauses, elements: Math.max(...bytes) / 4 };
}

describe.each(["doubles", "vectors"])("every operator pauses, in %s", (way) => {
  test.each(Object.keys(OPERATORS) as OperatorName[])("%s", async (name) => {
    const module = way === "vectors" ? await simdModule() : undefined;
    const { pauses, elements } = pausesOf(name, LARGE[name] ?? usual(name), module && new SimdMemory(module));
    expect(elements).toBeGreaterThan(2 ** 14);
    expect(pauses).toBeGreaterThanOrEqual(Math.max(3, elements / MOST));
  });
});

test("an image of which a transposed convolution crops nearly all is paused in too", () => {
  const make: Make = (input) => ({ input: input([1, 1, 2048, 2048]), filter: input([1, 1, 1, 1]), padding: [1023, 1024, 1023, 1024] });
  const { pauses, elements } = pausesOf("convTranspose2d", make, undefined);
  expect(pauses).toBeGreaterThanOrEqual(elements / MOST);
});

test("of a window only the places inside are visited", () => {
  for (const step of [1, 2, 3]) {
    for (let first = -12; first <= 12; first++) {
      for (const [count, size] of [
        [1, 1],
        [1, 9],
        [5, 1],
        [4, 7],
        [9, 4],
      ]) {
        const { begin, end } = inside(first, step, count, size);
        const places = Array.from({ length: count }, (_, i) => i);
        const wanted = places.filter((i) => first + i * step >= 0 && first + i * step < size);
        expect(places.slice(begin, end)).toEqual(wanted);
        expect(end).toBeGreaterThanOrEqual(begin);
      }
    }
  }
});

test("pieces cover all items once, and none is large", () => {
  const seen: [number, number][] = [];
  for (const _ of inPieces(3 * PIECE + 1, 1, (first, end) => seen.push([first, end])));
  expect(seen).toEqual([
    [0, PIECE],
    [PIECE, 2 * PIECE],
    [2 * PIECE, 3 * PIECE],
    [3 * PIECE, 3 * PIECE + 1],
  ]);
  for (const [count, length] of [
    [7, 3],
    [3, 2 * PIECE + 5],
    [5 * PIECE, 1],
    [1, PIECE],
  ]) {
    const visits = new Uint8Array(count * length);
    let [most, since] = [0, 0];
    const visit = (row: number, from: number, to: number): void => {
      for (let i = from; i < to; i++) visits[row * length + i]++;
      since += to - from;
    };
    for (const _ of byRows(count, length, visit)) {
      most = Math.max(most, since);
      since = 0;
    }
    expect(visits.every((times) => times === 1)).toBe(true);
    expect(most).toBeLessThanOrEqual(PIECE);
  }
});
