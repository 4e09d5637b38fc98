/** A page in which onnxruntime-web runs models on the polyfill's navigator.ml. */

import type { Example } from "../clients.js";
import { elementsOf, numbersOf, type Seen, watch } from "./watch.js";

/** The part of onnxruntime-web that is used here. */
interface Runtime {
  readonly env: { wasm: { wasmPaths: string; numThreads: number }; logLevel: string };
  readonly Tensor: new (type: string, data: ArrayLike<number> | BigInt64Array, dims: readonly number[]) => Tensor;
  readonly InferenceSession: { create(model: string, options: object): Promise<Session> };
}

interface Tensor {
  readonly data: Float32Array | BigInt64Array;
}

interface Session {
  run(inputs: Record<string, Tensor>): Promise<Record<string, Tensor>>;
  release(): Promise<void>;
}

/** What ran a model, and the outputs of each of two runs. */
export interface Answer extends Seen {
  readonly runs: readonly Readonly<Record<string, readonly number[]>>[];
}

/** Run a model twice by the WebNN provider. Its log, in the page's console, says which nodes are run by WebNN. */
export async function run(name: string, { inputs }: Example, deviceType: string): Promise<Answer> {
  const seen = await watch();
  const address = "/packages/onnxruntime-web/dist/ort.all.bundle.min.mjs";
  const ort = (await import(/* @vite-ignore */ address)) as Runtime;
  Object.assign(ort.env, { logLevel: "verbose" });
  Object.assign(ort.env.wasm, { wasmPaths: new URL(".", new URL(address, location.href)).href, numThreads: 1 });
  const options = { executionProviders: [{ name: "webnn", deviceType }], logSeverityLevel: 1 };
  const session = await ort.InferenceSession.create(`/models/${name}.onnx`, options);
  const runs: Record<string, number[]>[] = [];
  for (let count = 0; count < 2; count++) {
    const feeds = Object.entries(inputs).map(([input, stored]) => {
      return [input, new ort.Tensor(stored.type, elementsOf(stored), stored.dims)];
    });
    const outputs = await session.run(Object.fromEntries(feeds));
    runs.push(Object.fromEntries(Object.entries(outputs).map(([output, { data }]) => [output, numbersOf(data)])));
  }
  await session.release();
  return { runs, ...seen };
}
