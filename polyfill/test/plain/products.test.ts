/** Large products: WebAssembly's against those that are summed in doubles. */

import { describe, expect, test } from "vitest";
import { fromFloat16Bits, toFloat16Bits } from "../../src/core/float16.js";
import type { Graph } from "../../src/core/graph.js";
import { createPlainBackend } from "../../src/plain/index.js";
import { DoubleMemory, type Product } from "../../src/plain/product.js";
import { SimdMemory, simdModule } from "../../src/plain/simd.js";
import { multiples } from "../../src/plain/walk.js";
import { bytesOf, graphOf, run } from "./graphs.js";

const random = (length: number): Float32Array => Float32Array.from({ length }, () => Math.random() * 2 - 1);

function multiplied(
  product: Product,
  rows: number,
  [depth, columns]: readonly [number, number],
  a: Float32Array,
  b: Float32Array,
): number[] {
  for (const _ of product.setRight(b, 0, multiples(depth, columns), 1));
  product.left.set(a);
  for (const _ of product.multiply(rows));
  const { result, resultStride } = product;
  return Array.from({ length: rows * columns }, (_, i) => result[Math.floor(i / columns) * resultStride + (i % columns)]);
}

test.each([
  [1, 1, 1],
  [3, 5, 9],
  [4, 256, 8],
  [6, 257, 17],
  [7, 1000, 3],
  [13, 300, 40],
  [2, 20_000, 5],
  [64, 40, 600],
])("%i rows, %i deep, %i columns", async (rows, depth, columns) => {
  const module = await simdModule();
  if (!module) throw new Error("this test needs WebAssembly with vectors, which every Node has that we support");
  const [a, b] = [random(rows * depth), random(depth * columns)];
  const memory = new SimdMemory(module);
  memory.product(200, 200); // another product before it, so that nothing lies at the start
  const fast = multiplied(memory.product(depth, columns) as Product, rows, [depth, columns], a, b);
  const exact = multiplied(new DoubleMemory().product(depth, columns), rows, [depth, columns], a, b);
  const magnitude = Math.sqrt(depth) / 3;
  expect(exact.every((value, i) => Math.abs(value - fast[i]) < 2e-6 * Math.max(1, magnitude))).toBe(true);
  const naive = Array.from({ length: rows * columns }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < depth; k++) sum += a[Math.floor(i / columns) * depth + k] * b[k * columns + (i % columns)];
    return sum;
  });
  expect(Math.max(...naive.map((value, i) => Math.abs(value - exact[i])))).toBeLessThan(1e-12 * depth);
});

test("a matrix beyond the size of its place is left to doubles", async () => {
  const module = await simdModule();
  expect(module && new SimdMemory(module).product(2 ** 15 + 1, 1)).toBe(undefined);
});

/** Groups, filters, height and width, and the stride down; the last one does not fit into the memory in one piece. */
const CONVOLUTIONS = [
  [1, 32, 20, 21, 2],
  [2, 32, 20, 21, 2],
  [16, 32, 20, 21, 1],
  [16, 16, 20, 21, 2],
  [16, 16, 150, 70, 1],
  [16, 16, 151, 70, 3],
] as const;

function convolution(inputLayout: "nchw" | "nhwc", [groups, filters, height, width, stride]: (typeof CONVOLUTIONS)[number]): Graph {
  const image = inputLayout === "nchw" ? [2, 16, height, width] : [2, height, width, 16];
  const shapes = [image, [filters, 16 / groups, 3, 3], [filters]];
  return graphOf(
    shapes.map((shape) => ({ dataType: "float32", shape })),
    (b, [input, filter, bias]) => {
      return [b.op("conv2d", { input, filter, bias, groups, inputLayout, strides: [stride, 1], padding: [1, 0, 2, 1] })];
    },
  );
}

/** Graphs with enough work to be given to WebAssembly. */
const GRAPHS: Record<string, () => Graph> = {
  "matmul with batches": () =>
    graphOf(
      [2, 1].map((n) => ({ dataType: "float32" as const, shape: [n, 3, 30, 40] })),
      (b, [x, y]) => {
        return [b.op("matmul", { a: x, b: b.op("transpose", { input: y, permutation: [0, 1, 3, 2] }) })];
      },
    ),
  "gemm, both transposed": () =>
    graphOf(
      [[40, 30], [50, 40], [50]].map((shape) => ({ dataType: "float32" as const, shape })),
      (b, [a, right, c]) => {
        return [b.op("gemm", { a, b: right, c, alpha: 0.5, beta: 2, aTranspose: true, bTranspose: true })];
      },
    ),
  ...Object.fromEntries(
    (["nchw", "nhwc"] as const).flatMap((layout) =>
      CONVOLUTIONS.map((sizes) => [`conv2d ${layout}, ${sizes.join(" ")}`, () => convolution(layout, sizes)] as const),
    ),
  ),
};

describe("graphs agree with and without WebAssembly", () => {
  test.each(Object.entries(GRAPHS))("%s", async (_, make) => {
    const graph = make();
    const inputs = Object.fromEntries([...graph.inputs].map(([name, operand]) => [name, bytesOf(random(operand.size))]));
    const [fast, exact] = await Promise.all([true, false].map(async (simd) => (await run(createPlainBackend({ simd }), graph, inputs)).y0));
    const [a, b] = [fast, exact].map((bytes) => new Float32Array(bytes.slice().buffer));
    expect(a.length).toBe(b.length);
    expect(a.findIndex((value, i) => !(Math.abs(value - b[i]) < 1e-5))).toBe(-1);
    expect(b.some((value) => value !== 0)).toBe(true);
  });
});

test("large clamps are those of small ones", async () => {
  const x = random(2 ** 17 + 3).map((value) => 10 * value);
  x.set([Number.NaN, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-45], 100);
  for (const [name, expected] of [
    ["relu", x.map((value) => Math.max(value, 0))],
    ["clamp", x.map((value) => Math.min(Math.max(value, -2), 6))],
  ] as const) {
    const graph = graphOf([{ dataType: "float32", shape: [x.length] }], (b, [input]) =>
      b.apply(name, { input, minValue: -2, maxValue: 6 }),
    );
    const { y0 } = await run(createPlainBackend(), graph, { x0: bytesOf(x) });
    const got = new Float32Array(y0.slice().buffer);
    expect(got.findIndex((value, i) => !Object.is(value, expected[i]))).toBe(-1);
  }
});

test("large products of float16 are rounded to float16", async () => {
  const halves = (length: number) => Uint16Array.from(random(length), toFloat16Bits);
  const [a, b] = [halves(64 * 40), halves(40 * 32)];
  const descriptors = [
    [64, 40],
    [40, 32],
  ].map((shape) => ({ dataType: "float16" as const, shape }));
  const graph = graphOf(descriptors, (builder, [x, y]) => [builder.op("matmul", { a: x, b: y })]);
  const inputs = { x0: bytesOf(a), x1: bytesOf(b) };
  const [fast, exact] = await Promise.all([true, false].map(async (simd) => (await run(createPlainBackend({ simd }), graph, inputs)).y0));
  const [p, q] = [fast, exact].map((bytes) => Float64Array.from(new Uint16Array(bytes.slice().buffer), fromFloat16Bits));
  expect(p.findIndex((value, i) => !(Math.abs(value - q[i]) <= Math.max(2 ** -10 * Math.abs(q[i]), 2 ** -20)))).toBe(-1);
});
