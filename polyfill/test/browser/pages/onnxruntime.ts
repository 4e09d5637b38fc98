/** A page in which onnxruntime-web runs models, on WebAssembly and on the polyfill's navigator.ml. */

/** The part of onnxruntime-web that is used here. */
interface Runtime {
  readonly env: { wasm: { wasmPaths: string; numThreads: number }; logLevel: string };
  readonly Tensor: new (type: string, data: ArrayLike<number> | BigInt64Array, dims: readonly number[]) => Tensor;
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<Session> };
}

interface Tensor {
  readonly data: Float32Array;
}

interface Session {
  run(inputs: Record<string, Tensor>): Promise<Record<string, Tensor>>;
  release(): Promise<void>;
}

/** An input: numbers, and the type and shape that they have. */
export interface Input {
  readonly type: "float32" | "int64";
  readonly dims: readonly number[];
  readonly data: readonly number[];
}

/** What ran a model, and what it computed in two runs. */
export interface Answer {
  readonly outputs: readonly number[][];
  /** Which operators the polyfill was asked to build. */
  readonly built: readonly string[];
  readonly accelerated: readonly boolean[];
}

/** Run a model twice by a provider: "wasm", or a device of WebNN. */
export async function run(model: readonly number[], inputs: Record<string, Input>, provider: "wasm" | "cpu" | "gpu"): Promise<Answer> {
  const { ready } = await import("../../../src/auto.js");
  if ((await ready) !== "polyfill") throw new Error("the browser's own WebNN would be tested");
  const seen = watch();
  const address = "/onnxruntime/ort.all.bundle.min.mjs";
  const ort = (await import(/* @vite-ignore */ address)) as Runtime;
  ort.env.wasm.wasmPaths = new URL("/onnxruntime/", location.href).href;
  ort.env.wasm.numThreads = 1;
  const executionProviders = [provider === "wasm" ? "wasm" : { name: "webnn", deviceType: provider }];
  const session = await ort.InferenceSession.create(Uint8Array.from(model), { executionProviders });
  const outputs: number[][] = [];
  for (let count = 0; count < 2; count++) {
    const feeds = Object.entries(inputs).map(([name, { type, dims, data }]) => {
      return [name, new ort.Tensor(type, type === "int64" ? BigInt64Array.from(data.map(BigInt)) : Float32Array.from(data), dims)];
    });
    outputs.push([...(await session.run(Object.fromEntries(feeds))).y.data]);
  }
  await session.release();
  return { outputs, ...seen };
}

/** Notes which methods of the polyfill's builder are called, and which contexts are made. */
function watch(): { built: string[]; accelerated: boolean[] } {
  const seen = { built: [] as string[], accelerated: [] as boolean[] };
  const prototype = MLGraphBuilder.prototype as unknown as Record<string, (...values: unknown[]) => unknown>;
  for (const name of Object.keys(prototype)) {
    const method = prototype[name];
    prototype[name] = function (...values) {
      if (!seen.built.includes(name)) seen.built.push(name);
      return method.apply(this, values);
    };
  }
  const createContext = ML.prototype.createContext as (...values: unknown[]) => Promise<MLContext>;
  ML.prototype.createContext = async function (...values: unknown[]) {
    const context = await createContext.apply(this, values);
    seen.accelerated.push(context.accelerated);
    return context;
  };
  return seen;
}
