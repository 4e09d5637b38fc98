import { type Convolution, type Heads, type Layers, type Model, type Shape, Weights } from "../models.js";
import type { Peer } from "./peer.js";

/** A tensor of TensorFlow.js. */
interface Value {
  data(): Promise<Float32Array>;
  dispose(): void;
}

type Operation = (...values: unknown[]) => Value;

/** What is used of the library. */
interface TensorFlow {
  readonly [operation: string]: Operation;
}

interface Control {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tidy<T>(f: () => T): T;
  keep<T>(value: T): T;
  moments(x: Value, axis: number, keep: boolean): { mean: Value; variance: Value };
}

/** Its images and filters have their channels last. */
class TensorFlowLayers implements Layers<Value> {
  #position = 0;
  #weights = new Weights();

  constructor(
    private readonly tf: TensorFlow & Control,
    private readonly kept: Value[],
  ) {}

  /** The next weights: made in the first pass, kept for the others. */
  #constant(shape: Shape, values: () => Float32Array): Value {
    const position = this.#position++;
    this.kept[position] ??= this.tf.keep(this.tf.tensor(values(), shape));
    return this.kept[position];
  }

  matmul(x: Value, rows: number, columns: number): Value {
    const weights = this.#constant([rows, columns], () => this.#weights.matrix(rows, columns));
    return this.tf.matMul(x, weights);
  }

  linear(x: Value, rows: number, columns: number): Value {
    const y = this.matmul(x, rows, columns);
    return this.tf.add(
      y,
      this.#constant([columns], () => this.#weights.vector(columns)),
    );
  }

  relu(x: Value): Value {
    return this.tf.relu(x);
  }

  gelu(x: Value): Value {
    const { tf } = this;
    return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
  }

  add(a: Value, b: Value): Value {
    return this.tf.add(a, b);
  }

  convolve(x: Value, convolution: Convolution): Value {
    const { input, output, side, stride, groups, limited } = convolution;
    const depthwise = groups > 1;
    const shape = depthwise ? [side, side, input, 1] : [side, side, input, output];
    const filter = this.#constant(shape, () => channelsLast(this.#weights.filter(convolution), convolution));
    const bias = this.#constant([output], () => this.#weights.vector(output));
    const options = { x, filter, strides: stride, pad: padding(side), bias, activation: limited ? "relu6" : "linear" };
    return (depthwise ? this.fused.depthwiseConv2d : this.fused.conv2d)(options);
  }

  private get fused(): Readonly<Record<"conv2d" | "depthwiseConv2d", Operation>> {
    return this.tf.fused as unknown as Readonly<Record<"conv2d" | "depthwiseConv2d", Operation>>;
  }

  average(x: Value): Value {
    return this.tf.mean(x, [1, 2]);
  }

  normalize(x: Value, size: number): Value {
    const { tf } = this;
    const scale = this.#constant([size], () => this.#weights.scales(size));
    const bias = this.#constant([size], () => this.#weights.vector(size));
    const { mean, variance } = tf.moments(x, -1, true);
    return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5))), scale), bias);
  }

  attend(query: Value, key: Value, value: Value, { length, size, heads }: Heads): Value {
    const { tf } = this;
    const split = (x: Value, order: number[]) => tf.transpose(tf.reshape(x, [1, length, heads, size / heads]), order);
    const scores = tf.mul(tf.matMul(split(query, [0, 2, 1, 3]), split(key, [0, 2, 3, 1])), 1 / Math.sqrt(size / heads));
    const attended = tf.matMul(tf.softmax(scores), split(value, [0, 2, 1, 3]));
    return tf.reshape(tf.transpose(attended, [0, 2, 1, 3]), [1, length, size]);
  }
}

/** Explicit padding, which is symmetric, where "same" may not be. */
function padding(side: number): number | number[][] {
  const around = Math.floor(side / 2);
  return around
    ? [
        [0, 0],
        [around, around],
        [around, around],
        [0, 0],
      ]
    : 0;
}

function channelsLast(values: Float32Array, { input, output, side, groups }: Convolution): Float32Array {
  const channels = input / groups;
  const turned = new Float32Array(values.length);
  for (let o = 0; o < output; o++) {
    for (let i = 0; i < channels; i++) {
      for (let at = 0; at < side * side; at++) {
        turned[groups > 1 ? at * output + o : (at * channels + i) * output + o] = values[(o * channels + i) * side * side + at];
      }
    }
  }
  return turned;
}

/** The elements of an image with the channels last. */
function imageOf(values: Float32Array<ArrayBuffer>, [, channels, height, width]: Shape): Float32Array<ArrayBuffer> {
  const turned = new Float32Array(values.length);
  values.forEach((value, i) => {
    turned[(i % (height * width)) * channels + Math.floor(i / (height * width))] = value;
  });
  return turned;
}

async function libraryWith(backend: string): Promise<TensorFlow & Control> {
  const folder = "/bench/node_modules/@tensorflow/";
  await script(`${folder}tfjs/dist/tf.min.js`);
  await script(`${folder}tfjs-backend-${backend}/dist/tf-backend-${backend}.min.js`);
  const tf = (globalThis as unknown as { tf: TensorFlow & Control & { wasm?: { setWasmPaths(path: string): void } } }).tf;
  tf.wasm?.setWasmPaths(`${folder}tfjs-backend-wasm/dist/`);
  await tf.setBackend(backend);
  await tf.ready();
  return tf;
}

function script(src: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const element = Object.assign(document.createElement("script"), {
      src,
      onload: () => resolve(),
      onerror: () => reject(new Error(src)),
    });
    document.head.append(element);
  });
}

async function prepare(backend: string, model: Model) {
  const tf = await libraryWith(backend);
  const kept: Value[] = [];
  const isImage = model.input.length === 4;
  const shape = isImage ? [model.input[0], model.input[2], model.input[3], model.input[1]] : model.input;
  let last: { given: Float32Array; turned: Float32Array } | undefined;
  return {
    async run(values: Float32Array<ArrayBuffer>) {
      if (last?.given !== values) last = { given: values, turned: isImage ? imageOf(values, model.input) : values };
      const { turned } = last;
      const y = tf.tidy(() => model.build(new TensorFlowLayers(tf, kept), tf.tensor(turned, shape)));
      const result = await y.data();
      y.dispose();
      return result;
    },
  };
}

/** TensorFlow.js. */
export function tensorflow(backend: "webgpu" | "wasm"): Peer {
  return { name: `TensorFlow.js, ${backend}`, usesWebGPU: backend === "webgpu", prepare: (model) => prepare(backend, model) };
}
