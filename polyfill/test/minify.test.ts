/** Kernels mean the same once what only people read is taken out of them. */

import { describe, expect, test } from "vitest";
// @ts-expect-error: the build is plain JavaScript
import { minifiedKernel } from "../minify.mjs";
import { parseHead } from "../src/webgpu/kernel.js";
import { KERNELS, LIBRARY } from "../src/webgpu/sources.js";

/** What a WGSL compiler sees. */
function tokens(text: string): string[] {
  return text.replace(/\/\/.*$/gm, "").match(/\w+|[^\w\s]/g) ?? [];
}

/** Where declarations begin and blocks end: what the loader cuts the library by. */
function outline(text: string): string[] {
  return text.replace(/\/\/.*$/gm, "").match(/^(?:(?:fn|struct) \w+|\})/gm) ?? [];
}

describe.each([...KERNELS, ...LIBRARY])("%s", (name, text) => {
  const short: string = minifiedKernel(text);

  test("has the same tokens, declarations and head", () => {
    expect(tokens(short)).toEqual(tokens(text));
    expect(outline(short)).toEqual(outline(text));
    expect({ ...parseHead(name, short), about: "" }).toEqual({ ...parseHead(name, text), about: "" });
  });

  test("is shorter, and has no comments left", () => {
    expect(short.length).toBeLessThan(text.length);
    expect(short).not.toMatch(/\/\/[^!]/);
  });
});
