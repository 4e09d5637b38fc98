/** The WebGPU backend and the small runtime, in a real browser. */

import type { Browser, Page } from "playwright-core";
import type { ViteDevServer } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { names } from "../../src/webgpu/kernel.js";
import { type Case, loadCases } from "../corpus.js";
import { call, launch, openPage, serve, whyNot } from "./chromium.js";

const PAGE = "test/browser/pages/webgpu.ts";
const CASES: readonly Case[] = [...loadCases().values()].flat();
/** SwiftShader takes ten seconds and more to compile these kernels; all of the corpus is for the conformance command. */
const SLOW = /^(gru|lstm|layerNorm|instanceNorm|l2Pool|reduceLogSum|softmax|_graphs)/;

/** One case of each operator and data type that is quick to compile, and of those every third. */
function sample(): Case[] {
  const chosen = new Map(CASES.filter(({ operator }) => !SLOW.test(operator)).map((item) => [`${item.operator} ${item.type}`, item]));
  return [...chosen.values()].filter((_, i) => i % 3 === 0);
}

function caseOf(id: RegExp): Case {
  const found = CASES.find((item) => id.test(item.id));
  if (!found) throw new Error(`there is no case ${id}`);
  return found;
}

describe.skipIf(whyNot)(`in Chromium${whyNot}`, () => {
  let server: ViteDevServer;
  let browser: Browser;
  let page: Page;
  const uncaught: string[] = [];

  beforeAll(async () => {
    server = await serve();
    browser = await launch();
    page = await openPage(browser, server);
    page.on("pageerror", (error) => uncaught.push(error.message));
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  test("a sample of the corpus agrees, and all memory comes back", async () => {
    const cases = sample();
    expect(cases.length).toBeGreaterThan(120);
    expect(await call(page, PAGE, "judge", cases)).toEqual({ faults: [], left: 0 });
  });

  test("Tint accepts every kernel in every format", async () => {
    const chosen = [...new Map(CASES.map((item) => [`${item.operator} ${item.type}`, item])).values()];
    const found = await call<{ kernels: string[]; count: number; faults: string[] }>(page, PAGE, "compileTexts", chosen);
    expect(found.faults).toEqual([]);
    expect(found.count).toBeGreaterThan(400);
    const wide = ["conv2d_wide", "pool_wide"]; // no graph of the corpus has windows so large; the corpus of sizes has
    expect(found.kernels).toEqual(names().filter((name) => !wide.includes(name)));
  });

  test("products of large matrices are right, through the kernel for software renderers", async () => {
    const { worst, kernels } = await call<{ worst: number; kernels: string[] }>(page, PAGE, "multiplyLarge");
    expect(worst).toBeLessThan(1);
    expect(kernels).toEqual(["product_direct"]);
  });

  test.each([/^conv2d\/float32/, /^gather\/int64/, /^cast\/float16/])("an exported plan is loaded and run: %s", async (id) => {
    const found = await call<{ faults: string[]; kernels: string[]; afterDestroy: string }>(page, PAGE, "runExported", caseOf(id));
    expect(found.faults).toEqual([]);
    expect(found.kernels.length).toBeGreaterThan(0);
    expect(found.afterDestroy).toMatch(/^InvalidStateError: the model is destroyed/);
  });

  test("what is wrong with a file, or with inputs, is said", async () => {
    expect(await call(page, PAGE, "loadBroken")).toEqual({
      truncated: expect.stringMatching(/^GraphFileError: the file is damaged: its header is longer than the file/),
      code: expect.stringMatching(/^GraphFileError: .*chain\[0\].arguments\[0\]: expected v, x or a number/),
      kernel: expect.stringMatching(/^GraphFileError: .*steps\[0\].kernel: expected the name of a kernel/),
      buffer: expect.stringMatching(/^GraphFileError: .*bindings.y.buffer: expected less than/),
      function: expect.stringMatching(/^GraphFileError: .*chain\[0\].function: expected a function of the library; got "nonsense"/),
      compiler: expect.stringMatching(/^OperationError: WebGPU: elementwise: .*add_uint64/s),
      limits: expect.stringMatching(/^NotSupportedError: .*64 storage buffers/),
      slots: expect.stringMatching(/^GraphFileError: .*slots\[0\]: expected 0, the bytes of its longest buffer; got 1048576/),
      memory: expect.stringMatching(/^OperationError: WebGPU: tensors/),
      missing: expect.stringMatching(/^TypeError: input "x": expected float32\[8\].*got Undefined/),
      unknown: expect.stringMatching(/^TypeError: there is no input "z"/),
      type: expect.stringMatching(/^TypeError: input "x": .*got Int32Array/),
      length: expect.stringMatching(/^TypeError: input "x": .*32 bytes; got 28 bytes/),
      address: expect.stringMatching(/^OperationError: .*404/),
    });
  });

  test("ten thousand dispatches make no buffers", async () => {
    expect(await call(page, PAGE, "dispatchMany", 10_000)).toEqual({ made: 0, bytes: 0, last: 9901, left: 0 });
  });

  test("racing calls take effect in their order", async () => {
    expect(await call(page, PAGE, "race")).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  test("a lost device is told, and replaced", async () => {
    const lost = expect.stringMatching(/^InvalidStateError: .*lost/);
    expect(await call(page, PAGE, "lose")).toEqual({
      lost: expect.stringMatching(/destroyed/i),
      reading: expect.stringMatching(/^read$|^InvalidStateError/),
      dispatch: "no throw",
      read: lost,
      compile: lost,
      createTensor: lost,
      again: "1",
    });
  });

  test("the receipt names kernels and times, and leaves tensors alone", async () => {
    const found = await call<{ supported: boolean }>(page, PAGE, "explain");
    const operator = { operator: "add", label: "", by: "elementwise", device: expect.any(String), reason: "" };
    const milliseconds = expect.any(Number);
    expect(found).toEqual({
      report: {
        backend: "webgpu",
        device: expect.stringMatching(/swiftshader/i),
        operators: [found.supported ? { ...operator, milliseconds } : operator],
        weightBytes: 0,
        notes: ["1 dispatches", "arena of 0 bytes in 0 slots"],
      },
      same: true,
      kept: 6,
      supported: true,
    });
  });

  test("tensors are lent to WebGPU: the memory itself, or a copy for another device", async () => {
    const each = { usage: 0x8c, lent: 1, returned: 1, after: 42, later: 7 };
    expect(await call(page, PAGE, "lend")).toEqual({
      own: { ...each, sameMemory: true },
      other: { ...each, sameMemory: false },
      tooLong: expect.stringMatching(/^NotSupportedError: .*cannot be exported/),
      ownSurvives: 0,
    });
  });

  test("who asks for too much is told, and can go on", async () => {
    expect(await call(page, PAGE, "exhaust")).toEqual({
      createTensor: expect.stringMatching(/^OperationError: WebGPU: tensor float32\[262144\]/),
      compile: expect.stringMatching(/^OperationError: WebGPU: memory/),
      works: 3,
      late: expect.stringMatching(/^InvalidStateError/),
      left: 0,
    });
  });

  test("nothing was left uncaught", () => {
    expect(uncaught).toEqual([]);
  });
});
