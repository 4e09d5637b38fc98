/**
 * Recurrent networks: one step, or a whole sequence (`webnpu/operators/recurrent.py`).
 *
 * Gates stand behind one another along one dimension of the weights and biases, in the order that the layout names.
 */

import type { GraphBuilder } from "../core/builder.js";
import { Unsupported } from "../core/errors.js";
import type { Operand } from "../core/operand.js";
import type { Definitions, Op, Verdict } from "../core/operator.js";
import { describe, listed, type OperandDescriptor, type Shape } from "../core/types.js";
import { MAX_DIMENSION, MAX_TENSOR_COUNT, type MLRecurrentNetworkActivation } from "../generated/types.js";
import { hasShape } from "./verdicts.js";

type Sequence = Op<"gru"> | Op<"lstm">;
type Cell = Op<"gruCell"> | Op<"lstmCell">;
type Activations = readonly MLRecurrentNetworkActivation[];

/** What an operator does in one step: the new states, the hidden state first. */
type Step = (x: Operand, states: readonly Operand[], own: OwnWeights) => readonly Operand[];
/** The weights of one direction. */
type OwnWeights = Pick<Op<"lstmCell">, "weight" | "recurrentWeight" | "bias" | "recurrentBias" | "peepholeWeight">;

const GATES = { gru: 3, gruCell: 3, lstm: 4, lstmCell: 4 } as const;
const GRU_ACTIVATIONS: Activations = ["sigmoid", "tanh"];
const LSTM_ACTIVATIONS: Activations = ["sigmoid", "tanh", "tanh"];

/** The functions of the gates, in the order of the `activations` option. */
export function activationsOf({ name, activations }: Sequence | Cell): Activations {
  return activations ?? (name === "gru" || name === "gruCell" ? GRU_ACTIVATIONS : LSTM_ACTIVATIONS);
}

/** How many times the sequence is walked through. */
export function directionsOf({ direction }: Sequence): number {
  return direction === "both" ? 2 : 1;
}

/** The shape of a state. */
export function stateShapeOf(op: Sequence | Cell): Shape {
  return "steps" in op ? [directionsOf(op), op.input.shape[1], op.hiddenSize] : [op.input.shape[0], op.hiddenSize];
}

/** How long all gates are, behind one another. */
function gatesSize({ name, hiddenSize }: Sequence | Cell): number {
  return GATES[name] * hiddenSize;
}

function validHiddenSize(op: Sequence | Cell): Verdict {
  return (op.hiddenSize > 0 && gatesSize(op) * 2 <= MAX_DIMENSION) || `${op.hiddenSize}`;
}

function validActivations({ activations }: Sequence | Cell, count: number): Verdict {
  return activations === undefined || activations.length === count || listed(activations.map((name) => `'${name}'`));
}

const sequence = {
  C1: ({ input, steps }: Sequence): Verdict => input.shape[0] === steps || `${describe(input)} and steps ${steps}`,
  C2: validHiddenSize,
  C3: (op: Sequence): Verdict => hasShape(op.weight, [directionsOf(op), gatesSize(op), op.input.shape[2]]),
  C4: (op: Sequence): Verdict => hasShape(op.recurrentWeight, [directionsOf(op), gatesSize(op), op.hiddenSize]),
  C5: (op: Sequence): Verdict => hasShape(op.bias, [directionsOf(op), gatesSize(op)]),
  C6: (op: Sequence): Verdict => hasShape(op.recurrentBias, [directionsOf(op), gatesSize(op)]),
  C7: (op: Sequence): Verdict => hasShape(op.initialHiddenState, stateShapeOf(op)),
};

const cell = {
  C1: validHiddenSize,
  C2: (op: Cell): Verdict => hasShape(op.weight, [gatesSize(op), op.input.shape[1]]),
  C3: (op: Cell): Verdict => hasShape(op.recurrentWeight, [gatesSize(op), op.hiddenSize]),
  C4: (op: Cell): Verdict => hasShape(op.hiddenState, stateShapeOf(op)),
  C5: (op: Cell): Verdict => hasShape(op.bias, [gatesSize(op)]),
  C6: (op: Cell): Verdict => hasShape(op.recurrentBias, [gatesSize(op)]),
};

/** The descriptors of some states and, where it is asked for, of the sequence of hidden states. */
function sequenceDescriptors(op: Sequence, states: number): OperandDescriptor[] {
  const { dataType } = op.input;
  const shape = stateShapeOf(op);
  const descriptors: OperandDescriptor[] = new Array(states).fill({ dataType, shape });
  if (op.returnSequence) descriptors.push({ dataType, shape: [op.steps, ...shape] });
  return descriptors;
}

/** Run a step over the sequence in each direction; the states of all directions, then the sequence. */
function walk(op: Sequence, b: GraphBuilder, initial: readonly (Operand | undefined)[], step: Step): Operand[] {
  if (op.steps > MAX_TENSOR_COUNT) {
    throw new Unsupported(op, `it cannot be emulated: ${op.steps} steps are more than the ${MAX_TENSOR_COUNT} parts of a split`);
  }
  const [, batch, features] = op.input.shape;
  const steps = b.split(op.input, op.steps).map((x) => b.reshape(x, [batch, features]));
  const walks: { states: readonly Operand[]; hidden: Operand[] }[] = [];
  for (let direction = 0; direction < directionsOf(op); direction++) {
    const backward = op.direction === "backward" || direction === 1;
    const own = ownWeights(op, b, direction);
    let states: readonly Operand[] = initial.map((state) =>
      state ? oneDirection(b, state, direction) : zeros(b, op.input, [batch, op.hiddenSize]),
    );
    const hidden: Operand[] = [];
    for (const x of backward ? [...steps].reverse() : steps) {
      states = step(x, states, own);
      hidden.push(states[0]);
    }
    walks.push({ states, hidden: backward ? hidden.reverse() : hidden });
  }
  const outputs = initial.map((_, i) => {
    const last = walks.map(({ states }) => states[i]);
    return stack(b, last, 0);
  });
  if (op.returnSequence) {
    const sequences = walks.map(({ hidden }) => stack(b, hidden, 0));
    outputs.push(stack(b, sequences, 1));
  }
  return outputs;
}

function ownWeights(op: Sequence, b: GraphBuilder, direction: number): OwnWeights {
  const optional = (operand: Operand | undefined) => operand && oneDirection(b, operand, direction);
  return {
    weight: oneDirection(b, op.weight, direction),
    recurrentWeight: oneDirection(b, op.recurrentWeight, direction),
    bias: optional(op.bias),
    recurrentBias: optional(op.recurrentBias),
    peepholeWeight: op.name === "lstm" ? optional(op.peepholeWeight) : undefined,
  };
}

/** The rows of one gate. */
function gateOf(op: Cell, b: GraphBuilder, operand: Operand, gate: number): Operand {
  const rest = operand.shape.slice(1);
  return b.slice(operand, [gate * op.hiddenSize, ...rest.map(() => 0)], [op.hiddenSize, ...rest]);
}

/** `x * W' + b` of one gate. */
function affine(op: Cell, b: GraphBuilder, x: Operand, weight: Operand, bias: Operand | undefined, gate: number): Operand {
  const product = b.matmul(x, b.transpose(gateOf(op, b, weight, gate)));
  return bias ? b.add(product, gateOf(op, b, bias, gate)) : product;
}

function fromInput(op: Cell, b: GraphBuilder, gate: number): Operand {
  return affine(op, b, op.input, op.weight, op.bias, gate);
}

function fromState(op: Cell, b: GraphBuilder, state: Operand, gate: number): Operand {
  return affine(op, b, state, op.recurrentWeight, op.recurrentBias, gate);
}

function zeros(b: GraphBuilder, like: Operand, shape: Shape): Operand {
  return b.expand(b.scalar(like.dataType, 0), shape);
}

/** What belongs to one direction, without that dimension. */
function oneDirection(b: GraphBuilder, operand: Operand, direction: number): Operand {
  const rest = operand.shape.slice(1);
  return b.reshape(b.slice(operand, [direction, ...rest.map(() => 0)], [1, ...rest]), rest);
}

/** Join operands of one shape along a new dimension. */
function stack(b: GraphBuilder, operands: readonly Operand[], axis: number): Operand {
  const { shape } = operands[0];
  const stacked = [...shape.slice(0, axis), 1, ...shape.slice(axis)];
  return b.concat(
    operands.map((x) => b.reshape(x, stacked)),
    axis,
  );
}

export const recurrent = {
  gru: {
    constraints: {
      ...sequence,
      C8: (op) => validActivations(op, 2),
    },
    infer: (op) => sequenceDescriptors(op, 1),
    emulate(op, b) {
      const { hiddenSize, layout, activations, resetAfter } = op;
      return walk(op, b, [op.initialHiddenState], (input, [hiddenState], own) =>
        b.apply("gruCell", { input, hiddenState, ...own, hiddenSize, layout, activations, resetAfter }),
      );
    },
  },
  gruCell: {
    constraints: {
      ...cell,
      C7: (op) => validActivations(op, 2),
    },
    infer: (op) => ({ dataType: op.input.dataType, shape: stateShapeOf(op) }),
    emulate(op, b) {
      const [gateFunction, newFunction] = activationsOf(op);
      const [zAt, rAt, nAt] = Array.from("zrn", (gate) => op.layout.indexOf(gate));
      const h = op.hiddenState;
      const gate = (at: number) => b.op(gateFunction, { input: b.add(fromInput(op, b, at), fromState(op, b, h, at)) });
      const [z, r] = [gate(zAt), gate(rAt)];
      const state = op.resetAfter ? b.mul(r, fromState(op, b, h, nAt)) : fromState(op, b, b.mul(r, h), nAt);
      const n = b.op(newFunction, { input: b.add(fromInput(op, b, nAt), state) });
      return b.add(b.mul(z, h), b.mul(n, b.sub(b.scalar(h.dataType, 1), z)));
    },
  },
  lstm: {
    constraints: {
      ...sequence,
      C8: (op) => hasShape(op.peepholeWeight, [directionsOf(op), 3 * op.hiddenSize]),
      C9: (op) => hasShape(op.initialCellState, stateShapeOf(op)),
      C10: (op) => validActivations(op, 3),
    },
    infer: (op) => sequenceDescriptors(op, 2),
    emulate(op, b) {
      const { hiddenSize, layout, activations } = op;
      return walk(op, b, [op.initialHiddenState, op.initialCellState], (input, [hiddenState, cellState], own) =>
        b.apply("lstmCell", { input, hiddenState, cellState, ...own, hiddenSize, layout, activations }),
      );
    },
  },
  lstmCell: {
    constraints: {
      ...cell,
      C7: (op) => hasShape(op.cellState, stateShapeOf(op)),
      C8: (op) => hasShape(op.peepholeWeight, [3 * op.hiddenSize]),
      C9: (op) => validActivations(op, 3),
    },
    infer(op) {
      const state = { dataType: op.input.dataType, shape: stateShapeOf(op) };
      return [state, state];
    },
    emulate(op, b) {
      const [gateFunction, cellFunction, stateFunction] = activationsOf(op);
      const gate = (name: string, activation: MLRecurrentNetworkActivation) => {
        const at = op.layout.indexOf(name);
        const sum = b.add(fromInput(op, b, at), fromState(op, b, op.hiddenState, at));
        if (!op.peepholeWeight || name === "g") return b.op(activation, { input: sum });
        const peephole = gateOf(op, b, op.peepholeWeight, "iof".indexOf(name));
        return b.op(activation, { input: b.add(sum, b.mul(op.cellState, peephole)) });
      };
      const [i, o, f] = Array.from("iof", (name) => gate(name, gateFunction));
      const state = b.add(b.mul(f, op.cellState), b.mul(i, gate("g", cellFunction)));
      return [b.mul(o, b.op(stateFunction, { input: state })), state];
    },
  },
} satisfies Partial<Definitions>;
