/** Parts of the WebGPU backend that need no device. */

import { describe, expect, test } from "vitest";
import { GraphFileError } from "../../src/core/errors.js";
import { parseExported } from "../../src/webgpu/exported.js";
import { count, kernel, linked, names, parseHead } from "../../src/webgpu/kernel.js";
import { Timeline } from "../../src/webgpu/timeline.js";
import { safetensors } from "./exporting.js";

describe("kernels", () => {
  test("a head is arithmetic and nothing else", () => {
    expect(count("(A + 7) / 8 * B", { A: 9, B: 3 })).toBe(6);
    expect(count("A - B - 1", { A: 9, B: 3 })).toBe(5);
    for (const text of ["f(A)", "A ** B", "A B", "(A", "A +", "", "'x'", "toString", "A[0]"]) {
      expect(() => count(text, { A: 1, B: [2] as never }), text).toThrow(/not arithmetic/);
    }
  });

  test("a head that says nonsense is rejected", () => {
    expect(() => parseHead("x", "//! out y lumps\n")).toThrow(/cells or elements, not lumps/);
    expect(() => kernel("constructor")).toThrow(/no kernel "constructor"/);
  });

  test("each states what it does, and what it writes", () => {
    for (const name of names()) {
      const { about, bindings } = kernel(name).head;
      expect(about, name).toMatch(/\.$/);
      expect(Object.values(bindings), name).toContainEqual(expect.stringMatching(/^(cells|elements|state|atomic)$/));
    }
  });

  test("only what is called is linked", () => {
    const text = linked("fn f(x: f32) -> f32 { return sqrt_float(x); }");
    expect(text).toContain("fn sqrt_float");
    expect(text).toContain("fn compose");
    expect(text).not.toContain("fn exp_float");
  });
});

describe("a timeline", () => {
  test("does things at once, unless it waits; then in their order", async () => {
    const timeline = new Timeline();
    const done: string[] = [];
    timeline.run(() => done.push("first"));
    expect(done).toEqual(["first"]);
    let release = () => {};
    timeline.hold(
      new Promise((resolve) => {
        release = resolve;
      }),
    );
    timeline.run(() => done.push("second"));
    const answer = timeline.ask(async () => done.push("third"));
    timeline.run(() => done.push("fourth"));
    expect(timeline.isBusy).toBe(true);
    expect(done).toEqual(["first"]);
    release();
    expect(await answer).toBe(3);
    await timeline.ask(async () => undefined);
    expect(done).toEqual(["first", "second", "third", "fourth"]);
    expect(timeline.isBusy).toBe(false);
  });

  test("passes on what a promise rejects with", async () => {
    await expect(new Timeline().ask(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
  });
});

describe("files that are no plans", () => {
  const cases: [string, Uint8Array, RegExp][] = [
    ["empty", new Uint8Array(), /only 0 bytes/],
    ["too long a header", new Uint8Array(16).fill(255), /header is longer than the file/],
    ["no text", Uint8Array.from([2, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe]), /no UTF-8/],
    ["no JSON", Uint8Array.from([1, 0, 0, 0, 0, 0, 0, 0, 0x7b]), /no JSON/],
    ["a list", safetensors([]), /no JSON object/],
    ["a graph file", safetensors({ __metadata__: { webnpu: "{}" } }), /no member 'webnpu-plan'/],
    ["another version", safetensors({ __metadata__: { "webnpu-plan": '{"version": 3}' } }), /version: expected 2; got 3/],
    ["nothing of a plan", safetensors({ __metadata__: { "webnpu-plan": '{"version": 2}' } }), /inputs: expected an object; got nothing/],
  ];
  test.each(cases)("%s", (_, file, message) => {
    expect(() => parseExported(file)).toThrow(GraphFileError);
    expect(() => parseExported(file)).toThrow(message);
  });
});
