/** Measures one peer on one model, in a page of its own. */

import { MODELS, Weights } from "./models.js";
import { jax } from "./peers/jax.js";
import { onnxruntime } from "./peers/onnxruntime.js";
import type { Peer } from "./peers/peer.js";
import { tensorflow } from "./peers/tensorflow.js";
import { webnn } from "./peers/webnn.js";

export const PEERS: readonly Peer[] = [
  webnn(true),
  onnxruntime("webgpu"),
  tensorflow("webgpu"),
  jax("webgpu"),
  webnn(false),
  onnxruntime("wasm"),
  tensorflow("wasm"),
  jax("wasm"),
];

/** Milliseconds: until the model is ready, of the first run, and of the runs after it; and some of the output. */
export interface Measured {
  readonly prepare: number;
  readonly first: number;
  readonly best: number;
  readonly median: number;
  readonly output: readonly number[];
}

/** The names of the models, and of the peers with whether they use WebGPU. */
export function contents(): { models: string[]; peers: [name: string, usesWebGPU: boolean][] } {
  return { models: MODELS.map(({ name }) => name), peers: PEERS.map(({ name, usesWebGPU }) => [name, usesWebGPU]) };
}

/** Run a model until the time is up, three times at least. */
export async function measure(modelNumber: number, peerNumber: number, seconds: number): Promise<Measured> {
  const model = MODELS[modelNumber];
  const input = new Weights().next(model.input, 2);
  const begin = performance.now();
  const runner = await PEERS[peerNumber].prepare(model);
  const ready = performance.now();
  const output = [...(await runner.run(input))].slice(0, 16);
  const first = performance.now() - ready;
  const times: number[] = [];
  for (const end = performance.now() + seconds * 1000; times.length < 3 || performance.now() < end; ) {
    const start = performance.now();
    await runner.run(input);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return { prepare: ready - begin, first, best: times[0], median: times[times.length >> 1], output };
}
