/**
 * The builder calls of web-platform-tests' validation tests, as data, replayed on any implementation (the counterpart of
 * `webnpu/conformance/wpt_validation.py`). What a call gave is returned; whether that is right is judged elsewhere.
 */

import type { MLOperand } from "../generated/types.js";
import type { Implementation, MLContext, MLGraphBuilder, MLOperandDescriptor } from "./webnn.js";

/** One call of a test: a builder's method, and its arguments with stand-ins for operands, buffers and numbers. */
export interface Call {
  readonly op: string;
  readonly args: readonly unknown[];
  /** The kind of error that the call must throw. */
  readonly throws?: string;
}

/** What a call gave: the descriptors of its outputs, or what it threw. */
export interface Outcome {
  readonly outputs?: readonly MLOperandDescriptor[];
  readonly thrown?: { readonly name: string; readonly message: string };
}

/** The stand-ins: an operand to be made, an output of an earlier call, a buffer, or a number that JSON cannot hold. */
interface StandIn {
  readonly $operand?: MLOperandDescriptor & { readonly constant?: boolean };
  readonly fromAnotherBuilder?: boolean;
  readonly $ref?: number;
  readonly output?: number;
  readonly $buffer?: string;
  readonly byteLength?: number;
  readonly $number?: string;
  readonly $bigint?: string;
}

/** Make the calls of a test in their order, on a builder of their own. */
export async function replay(implementation: Implementation, context: MLContext, calls: readonly Call[]): Promise<Outcome[]> {
  const replaying = new Replay(implementation, context);
  const outcomes: Outcome[] = [];
  for (const call of calls) outcomes.push(await replaying.call(call));
  return outcomes;
}

class Replay {
  private builder: MLGraphBuilder;
  private readonly other: MLGraphBuilder;
  private readonly outputs: MLOperand[][] = [];
  private taken = new Set<unknown>();
  private made = 0;

  constructor(
    private readonly implementation: Implementation,
    private readonly context: MLContext,
  ) {
    this.builder = new implementation.MLGraphBuilder(context);
    this.other = new implementation.MLGraphBuilder(context);
  }

  async call(call: Call): Promise<Outcome> {
    this.outputs.push([]);
    try {
      const computed = await this.apply(call);
      this.outputs[this.outputs.length - 1] = computed;
      return { outputs: computed.map(({ dataType, shape }) => ({ dataType, shape: [...shape] })) };
    } catch (thrown) {
      const { name, message } = thrown as Error;
      return { thrown: { name: String(name), message: String(message) } };
    }
  }

  private async apply({ op, args, throws }: Call): Promise<MLOperand[]> {
    if (op === "input") this.renew(args[0], throws !== undefined);
    const values = args.map((argument) => this.value(argument));
    while (values.length && values[values.length - 1] === null) values.pop();
    const method = (this.builder as unknown as Record<string, unknown>)[op];
    if (typeof method !== "function") throw new ReferenceError(`the implementation has no method ${op}`);
    const result: unknown = await method.apply(this.builder, values);
    if (op === "build") return Object.values(values[0] as Record<string, MLOperand>);
    return (Array.isArray(result) ? result : [result]) as MLOperand[];
  }

  /** A test that makes an input anew does so in a new builder. */
  private renew(name: unknown, isRejected: boolean): void {
    if (this.taken.has(name) && !isRejected) {
      this.builder = new this.implementation.MLGraphBuilder(this.context);
      this.taken = new Set();
    }
    this.taken.add(name);
  }

  private value(argument: unknown): unknown {
    if (Array.isArray(argument)) return argument.map((item) => this.value(item));
    if (typeof argument !== "object" || argument === null) return argument;
    const standIn = argument as StandIn;
    if (standIn.$operand) return this.operand(standIn.$operand, standIn.fromAnotherBuilder === true);
    if (standIn.$ref !== undefined) return this.outputs[standIn.$ref][standIn.output ?? 0];
    if (standIn.$buffer !== undefined) return bufferOf(standIn.$buffer, standIn.byteLength ?? 0);
    if (standIn.$number !== undefined) return Number(standIn.$number);
    if (standIn.$bigint !== undefined) return BigInt(standIn.$bigint);
    return Object.fromEntries(Object.entries(argument).map(([name, item]) => [name, this.value(item)]));
  }

  private operand({ constant, ...descriptor }: NonNullable<StandIn["$operand"]>, isForeign: boolean): MLOperand {
    const builder = isForeign ? this.other : this.builder;
    if (!constant) return builder.input(`operand ${this.made++}`, descriptor);
    const { dataType, shape } = descriptor;
    const size = shape.reduce((product, dimension) => product * dimension, 1);
    return builder.constant({ dataType, shape }, zeros(ARRAYS[dataType] ?? "Uint8Array", size));
  }
}

const ARRAYS: Readonly<Partial<Record<string, string>>> = {
  float32: "Float32Array",
  float16: "Float16Array",
  int32: "Int32Array",
  uint32: "Uint32Array",
  int64: "BigInt64Array",
  uint64: "BigUint64Array",
  int8: "Int8Array",
  uint8: "Uint8Array",
};

interface TypedArrayConstructor {
  new (length: number): ArrayBufferView;
  readonly BYTES_PER_ELEMENT: number;
}

function zeros(name: string, size: number): ArrayBufferView {
  const array = (globalThis as unknown as Record<string, TypedArrayConstructor | undefined>)[name];
  if (!array) throw new ReferenceError(`this browser has no ${name}`);
  return new array(size);
}

function bufferOf(name: string, byteLength: number): unknown {
  if (name === "ArrayBuffer") return new ArrayBuffer(byteLength);
  if (name === "SharedArrayBuffer") return new SharedArrayBuffer(byteLength);
  if (name === "DataView") return new DataView(new ArrayBuffer(byteLength));
  const array = (globalThis as unknown as Record<string, TypedArrayConstructor | undefined>)[name];
  return zeros(name, byteLength / (array?.BYTES_PER_ELEMENT ?? 1));
}
