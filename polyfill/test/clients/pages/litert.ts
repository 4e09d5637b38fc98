/** A page in which LiteRT.js runs files that `webnpu export` wrote, by itself or on the polyfill's navigator.ml. */

import type { Example } from "../clients.js";
import { elementsOf, numbersOf, type Seen, watch } from "./watch.js";

/** The part of LiteRT.js that is used here. */
interface Library {
  loadLiteRt(path: string, options: object): Promise<unknown>;
  loadAndCompile(address: string, options: object): Promise<Model>;
  readonly Tensor: new (data: Float32Array | Int32Array, shape: readonly number[]) => Tensor;
}

interface Tensor {
  moveTo(accelerator: "wasm"): Promise<Tensor>;
  toTypedArray(): Float32Array | Int32Array;
}

interface Model {
  readonly isFullyAccelerated: boolean;
  run(inputs: Record<string, Tensor>): Promise<Record<string, Tensor>>;
}

/** What was seen, whether the accelerator runs all of the model, and the outputs of each of two runs. */
export interface Answer extends Seen {
  readonly whole: boolean;
  readonly runs: readonly Readonly<Record<string, readonly number[]>>[];
}

/** Run a model twice by an accelerator: LiteRT's own kernels ("wasm"), or WebNN on a device. */
export async function run(name: string, { inputs }: Example, accelerator: "wasm" | "webnn", devicePreference: string): Promise<Answer> {
  const seen = await watch();
  const address = "@litertjs/core"; // by the page's import map
  const { loadLiteRt, loadAndCompile, Tensor } = (await import(/* @vite-ignore */ address)) as Library;
  await loadLiteRt("/packages/@litertjs/core/wasm/", { jspi: true });
  const model = await loadAndCompile(`/models/${name}.tflite`, { accelerator, webNNOptions: { devicePreference } });
  const runs: Record<string, number[]>[] = [];
  for (let count = 0; count < 2; count++) {
    const feeds = Object.entries(inputs).map(([input, stored]) => {
      const elements = elementsOf(stored);
      return [input, new Tensor(elements instanceof BigInt64Array ? Int32Array.from(elements, Number) : elements, stored.dims)];
    });
    const outputs = Object.entries(await model.run(Object.fromEntries(feeds)));
    const read = outputs.map(async ([output, tensor]) => [output, numbersOf((await tensor.moveTo("wasm")).toTypedArray())]);
    runs.push(Object.fromEntries(await Promise.all(read)));
  }
  return { whole: model.isFullyAccelerated, runs, ...seen };
}
