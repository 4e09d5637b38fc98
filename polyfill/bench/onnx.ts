/** Writes models as ONNX files: protobuf, as far as it takes. */

import { type Convolution, type Heads, type Layers, type Model, type Shape, Weights } from "./models.js";

type Bytes = readonly number[] | Uint8Array;

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}

/** A field of whole numbers. */
function number(field: number, value: number): number[] {
  return [...varint(field * 8), ...varint(value)];
}

/** A field of bytes: a text, a message. */
function bytes(field: number, ...parts: Bytes[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const head = [...varint(field * 8 + 2), ...varint(length)];
  const whole = new Uint8Array(head.length + length);
  whole.set(head);
  let at = head.length;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function text(field: number, value: string): Uint8Array {
  return bytes(field, new TextEncoder().encode(value));
}

const INT64 = 7;
const FLOAT = 1;

function tensor(name: string, shape: Shape, type: number, data: ArrayBuffer): Uint8Array {
  return bytes(
    5,
    shape.flatMap((size) => number(1, size)),
    number(2, type),
    text(8, name),
    bytes(9, new Uint8Array(data)),
  );
}

function valueInfo(field: number, name: string, shape: Shape): Uint8Array {
  const dimensions = shape.map((size) => bytes(1, number(1, size)));
  return bytes(field, text(1, name), bytes(2, bytes(1, number(1, FLOAT), bytes(2, ...dimensions))));
}

type Attribute = number | readonly number[];

function attribute(name: string, value: Attribute): Uint8Array {
  if (typeof value === "number") return bytes(5, text(1, name), number(3, value), number(20, 2));
  return bytes(
    5,
    text(1, name),
    value.flatMap((item) => number(8, item)),
    number(20, 7),
  );
}

/** A graph in the making; values are names. */
class Graph implements Layers<string> {
  readonly nodes: Uint8Array[] = [];
  readonly initializers: Uint8Array[] = [];
  readonly #weights = new Weights();

  #op(type: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    const output = `v${this.nodes.length}`;
    const parts = Object.entries(attributes).map(([name, value]) => attribute(name, value));
    this.nodes.push(bytes(1, ...inputs.map((name) => text(1, name)), text(2, output), text(4, type), ...parts));
    return output;
  }

  #constant(shape: Shape, values: Float32Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>): string {
    const name = `c${this.initializers.length}`;
    this.initializers.push(tensor(name, shape, values instanceof Float32Array ? FLOAT : INT64, values.buffer));
    return name;
  }

  matmul(x: string, rows: number, columns: number): string {
    return this.#op("MatMul", [x, this.#constant([rows, columns], this.#weights.matrix(rows, columns))]);
  }

  linear(x: string, rows: number, columns: number): string {
    return this.add(this.matmul(x, rows, columns), this.#constant([columns], this.#weights.vector(columns)));
  }

  relu(x: string): string {
    return this.#op("Relu", [x]);
  }

  gelu(x: string): string {
    return this.#op("Gelu", [x]);
  }

  add(a: string, b: string): string {
    return this.#op("Add", [a, b]);
  }

  convolve(x: string, convolution: Convolution): string {
    const { input, output, side, stride, groups, limited } = convolution;
    const around = Math.floor(side / 2);
    const filter = this.#constant([output, input / groups, side, side], this.#weights.filter(convolution));
    const bias = this.#constant([output], this.#weights.vector(output));
    const attributes = {
      group: groups,
      strides: [stride, stride],
      pads: [around, around, around, around],
      dilations: [1, 1],
      kernel_shape: [side, side],
    };
    const y = this.#op("Conv", [x, filter, bias], attributes);
    const bounds = () => [this.#constant([], new Float32Array([0])), this.#constant([], new Float32Array([6]))];
    return limited ? this.#op("Clip", [y, ...bounds()]) : y;
  }

  average(x: string, channels: number): string {
    return this.#reshape(this.#op("GlobalAveragePool", [x]), [1, channels]);
  }

  normalize(x: string, size: number): string {
    const scale = this.#constant([size], this.#weights.scales(size));
    return this.#op("LayerNormalization", [x, scale, this.#constant([size], this.#weights.vector(size))], { axis: 2 });
  }

  attend(query: string, key: string, value: string, { length, size, heads }: Heads): string {
    const split = (x: string, perm: number[]) => this.#op("Transpose", [this.#reshape(x, [1, length, heads, size / heads])], { perm });
    const factor = this.#constant([], new Float32Array([1 / Math.sqrt(size / heads)]));
    const scores = this.#op("Mul", [this.#op("MatMul", [split(query, [0, 2, 1, 3]), split(key, [0, 2, 3, 1])]), factor]);
    const attended = this.#op("MatMul", [this.#op("Softmax", [scores], { axis: 3 }), split(value, [0, 2, 1, 3])]);
    return this.#reshape(this.#op("Transpose", [attended], { perm: [0, 2, 1, 3] }), [1, length, size]);
  }

  #reshape(x: string, shape: Shape): string {
    return this.#op("Reshape", [x, this.#constant([shape.length], BigInt64Array.from(shape.map(BigInt)))]);
  }
}

/** The file of a model, whose input is `x`; and the name of its output. */
export function onnxOf(model: Model): { file: Uint8Array; output: string } {
  const graph = new Graph();
  const output = model.build(graph, "x");
  const parts = [
    ...graph.nodes,
    text(2, model.name),
    ...graph.initializers,
    valueInfo(11, "x", model.input),
    valueInfo(12, output, model.output),
  ];
  const opset = bytes(8, text(1, ""), number(2, 20));
  const file = [Uint8Array.from(number(1, 9)), bytes(7, ...parts), opset];
  const whole = new Uint8Array(file.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of file) {
    whole.set(part, at);
    at += part.length;
  }
  return { file: whole, output };
}
