/** LiteRT.js loads what `webnpu export --to tflite --int32-io` wrote, and runs it by itself and on the polyfill. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call } from "../browser/chromium.js";
import { expectClose, missing, PATIENCE, Surroundings } from "./clients.js";
import type { Answer } from "./pages/litert.js";

const reason = missing("@litertjs/core");
const IMPORTS = {
  "@litertjs/core": "/packages/@litertjs/core/dist/index.js",
  "@litertjs/wasm-utils": "/packages/@litertjs/wasm-utils/dist/index.js",
};

/** The models, and what LiteRT.js builds of each where it runs them on WebNN. */
const MODELS: Readonly<Record<string, readonly string[]>> = {
  convolution: ["conv2d", "convTranspose2d", "maxPool2d", "averagePool2d", "gather", "gemm", "softmax", "concat"],
  transformer: ["gather", "matmul", "softmax", "transpose", "reshape", "where"],
  quantised: ["conv2d", "dequantizeLinear", "quantizeLinear", "matmul"],
  recurrent: ["sigmoid", "tanh", "gemm", "concat"],
};

describe.skipIf(reason)(`LiteRT.js${reason}`, { timeout: PATIENCE }, () => {
  let surroundings: Surroundings;

  beforeAll(async () => {
    surroundings = await Surroundings.make();
  }, PATIENCE);

  afterAll(() => surroundings?.close());

  describe.each(Object.keys(MODELS))("%s", (name) => {
    test.each([
      ["its own kernels", "wasm", ""],
      ["the polyfill's cpu", "webnn", "cpu"],
      ["the polyfill's gpu", "webnn", "gpu"],
    ])("on %s", async (_name, accelerator, device) => {
      const page = await surroundings.open(IMPORTS);
      const example = await surroundings.example(name);
      const found = await call<Answer>(page, "test/clients/pages/litert.ts", "run", name, example, accelerator, device);
      await page.close();
      if (accelerator === "webnn") {
        expect(found.whole).toBe(true);
        expect(found.accelerated).toContain(device === "gpu");
        expect(found.built).toEqual(expect.arrayContaining([...MODELS[name]]));
      }
      for (const outputs of found.runs) {
        for (const [output, stored] of Object.entries(example.outputs)) expectClose(outputs[output], stored);
      }
    });
  });
});
