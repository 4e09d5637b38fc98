/** What a page and the worker that computes for it say to each other. */

import type { Wanted } from "../api/backends.js";
import type { MLOpSupportLimits, Report, TensorUsage } from "../core/backend.js";
import { Graph } from "../core/graph.js";
import { Operand } from "../core/operand.js";
import { memberOf, type Op, ruleOf } from "../core/operator.js";
import type { OperandDescriptor } from "../core/types.js";

/** The message that opens a context in a worker; a port for the context comes with it. */
export interface Opening {
  readonly webnpu: "open";
  readonly wanted: Wanted;
}

/** What the worker says of the backend that it has made. */
export interface Traits {
  readonly name: "webgpu" | "plain";
  readonly accelerated: boolean;
  readonly devices: readonly ("cpu" | "gpu" | "npu")[];
  readonly limits: MLOpSupportLimits;
}

/** Tensors by the names of a graph's inputs or outputs. */
export type Bound = ReadonlyMap<string, number>;

/** What a page asks. What has an `answer` is answered under that number; tensors and programs are numbered by the page. */
export type Request =
  | {
      readonly do: "tensor";
      readonly answer: number;
      readonly id: number;
      readonly descriptor: OperandDescriptor;
      readonly usage: TensorUsage;
    }
  | { readonly do: "compile"; readonly answer: number; readonly id: number; readonly graph: GraphMessage }
  | { readonly do: "read"; readonly answer: number; readonly id: number }
  | { readonly do: "explain"; readonly answer: number; readonly id: number }
  | { readonly do: "write"; readonly id: number; readonly bytes: Uint8Array }
  | { readonly do: "dispatch"; readonly id: number; readonly inputs: Bound; readonly outputs: Bound }
  | { readonly do: "destroyTensor"; readonly id: number }
  | { readonly do: "destroyProgram"; readonly id: number }
  | { readonly do: "destroy" };

/** What comes back. */
export type Reply =
  | { readonly say: "here" }
  | { readonly say: "open"; readonly traits: Traits }
  | { readonly say: "closed"; readonly fault: Fault }
  | { readonly say: "done"; readonly answer: number; readonly value?: Uint8Array | Report }
  | { readonly say: "failed"; readonly answer: number; readonly fault: Fault }
  | { readonly say: "lost"; readonly message: string };

/** An error: its kind and its words, which is all that a page gets to see of it anywhere. */
export interface Fault {
  readonly kind: "DOMException" | "TypeError" | "RangeError" | "Error";
  readonly name: string;
  readonly message: string;
}

export function faultOf(error: unknown): Fault {
  const { name, message } = error instanceof Error || error instanceof DOMException ? error : new Error(String(error));
  const kind =
    error instanceof DOMException
      ? "DOMException"
      : error instanceof TypeError
        ? "TypeError"
        : error instanceof RangeError
          ? "RangeError"
          : "Error";
  return { kind, name, message };
}

export function errorOf({ kind, name, message }: Fault): Error | DOMException {
  if (kind === "DOMException") return new DOMException(message, name);
  return kind === "TypeError" ? new TypeError(message) : kind === "RangeError" ? new RangeError(message) : new Error(message);
}

/** Where an operand comes from; those that operators compute stand at their operator. */
interface LeafMessage {
  readonly descriptor: OperandDescriptor;
  readonly name?: string;
  readonly bytes?: Uint8Array;
}

/** One use of an operator: its members, operands among them by their numbers. */
interface OpMessage {
  readonly name: Op["name"];
  readonly label: string;
  readonly operands: Readonly<Record<string, number | readonly number[]>>;
  readonly options: Readonly<Record<string, unknown>>;
  readonly outputs: readonly OperandDescriptor[];
}

/** A graph: inputs and constants are numbered first, then the outputs of the operators in order. */
export interface GraphMessage {
  readonly leaves: readonly LeafMessage[];
  readonly operators: readonly OpMessage[];
  readonly outputs: ReadonlyMap<string, number>;
}

/** A checked graph as a message. */
export function graphMessage(graph: Graph): GraphMessage {
  const numbers = new Map<Operand, number>();
  const numberOf = (operand: Operand): number => numbers.get(operand) as number;
  const number = (operand: Operand): unknown => numbers.set(operand, numbers.size);
  const leaves = [...graph.inputs.values(), ...graph.constants];
  leaves.forEach(number);
  const operators = graph.operators.map((op): OpMessage => {
    const [operands, options]: [Record<string, number | number[]>, Record<string, unknown>] = [{}, {}];
    for (const { name, kind } of ruleOf(op).members) {
      const value = memberOf(op, name);
      if (value instanceof Operand) operands[name] = numberOf(value);
      else if (kind === "MLOperand" && Array.isArray(value)) operands[name] = value.map(numberOf);
      else if (value !== undefined) options[name] = value;
    }
    op.outputs.forEach(number);
    return { name: op.name, label: op.label, operands, options, outputs: op.outputs.map((output) => output.descriptor) };
  });
  return {
    leaves: leaves.map(({ descriptor, inputName, bytes }) => ({ descriptor, name: inputName, bytes })),
    operators,
    outputs: new Map([...graph.outputs].map(([name, operand]) => [name, numberOf(operand)])),
  };
}

/** The graph of a message. It was checked where it was built. */
export function graphFrom({ leaves, operators, outputs }: GraphMessage): Graph {
  const builder = {};
  const operands = leaves.map(({ descriptor, name, bytes }) => {
    return new Operand(builder, descriptor, bytes ? { kind: "constant", bytes } : { kind: "input", name: name ?? "" });
  });
  for (const message of operators) {
    const { name, label, options } = message;
    const given = Object.entries(message.operands).map(([member, value]) => {
      return [member, typeof value === "number" ? operands[value] : value.map((number) => operands[number])] as const;
    });
    const op = { name, label, ...options, ...Object.fromEntries(given) } as unknown as Op;
    const computed = message.outputs.map((descriptor, index) => new Operand(builder, descriptor, { kind: "output", operator: op, index }));
    Object.assign(op, { outputs: computed, output: computed[0] });
    operands.push(...computed);
  }
  return Graph.of(new Map([...outputs].map(([name, number]) => [name, operands[number]])));
}
