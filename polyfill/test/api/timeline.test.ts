/** The order of writes, dispatches and reads, and what happens to them in the end, on the plain backend. */

import { describe, expect, test } from "vitest";
import { createML, MLGraphBuilder } from "../../src/api/index.js";
import type { MLContext, MLGraph, MLOperandDescriptor, MLTensor } from "../../src/api/types.js";

const FLOATS: MLOperandDescriptor = { dataType: "float32", shape: [2] };
const BOTH = { ...FLOATS, readable: true, writable: true };

async function plain(): Promise<MLContext> {
  return createML().createContext({ accelerated: false });
}

/** y = x + x. */
async function doubling(context: MLContext, descriptor = FLOATS): Promise<MLGraph> {
  const builder = new MLGraphBuilder(context);
  const x = builder.input("x", descriptor);
  return builder.build({ y: builder.add(x, x) });
}

async function floats(context: MLContext, tensor: MLTensor): Promise<number[]> {
  return [...new Float32Array(await context.readTensor(tensor))];
}

describe("work takes effect in the order of the calls", () => {
  test("writes after a dispatch do not change it, reads see what came before them", async () => {
    const context = await plain();
    const graph = await doubling(context);
    const [x, y] = await Promise.all([context.createTensor(BOTH), context.createTensor(BOTH)]);
    const data = Float32Array.of(1, 2);
    context.writeTensor(x, data);
    data.fill(9);
    context.dispatch(graph, { x }, { y });
    const first = floats(context, y);
    context.writeTensor(x, Float32Array.of(10, 20));
    context.dispatch(graph, { x }, { y });
    context.dispatch(graph, { x: y }, { y: x });
    const [second, third] = [floats(context, y), floats(context, x)];
    context.writeTensor(y, new Float32Array(2));
    expect(await first).toEqual([2, 4]);
    expect(await second).toEqual([20, 40]);
    expect(await third).toEqual([40, 80]);
    expect(await floats(context, y)).toEqual([0, 0]);
  });

  test("a destroyed tensor or graph does not disturb what was dispatched before", async () => {
    const context = await plain();
    const graph = await doubling(context);
    const [x, y] = await Promise.all([context.createTensor(BOTH), context.createTensor(BOTH)]);
    context.writeTensor(x, Float32Array.of(1, 2));
    context.dispatch(graph, { x }, { y });
    x.destroy();
    graph.destroy();
    expect(await floats(context, y)).toEqual([2, 4]);
  });

  test("contexts do not disturb each other", async () => {
    const contexts = await Promise.all([plain(), plain()]);
    const graphs = await Promise.all(contexts.map((context) => doubling(context)));
    const tensors = await Promise.all(contexts.flatMap((context) => [context.createTensor(BOTH), context.createTensor(BOTH)]));
    contexts.forEach((context, index) => {
      context.writeTensor(tensors[2 * index], Float32Array.of(index + 1, 0));
      context.dispatch(graphs[index], { x: tensors[2 * index] }, { y: tensors[2 * index + 1] });
    });
    contexts[0].destroy();
    expect(await floats(contexts[1], tensors[3])).toEqual([4, 0]);
  });
});

describe("the end of a context", () => {
  test("rejects reads that wait for a dispatch, and frees the rest", async () => {
    const context = await plain();
    const graph = await doubling(context);
    const [x, y] = await Promise.all([context.createTensor(BOTH), context.createTensor(BOTH)]);
    context.dispatch(graph, { x }, { y });
    const read = context.readTensor(y);
    const built = doubling(context);
    context.destroy();
    await expect(read).rejects.toMatchObject({ name: "InvalidStateError" });
    await expect(built).rejects.toMatchObject({ name: "InvalidStateError" });
    expect((await context.lost).message).toBe("destroy() was called");
    expect(() => context.dispatch(graph, { x }, { y })).toThrow(expect.objectContaining({ name: "InvalidStateError" }));
  });
});

describe("sizes", () => {
  test("memory that cannot be had is an UnknownError, and the context goes on", async () => {
    const context = await plain();
    const huge = { dataType: "uint8", shape: [2 ** 31 - 1] } as const;
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => context.createTensor(huge)));
    const failed = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(failed.length).toBeGreaterThan(0);
    for (const { reason } of failed) expect(reason).toMatchObject({ name: "UnknownError" });
    for (const outcome of outcomes) if (outcome.status === "fulfilled") outcome.value.destroy();
    const small = await context.createTensor(BOTH);
    expect(await floats(context, small)).toEqual([0, 0]);
    context.destroy();
  });

  test("a chain of 20,000 operators is compiled and run", async () => {
    const context = await plain();
    const builder = new MLGraphBuilder(context);
    let last = builder.input("x", FLOATS);
    for (let count = 0; count < 20_000; count++) last = builder.neg(last);
    const graph = await builder.build({ y: last });
    const [x, y] = await Promise.all([context.createTensor(BOTH), context.createTensor(BOTH)]);
    context.writeTensor(x, Float32Array.of(1, -2));
    context.dispatch(graph, { x }, { y });
    expect(await floats(context, y)).toEqual([1, -2]);
  });
});

test("a report names every operator", async () => {
  const context = await plain();
  const graph = await doubling(context);
  const report = await context.explain(graph);
  expect(report.backend).toBe("plain");
  expect(report.operators.map(({ operator }) => operator)).toEqual(["add"]);
  expect([...graph.devices]).toEqual(["cpu"]);
  expect(context.accelerated).toBe(false);
});
