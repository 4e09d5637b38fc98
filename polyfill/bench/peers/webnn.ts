import type { MLGraphBuilder as Builder, MLContext, MLOperand } from "../../src/index.js";
import { createML, MLGraphBuilder } from "../../src/index.js";
import { type Convolution, type Heads, type Layers, type Model, type Shape, Weights } from "../models.js";
import { type Peer, type Runner, sizeOf } from "./peer.js";

class WebNNLayers implements Layers<MLOperand> {
  readonly #weights = new Weights();

  constructor(private readonly b: Builder) {}

  #constant(shape: Shape, values: Float32Array): MLOperand {
    return this.b.constant({ dataType: "float32", shape: [...shape] }, values);
  }

  matmul(x: MLOperand, rows: number, columns: number): MLOperand {
    return this.b.matmul(x, this.#constant([rows, columns], this.#weights.matrix(rows, columns)));
  }

  linear(x: MLOperand, rows: number, columns: number): MLOperand {
    return this.b.add(this.matmul(x, rows, columns), this.#constant([columns], this.#weights.vector(columns)));
  }

  relu(x: MLOperand): MLOperand {
    return this.b.relu(x);
  }

  gelu(x: MLOperand): MLOperand {
    return this.b.gelu(x);
  }

  add(a: MLOperand, b: MLOperand): MLOperand {
    return this.b.add(a, b);
  }

  convolve(x: MLOperand, convolution: Convolution): MLOperand {
    const { input, output, side, stride, groups, limited } = convolution;
    const around = Math.floor(side / 2);
    const filter = this.#constant([output, input / groups, side, side], this.#weights.filter(convolution));
    const bias = this.#constant([output], this.#weights.vector(output));
    const y = this.b.conv2d(x, filter, { bias, groups, strides: [stride, stride], padding: [around, around, around, around] });
    return limited ? this.b.clamp(y, { minValue: 0, maxValue: 6 }) : y;
  }

  average(x: MLOperand, channels: number): MLOperand {
    return this.b.reshape(this.b.averagePool2d(x), [1, channels]);
  }

  normalize(x: MLOperand, size: number): MLOperand {
    const scale = this.#constant([size], this.#weights.scales(size));
    return this.b.layerNormalization(x, { scale, bias: this.#constant([size], this.#weights.vector(size)), axes: [2] });
  }

  attend(query: MLOperand, key: MLOperand, value: MLOperand, { length, size, heads }: Heads): MLOperand {
    const { b } = this;
    const split = (x: MLOperand, permutation: number[]) => b.transpose(b.reshape(x, [1, length, heads, size / heads]), { permutation });
    const factor = this.#constant([], new Float32Array([1 / Math.sqrt(size / heads)]));
    const scores = b.mul(b.matmul(split(query, [0, 2, 1, 3]), split(key, [0, 2, 3, 1])), factor);
    const attended = b.matmul(b.softmax(scores, 3), split(value, [0, 2, 1, 3]));
    return b.reshape(b.transpose(attended, { permutation: [0, 2, 1, 3] }), [1, length, size]);
  }
}

async function prepare(context: MLContext, model: Model): Promise<Runner> {
  const builder = new MLGraphBuilder(context);
  const descriptor = { dataType: "float32", shape: [...model.input] } as const;
  const y = model.build(new WebNNLayers(builder), builder.input("x", descriptor));
  const graph = await builder.build({ y });
  const input = await context.createTensor({ ...descriptor, writable: true });
  const output = await context.createTensor({ dataType: "float32", shape: [...model.output], readable: true });
  const result = new Float32Array(sizeOf(model.output));
  return {
    async run(values) {
      context.writeTensor(input, values);
      context.dispatch(graph, { x: input }, { y: output });
      await context.readTensor(output, result);
      return result;
    },
  };
}

/** This polyfill on WebGPU, or in plain TypeScript. */
export function webnn(accelerated: boolean): Peer {
  return {
    name: accelerated ? "this polyfill, webgpu" : "this polyfill, plain",
    usesWebGPU: accelerated,
    prepare: async (model) => prepare(await createML().createContext({ accelerated }), model),
  };
}
