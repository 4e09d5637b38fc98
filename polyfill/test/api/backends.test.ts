/** What a context says of where it computes, and why. */

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { graphOf } from "../plain/graphs.js";

const SCALAR = { dataType: "float32", shape: [1] } as const;
const PRODUCT = graphOf(
  [0, 1].map(() => ({ dataType: "float32" as const, shape: [64, 64] })),
  (b, [x, y]) => [b.op("matmul", { a: x, b: y })],
);

let warnings: string[];

beforeEach(() => {
  vi.resetModules(); // each thing is said once
  warnings = [];
  vi.spyOn(console, "warn").mockImplementation((message) => warnings.push(message));
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

async function chosen(options: object) {
  const { chooseBackend } = await import("../../src/api/backends.js");
  const backend = await chooseBackend({ powerPreference: "default", ...options });
  const program = await backend.compile(graphOf([SCALAR], (b, [x]) => [b.op("neg", { input: x })]));
  return { accelerated: backend.accelerated, notes: (await program.explain()).notes.join("; ") };
}

describe("where there is no WebGPU", () => {
  test.each([
    ["accelerated: true", { accelerated: true }],
    ['deviceType: "gpu"', { deviceType: "gpu" }],
    ['deviceType: "npu"', { deviceType: "npu" }],
  ])("%s is said not to be had, once", async (words, options) => {
    for (let i = 0; i < 2; i++) {
      const { accelerated, notes } = await chosen(options);
      expect(accelerated).toBe(false);
      expect(notes).toMatch(/WebGPU is not to be had: /);
    }
    expect(warnings.length).toBe(1);
    expect(warnings[0]).toContain(`createContext({ ${words} }) computes on the CPU`);
  });

  test("who asked for nothing finds the reason in receipts, and who asked for the CPU needs none", async () => {
    expect((await chosen({})).notes).toMatch(/WebGPU is not to be had: /);
    expect((await chosen({ accelerated: false })).notes).not.toMatch(/WebGPU/);
    expect((await chosen({ deviceType: "cpu", accelerated: true })).notes).not.toMatch(/WebGPU/);
    expect(warnings).toEqual([]);
  });

  test("an adapter that fails is the reason", async () => {
    vi.stubGlobal("navigator", {
      gpu: {
        requestAdapter: async () => {
          throw new Error("the driver is blocked");
        },
      },
    });
    expect((await chosen({ accelerated: true })).notes).toContain("the driver is blocked");
    vi.stubGlobal("navigator", { gpu: { requestAdapter: async () => null } });
    expect((await chosen({ accelerated: true })).notes).toContain("the browser offers no adapter");
  });
});

describe("where WebAssembly is forbidden", () => {
  const { compile, Memory, Module, Instance } = WebAssembly; // none of them is enumerable
  const FUNCTIONS = { compile, Memory, Module, Instance };
  const forbidden = (name: string) => () => {
    throw new WebAssembly.CompileError(`${name} violates the policy`);
  };

  test.each([
    ["to be compiled", { ...FUNCTIONS, compile: async () => forbidden("compile")() }],
    ["to be run, as in WebKit", { ...FUNCTIONS, Instance: forbidden("Instance") }],
    ["altogether", undefined],
  ])("%s, large products are computed all the same, and it is said once", async (_name, stub) => {
    vi.stubGlobal("WebAssembly", stub);
    const { createPlainBackend } = await import("../../src/plain/index.js");
    for (let i = 0; i < 2; i++) {
      const { notes } = await (await createPlainBackend().compile(PRODUCT)).explain();
      expect(notes.join()).not.toMatch(/WebAssembly/);
    }
    expect(warnings.length).toBe(1);
    expect(warnings[0]).toContain("'wasm-unsafe-eval'");
  });
});
