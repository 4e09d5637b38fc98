/** Contexts, tensors and graphs: checks in the order of the specification, pending promises, destroyed and lost objects. */

import { describe, expect, test, vi } from "vitest";
import { createML, MLGraphBuilder } from "../../src/api/index.js";
import type { MLContext, MLGraph, MLOperandDescriptor, MLTensor } from "../../src/api/types.js";
import { Unsupported } from "../../src/core/errors.js";
import { fakeContext, gate } from "./fake.js";

const FLOATS: MLOperandDescriptor = { dataType: "float32", shape: [2] };
const READABLE = { ...FLOATS, readable: true };
const WRITABLE = { ...FLOATS, writable: true };

/** What a promise or a function fails with: the name of the error. */
async function failure(work: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof work === "function" ? work() : work);
  } catch (error) {
    return (error as Error).name;
  }
  return "nothing";
}

/** A graph from x to y, both of two floats. */
async function identity(context: MLContext): Promise<MLGraph> {
  const builder = new MLGraphBuilder(context);
  return builder.build({ y: builder.identity(builder.input("x", FLOATS)) });
}

async function readBack(context: MLContext, tensor: MLTensor): Promise<number[]> {
  return [...new Float32Array(await context.readTensor(tensor))];
}

describe("tensors", () => {
  test("are zeros, are written and read", async () => {
    const { context } = fakeContext();
    const tensor = await context.createTensor({ ...READABLE, writable: true });
    expect([tensor.dataType, [...tensor.shape], tensor.readable, tensor.writable, tensor.constant]).toEqual([
      "float32",
      [2],
      true,
      true,
      false,
    ]);
    expect(Object.isFrozen(tensor.shape)).toBe(true);
    expect(tensor.shape).toBe(tensor.shape);
    expect(await readBack(context, tensor)).toEqual([0, 0]);
    context.writeTensor(tensor, Float32Array.of(1, 2));
    const output = new Float32Array(2);
    expect(await context.readTensor(tensor, output)).toBe(undefined);
    expect([...output]).toEqual([1, 2]);
    const shared = new SharedArrayBuffer(8);
    await context.readTensor(tensor, shared);
    expect([...new Float32Array(shared)]).toEqual([1, 2]);
    const larger = Float32Array.of(7, 7, 7);
    await context.readTensor(tensor, larger);
    expect([...larger]).toEqual([1, 2, 7]);
  });

  test.each([
    ["a DataView", (buffer: ArrayBufferLike) => new DataView(buffer, 8, 8)],
    ["the bytes of a program's heap", (buffer: ArrayBufferLike) => new Int8Array(buffer, 8, 8)],
    ["clamped bytes", (buffer: ArrayBufferLike) => new Uint8ClampedArray(buffer, 8, 8)],
    ["halves", (buffer: ArrayBufferLike) => new Int16Array(buffer, 8, 4)],
    ["integers", (buffer: ArrayBufferLike) => new Int32Array(buffer, 8, 2)],
    ["doubles", (buffer: ArrayBufferLike) => new Float64Array(buffer, 8, 1)],
    ["large integers", (buffer: ArrayBufferLike) => new BigUint64Array(buffer, 8, 1)],
  ])("are written from and read into any view: %s", async (_name, viewOf) => {
    const { context } = fakeContext();
    const tensor = await context.createTensor({ ...READABLE, writable: true });
    for (const buffer of [new ArrayBuffer(24), new SharedArrayBuffer(24), new WebAssembly.Memory({ initial: 1 }).buffer]) {
      const floats = new Float32Array(buffer, 0, 6);
      floats.set([9, 9, 1, 2, 9, 9]);
      context.writeTensor(tensor, viewOf(buffer));
      floats.fill(7);
      await context.readTensor(tensor, viewOf(buffer));
      expect([...floats]).toEqual([7, 7, 1, 2, 7, 7]);
    }
    expect(() => context.writeTensor(tensor, new Int8Array(7))).toThrow("expected 8 bytes for float32[2]; got 7");
    expect(await failure(context.readTensor(tensor, new Int8Array(7)))).toBe("TypeError");
    const constant = await context.createConstantTensor({ dataType: "float32", shape: [2] }, viewOf(new ArrayBuffer(24)));
    expect(constant.constant).toBe(true);
  });

  test("invalid descriptors are TypeErrors", async () => {
    const { context } = fakeContext();
    const invalid: unknown[] = [
      undefined,
      5,
      {},
      { dataType: "float64", shape: [2] },
      { dataType: "float32" },
      { dataType: "float32", shape: 2 },
      { dataType: "float32", shape: [0] },
      { dataType: "float32", shape: [-1] },
      { dataType: "float32", shape: [2 ** 31] },
      { dataType: "int8", shape: [2 ** 16, 2 ** 16] },
      { dataType: "float32", shape: [1, 1, 1, 1, 1, 1, 1, 1, 1] },
    ];
    for (const descriptor of invalid) expect(await failure(context.createTensor(descriptor as never))).toBe("TypeError");
  });

  test("reading and writing keep to their flags, contexts and sizes", async () => {
    const { context } = fakeContext();
    const other = fakeContext().context;
    const readable = await context.createTensor(READABLE);
    const writable = await context.createTensor(WRITABLE);
    const data = Float32Array.of(1, 2);
    expect(await failure(() => context.writeTensor(readable, data))).toBe("TypeError");
    expect(await failure(context.readTensor(writable))).toBe("TypeError");
    expect(await failure(() => other.writeTensor(writable, data))).toBe("TypeError");
    expect(await failure(other.readTensor(readable))).toBe("TypeError");
    expect(await failure(() => context.writeTensor(writable, new Float32Array(3)))).toBe("TypeError");
    expect(await failure(context.readTensor(readable, new Float32Array(1)))).toBe("TypeError");
    context.writeTensor(writable, new Uint8Array(8));
    writable.destroy();
    writable.destroy();
    expect(await failure(() => context.writeTensor(writable, data))).toBe("TypeError");
  });

  test("destroying one rejects its reads", async () => {
    const { context, backend } = fakeContext();
    const tensor = await context.createTensor(READABLE);
    const { promise, open } = gate();
    backend.gate = promise;
    const reads = [failure(context.readTensor(tensor)), failure(context.readTensor(tensor, new Float32Array(2)))];
    tensor.destroy();
    open();
    expect(await Promise.all(reads)).toEqual(["InvalidStateError", "InvalidStateError"]);
    expect(await failure(context.readTensor(tensor))).toBe("TypeError");
    expect(backend.tensors[0].destroyed).toBe(true);
  });

  test("a buffer that is transferred away while it is waited for is a TypeError", async () => {
    const { context } = fakeContext();
    const tensor = await context.createTensor(READABLE);
    const output = new Float32Array(2);
    const read = failure(context.readTensor(tensor, output));
    structuredClone(output.buffer, { transfer: [output.buffer] });
    expect(await read).toBe("TypeError");
  });

  test("memory that cannot be had, or not be read, is an UnknownError", async () => {
    const { context, backend } = fakeContext();
    const tensor = await context.createTensor(READABLE);
    backend.createError = new RangeError("too much");
    backend.readError = new Error("gone");
    expect(await failure(context.createTensor(FLOATS))).toBe("UnknownError");
    expect(await failure(context.readTensor(tensor))).toBe("UnknownError");
  });

  test("constant ones are neither read, written nor dispatched", async () => {
    const { context } = fakeContext();
    const data = Float32Array.of(1, 2);
    const tensor = await context.createConstantTensor(FLOATS, data);
    expect([tensor.constant, tensor.readable, tensor.writable]).toEqual([true, false, false]);
    expect(await failure(context.readTensor(tensor))).toBe("TypeError");
    expect(await failure(() => context.writeTensor(tensor, data))).toBe("TypeError");
    const graph = await identity(context);
    const y = await context.createTensor(FLOATS);
    expect(await failure(() => context.dispatch(graph, { x: tensor }, { y }))).toBe("TypeError");
    expect(await failure(context.createConstantTensor(FLOATS, new Float32Array(3)))).toBe("TypeError");
    expect(await failure(context.createConstantTensor({ dataType: "float32", shape: [0] }, new Float32Array(0)))).toBe("TypeError");
  });

  test("exportable ones are lent one at a time", async () => {
    const { context, backend } = fakeContext();
    const device = { [Symbol.toStringTag]: "GPUDevice" } as unknown as GPUDevice;
    expect(await failure(context.createExportableTensor(READABLE, device))).toBe("NotSupportedError");
    let giveBack = (): void => {};
    backend.lend = (_tensor, returned) => {
      giveBack = returned;
      return {} as GPUBuffer;
    };
    expect(await failure(context.createExportableTensor(READABLE, {} as GPUDevice))).toBe("TypeError");
    const tensor = await context.createExportableTensor(READABLE, device);
    expect(tensor.gpuDevice).toBe(device);
    expect((await context.createTensor(READABLE)).gpuDevice).toBe(null);
    const graph = await identity(context);
    const y = await context.createTensor(READABLE);
    context.exportToGPU(tensor);
    const uses = [
      () => context.exportToGPU(tensor),
      () => context.readTensor(tensor),
      () => context.writeTensor(tensor, new Float32Array(2)),
      () => context.dispatch(graph, { x: tensor }, { y }),
      () => context.dispatch(graph, { x: y }, { y: tensor }),
    ];
    for (const use of uses) expect(await failure(async () => use())).toBe("InvalidStateError");
    giveBack();
    expect(await failure(context.readTensor(tensor))).toBe("nothing");
    const plain = await context.createTensor(READABLE);
    expect(await failure(() => context.exportToGPU(plain))).toBe("TypeError");
    tensor.destroy();
    expect(await failure(() => context.exportToGPU(tensor))).toBe("InvalidStateError");
  });
});

describe("dispatch", () => {
  test("computes, and checks its tensors", async () => {
    const { context } = fakeContext();
    const other = fakeContext().context;
    const graph = await identity(context);
    const x = await context.createTensor(WRITABLE);
    const y = await context.createTensor(READABLE);
    context.writeTensor(x, Float32Array.of(3, 4));
    context.dispatch(graph, { x }, { y });
    expect(await readBack(context, y)).toEqual([3, 4]);
    const foreign = await other.createTensor(FLOATS);
    const long = await context.createTensor({ dataType: "float32", shape: [3] });
    const integers = await context.createTensor({ dataType: "int32", shape: [2] });
    const wrong: [Record<string, MLTensor>, Record<string, MLTensor>][] = [
      [{}, { y }],
      [{ x }, {}],
      [{ x, z: long }, { y }],
      [{ z: x }, { y }],
      [{ x }, { z: y }],
      [{ x }, { y: x }],
      [{ x: long }, { y }],
      [{ x }, { y: integers }],
      [{ x: foreign }, { y }],
    ];
    for (const [inputs, outputs] of wrong) expect(await failure(() => context.dispatch(graph, inputs, outputs))).toBe("TypeError");
    expect(await failure(() => other.dispatch(graph, { x }, { y }))).toBe("TypeError");
    y.destroy();
    expect(await failure(() => context.dispatch(graph, { x }, { y }))).toBe("TypeError");
    graph.destroy();
    graph.destroy();
    expect(await failure(() => context.dispatch(graph, { x }, { y }))).toBe("InvalidStateError");
    expect(await failure(context.explain(graph))).toBe("InvalidStateError");
  });
});

describe("a lost context", () => {
  test("rejects all that is pending, then everything", async () => {
    const { context, backend } = fakeContext();
    const graph = await identity(context);
    const tensor = await context.createTensor({ ...READABLE, writable: true });
    const { promise, open } = gate();
    backend.gate = promise;
    const builder = new MLGraphBuilder(context);
    const x = builder.input("x", FLOATS);
    const pending = [
      failure(context.createTensor(FLOATS)),
      failure(context.createConstantTensor(FLOATS, new Float32Array(2))),
      failure(context.readTensor(tensor)),
      failure(builder.build({ y: builder.neg(x) })),
    ];
    const late = new MLGraphBuilder(context);
    const input = late.input("x", FLOATS);
    context.destroy();
    context.destroy();
    open();
    expect(await Promise.all(pending)).toEqual(Array(4).fill("InvalidStateError"));
    expect(await context.lost).toEqual({ message: "destroy() was called" });
    expect(context.lost).toBe(context.lost);
    expect(backend.destroyed).toBe(true);
    const sum = new Map<string, Promise<unknown> | (() => unknown)>([
      ["createTensor", context.createTensor(FLOATS)],
      ["createConstantTensor", context.createConstantTensor(FLOATS, new Float32Array(2))],
      ["MLGraphBuilder", () => new MLGraphBuilder(context)],
      ["input", () => late.input("z", FLOATS)],
      ["constant", () => late.constant("float32", 1)],
      ["neg", () => late.neg(input)],
      ["build", late.build({ y: input })],
      ["dispatch", () => context.dispatch(graph, { x: tensor }, { y: tensor })],
    ]);
    for (const [name, work] of sum) expect(`${name}: ${await failure(work)}`).toBe(`${name}: InvalidStateError`);
    expect(await failure(context.readTensor(tensor))).toBe("TypeError");
    expect(await failure(() => context.writeTensor(tensor, new Float32Array(2)))).toBe("TypeError");
  });

  test("is lost when its device is", async () => {
    const { context, backend } = fakeContext();
    backend.lose("unplugged");
    expect(await context.lost).toEqual({ message: "unplugged" });
    expect(await failure(context.createTensor(FLOATS))).toBe("InvalidStateError");
  });
});

describe("build", () => {
  test("checks its outputs, and can be done once", async () => {
    const { context } = fakeContext();
    const builder = new MLGraphBuilder(context);
    const other = new MLGraphBuilder(context);
    const x = builder.input("x", FLOATS);
    const y = builder.neg(x);
    const foreign = other.neg(other.input("x", FLOATS));
    const constant = builder.constant("float32", 1);
    for (const outputs of [{}, { "": y }, { y: foreign }, { y: x }, { y: constant }, { y: null }, null, undefined]) {
      expect(await failure(builder.build(outputs as never))).toBe("TypeError");
    }
    const graph = await builder.build({ y, again: y });
    expect([...graph.devices]).toEqual(["cpu"]);
    expect(await failure(builder.build({ y }))).toBe("InvalidStateError");
    expect(await failure(() => builder.neg(x))).toBe("InvalidStateError");
    expect(await failure(() => builder.input("z", FLOATS))).toBe("InvalidStateError");
  });

  test("a refusal stays NotSupportedError, anything else is an OperationError", async () => {
    const { context, backend } = fakeContext();
    backend.compileError = new Unsupported({ name: "neg", label: "negation" }, "too hard");
    const refusal = identity(context);
    await expect(refusal).rejects.toMatchObject({ name: "NotSupportedError", message: "neg [negation] is refused: too hard" });
    expect((await refusal.catch((error) => error)).constructor).toBe(DOMException);
    backend.compileError = new Error("broken");
    await expect(identity(context)).rejects.toMatchObject({ name: "OperationError", message: "build: broken" });
  });

  test("inputs have names of their own", async () => {
    const { context } = fakeContext();
    const builder = new MLGraphBuilder(context);
    builder.input("x", FLOATS);
    expect(await failure(() => builder.input("x", FLOATS))).toBe("TypeError");
    expect(await failure(() => builder.input("", FLOATS))).toBe("TypeError");
    expect(await failure(() => builder.input("y", { dataType: "float32", shape: [0] }))).toBe("TypeError");
  });
});

describe("constants", () => {
  test("from a buffer are copied", async () => {
    const { context, backend } = fakeContext();
    const builder = new MLGraphBuilder(context);
    const data = Float32Array.of(1, 2);
    const constant = builder.constant(FLOATS, data);
    data.fill(0);
    await builder.build({ y: builder.identity(constant) });
    expect([...new Float32Array((backend.compiled[0].constants[0].bytes as Uint8Array).slice().buffer)]).toEqual([1, 2]);
    expect(constant.dataType).toBe("float32");
  });

  test.each([
    ["float32", 0.1, Float32Array.of(0.1)],
    ["float16", 65504, Uint16Array.of(0x7bff)],
    ["float16", 1e9, Uint16Array.of(0x7c00)],
    ["int32", -1.5, Int32Array.of(-2)],
    ["uint32", 1e12, Uint32Array.of(4294967295)],
    ["int64", -(2n ** 63n), BigInt64Array.of(-(2n ** 63n))],
    ["uint64", 2n ** 70n, BigUint64Array.of(2n ** 64n - 1n)],
    ["int8", 200, Int8Array.of(127)],
    ["uint8", Number.NaN, Uint8Array.of(0)],
    ["uint8", "7", Uint8Array.of(7)],
    ["int4", -1, Uint8Array.of(15)],
  ] as const)("of %s from %s", async (type, value, expected) => {
    const { context, backend } = fakeContext();
    const builder = new MLGraphBuilder(context);
    const constant = builder.constant(type, value as number);
    const one = builder.constant("float32", 1);
    expect([...constant.shape]).toEqual([]);
    const y = type === "int4" ? builder.dequantizeLinear(constant, one, constant) : builder.reshape(constant, [1]);
    await builder.build({ y });
    expect([...(backend.compiled[0].constants[0].bytes as Uint8Array)]).toEqual([...new Uint8Array(expected.buffer)]);
  });

  test("from a constant tensor share its memory, and outlive it", async () => {
    const { context, backend } = fakeContext();
    const builder = new MLGraphBuilder(context);
    const tensor = await context.createConstantTensor(FLOATS, Float32Array.of(1, 2));
    const y = builder.neg(builder.constant(tensor));
    const second = new MLGraphBuilder(context);
    const z = second.neg(second.constant(tensor));
    const graphs = [builder.build({ y }), second.build({ z })];
    tensor.destroy();
    await Promise.all(graphs);
    expect(backend.compiled[0].constants[0].bytes).toBe(backend.compiled[1].constants[0].bytes);
    const third = new MLGraphBuilder(context);
    expect(await failure(() => third.constant(tensor))).toBe("TypeError");
    const ordinary = await context.createTensor(FLOATS);
    expect(await failure(() => third.constant(ordinary))).toBe("TypeError");
    const elsewhere = await fakeContext().context.createConstantTensor(FLOATS, Float32Array.of(1, 2));
    expect(await failure(() => third.constant(elsewhere))).toBe("TypeError");
  });

  test("from a constant tensor need it until the graph is built", async () => {
    const { context } = fakeContext();
    const builder = new MLGraphBuilder(context);
    const tensor = await context.createConstantTensor(FLOATS, Float32Array.of(1, 2));
    const y = builder.neg(builder.constant(tensor));
    const z = builder.neg(builder.input("x", FLOATS));
    tensor.destroy();
    expect(await failure(builder.build({ y, z }))).toBe("TypeError");
    expect(await failure(builder.build({ z }))).toBe("nothing");
  });
});

test("limits are the caller's own copy", () => {
  const { context } = fakeContext();
  const limits = context.opSupportLimits();
  limits.input.dataTypes.length = 0;
  expect(context.opSupportLimits().input.dataTypes).toContain("float32");
  expect(context.opSupportLimits().dequantizeLinear?.input?.dataTypes).toContain("int4");
  expect(context.opSupportLimits().matmul?.a?.dataTypes).not.toContain("int4");
});

test("a label cannot disguise a message", () => {
  const builder = new MLGraphBuilder(fakeContext().context);
  const x = builder.input("x", { dataType: "int32", shape: [1] });
  expect(() => builder.sqrt(x, { label: "root\u202e\n" })).toThrow("sqrt [root\\u{202e}\\u{a}]: input:");
  expect(() => builder.elu(x, { label: "e", alpha: Number.NaN })).toThrow("elu [e]: options.alpha: expected a finite number");
});

test("a permissions policy can forbid it, where the browser knows that policy", async () => {
  const { context } = fakeContext();
  const policy = (features: string[]) => ({ permissionsPolicy: { features: () => features, allowsFeature: () => false } });
  vi.stubGlobal("document", policy(["webnn"]));
  try {
    expect(await failure(createML().createContext())).toBe("SecurityError");
    expect(await failure(() => new MLGraphBuilder(context))).toBe("SecurityError");
    vi.stubGlobal("document", policy(["camera"]));
    expect(await failure(createML().createContext())).toBe("nothing");
  } finally {
    vi.unstubAllGlobals();
  }
});

test("invalid options reject", async () => {
  for (const options of [5, "gpu", { powerPreference: "fast" }, { deviceType: "tpu" }]) {
    expect(await failure(createML().createContext(options as never))).toBe("TypeError");
  }
});

test("pooling takes the older name of outputShapeRounding", () => {
  const builder = new MLGraphBuilder(fakeContext().context);
  const x = builder.input("x", { dataType: "float32", shape: [1, 1, 4, 4] });
  const rounded = (options: object): number => builder.maxPool2d(x, { windowDimensions: [3, 3], strides: [2, 2], ...options }).shape[3];
  expect(rounded({})).toBe(1);
  expect(rounded({ roundingType: "ceil" })).toBe(2);
  expect(rounded({ roundingType: "ceil", outputShapeRounding: "floor" })).toBe(1);
  expect(() => rounded({ roundingType: "up" })).toThrow(TypeError);
});
