/** The order of calls, the event loop, memory, errors, and receipts. */

import { describe, expect, test } from "vitest";
import type { Backend, DeviceTensor } from "../../src/core/backend.js";
import { GraphBuilder } from "../../src/core/builder.js";
import type { Graph } from "../../src/core/graph.js";
import { byteLengthOf, type OperandDescriptor } from "../../src/core/types.js";
import { OPERATORS } from "../../src/generated/operators.js";
import { createPlainBackend } from "../../src/plain/index.js";
import { placesOf } from "../../src/plain/places.js";
import { bytesOf, graphOf } from "./graphs.js";

const USAGE = { readable: true, writable: true, exportable: false };
const SCALAR: OperandDescriptor = { dataType: "float32", shape: [1] };

const doubled = (): Graph => graphOf([SCALAR], (b, [x]) => [b.op("add", { a: x, b: x })]);
const number = async (tensor: DeviceTensor): Promise<number> => new Float32Array((await tensor.read()).slice().buffer)[0];
const write = (tensor: DeviceTensor, ...values: number[]): void => tensor.write(bytesOf(Float32Array.from(values)));

async function tensors(backend: Backend, ...descriptors: OperandDescriptor[]): Promise<DeviceTensor[]> {
  return Promise.all(descriptors.map((descriptor) => backend.createTensor(descriptor, USAGE)));
}

/** A graph of so many products of square matrices, each some milliseconds of work. */
function long(products: number, size: number): Graph {
  return graphOf([{ dataType: "float32", shape: [size, size] }], (b, [x]) => {
    let y = x;
    for (let i = 0; i < products; i++) y = b.op("matmul", { a: y, b: x });
    return [y];
  });
}

describe("order", () => {
  test("writes, dispatches and reads take effect in the order of the calls", async () => {
    const backend = createPlainBackend();
    const program = await backend.compile(doubled());
    const [x, y] = await tensors(backend, SCALAR, SCALAR);
    const bytes = Float32Array.of(1);
    x.write(bytesOf(bytes));
    bytes[0] = 100; // the caller may reuse its memory
    program.dispatch(new Map([["x0", x]]), new Map([["y0", y]]));
    const first = number(y);
    write(x, 5);
    program.dispatch(new Map([["x0", x]]), new Map([["y0", y]]));
    write(x, 7);
    const [second, last] = [number(y), number(x)];
    program.dispatch(new Map([["x0", y]]), new Map([["y0", x]]));
    expect(await Promise.all([first, second, last, number(x)])).toEqual([2, 10, 7, 20]);
  });

  test("thousands of dispatches that wait keep their order", async () => {
    const backend = createPlainBackend();
    const program = await backend.compile(graphOf([SCALAR, SCALAR], (b, [x, one]) => [b.op("add", { a: x, b: one })]));
    const [x, y, one] = await tensors(backend, SCALAR, SCALAR, SCALAR);
    write(one, 1);
    const reads: Promise<number>[] = [];
    for (let i = 0; i < 3000; i++) {
      const [from, to] = i % 2 ? [y, x] : [x, y];
      program.dispatch(
        new Map([
          ["x0", from],
          ["x1", one],
        ]),
        new Map([["y0", to]]),
      );
      reads.push(number(to));
    }
    expect(await Promise.all(reads)).toEqual(reads.map((_, i) => i + 1));
  });

  test("dispatch returns at once, and the event loop has its turns", async () => {
    const backend = createPlainBackend({ simd: false });
    const [x, y] = await tensors(backend, { dataType: "float32", shape: [200, 200] }, { dataType: "float32", shape: [200, 200] });
    const program = await backend.compile(long(30, 200));
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    program.dispatch(new Map([["x0", x]]), new Map([["y0", y]]));
    const { operators } = await program.explain();
    expect(operators.every(({ milliseconds }) => milliseconds === undefined)).toBe(true);
    await y.read();
    clearInterval(timer);
    expect(turns).toBeGreaterThan(1);
  });

  test("what is destroyed before it is read was read first", async () => {
    const backend = createPlainBackend();
    const program = await backend.compile(doubled());
    const [x, y] = await tensors(backend, SCALAR, SCALAR);
    write(x, 3);
    program.dispatch(new Map([["x0", x]]), new Map([["y0", y]]));
    const result = number(y);
    program.destroy();
    x.destroy();
    y.destroy();
    expect(await result).toBe(6);
  });
});

describe("graphs", () => {
  test("an operand may be an output twice, and an operator's input too", async () => {
    const backend = createPlainBackend();
    const builder = new GraphBuilder();
    const x = builder.input("x", SCALAR);
    const y = builder.op("neg", { input: x });
    const program = await backend.compile(
      builder.finish(
        new Map([
          ["a", y],
          ["b", y],
          ["c", builder.op("abs", { input: y })],
        ]),
      ),
    );
    const [input, ...outputs] = await tensors(backend, SCALAR, SCALAR, SCALAR, SCALAR);
    write(input, 4);
    program.dispatch(new Map([["x", input]]), new Map(outputs.map((tensor, i) => ["abc"[i], tensor])));
    expect(await Promise.all(outputs.map(number))).toEqual([-4, -4, 4]);
  });

  test("temporaries share memory, but never while both live", () => {
    const graph = long(50, 100);
    const { offsets, byteLength } = placesOf(graph);
    expect(byteLength).toBeLessThanOrEqual(3 * 4 * 100 * 100 + 128);
    for (const op of graph.operators) {
      if (op.name !== "matmul" || !op.a.operator || !offsets.has(op.output)) continue;
      expect(offsets.get(op.output)).not.toBe(offsets.get(op.a));
    }
  });
});

describe("memory", () => {
  test("a tensor that is too large is rejected, and leaves the backend usable", async () => {
    const backend = createPlainBackend();
    const huge: OperandDescriptor = { dataType: "int64", shape: [2 ** 29 + 1] };
    await expect(backend.createTensor(huge, USAGE)).rejects.toMatchObject({ name: "OperationError" });
    expect(await number((await tensors(backend, SCALAR))[0])).toBe(0);
  });

  test("the budget counts tensors and graphs, and what is destroyed is given back", async () => {
    const backend = createPlainBackend({ memoryBytes: 1000 });
    const [half] = await tensors(backend, { dataType: "int8", shape: [600] });
    await expect(tensors(backend, { dataType: "int8", shape: [600] })).rejects.toThrow(/600 bytes; 400 of 1000 are left/);
    await expect(backend.compile(long(3, 20))).rejects.toMatchObject({ name: "OperationError" });
    half.destroy();
    await half.read();
    expect((await tensors(backend, { dataType: "int8", shape: [1000] })).length).toBe(1);
  });
});

describe("the end", () => {
  test("reads that wait are rejected when the backend is destroyed, and so is what comes later", async () => {
    const backend: Backend = createPlainBackend();
    const program = await backend.compile(doubled());
    const [x, y] = await tensors(backend, SCALAR, SCALAR);
    program.dispatch(new Map([["x0", x]]), new Map([["y0", y]]));
    const read = y.read();
    backend.destroy();
    await expect(read).rejects.toMatchObject({ name: "OperationError" });
    await expect(y.read()).rejects.toThrow(/destroyed/);
    await expect(backend.createTensor(SCALAR, USAGE)).rejects.toThrow(/destroyed/);
    await expect(backend.compile(doubled())).rejects.toThrow(/destroyed/);
    expect(await backend.lost).toMatch(/destroyed/);
  });

  test("a job that fails loses the device with a message", async () => {
    const backend: Backend = createPlainBackend();
    const program = await backend.compile(doubled());
    const [x] = await tensors(backend, SCALAR);
    program.dispatch(new Map([["x0", x]]), new Map());
    await expect(x.read()).rejects.toThrow(/a graph failed while it ran: the tensor y0/);
    expect(await backend.lost).toMatch(/the tensor y0/);
  });
});

test("a receipt names every operator, and the milliseconds that it took", async () => {
  const backend = createPlainBackend();
  const builder = new GraphBuilder();
  const weight = builder.constant({ dataType: "float16", shape: [2] }, new Uint8Array(4));
  const y = builder.op("mul", { a: builder.input("x", { dataType: "float16", shape: [2] }), b: weight, label: "scale" });
  const program = await backend.compile(builder.finish(new Map([["y", y]])));
  const [x, out] = await tensors(backend, y.descriptor, y.descriptor);
  program.dispatch(new Map([["x", x]]), new Map([["y", out]]));
  expect((await out.read()).length).toBe(byteLengthOf(y.descriptor));
  const report = await program.explain();
  expect(report).toMatchObject({ backend: "plain", device: "cpu", weightBytes: 4 });
  expect(report.operators).toMatchObject([{ operator: "mul", label: "scale", by: "plain", device: "cpu" }]);
  expect(report.operators[0].milliseconds).toBeGreaterThanOrEqual(0);
});

test("every operator is supported, in all of its types", () => {
  const limits = createPlainBackend().supportLimits() as unknown as Record<string, Record<string, { dataTypes: string[] }>>;
  for (const [name, { members }] of Object.entries(OPERATORS)) {
    for (const member of members) if (member.kind === "MLOperand") expect(limits[name][member.name].dataTypes.length).toBeGreaterThan(0);
  }
  expect(limits.dequantizeLinear.input.dataTypes).toContain("int4");
});
