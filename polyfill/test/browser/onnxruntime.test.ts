/**
 * A client that nobody here wrote: onnxruntime-web runs ONNX models through its WebNN provider on the polyfill, with the
 * answers of its WebAssembly provider. The package is large, so it is no dependency: ONNXRUNTIME_WEB names its folder.
 */

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import type { ViteDevServer } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call, launch, openPage, serve, whyNot } from "./chromium.js";
import type { Answer, Input } from "./pages/onnxruntime.js";

const PACKAGE = process.env.ONNXRUNTIME_WEB ?? "";
const PYTHON = process.env.PYTHON ?? fileURLToPath(new URL("../../../.venv/bin/python", import.meta.url));
const reason = whyNot || missing();

function missing(): string {
  if (!existsSync(join(PACKAGE, "dist/ort.all.bundle.min.mjs"))) return " (skipped: set ONNXRUNTIME_WEB to the folder of onnxruntime-web)";
  return existsSync(PYTHON) ? "" : " (skipped: no Python with onnx to make the models; set PYTHON)";
}

/** Numbers between -1 and 1. */
function waves(length: number): number[] {
  return Array.from({ length }, (_, index) => Math.sin(index * 1.7 + 0.3));
}

const MODELS: Readonly<Record<string, { inputs: Record<string, Input>; builds: readonly string[] }>> = {
  convolution: {
    inputs: { x: { type: "float32", dims: [1, 3, 16, 16], data: waves(768) } },
    builds: ["conv2d", "convTranspose2d", "maxPool2d", "averagePool2d", "resample2d", "gemm", "softmax", "concat"],
  },
  transformer: {
    inputs: {
      ids: { type: "int64", dims: [1, 12], data: Array.from({ length: 12 }, (_, index) => (index * 7) % 50) },
      mask: { type: "int64", dims: [1, 12], data: Array.from({ length: 12 }, (_, index) => Number(index < 9)) },
    },
    builds: ["gather", "layerNormalization", "matmul", "softmax", "erf", "transpose", "reshape", "slice", "cast"],
  },
};

describe.skipIf(reason)(`onnxruntime-web${reason}`, () => {
  let server: ViteDevServer;
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "webnpu-models-"));
    execFileSync(PYTHON, [fileURLToPath(new URL("onnxruntime_models.py", import.meta.url)), folder]);
    server = await serve();
    browser = await launch();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(): Promise<Page> {
    const page = await openPage(browser, server);
    await page.route("**/onnxruntime/*", async (route) => {
      const name = new URL(route.request().url()).pathname.replace(/^.*\//, "");
      const contentType = name.endsWith(".wasm") ? "application/wasm" : "text/javascript";
      await route.fulfill({ contentType, body: await readFile(join(PACKAGE, "dist", name)) });
    });
    return page;
  }

  async function answer(name: string, provider: string): Promise<Answer> {
    const page = await open();
    const model = await readFile(join(folder, `${name}.onnx`));
    const found = await call<Answer>(page, "test/browser/pages/onnxruntime.ts", "run", [...model], MODELS[name].inputs, provider);
    await page.close();
    return found;
  }

  describe.each(Object.keys(MODELS))("%s", (name) => {
    let expected: Answer;

    beforeAll(async () => {
      expected = await answer(name, "wasm");
    });

    test("runs without WebNN by the WebAssembly provider", () => {
      expect(expected.built).toEqual([]);
      expect(new Set(expected.outputs[0]).size).toBeGreaterThan(1);
    });

    test.each([
      ["cpu", false],
      ["gpu", true],
    ] as const)("computes the same on the polyfill's %s", async (provider, accelerated) => {
      const found = await answer(name, provider);
      expect(found.built).toEqual(expect.arrayContaining([...MODELS[name].builds]));
      expect(found.accelerated).toEqual([accelerated]);
      for (const output of found.outputs) {
        expect(output).toHaveLength(expected.outputs[0].length);
        output.forEach((value, index) => {
          expect(Math.abs(value - expected.outputs[0][index])).toBeLessThan(1e-5 * (1 + Math.abs(expected.outputs[0][index])));
        });
      }
    });
  });
});
