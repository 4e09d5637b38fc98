/** transformers.js extracts features on the polyfill, with onnxruntime's answers. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call } from "../browser/chromium.js";
import { expectClose, missing, PATIENCE, Surroundings } from "./clients.js";
import type { Answer } from "./pages/transformers.js";

const reason = missing("@huggingface/transformers");
const ONNXRUNTIME = "/packages/@huggingface/transformers/node_modules";
const IMPORTS = {
  "@huggingface/transformers": "/packages/@huggingface/transformers/dist/transformers.web.js",
  "onnxruntime-web/webgpu": `${ONNXRUNTIME}/onnxruntime-web/dist/ort.webgpu.bundle.min.mjs`,
  "onnxruntime-common": "/packages/onnxruntime-common/dist/esm/index.js",
};

describe.skipIf(reason)(`transformers.js${reason}`, { timeout: PATIENCE }, () => {
  let surroundings: Surroundings;

  beforeAll(async () => {
    surroundings = await Surroundings.make();
  }, PATIENCE);

  afterAll(() => surroundings?.close());

  test.each([
    ["webnn", false],
    ["webnn-cpu", false],
    ["webnn-gpu", true],
    ["webnn-npu", true],
  ])("on the device %s", async (device, accelerated) => {
    const example = await surroundings.example("encoder/onnx/model");
    const ids = new BigInt64Array(new Uint8Array(Buffer.from(example.inputs.input_ids.data, "base64")).buffer);
    const text = Array.from(ids, (id) => `w${id}`).join(" "); // w0 is no word, and so the unknown one, which is number 0
    const page = await surroundings.open(IMPORTS);
    const found = await call<Answer>(page, "test/clients/pages/transformers.ts", "extract", device, [text, text]);
    await page.close();
    expect(found.built).toEqual(expect.arrayContaining(["gather", "layerNormalization", "matmul", "softmax", "erf"]));
    expect(found.accelerated).toEqual([accelerated]);
    for (const features of found.features) expectClose(features, example.outputs.last_hidden_state);
  });
});
