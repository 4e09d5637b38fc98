/** What the tests of the WebGPU backend do in a page. */

import type { DeviceTensor, Program } from "../../../src/core/backend.js";
import { GraphBuilder } from "../../../src/core/builder.js";
import { graphFromDocument } from "../../../src/core/document.js";
import type { Graph } from "../../../src/core/graph.js";
import type { Operand } from "../../../src/core/operand.js";
import type { OperandDescriptor } from "../../../src/core/types.js";
import type { Case } from "../../../src/document/cases.js";
import { compare } from "../../../src/document/comparison.js";
import { fromBase64 } from "../../../src/document/elements.js";
import { load } from "../../../src/runtime.js";
import { createWebGPUBackend, type WebGPUBackend } from "../../../src/webgpu/index.js";
import { lower } from "../../../src/webgpu/lowering/index.js";
import { DEFAULT_LIMITS, type Plan } from "../../../src/webgpu/plan.js";
import { shader } from "../../../src/webgpu/prelude.js";
import { isCommand } from "../../../src/webgpu/runtime.js";
import { exported } from "../../webgpu/exporting.js";
import { counted, short } from "./buffers.js";

const ALL = { readable: true, writable: true, exportable: true };

type Tensors = Map<string, DeviceTensor>;

async function backendOf(device?: GPUDevice): Promise<WebGPUBackend> {
  const backend = await createWebGPUBackend({ device });
  if (!backend) throw new Error("there is no WebGPU adapter");
  return backend;
}

async function newDevice(): Promise<GPUDevice> {
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) throw new Error("there is no WebGPU adapter");
  return adapter.requestDevice();
}

function decoded(texts: Readonly<Record<string, string>> = {}): Record<string, Uint8Array> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, fromBase64(text)]));
}

function graphOf({ document, constants }: Case): Graph {
  return graphFromDocument(document, decoded(constants));
}

async function tensorsOf(backend: WebGPUBackend, operands: ReadonlyMap<string, Operand>): Promise<Tensors> {
  const made = [...operands].map(async ([name, { descriptor }]) => [name, await backend.createTensor(descriptor, ALL)] as const);
  return new Map(await Promise.all(made));
}

/** y = x + 1, of eight floats or more. */
function addOne(length = 8): Graph {
  const b = new GraphBuilder();
  const descriptor: OperandDescriptor = { dataType: "float32", shape: [length] };
  const one = b.constant({ dataType: "float32", shape: [] }, new Uint8Array(new Float32Array([1]).buffer));
  return b.finish(new Map([["y", b.op("add", { a: b.input("x", descriptor), b: one })]]));
}

interface AddOne {
  readonly program: Program;
  readonly x: DeviceTensor;
  readonly y: DeviceTensor;
  run(): void;
}

async function addOneOn(backend: WebGPUBackend): Promise<AddOne> {
  const graph = addOne();
  const program = await backend.compile(graph);
  const inputs = await tensorsOf(backend, graph.inputs);
  const outputs = await tensorsOf(backend, graph.outputs);
  return {
    program,
    x: inputs.get("x") as DeviceTensor,
    y: outputs.get("y") as DeviceTensor,
    run: () => program.dispatch(inputs, outputs),
  };
}

function floats(value: number, length = 8): Uint8Array {
  return new Uint8Array(new Float32Array(length).fill(value).buffer);
}

async function firstOf(tensor: DeviceTensor): Promise<number> {
  const values = new Float32Array((await tensor.read()).buffer);
  return values.every((value) => value === values[0]) ? values[0] : Number.NaN;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : `${error}`;
}

/** What is wrong with a case, in words. */
async function faultsOf(backend: WebGPUBackend, item: Case): Promise<string[]> {
  const graph = graphOf(item);
  const program = await backend.compile(graph);
  const bytes = decoded(item.inputs);
  const inputs = await tensorsOf(backend, graph.inputs);
  const outputs = await tensorsOf(backend, graph.outputs);
  for (const [name, tensor] of inputs) tensor.write(bytes[name]);
  program.dispatch(inputs, outputs);
  const faults: string[] = [];
  for (const [name, tensor] of outputs) {
    const { bytes: expected, ...bound } = item.outputs[name];
    const { dataType, shape } = tensor.descriptor;
    const found = compare(await tensor.read(), fromBase64(expected), { dataType, shape: [...shape] }, { ...NO_BOUND, ...bound });
    if (!found.agrees) faults.push(`${item.id}, ${name}: ${found.reason}`);
  }
  for (const tensor of [...inputs.values(), ...outputs.values()]) tensor.destroy();
  program.destroy();
  return faults;
}

const NO_BOUND = { ulp: 0, absolute: 0, zeroSign: false };

/** Whether each case agrees, and whether all memory came back. */
export function judge(cases: readonly Case[]): Promise<{ faults: string[]; left: number }> {
  return counted(async () => {
    const backend = await backendOf(await newDevice());
    const faults = await Promise.all(cases.map((item) => faultsOf(backend, item).catch((error) => [`${item.id}: ${nameOf(error)}`])));
    backend.destroy();
    return { faults: faults.flat() };
  });
}

/** Graphs that meet the kernels for large tensors. */
const LARGE: readonly (() => Graph)[] = (["float32", "float16"] as const).flatMap((dataType) => [
  ...[
    [128, 256, 512],
    [1500, 64, 1500],
    [7, 100, 999],
    [2, 512, 1024],
    [8, 1024, 1024],
  ].map(([m, k, n]) => () => {
    const b = new GraphBuilder();
    const product = b.op("matmul", { a: b.input("a", { dataType, shape: [m, k] }), b: b.input("b", { dataType, shape: [k, n] }) });
    return b.finish(new Map([["y", b.op("gelu", { input: product })]]));
  }),
  () => {
    const b = new GraphBuilder();
    return b.finish(new Map([["y", b.op("reduceSum", { input: b.input("x", { dataType, shape: [1000] }) })]]));
  },
  () => {
    const b = new GraphBuilder();
    const input = b.input("x", { dataType, shape: [40, 300] });
    return b.finish(
      new Map([
        ["y", b.op("softmax", { input, axis: 1 })],
        ["z", b.op("layerNormalization", { input, axes: [1] })],
      ]),
    );
  },
  ...(
    [
      [16, 3, 1],
      [64, 1, 1],
      [64, 3, 64],
    ] as const
  ).map(([channels, side, groups]) => () => {
    const b = new GraphBuilder();
    const input = b.input("x", { dataType, shape: [1, channels, 30, 30] });
    const filter = b.input("f", { dataType, shape: [64, channels / groups, side, side] });
    return b.finish(new Map([["y", b.op("conv2d", { input, filter, groups })]]));
  }),
]);

/** The distinct shaders of cases and of large graphs, and what Tint says of those that it rejects. */
export async function compileTexts(cases: readonly Case[]): Promise<{ kernels: string[]; count: number; faults: string[] }> {
  const kernels = new Map<string, string>();
  for (const graph of [...cases.map(graphOf), ...LARGE.map((make) => make())]) {
    for (const workgroup_memory of [true, false]) {
      const { plan } = lower(graph, { ...DEFAULT_LIMITS, workgroup_memory });
      for (const step of plan.steps) if (!isCommand(step)) kernels.set(shader(plan, step), step.kernel);
    }
  }
  const device = await newDevice();
  device.pushErrorScope("validation");
  const checks = [...kernels].map(async ([code, kernel]) => {
    const { messages } = await device.createShaderModule({ code }).getCompilationInfo();
    const found = messages.filter(({ type }) => type !== "info");
    return found.map(({ message, lineNum }) => `${kernel}: ${message}: ${code.split("\n")[lineNum - 1]}`);
  });
  await device.popErrorScope();
  return { kernels: [...new Set(kernels.values())].sort(), count: kernels.size, faults: (await Promise.all(checks)).flat() };
}

/** How a case that was exported, loaded and run compares; and the receipt of the loaded model. */
export async function runExported(item: Case): Promise<{ faults: string[]; kernels: string[]; afterDestroy: string }> {
  const graph = graphOf(item);
  const describe = (operands: ReadonlyMap<string, Operand>) => new Map([...operands].map(([name, { descriptor }]) => [name, descriptor]));
  const url = URL.createObjectURL(new Blob([exported(lower(graph), describe(graph.inputs), describe(graph.outputs)) as BlobPart]));
  const model = await load(url);
  const inputs = Object.fromEntries(Object.entries(decoded(item.inputs)).map(([name, bytes]) => [name, bytes.slice().buffer]));
  const results = await Promise.all([model.run(inputs), model.run(inputs)]);
  const faults = results.flatMap((outputs) =>
    Object.entries(item.outputs).flatMap(([name, { bytes, ...bound }]) => {
      const { buffer } = outputs[name];
      const { dataType, shape } = model.outputs[name];
      const found = compare(new Uint8Array(buffer), fromBase64(bytes), { dataType, shape: [...shape] }, { ...NO_BOUND, ...bound });
      return found.agrees ? [] : [found.reason];
    }),
  );
  const { operators } = await model.explain();
  model.destroy();
  model.destroy();
  const afterDestroy = await model.run(inputs).then(() => "ran", nameOf);
  return { faults, kernels: operators.map(({ by }) => by), afterDestroy };
}

/** What `load` says of files that are wrong, each made by a change of the plan or of the inputs. */
export async function loadBroken(): Promise<Record<string, string>> {
  const graph = addOne();
  const descriptors = { x: { dataType: "float32", shape: [8] }, y: { dataType: "float32", shape: [8] } } as const;
  const file = (change: (plan: Plan & Record<string, never>) => void) =>
    exported(lower(graph), new Map([["x", descriptors.x]]), new Map([["y", descriptors.y]]), (whole) => change(whole.plan as never));
  const good = file(() => undefined);
  const long: OperandDescriptor = { dataType: "float32", shape: [2 ** 18] };
  const large = exported(lower(addOne(2 ** 18)), new Map([["x", long]]), new Map([["y", long]]));
  const attempts: Record<string, () => Promise<unknown>> = {
    truncated: () => load(good.subarray(0, 20)),
    code: () => load(file(({ steps }) => Object.assign(steps[0].chain[0], { arguments: ["1.0); } fn other() { loop {}"] }))),
    kernel: () => load(file(({ steps }) => Object.assign(steps[0], { kernel: "../etc" }))),
    buffer: () => load(file(({ steps }) => Object.assign(steps[0].bindings.y, { buffer: 9 }))),
    function: () => load(file(({ steps }) => Object.assign(steps[0].chain[0], { function: "nonsense" }))),
    compiler: () => load(file(({ steps }) => Object.assign(steps[0].chain[0], { function: "add_uint64" }))),
    limits: () => load(file(({ limits }) => Object.assign(limits, { storage_buffers: 64 }))),
    slots: () => load(file(({ slots }) => (slots as number[]).push(2 ** 20))),
    memory: () => short(() => load(large)),
    missing: async () => (await load(good)).run({}),
    unknown: async () => (await load(good)).run({ x: new Float32Array(8), z: new Float32Array(8) }),
    type: async () => (await load(good)).run({ x: new Int32Array(8) }),
    length: async () => (await load(good)).run({ x: new Float32Array(7) }),
    address: () => load("/nowhere"),
  };
  const said: Record<string, string> = {};
  for (const [name, attempt] of Object.entries(attempts)) said[name] = await attempt().then(() => "no error", nameOf);
  return said;
}

/** The buffers that a warm program makes in many dispatches and reads, and what comes out at the end. */
export function dispatchMany(times: number): Promise<{ made: number; bytes: number; last: number; left: number }> {
  return counted(async (counts) => {
    const backend = await backendOf(await newDevice());
    const { x, y, run } = await addOneOn(backend);
    x.write(floats(1));
    run();
    await y.read();
    const before = { ...counts };
    for (let i = 0; i < times; i++) {
      if (i % 100 === 0) x.write(floats(i));
      run();
      if (i % 1000 === 999) await y.read();
    }
    const last = await firstOf(y);
    const grown = { made: counts.made - before.made, bytes: counts.bytes - before.bytes };
    backend.destroy();
    return { ...grown, last };
  });
}

/** Programs that race on one device: what each read gives, in the order of the calls. */
export async function race(): Promise<number[]> {
  const backend = await backendOf();
  const [first, second] = await Promise.all([addOneOn(backend), addOneOn(backend)]);
  const reads: Promise<number>[] = [];
  for (let i = 0; i < 20; i++) {
    const { x, y, run } = i % 2 ? first : second;
    const bytes = floats(i);
    x.write(bytes);
    bytes.fill(0);
    run();
    reads.push(firstOf(y));
    x.write(floats(-1));
    if (i === 19) y.destroy();
  }
  const results = await Promise.all(reads);
  backend.destroy();
  return results;
}

/** What happens to everything when the device is lost. */
export async function lose(): Promise<Record<string, string>> {
  const device = await newDevice();
  const backend = await backendOf(device);
  const { x, y, run } = await addOneOn(backend);
  const reading = y.read().then(() => "read", nameOf);
  device.destroy();
  const said = { lost: await backend.lost, reading: await reading, dispatch: "", read: "", compile: "", createTensor: "", again: "" };
  x.write(floats(1));
  run();
  said.dispatch = "no throw";
  said.read = await y.read().then(() => "read", nameOf);
  said.compile = await backend.compile(addOne()).then(() => "compiled", nameOf);
  said.createTensor = await backend.createTensor(x.descriptor, ALL).then(() => "created", nameOf);
  backend.destroy();
  const other = await addOneOn(await backendOf());
  other.run();
  said.again = `${await firstOf(other.y)}`;
  return said;
}

/** The receipt of a program, twice. */
export async function explain(): Promise<unknown> {
  const backend = await backendOf();
  const { program, x, y, run } = await addOneOn(backend);
  x.write(floats(5));
  run();
  const report = await program.explain();
  const again = await program.explain();
  const kept = await firstOf(y);
  const supported = backend.device.hasTimestamps;
  backend.destroy();
  return { report, same: JSON.stringify(report) === JSON.stringify(again), kept, supported };
}

/** A tensor lent to its own device and to another: what WebGPU wrote is what WebNN computes with. */
export async function lend(): Promise<Record<string, unknown>> {
  const own = await newDevice();
  const other = await newDevice();
  const backend = await backendOf(own);
  const { y, program } = await addOneOn(backend);
  const results: Record<string, unknown> = {};
  for (const [name, device] of [
    ["own", own],
    ["other", other],
  ] as const) {
    const x = await backend.createTensor(y.descriptor, { ...ALL, device });
    const run = () => program.dispatch(new Map([["x", x]]), new Map([["y", y]]));
    x.write(floats(1));
    let returned = 0;
    const buffer = backend.lend(x, () => returned++);
    const whole = await readBuffer(device, buffer);
    device.queue.writeBuffer(buffer, 0, floats(41) as Uint8Array<ArrayBuffer>);
    buffer.destroy();
    buffer.destroy();
    run();
    const after = firstOf(y);
    x.write(floats(6));
    run();
    results[name] = {
      sameMemory: buffer === (x as unknown as { pieces: GPUBuffer[] }).pieces[0],
      usage: buffer.usage,
      lent: whole,
      returned,
      after: await after,
      later: await firstOf(y),
    };
  }
  const tooLong = backend.createTensor({ dataType: "float32", shape: [2 ** 26] }, ALL);
  results.tooLong = await tooLong.then(() => "created", nameOf);
  backend.destroy();
  results.ownSurvives = await readBuffer(own, own.createBuffer({ size: 32, usage: 0x84 }));
  return results;
}

async function readBuffer(device: GPUDevice, buffer: GPUBuffer): Promise<number> {
  const staging = device.createBuffer({ size: buffer.size, usage: 0x09 });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, buffer.size);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(1);
  return new Float32Array(staging.getMappedRange())[0];
}

/** What a page that asks for too much is told, and that the backend still works after it. */
export function exhaust(): Promise<Record<string, unknown>> {
  return counted(async () => {
    const backend = await backendOf(await newDevice());
    const large: OperandDescriptor = { dataType: "float32", shape: [2 ** 18] };
    const b = new GraphBuilder();
    const weights = b.constant(large, floats(1, 2 ** 18));
    const graph = b.finish(new Map([["y", b.op("add", { a: b.input("x", { dataType: "float32", shape: [] }), b: weights })]]));
    const said = await short(async () => ({
      createTensor: await backend.createTensor(large, ALL).then(() => "created", nameOf),
      compile: await backend.compile(graph).then(() => "compiled", nameOf),
    }));
    const { x, y, run } = await addOneOn(backend);
    x.write(floats(2));
    run();
    const works = await firstOf(y);
    backend.destroy();
    const late = await backend.createTensor(x.descriptor, ALL).then(() => "created", nameOf);
    return { ...said, works, late };
  });
}

/** The largest error of products of large matrices, in units of what rounding allows; and the kernels. */
export async function multiplyLarge(): Promise<{ worst: number; kernels: string[] }> {
  const backend = await backendOf();
  let worst = 0;
  const kernels = new Set<string>();
  for (const [m, k, n] of [
    [9, 100, 1003],
    [16, 512, 256],
  ]) {
    const b = new GraphBuilder();
    const left = b.input("a", { dataType: "float32", shape: [m, k] });
    const graph = b.finish(new Map([["y", b.op("matmul", { a: left, b: b.input("b", { dataType: "float32", shape: [k, n] }) })]]));
    const program = await backend.compile(graph);
    const inputs = await tensorsOf(backend, graph.inputs);
    const outputs = await tensorsOf(backend, graph.outputs);
    const a = Float32Array.from({ length: m * k }, (_, i) => Math.sin(i));
    const c = Float32Array.from({ length: k * n }, (_, i) => Math.cos(i * 3));
    inputs.get("a")?.write(new Uint8Array(a.buffer));
    inputs.get("b")?.write(new Uint8Array(c.buffer));
    program.dispatch(inputs, outputs);
    const y = new Float32Array((await (outputs.get("y") as DeviceTensor).read()).buffer);
    y.forEach((value, i) => {
      let sum = 0;
      for (let t = 0; t < k; t++) sum += a[Math.floor(i / n) * k + t] * c[t * n + (i % n)];
      worst = Math.max(worst, Math.abs(value - sum) / (k * 2 ** -24 * k));
    });
    for (const { by } of (await program.explain()).operators) kernels.add(by);
  }
  backend.destroy();
  return { worst, kernels: [...kernels] };
}
