/** MLGraphBuilder (WebNN: MLGraphBuilder interface), but for its operators. */

import { GraphBuilder } from "../core/builder.js";
import { invalidState, operationError } from "../core/errors.js";
import { toFloat16Bits } from "../core/float16.js";
import type { Operand } from "../core/operand.js";
import { castNumber, type DataType, type OperandDescriptor } from "../core/types.js";
import type { MLNumber } from "../generated/types.js";
import { type BufferSource, bufferSource, copyOf, validateBuffer } from "./buffers.js";
import { type Context, MLContext } from "./context.js";
import { checkDimensions, dataType, operandDescriptor } from "./descriptors.js";
import { MLGraph } from "./graph.js";
import { ForeignObject, Interface } from "./interface.js";
import { MLOperand } from "./operand.js";
import { OPERATIONS } from "./operators.js";
import { checkPermitted } from "./policy.js";
import { MLTensor, type Tensor } from "./tensor.js";
import type * as Face from "./types.js";
import { isObject, mlNumber, record, usvString } from "./webidl.js";

/** The state of a builder. */
export class Builder {
  readonly core: GraphBuilder;
  readonly #inputs = new Set<string>();
  /** The tensors that constants were made from (WebNN: [[constantTensor]]). */
  readonly #constantTensors = new Map<Operand, Tensor>();
  #hasBuilt = false;

  constructor(readonly context: Context) {
    checkPermitted();
    if (context.isLost) throw invalidState("MLGraphBuilder: the context is lost");
    this.core = new GraphBuilder(context.maxTensorByteLength);
  }

  /** Throws an InvalidStateError once the graph is built or the context lost. */
  checkCanBuild(where: string): void {
    if (this.#hasBuilt) throw invalidState(`${where}: the builder has built its graph already`);
    if (this.context.isLost) throw invalidState(`${where}: the context is lost`);
  }

  /** WebNN: input(). */
  input(name: string, descriptor: OperandDescriptor): Operand {
    this.checkCanBuild("input");
    if (name === "") throw new TypeError("input: the name must not be empty");
    if (this.#inputs.has(name)) throw new TypeError(`input: there is an input ${JSON.stringify(name)} already`);
    checkDimensions(descriptor, `input ${JSON.stringify(name)}`, this.context.maxTensorByteLength);
    this.#inputs.add(name);
    return this.core.input(name, descriptor);
  }

  /** WebNN: constant(descriptor, buffer). */
  constantFromBuffer(descriptor: OperandDescriptor, buffer: BufferSource): Operand {
    this.checkCanBuild("constant");
    checkDimensions(descriptor, "constant", this.context.maxTensorByteLength);
    validateBuffer(buffer, descriptor, "constant");
    return this.core.constant(descriptor, copyOf(buffer));
  }

  /** WebNN: constant(dataType, value). */
  constantFromNumber(type: DataType, value: MLNumber): Operand {
    this.checkCanBuild("constant");
    return this.core.constant({ dataType: type, shape: [] }, scalarBytes(type, castNumber(value, type)));
  }

  /** WebNN: constant(tensor). */
  constantFromTensor(tensor: Tensor): Operand {
    if (tensor.context !== this.context) throw new TypeError("constant: the tensor belongs to another context");
    if (tensor.destroyed) throw new TypeError("constant: the tensor is destroyed");
    if (!tensor.constant) throw new TypeError("constant: the tensor was not made by createConstantTensor");
    this.checkCanBuild("constant");
    const operand = this.core.constant({ dataType: tensor.descriptor.dataType, shape: tensor.shape }, tensor.constant);
    this.#constantTensors.set(operand, tensor);
    return operand;
  }

  /** WebNN: build(). */
  async build(outputs: ReadonlyMap<string, Operand>): Promise<Face.MLGraph> {
    this.checkCanBuild("build");
    if (outputs.size === 0) throw new TypeError("build: there must be an output");
    for (const [name, operand] of outputs) {
      if (name === "") throw new TypeError("build: the name of an output must not be empty");
      const where = `build: output ${JSON.stringify(name)}`;
      if (operand.builder !== this.core) throw new TypeError(`${where} is an operand of another builder`);
      if (!operand.operator) throw new TypeError(`${where} is an input or a constant; put an identity() after it`);
    }
    const graph = this.core.finish(outputs);
    if (graph.constants.some((constant) => this.#constantTensors.get(constant)?.destroyed)) {
      throw new TypeError("build: a constant tensor of the graph is destroyed; it may be once the graph is built");
    }
    this.#hasBuilt = true;
    try {
      return MLGraph.wrap(await this.context.compile(graph));
    } catch (error) {
      throw error instanceof DOMException ? error : operationError(`build: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** The bytes of one number that was cast to a data type. */
function scalarBytes(type: DataType, value: MLNumber): Uint8Array {
  if (type === "int64") return new Uint8Array(BigInt64Array.of(BigInt(value)).buffer);
  if (type === "uint64") return new Uint8Array(BigUint64Array.of(BigInt(value)).buffer);
  const number = Number(value);
  if (type === "float32") return new Uint8Array(Float32Array.of(number).buffer);
  if (type === "float16") return new Uint8Array(Uint16Array.of(toFloat16Bits(number)).buffer);
  if (type === "int32" || type === "uint32") return new Uint8Array(Int32Array.of(number | 0).buffer);
  return Uint8Array.of(type === "int4" || type === "uint4" ? number & 15 : number);
}

/** The three overloads of constant(). */
function constant(builder: Builder, values: readonly unknown[]): Operand {
  const [first, second] = values;
  if (values.length === 1) return builder.constantFromTensor(MLTensor.converter(first, "constant: tensor"));
  if (first === undefined || first === null || isObject(first)) {
    const descriptor = operandDescriptor(first, "constant: descriptor");
    return builder.constantFromBuffer(descriptor, bufferSource(second, "constant: buffer"));
  }
  const type = dataType(first, "constant: dataType");
  return builder.constantFromNumber(type, mlNumber(second, "constant: value"));
}

const namedOperands = record(MLOperand.converter);

/** Makes the browser's own builder for a context of its own, if that is what it is given. */
export type ForeignConstructor = (context: unknown) => object | undefined;

let foreign: ForeignConstructor | undefined;

/** Let `new MLGraphBuilder(context)` work for contexts of the browser's own implementation too. */
export function setForeignConstructor(construct: ForeignConstructor | undefined): void {
  foreign = construct;
}

export const MLGraphBuilder = new Interface<Builder, Face.MLGraphBuilder>("MLGraphBuilder", {
  construct: {
    required: 1,
    steps: ([context]) => {
      const other = MLContext.unwrap(context) ? undefined : foreign?.(context);
      return other ? new ForeignObject(other) : new Builder(MLContext.converter(context, "MLGraphBuilder: context"));
    },
  },
  operations: {
    input: {
      required: 2,
      steps: (builder, [name, descriptor]) =>
        MLOperand.wrap(builder.input(usvString(name, "input: name"), operandDescriptor(descriptor, "input: descriptor"))),
    },
    constant: { required: 1, steps: (builder, values) => MLOperand.wrap(constant(builder, values)) },
    build: {
      required: 1,
      promise: true,
      steps: (builder, [outputs]) => builder.build(namedOperands(outputs, "build: outputs")),
    },
    ...OPERATIONS,
  },
});
