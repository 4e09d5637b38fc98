/**
 * Recurrent networks: one step, or a whole sequence (`webnpu/operators/recurrent.py`).
 *
 * Gates stand behind one another along one dimension of the weights and biases, in the order that the layout names.
 */

import type { Definitions, Op, Verdict } from "../core/operator.js";
import { describe, listed, type OperandDescriptor, type Shape } from "../core/types.js";
import { MAX_DIMENSION, type MLRecurrentNetworkActivation } from "../generated/types.js";
import { hasShape } from "./verdicts.js";

type Sequence = Op<"gru"> | Op<"lstm">;
type Cell = Op<"gruCell"> | Op<"lstmCell">;
type Activations = readonly MLRecurrentNetworkActivation[];

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

export const recurrent = {
  gru: {
    constraints: {
      ...sequence,
      C8: (op) => validActivations(op, 2),
    },
    infer: (op) => sequenceDescriptors(op, 1),
  },
  gruCell: {
    constraints: {
      ...cell,
      C7: (op) => validActivations(op, 2),
    },
    infer: (op) => ({ dataType: op.input.dataType, shape: stateShapeOf(op) }),
  },
  lstm: {
    constraints: {
      ...sequence,
      C8: (op) => hasShape(op.peepholeWeight, [directionsOf(op), 3 * op.hiddenSize]),
      C9: (op) => hasShape(op.initialCellState, stateShapeOf(op)),
      C10: (op) => validActivations(op, 3),
    },
    infer: (op) => sequenceDescriptors(op, 2),
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
  },
} satisfies Partial<Definitions>;
