/** onnxruntime-web runs ONNX models through its WebNN provider on the polyfill, with onnxruntime's answers. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call } from "../browser/chromium.js";
import { expectClose, missing, PATIENCE, Surroundings } from "./clients.js";
import type { Answer } from "./pages/onnxruntime.js";

const reason = missing("onnxruntime-web");

/** The models, what the provider builds of each, and how many nodes it leaves to WebAssembly, as it does on any WebNN. */
const MODELS: Readonly<Record<string, { readonly builds: readonly string[]; readonly left: number }>> = {
  convolution: {
    builds: ["conv2d", "convTranspose2d", "maxPool2d", "averagePool2d", "resample2d", "gemm", "softmax", "concat"],
    left: 0,
  },
  transformer: {
    builds: ["gather", "layerNormalization", "matmul", "softmax", "erf", "transpose", "reshape", "slice", "cast"],
    left: 0,
  },
  quantised: { builds: ["conv2d", "dequantizeLinear", "quantizeLinear", "matmul", "cast"], left: 0 },
  recurrent: { builds: ["lstm", "gru", "split", "gemm"], left: 0 },
  parted: { builds: ["conv2d", "reduceMax", "gather", "gemm"], left: 2 }, // pooling of rank 3, and TopK, which WebNN has not
};

/** How many nodes there are, and how many of them WebNN runs, by the provider's log. */
const CAPABILITY = /number of nodes in the graph: (\d+) number of nodes supported by WebNN: (\d+)/;

describe.skipIf(reason)(`onnxruntime-web${reason}`, { timeout: PATIENCE }, () => {
  let surroundings: Surroundings;

  beforeAll(async () => {
    surroundings = await Surroundings.make();
  }, PATIENCE);

  afterAll(() => surroundings?.close());

  describe.each(Object.keys(MODELS))("%s", (name) => {
    test.each([
      ["cpu", false],
      ["gpu", true],
    ] as const)("on the polyfill's %s", async (deviceType, accelerated) => {
      const page = await surroundings.open();
      const counts: number[][] = [];
      page.on("console", (message) => {
        const [, nodes, supported] = CAPABILITY.exec(message.text()) ?? [];
        if (nodes) counts.push([Number(nodes), Number(supported)]);
      });
      const example = await surroundings.example(name);
      const found = await call<Answer>(page, "test/clients/pages/onnxruntime.ts", "run", name, example, deviceType);
      await page.close();
      expect(found.built).toEqual(expect.arrayContaining([...MODELS[name].builds]));
      expect(found.accelerated).toEqual([accelerated]);
      expect(counts.at(-1)).toEqual([expect.any(Number), (counts.at(-1)?.[0] ?? 0) - MODELS[name].left]);
      for (const outputs of found.runs) {
        for (const [output, stored] of Object.entries(example.outputs)) expectClose(outputs[output], stored);
      }
    });
  });
});
