/** A compiled graph: a list of kernels, and where their operands lie. */

import type { DeviceTensor, OperatorReport, Program, Report } from "../core/backend.js";
import { operationError, Unsupported } from "../core/errors.js";
import type { Graph } from "../core/graph.js";
import type { Operand } from "../core/operand.js";
import { memberOf, type Op, ruleOf } from "../core/operator.js";
import { bytesIn, type Elements, elementsIn, roundToFloat16, viewOf } from "./elements.js";
import type { Evaluator, Kernel, Setup } from "./evaluator.js";
import { EVALUATORS } from "./evaluators.js";
import type { Memory } from "./memory.js";
import { COPIED, inPieces, type Pauses } from "./pace.js";
import { placesOf } from "./places.js";
import { DoubleMemory } from "./product.js";
import { SimdMemory } from "./simd.js";
import { PlainTensor } from "./tensor.js";
import { paced, type Timeline } from "./timeline.js";

/** What runs one operator. */
interface Step {
  readonly op: Op;
  readonly kernel: Kernel;
  readonly operands: readonly (Operand | undefined)[];
  /** Doubles that are rounded to float16 once the kernel is done, for the outputs that are. */
  readonly unrounded: readonly (Float64Array | undefined)[];
  milliseconds: number | undefined;
}

/** Whether an operator makes no new values, so that nothing is rounded. */
function onlyMoves(op: Op): boolean {
  if (op.name === "resample2d") return op.mode === "nearest-neighbor";
  return ["movement", "indexing"].includes(ruleOf(op).family);
}

/** What a program takes from its backend. */
export interface Surroundings {
  readonly memory: Memory;
  readonly timeline: Timeline;
  /** What multiplies matrices four floats at a time, where there is such a thing. */
  readonly simd: WebAssembly.Module | undefined;
  /** Why it is this backend that computes, where another was asked for. */
  readonly reason?: string;
}

/** So many products of two numbers are worth the copies into the memory of WebAssembly; fewer are summed in doubles. */
const WORTH_COPYING = 2 ** 15;

export class PlainProgram implements Program {
  #steps: Step[] = [];
  readonly #prepared: Pauses;
  readonly #values = new Map<Operand, Elements>();
  readonly #weightBytes: number;
  #simd: SimdMemory | undefined;
  #taken = 0;
  #destroyed = false;

  private constructor(
    readonly graph: Graph,
    readonly surroundings: Surroundings,
  ) {
    this.#weightBytes = graph.constants.reduce((sum, operand) => sum + (operand.bytes?.byteLength ?? 0), 0);
    const { offsets, byteLength } = placesOf(graph);
    try {
      for (const operand of graph.constants) this.#hold(operand);
      const buffer = this.#take(byteLength, "the memory of intermediate results");
      for (const [operand, offset] of offsets) this.#values.set(operand, elementsIn(buffer, offset, operand.descriptor));
      const unrounded = this.#take(8 * mostHalves(graph), "the memory of unrounded results");
      this.#prepared = this.#prepare(unrounded);
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** A program, made in pieces between which the event loop has its turns. */
  static async make(graph: Graph, surroundings: Surroundings): Promise<PlainProgram> {
    const program = new PlainProgram(graph, surroundings);
    try {
      await paced(program.#prepared);
    } catch (error) {
      throw program.#failed(error);
    }
    return program;
  }

  /** Gives back what was taken; what there was no memory for becomes an OperationError. */
  #failed(error: unknown): unknown {
    this.surroundings.memory.give(this.#taken);
    return error instanceof RangeError ? operationError(`the graph needs more memory than there is: ${error.message}`) : error;
  }

  *#prepare(unrounded: ArrayBuffer): Pauses {
    const works: Pauses[] = [];
    const setup = this.#setup(works);
    for (const op of this.graph.operators) {
      this.#steps.push(prepare(op, setup, unrounded));
      for (const work of works.splice(0)) yield* work; // before the memory of WebAssembly grows again
      yield;
    }
  }

  dispatch(inputs: ReadonlyMap<string, DeviceTensor>, outputs: ReadonlyMap<string, DeviceTensor>): void {
    const tensors = { inputs: new Map(inputs), outputs: new Map(outputs) };
    this.surroundings.timeline.add(() => this.#run(tensors.inputs, tensors.outputs));
  }

  async explain(): Promise<Report> {
    const operators = this.#steps.map(
      ({ op, milliseconds }): OperatorReport => ({
        operator: op.name,
        label: op.label,
        by: "plain",
        device: "cpu",
        reason: "",
        ...(milliseconds === undefined ? {} : { milliseconds }),
      }),
    );
    const { reason } = this.surroundings;
    const notes = ["times are those of the last dispatch", ...(reason ? [reason] : [])];
    if (this.#simd) notes.push("large sums of products are computed in float32 by WebAssembly");
    return { backend: "plain", device: "cpu", operators, weightBytes: this.#weightBytes, notes };
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.surroundings.timeline.add(() => {
      this.#values.clear();
      this.#steps = [];
      this.#simd = undefined;
      this.surroundings.memory.give(this.#taken);
      return [];
    });
  }

  /** Keeps a constant; its bytes are shared where they are elements as they stand. */
  #hold(operand: Operand): void {
    if (!operand.bytes) return;
    const elements = viewOf(operand.bytes, operand.descriptor);
    if (elements.buffer !== operand.bytes.buffer) this.#reserve(elements.byteLength, "a constant");
    this.#values.set(operand, elements);
  }

  #setup(works: Pauses[]): Setup {
    const { simd: module } = this.surroundings;
    const doubles = new DoubleMemory();
    const simd = (work: number): SimdMemory | undefined => {
      if (!module || work < WORTH_COPYING) return undefined;
      this.#simd ??= simdMemory(module, (bytes) => this.#reserve(bytes, "the memory of WebAssembly"));
      return this.#simd;
    };
    return {
      prepare: (work) => works.push(work),
      constant: (operand) => (operand.bytes ? this.#values.get(operand) : undefined),
      simd,
      product: (rows, depth, columns) => {
        const fast = simd(rows * depth * columns)?.product(depth, columns);
        if (fast) return fast;
        this.#reserve(4 * depth * columns, "a matrix");
        return doubles.product(depth, columns);
      },
    };
  }

  #reserve(bytes: number, what: string): void {
    this.surroundings.memory.reserve(bytes, what);
    this.#taken += bytes;
  }

  #take(bytes: number, what: string): ArrayBuffer {
    const buffer = this.surroundings.memory.take(bytes, what);
    this.#taken += bytes;
    return buffer;
  }

  *#run(inputs: ReadonlyMap<string, DeviceTensor>, outputs: ReadonlyMap<string, DeviceTensor>): Iterable<void> {
    const values = new Map(this.#values);
    for (const [name, operand] of this.graph.inputs) values.set(operand, elementsOf(inputs, name));
    const copies: [from: Elements, to: Elements][] = [];
    for (const [name, operand] of this.graph.outputs) {
      const target = elementsOf(outputs, name);
      const source = values.get(operand);
      if (source) copies.push([source, target]);
      else values.set(operand, target);
    }
    for (const step of this.#steps) {
      yield* timed(step, values);
      yield;
    }
    for (const [from, to] of copies) yield* inPieces(to.length, COPIED, (first, end) => copyBytes(from, to, first, end));
  }
}

/** Undefined where the browser gives no more memories, or instances. */
function simdMemory(module: WebAssembly.Module, growing: (bytes: number) => void): SimdMemory | undefined {
  try {
    return new SimdMemory(module, growing);
  } catch (error) {
    if (error instanceof DOMException) throw error; // the budget is used up
    return undefined;
  }
}

function elementsOf(tensors: ReadonlyMap<string, DeviceTensor>, name: string): Elements {
  const tensor = tensors.get(name);
  if (tensor instanceof PlainTensor) return tensor.elements;
  throw new TypeError(`the tensor ${name} is not one of this context`);
}

function prepare(op: Op, setup: Setup, memory: ArrayBuffer): Step {
  const evaluator = EVALUATORS[op.name] as unknown as Evaluator | undefined;
  if (!evaluator) throw new Unsupported(op, "the plain backend does not evaluate it");
  const members = ruleOf(op).members.filter(({ kind }) => kind === "MLOperand");
  const operands = members.flatMap(({ name }) => memberOf(op, name) as Operand | Operand[] | undefined);
  let offset = 0;
  const unrounded = op.outputs.map(({ dataType, size }) => {
    if (dataType !== "float16" || onlyMoves(op)) return undefined;
    offset += 8 * size;
    return new Float64Array(memory, offset - 8 * size, size);
  });
  return { op, kernel: evaluator(op, setup), operands, unrounded, milliseconds: undefined };
}

/** The most float16 elements that any one operator computes. */
function mostHalves(graph: Graph): number {
  const halves = (op: Op): number => op.outputs.reduce((sum, { dataType, size }) => sum + (dataType === "float16" ? size : 0), 0);
  return graph.operators.reduce((most, op) => (onlyMoves(op) ? most : Math.max(most, halves(op))), 0);
}

/** Runs a step, and measures it without its pauses. */
function* timed(step: Step, values: ReadonlyMap<Operand, Elements>): Pauses {
  let spent = 0;
  let begin = performance.now();
  for (const _ of runStep(step, values)) {
    spent += performance.now() - begin;
    yield;
    begin = performance.now();
  }
  step.milliseconds = spent + performance.now() - begin;
}

function copyBytes(from: Elements, to: Elements, first: number, end: number): void {
  bytesIn(to.subarray(first, end)).set(bytesIn(from.subarray(first, end)));
}

function* runStep({ op, kernel, operands, unrounded }: Step, values: ReadonlyMap<Operand, Elements>): Pauses {
  const inputs = operands.map((operand) => operand && values.get(operand));
  const outputs = op.outputs.map((operand, i) => unrounded[i] ?? (values.get(operand) as Elements));
  yield* kernel(inputs, outputs);
  for (const [i, doubles] of unrounded.entries()) {
    if (!doubles) continue;
    const halves = values.get(op.outputs[i]) as Float32Array;
    yield* inPieces(doubles.length, 1, (first, end) => roundToFloat16(doubles.subarray(first, end), halves.subarray(first, end)));
  }
}
