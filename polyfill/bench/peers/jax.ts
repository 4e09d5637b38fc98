import { type Convolution, type Heads, type Layers, type Shape, Weights } from "../models.js";
import type { Peer } from "./peer.js";

/** An array of jax-js, which an operation uses up unless it is given another reference to it. */
interface Value {
  readonly ref: Value;
  reshape(shape: Shape): Value;
  data(): Promise<Float32Array>;
}

/** What is used of the library. */
interface Jax {
  readonly numpy: Readonly<Record<"add" | "multiply" | "matmul" | "mean" | "transpose" | "array", (...values: unknown[]) => Value>>;
  readonly nn: Readonly<Record<"relu" | "relu6" | "gelu" | "softmax" | "standardize", (...values: unknown[]) => Value>>;
  readonly lax: { convGeneralDilated(...values: unknown[]): Value };
  jit<T>(f: T): T;
  init(...devices: string[]): Promise<string[]>;
  defaultDevice(device: string): string;
}

/** Makes the weights, in the first pass; later passes are given them as arguments. */
class JaxLayers implements Layers<Value> {
  readonly #weights = new Weights();
  #position = 0;

  constructor(
    private readonly jax: Jax,
    private readonly made: Value[],
    private readonly given?: readonly Value[],
  ) {}

  #constant(shape: Shape, values: () => Float32Array): Value {
    if (this.given) return this.given[this.#position++].ref;
    const value = this.jax.numpy.array(values(), { shape });
    this.made.push(value);
    return value.ref;
  }

  matmul(x: Value, rows: number, columns: number): Value {
    return this.jax.numpy.matmul(
      x.ref,
      this.#constant([rows, columns], () => this.#weights.matrix(rows, columns)),
    );
  }

  linear(x: Value, rows: number, columns: number): Value {
    const y = this.matmul(x, rows, columns);
    return this.jax.numpy.add(
      y,
      this.#constant([columns], () => this.#weights.vector(columns)),
    );
  }

  relu(x: Value): Value {
    return this.jax.nn.relu(x.ref);
  }

  gelu(x: Value): Value {
    return this.jax.nn.gelu(x.ref, { approximate: false });
  }

  add(a: Value, b: Value): Value {
    return this.jax.numpy.add(a.ref, b.ref);
  }

  convolve(x: Value, convolution: Convolution): Value {
    const { input, output, side, stride, groups, limited } = convolution;
    const around = Math.floor(side / 2);
    const filter = this.#constant([output, input / groups, side, side], () => this.#weights.filter(convolution));
    const padding = [
      [around, around],
      [around, around],
    ];
    const bias = this.#constant([1, output, 1, 1], () => this.#weights.vector(output));
    const y = this.jax.lax.convGeneralDilated(x.ref, filter, [stride, stride], padding, { featureGroupCount: groups });
    const sum = this.jax.numpy.add(y, bias);
    return limited ? this.jax.nn.relu6(sum) : sum;
  }

  average(x: Value): Value {
    return this.jax.numpy.mean(x.ref, [2, 3]);
  }

  normalize(x: Value, size: number): Value {
    const scale = this.#constant([size], () => this.#weights.scales(size));
    const bias = this.#constant([size], () => this.#weights.vector(size));
    const { numpy, nn } = this.jax;
    return numpy.add(numpy.multiply(nn.standardize(x.ref, -1), scale), bias);
  }

  attend(query: Value, key: Value, value: Value, { length, size, heads }: Heads): Value {
    const { numpy, nn } = this.jax;
    const split = (x: Value, order: number[]) => numpy.transpose(x.ref.reshape([1, length, heads, size / heads]), order);
    const products = numpy.matmul(split(query, [0, 2, 1, 3]), split(key, [0, 2, 3, 1]));
    const scores = numpy.multiply(products, 1 / Math.sqrt(size / heads));
    const attended = numpy.matmul(nn.softmax(scores, -1), split(value, [0, 2, 1, 3]));
    return numpy.transpose(attended, [0, 2, 1, 3]).reshape([1, length, size]);
  }
}

/** jax-js, compiled by its `jit`. */
export function jax(device: "webgpu" | "wasm"): Peer {
  return {
    name: `jax-js, ${device}`,
    usesWebGPU: device === "webgpu",
    async prepare(model) {
      const library: Jax = await import(/* @vite-ignore */ "/bench/node_modules/@jax-js/jax/dist/index.js" as string);
      await library.init(device);
      library.defaultDevice(device);
      const weights: Value[] = [];
      const zeros = library.numpy.array(new Float32Array(model.input.reduce((a, b) => a * b, 1)), { shape: model.input });
      model.build(new JaxLayers(library, weights), zeros);
      const compiled = library.jit((x: Value, given: readonly Value[]) => model.build(new JaxLayers(library, [], given), x));
      return {
        async run(values) {
          const x = library.numpy.array(values, { shape: model.input });
          const y = compiled(
            x,
            weights.map((weight) => weight.ref),
          );
          return y.data();
        },
      };
    },
  };
}
