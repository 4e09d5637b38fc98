import { onnxOf } from "../onnx.js";
import type { Peer } from "./peer.js";

const DIST = "/bench/node_modules/onnxruntime-web/dist/";

/** onnxruntime-web, on its own WebGPU backend or in WebAssembly. */
export function onnxruntime(provider: "webgpu" | "wasm"): Peer {
  return {
    name: `onnxruntime-web, ${provider}`,
    usesWebGPU: provider === "webgpu",
    async prepare(model) {
      const ort = await import(/* @vite-ignore */ `${DIST}${provider === "webgpu" ? "ort.webgpu" : "ort.wasm"}.bundle.min.mjs`);
      ort.env.wasm.wasmPaths = new URL(DIST, location.href).href;
      ort.env.logLevel = "error";
      const { file, output } = onnxOf(model);
      const session = await ort.InferenceSession.create(file, { executionProviders: [provider] });
      return {
        async run(values) {
          const results = await session.run({ x: new ort.Tensor("float32", values, model.input) });
          return results[output].data;
        },
      };
    },
  };
}
