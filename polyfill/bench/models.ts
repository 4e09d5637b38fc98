/** The models, each written once, in layers that every peer can do. */

export type Shape = readonly number[];

/** A convolution with bias over [1, channels, height, width], padded to keep the size; then limited to 0 to 6, or not. */
export interface Convolution {
  readonly input: number;
  readonly output: number;
  readonly side: number;
  readonly stride: number;
  readonly groups: number;
  readonly limited: boolean;
}

/** What a peer makes models of. Weights come from the peer's `Weights`, in the order of the calls. */
export interface Layers<T> {
  /** x times a matrix of weights. */
  matmul(x: T, rows: number, columns: number): T;
  /** The same and a bias. */
  linear(x: T, rows: number, columns: number): T;
  relu(x: T): T;
  gelu(x: T): T;
  add(a: T, b: T): T;
  convolve(x: T, convolution: Convolution): T;
  /** The average over height and width: [1, channels]. */
  average(x: T, channels: number, side: number): T;
  /** Normalise the last dimension of [1, length, size]. */
  normalize(x: T, size: number): T;
  /** Self-attention of [1, length, size], without weights. */
  attend(query: T, key: T, value: T, heads: Heads): T;
}

export interface Heads {
  readonly length: number;
  readonly size: number;
  readonly heads: number;
}

export interface Model {
  readonly name: string;
  readonly about: string;
  readonly input: Shape;
  readonly output: Shape;
  build<T>(layers: Layers<T>, x: T): T;
}

/** Numbers that look random and are the same for every peer. */
export class Weights {
  #state = 1;

  next(shape: Shape, scale: number): Float32Array<ArrayBuffer> {
    const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
    for (let i = 0; i < values.length; i++) {
      this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
      values[i] = (this.#state / 2 ** 32 - 0.5) * scale;
    }
    return values;
  }

  matrix(rows: number, columns: number): Float32Array<ArrayBuffer> {
    return this.next([rows, columns], 3.4 / Math.sqrt(rows));
  }

  vector(size: number): Float32Array<ArrayBuffer> {
    return this.next([size], 0.2);
  }

  /** A filter of a convolution, its dimensions output, input, height and width. */
  filter({ input, output, side, groups }: Convolution): Float32Array<ArrayBuffer> {
    const terms = (input / groups) * side * side;
    return this.next([output, input / groups, side, side], 3.4 / Math.sqrt(terms));
  }

  /** Around one, for scales. */
  scales(size: number): Float32Array<ArrayBuffer> {
    return this.next([size], 0.2).map((value) => 1 + value);
  }
}

const mlp: Model = {
  name: "MLP",
  about: "eight layers of 1024 x 1024 and relu, batch 8",
  input: [8, 1024],
  output: [8, 1024],
  build: (layers, x) => Array.from({ length: 8 }).reduce<typeof x>((y) => layers.relu(layers.matmul(y, 1024, 1024)), x),
};

/** Expansion, channels, repetitions and first stride of each group of blocks. */
const BLOCKS: readonly (readonly [number, number, number, number])[] = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
];

const mobilenet: Model = {
  name: "MobileNetV2",
  about: "one image of 224 x 224",
  input: [1, 3, 224, 224],
  output: [1, 1000],
  build(layers, image) {
    const point = (x: typeof image, input: number, output: number, limited: boolean) =>
      layers.convolve(x, { input, output, side: 1, stride: 1, groups: 1, limited });
    let x = layers.convolve(image, { input: 3, output: 32, side: 3, stride: 2, groups: 1, limited: true });
    let channels = 32;
    for (const [expansion, output, repetitions, firstStride] of BLOCKS) {
      for (let i = 0; i < repetitions; i++) {
        const stride = i === 0 ? firstStride : 1;
        const wide = channels * expansion;
        let y = expansion === 1 ? x : point(x, channels, wide, true);
        y = layers.convolve(y, { input: wide, output: wide, side: 3, stride, groups: wide, limited: true });
        y = point(y, wide, output, false);
        x = stride === 1 && channels === output ? layers.add(x, y) : y;
        channels = output;
      }
    }
    return layers.linear(layers.average(point(x, 320, 1280, true), 1280, 7), 1280, 1000);
  },
};

const SIZE = { length: 128, size: 256, heads: 4 };

const encoder: Model = {
  name: "encoder",
  about: "four transformer layers of 256, four heads, 128 tokens",
  input: [1, SIZE.length, SIZE.size],
  output: [1, SIZE.length, SIZE.size],
  build(layers, tokens) {
    const { size } = SIZE;
    let x = tokens;
    for (let layer = 0; layer < 4; layer++) {
      const query = layers.linear(x, size, size);
      const key = layers.linear(x, size, size);
      const value = layers.linear(x, size, size);
      const attended = layers.linear(layers.attend(query, key, value, SIZE), size, size);
      x = layers.normalize(layers.add(x, attended), size);
      const inner = layers.gelu(layers.linear(x, size, 4 * size));
      x = layers.normalize(layers.add(x, layers.linear(inner, 4 * size, size)), size);
    }
    return x;
  },
};

export const MODELS: readonly Model[] = [mlp, mobilenet, encoder];
