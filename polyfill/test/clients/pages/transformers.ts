/** A page in which transformers.js runs a model on the polyfill's navigator.ml. */

import { numbersOf, type Seen, watch } from "./watch.js";

/** The part of transformers.js that is used here. */
interface Library {
  readonly env: {
    allowLocalModels: boolean;
    allowRemoteModels: boolean;
    localModelPath: string;
    useBrowserCache: boolean;
    backends: { onnx: { wasm: { wasmPaths: string; numThreads: number } } };
  };
  pipeline(task: "feature-extraction", model: string, options: object): Promise<Extractor>;
}

interface Extractor {
  (text: string): Promise<{ readonly dims: readonly number[]; readonly data: Float32Array }>;
  dispose(): Promise<void>;
}

/** What was seen, and the features of each text. */
export interface Answer extends Seen {
  readonly features: readonly (readonly number[])[];
}

/** Extract the features of texts on a device, such as "webnn-gpu". */
export async function extract(device: string, texts: readonly string[]): Promise<Answer> {
  const seen = await watch();
  const address = "@huggingface/transformers"; // by the page's import map
  const { env, pipeline } = (await import(/* @vite-ignore */ address)) as Library;
  Object.assign(env, { allowLocalModels: true, allowRemoteModels: false, localModelPath: "/models/", useBrowserCache: false });
  const wasmPaths = new URL("/packages/@huggingface/transformers/node_modules/onnxruntime-web/dist/", location.href).href;
  Object.assign(env.backends.onnx.wasm, { wasmPaths, numThreads: 1 });
  const extractor = await pipeline("feature-extraction", "encoder", { device, dtype: "fp32" });
  const features: number[][] = [];
  for (const text of texts) features.push(numbersOf((await extractor(text)).data));
  await extractor.dispose();
  return { features, ...seen };
}
