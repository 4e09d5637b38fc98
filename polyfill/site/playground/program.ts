/** Runs what stands in the editor: a program against the WebNN API, or a graph document on made-up tensors. */

import {
  buildDocument,
  bytesOf,
  computeOnce,
  type GraphDocument,
  type Implementation,
  type MLContext,
  type MLContextOptions,
  type MLGraph,
  type MLOperandDescriptor,
  numbersOf,
  type Receipt,
  sizeOf,
} from "../../src/document/index.js";
import type { MLOperandDataType } from "../../src/generated/types.js";
import type { Opened } from "../shared/implementations.js";
import type { Shown } from "../shared/outputs.js";
import { type Recorded, recording } from "../shared/recorder.js";

/** What a run shows. */
export interface Outcome {
  /** The graph that was built last. */
  recorded?: Recorded;
  readonly outputs: Shown[];
  /** How its operators were run, where the implementation tells. */
  receipt?: Receipt;
  /** Milliseconds from dispatch to the outputs. */
  milliseconds?: number;
}

/** What runs a program: the implementation, and how it makes contexts. */
export interface Machine {
  readonly implementation: Implementation;
  fresh(options?: MLContextOptions): Promise<Opened>;
}

type Buffer = ArrayBufferView | ArrayBuffer;

const TYPES: Readonly<Record<string, MLOperandDataType>> = {
  Float32Array: "float32",
  Float16Array: "float16",
  Int32Array: "int32",
  Uint32Array: "uint32",
  BigInt64Array: "int64",
  BigUint64Array: "uint64",
  Int8Array: "int8",
  Uint8Array: "uint8",
};

/** Run a program. It sees `navigator.ml` and `MLGraphBuilder` of the machine, `run` and `show`. */
export async function runProgram(text: string, machine: Machine, outcome: Outcome): Promise<void> {
  let context: MLContext | undefined;
  const createContext = async (options?: MLContextOptions) => {
    ({ context } = await machine.fresh(options));
    return context;
  };
  const Builder = recording(machine.implementation.MLGraphBuilder, (recorded) => {
    outcome.recorded = recorded;
  });
  const scope = {
    navigator: { ml: { createContext }, gpu: navigator.gpu },
    MLGraphBuilder: Builder,
    show: (name: string, data: Buffer, shape?: readonly number[]) => outcome.outputs.push(shownOf(name, data, shape)),
    run: (on: MLContext, graph: MLGraph, inputs: Record<string, Buffer>) => run(on, graph, inputs, outcome),
  };
  const program = new Function(...Object.keys(scope), `"use strict"; return (async () => {${text}\n})();`);
  try {
    await program(...Object.values(scope));
    outcome.receipt = await receiptOf(context, outcome.recorded?.graph);
  } finally {
    context?.destroy?.();
  }
}

/** Compute a recorded graph's outputs from the inputs that the program gives. */
async function run(context: MLContext, graph: MLGraph, inputs: Record<string, Buffer>, outcome: Outcome): Promise<void> {
  const { recorded } = outcome;
  if (recorded?.graph !== graph) throw new TypeError("run: give the graph that was built last");
  const { document, descriptors } = recorded;
  const outputs = Object.fromEntries(Object.entries(document.outputs).map(([name, value]) => [name, descriptors[value]]));
  const bytes = Object.fromEntries(Object.entries(inputs).map(([name, data]) => [name, bytesIn(data)]));
  for (const name of Object.keys(document.inputs)) if (!bytes[name]) throw new TypeError(`run: there is no input ${name}`);
  const start = performance.now();
  const computed = await computeOnce(context, { graph, inputs: document.inputs, outputs }, bytes);
  outcome.milliseconds = performance.now() - start;
  outcome.outputs.push(...shownAll(computed, outputs));
}

/** Build and run a document; inputs and constants are a smooth sequence of numbers. */
export async function runDocument(text: string, machine: Machine, outcome: Outcome): Promise<void> {
  const document = JSON.parse(text) as GraphDocument;
  const { context } = await machine.fresh();
  const Builder = recording(machine.implementation.MLGraphBuilder, (recorded) => {
    outcome.recorded = recorded;
  });
  try {
    const made = { ...machine.implementation, MLGraphBuilder: Builder };
    const built = await buildDocument(made, context, document, madeUp(document.constants ?? {}), { limits: context.opSupportLimits() });
    if (outcome.recorded) outcome.recorded = { ...outcome.recorded, document: withLabels(outcome.recorded.document, document) };
    const start = performance.now();
    const computed = await computeOnce(context, built, madeUp(document.inputs));
    outcome.milliseconds = performance.now() - start;
    outcome.outputs.push(...shownAll(computed, built.outputs));
    outcome.receipt = await receiptOf(context, built.graph);
  } finally {
    context.destroy?.();
  }
}

/** The recorded document with the writer's own labels: names of values, which recording loses, serve where there are none. */
function withLabels(recorded: GraphDocument, written: GraphDocument): GraphDocument {
  const operators = recorded.operators.map((members, index) => {
    const own = written.operators[index];
    return { ...members, label: own.label ?? own.outputs.join(", ") };
  });
  return { ...recorded, operators };
}

async function receiptOf(context: MLContext | undefined, graph: MLGraph | undefined): Promise<Receipt | undefined> {
  return graph && context?.explain ? context.explain(graph) : undefined;
}

function madeUp(descriptors: Readonly<Record<string, MLOperandDescriptor>>): Record<string, Uint8Array> {
  return Object.fromEntries(
    Object.entries(descriptors).map(([name, { dataType, shape }], at) => {
      const isFloat = dataType.startsWith("float");
      const numbers = Array.from({ length: sizeOf(shape) }, (_, i) => (isFloat ? Math.sin(i * 0.7 + at) : i % 5));
      return [name, bytesOf(numbers, dataType)];
    }),
  );
}

function shownAll(computed: Readonly<Record<string, Uint8Array>>, descriptors: Readonly<Record<string, MLOperandDescriptor>>): Shown[] {
  return Object.entries(computed).map(([name, bytes]) => {
    const { dataType, shape } = descriptors[name];
    return { name, type: dataType, shape, numbers: numbersOf(bytes, descriptors[name]) };
  });
}

function shownOf(name: string, data: Buffer, shape: readonly number[] | undefined): Shown {
  const dataType = TYPES[data.constructor.name];
  if (!dataType) throw new TypeError(`show: expected a typed array; got ${data.constructor.name}`);
  const length = (data as unknown as { length: number }).length;
  const given = shape ?? [length];
  if (sizeOf(given) !== length) throw new TypeError(`show: ${length} elements do not have the shape [${given.join(", ")}]`);
  return { name, type: dataType, shape: given, numbers: numbersOf(bytesIn(data), { dataType, shape: given }) };
}

function bytesIn(data: Buffer): Uint8Array {
  return data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
