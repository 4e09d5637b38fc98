/**
 * The page's end of the browser backend (`backends/browser`): it builds and runs graphs on an implementation of WebNN for
 * a process that drives the page. Every call has a message, which is JSON, and bytes, which cross by `Wire`.
 */

import {
  type Built,
  buildDocument,
  type Call,
  computeOnce,
  DocumentError,
  type GraphDocument,
  type MLContextOptions,
  type MLOperandDescriptor,
  type MLTensor,
  Refusal,
  type Rejection,
  replay,
  runRejection,
  write,
} from "../../src/document/index.js";
import { type Opened, open } from "../shared/implementations.js";
import { type Lengths, Wire } from "./wire.js";

/** What went wrong, for the other end to raise. */
interface Failure {
  /** `refused`: declared beforehand or by NotSupportedError; `lost`: the context is gone; `error`: anything else. */
  readonly kind: "refused" | "lost" | "error";
  readonly name: string;
  readonly message: string;
  /** Which operator was refused, where that is known. */
  readonly operator?: number;
}

/** The answer to a call; its bytes follow where there are lengths. */
interface Answer {
  readonly message?: unknown;
  readonly failure?: Failure;
  /** The bytes; null where they were sent by HTTP. */
  readonly bytes: string | null;
}

interface Named {
  readonly [name: string]: number;
}

const graphs = new Map<number, Built>();
const tensors = new Map<number, MLTensor & MLOperandDescriptor>();
let opened: Opened | undefined;
let lost = "";
let made = 0;

/** What the other end calls; each takes a message and gives one back. */
const METHODS = {
  /** Make the context that everything else lives on. */
  async open({ native, context }: { native: boolean; context: MLContextOptions }) {
    opened = await open(native, context);
    const { lost: gone } = opened.context as { lost?: Promise<{ message: string }> };
    gone?.then(({ message }) => {
      lost = message || "the context is lost";
    });
    return { device: opened.device, accelerated: opened.context.accelerated ?? null, limits: opened.context.opSupportLimits() };
  },

  /** Build a graph; the bytes are those of its constants. */
  async build(message: { document: GraphDocument; constants: Lengths; descriptors: Record<string, MLOperandDescriptor> }, wire: Wire) {
    const { implementation, context } = current();
    const options = { limits: context.opSupportLimits(), descriptors: message.descriptors };
    const constants = wire.take(message.constants);
    graphs.set(++made, await buildDocument(implementation, context, message.document, constants, options));
    return made;
  },

  /** Compute a graph's outputs; the bytes are those of the inputs, then those of the outputs. */
  async run({ graph, inputs }: { graph: number; inputs: Lengths }, wire: Wire) {
    return wire.give(await computeOnce(current().context, held(graphs, graph), wire.take(inputs)));
  },

  async createTensor({ dataType, shape }: MLOperandDescriptor) {
    tensors.set(++made, await current().context.createTensor({ dataType, shape, readable: true, writable: true }));
    return made;
  },

  async writeTensor({ tensor, length }: { tensor: number; length: number }, wire: Wire) {
    const target = held(tensors, tensor);
    write(current().context, target, target, wire.take({ data: length }).data);
  },

  async readTensor({ tensor }: { tensor: number }, wire: Wire) {
    return wire.give({ data: new Uint8Array(await current().context.readTensor(held(tensors, tensor))) });
  },

  async dispatch({ graph, inputs, outputs }: { graph: number; inputs: Named; outputs: Named }) {
    const all = (named: Named) => Object.fromEntries(Object.entries(named).map(([name, id]) => [name, held(tensors, id)]));
    current().context.dispatch(held(graphs, graph).graph, all(inputs), all(outputs));
  },

  /** The receipt of a graph, where the implementation gives one; and Chromium's `MLGraph.devices`. */
  async explain({ graph }: { graph: number }) {
    const { context } = current();
    const { graph: built } = held(graphs, graph);
    return { receipt: (await context.explain?.(built)) ?? null, devices: built.devices ?? [] };
  },

  async destroy({ graph, tensor }: { graph?: number; tensor?: number }) {
    if (graph !== undefined) graphs.get(graph)?.graph.destroy();
    if (tensor !== undefined) tensors.get(tensor)?.destroy();
    graphs.delete(graph ?? 0);
    tensors.delete(tensor ?? 0);
  },

  /** Judge whether the builder rejects a graph that it must reject. */
  async reject(rejection: Rejection) {
    const { implementation, context } = current();
    return runRejection(implementation, context, rejection);
  },

  /** Replay the builder calls of a validation test. */
  async replay({ calls }: { calls: Call[] }) {
    const { implementation, context } = current();
    return replay(implementation, context, calls);
  },
};

function current(): Opened {
  if (!opened) throw new DocumentError("there is no context; call open first");
  return opened;
}

function held<T>(map: ReadonlyMap<number, T>, id: number): T {
  const found = map.get(id);
  if (!found) throw new DocumentError(`there is no object ${id}; it was destroyed`);
  return found;
}

function failureOf(thrown: unknown): Failure {
  const { name = "Error", message = String(thrown) } = (thrown ?? {}) as Partial<Error>;
  if (lost) return { kind: "lost", name, message: lost };
  if (thrown instanceof Refusal) return { kind: "refused", name, message: thrown.reason, operator: thrown.index };
  return { kind: name === "NotSupportedError" ? "refused" : "error", name, message };
}

/** Messages cross as JSON text, which costs the driving protocol less than objects. */
async function call(method: keyof typeof METHODS, message: string, bytes: string | null, letter: string): Promise<string> {
  return JSON.stringify(await answerTo(method, JSON.parse(message) as never, bytes, letter));
}

async function answerTo(method: keyof typeof METHODS, message: never, bytes: string | null, letter: string): Promise<Answer> {
  try {
    const wire = await Wire.receive(bytes, letter);
    const answer = await METHODS[method](message, wire);
    return { message: answer ?? null, bytes: await wire.send() };
  } catch (thrown) {
    return { failure: failureOf(thrown), bytes: "" };
  }
}

Object.assign(globalThis, { webnpu: { call } });
