/** Recurrent networks: one kernel walks the whole sequence; a cell is a sequence of one step. */

import type { Operand } from "../../core/operand.js";
import type { Op } from "../../core/operator.js";
import { sizeOf } from "../../core/types.js";
import type { MLRecurrentNetworkActivation } from "../../generated/types.js";
import { activationsOf, directionsOf, stateShapeOf } from "../../operators/recurrent.js";
import { FORMATS } from "../formats.js";
import type { Lowerings, Planner } from "../planner.js";
import { view } from "../views.js";

/** The parts of the state: hidden before and after a step, and two more, each as pairs of numbers. */
const AREAS = 8;

/** In the order of the library's `activation_pair`. */
const ACTIVATIONS: readonly MLRecurrentNetworkActivation[] = ["relu", "sigmoid", "tanh"];

type Recurrent = Op<"gru" | "gruCell" | "lstm" | "lstmCell">;

/** How a kernel runs over the sequence. */
interface Walk {
  readonly kernel: "gru" | "lstm";
  /** The buffer of the small operands. */
  readonly given: number;
  /** The gates in the kernel's order. */
  readonly gates: string;
  /** The parts of the state that are outputs. */
  readonly results: readonly number[];
  readonly constants?: Readonly<Record<string, number>>;
}

/** How many times a sequence is walked through; a cell is one. */
function walks(op: Recurrent): number {
  return "direction" in op ? directionsOf(op) : 1;
}

/** The small operands one behind another in one buffer, as float32; zeros where one is absent. */
function givenOf(plan: Planner, vectors: readonly (readonly [operand: Operand | undefined, size: number])[]): number {
  const whole = vectors.reduce((sum, [, size]) => sum + size, 0);
  const buffer = plan.temporary("float32", whole);
  if (vectors.some(([operand]) => !operand)) plan.clear(buffer);
  let offset = 0;
  for (const [operand, size] of vectors) {
    const part = { sizes: [size], strides: [1], offset };
    if (operand) plan.emit("place", buffer, { inputs: { x: operand }, constants: { SIZE: size }, views: { part } });
    offset += size;
  }
  return buffer;
}

/** Run a kernel over the sequence, and take the outputs from its state: the parts that are results, then the sequence. */
function walk(op: Recurrent, plan: Planner, { kernel, given, gates, results, constants }: Walk): void {
  const steps = "steps" in op ? op.steps : 1;
  const [batch, features] = op.input.shape.slice(-2);
  const stateSize = sizeOf(stateShapeOf(op));
  const state = plan.temporary("float32", (AREAS + steps) * stateSize);
  plan.emit(kernel, state, {
    inputs: { x: op.input, weight: op.weight, recurrent: op.recurrentWeight, given },
    constants: {
      STEPS: steps,
      BATCH: batch,
      HIDDEN: op.hiddenSize,
      FEATURES: features,
      DIRECTIONS: walks(op),
      BACKWARD: Number("direction" in op && op.direction === "backward"),
      ORDER: Array.from(gates, (gate) => op.layout.indexOf(gate)),
      ACTIVATIONS: activationsOf(op).map((name) => ACTIVATIONS.indexOf(name)),
      ...constants,
    },
    outputName: "state",
  });
  results.forEach((result, i) => {
    const area = result === 0 ? 2 * (steps % 2) : result;
    read(plan, op.outputs[i], state, [area * stateSize, (area + 1) * stateSize]);
  });
  if ("returnSequence" in op && op.returnSequence) read(plan, op.outputs[results.length], state, [AREAS * stateSize]);
}

/** The sum of the parts of the state that begin at the offsets: each number is a pair, or one. */
function read(plan: Planner, output: Operand, state: number, offsets: readonly number[]): void {
  const names = offsets.map((_, n) => `x${n}`);
  plan.emit("elementwise", output, {
    inputs: Object.fromEntries(names.map((name) => [name, state])),
    views: Object.fromEntries(names.map((name, n) => [name, view([output.size], [1], offsets[n])])),
    aliases: { V: "u32" },
    chain: [{ function: offsets.length === 2 ? "add_float" : "", arguments: names, rounding: FORMATS[output.dataType].rounding }],
  });
}

function gru(op: Op<"gru" | "gruCell">, plan: Planner): void {
  const rows = walks(op) * 3 * op.hiddenSize;
  const given = givenOf(plan, [
    [op.bias, rows],
    [op.recurrentBias, rows],
    [op.name === "gruCell" ? op.hiddenState : op.initialHiddenState, sizeOf(stateShapeOf(op))],
  ]);
  walk(op, plan, { kernel: "gru", given, gates: "zrn", results: [0], constants: { RESET_AFTER: Number(op.resetAfter) } });
}

function lstm(op: Op<"lstm" | "lstmCell">, plan: Planner): void {
  const rows = walks(op) * 4 * op.hiddenSize;
  const stateSize = sizeOf(stateShapeOf(op));
  const [hidden, cell] = op.name === "lstmCell" ? [op.hiddenState, op.cellState] : [op.initialHiddenState, op.initialCellState];
  const given = givenOf(plan, [
    [op.bias, rows],
    [op.recurrentBias, rows],
    [op.peepholeWeight, walks(op) * 3 * op.hiddenSize],
    [hidden, stateSize],
    [cell, stateSize],
  ]);
  walk(op, plan, { kernel: "lstm", given, gates: "iofg", results: [0, 4] });
}

export const recurrent = { gru, gruCell: gru, lstm, lstmCell: lstm } satisfies Partial<Lowerings>;
