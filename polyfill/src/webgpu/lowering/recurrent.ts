/** Recurrent networks: one kernel walks the whole sequence, or some steps of it; a cell is a sequence of one step. */

import type { Operand } from "../../core/operand.js";
import type { Op } from "../../core/operator.js";
import { sizeOf } from "../../core/types.js";
import type { MLRecurrentNetworkActivation } from "../../generated/types.js";
import { activationsOf, directionsOf, stateShapeOf } from "../../operators/recurrent.js";
import { WORKGROUP } from "../cost.js";
import type { Constant } from "../drafts.js";
import { FORMATS } from "../formats.js";
import type { Lowerings, Planner } from "../planner.js";
import { view } from "../views.js";
import { KEPT_PAIR, pairs, reduceOver } from "./reduction.js";

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
  /** The parts of the state that are outputs, and what each begins as. */
  readonly initial: readonly (readonly [area: number, operand: Operand | undefined])[];
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
function walk(op: Recurrent, plan: Planner, { kernel, given, gates, initial, constants: more }: Walk): void {
  const steps = "steps" in op ? op.steps : 1;
  const [batch, features] = op.input.shape.slice(-2);
  const stateSize = sizeOf(stateShapeOf(op));
  const state = plan.temporary("float32", (AREAS + steps) * stateSize);
  const constants: Record<string, Constant> = {
    STEPS: steps,
    CHUNK: steps,
    BATCH: batch,
    HIDDEN: op.hiddenSize,
    FEATURES: features,
    DIRECTIONS: walks(op),
    BLOCKS: 1,
    BACKWARD: Number("direction" in op && op.direction === "backward"),
    ORDER: Array.from(gates, (gate) => op.layout.indexOf(gate)),
    ACTIVATIONS: activationsOf(op).map((name) => ACTIVATIONS.indexOf(name)),
    STARTS: 1,
    ...more,
  };
  const inputs = { x: op.input, weight: op.weight, recurrent: op.recurrentWeight, given };
  const hooks = { begun: "0u", with_input: `with_features(sum, direction * ${gates.length}u * HIDDEN + row, input)` };
  if (plan.fits(kernel, constants, "float32", hooks)) {
    plan.emit(kernel, state, { inputs, constants, hooks, outputName: "state" });
  } else {
    plan.clear(state);
    for (const [area, operand] of initial) {
      const part = { sizes: [stateSize], strides: [1], offset: area * stateSize };
      if (operand) plan.emit("place", state, { inputs: { x: operand }, constants: { SIZE: stateSize }, views: { part } });
    }
    walkLong(op, plan, { kernel, state, inputs, constants: { ...constants, STARTS: 0 }, hooks, gates: gates.length, steps });
  }
  initial.forEach(([first], i) => {
    const area = first === 0 ? 2 * (steps % 2) : first;
    read(plan, op.outputs[i], state, [area * stateSize, (area + 1) * stateSize]);
  });
  if ("returnSequence" in op && op.returnSequence) read(plan, op.outputs[initial.length], state, [AREAS * stateSize]);
}

/** A sequence that is too long, or a network that is too wide, for one dispatch. */
interface LongWalk {
  readonly kernel: "gru" | "lstm";
  readonly state: number;
  readonly inputs: Readonly<Record<"recurrent", Operand> & Record<string, Operand | number>>;
  readonly constants: Readonly<Record<string, Constant>>;
  readonly hooks: Readonly<Record<string, string>>;
  readonly gates: number;
  readonly steps: number;
}

/** As many steps a dispatch as an invocation may take; of networks so wide that it takes none, one by many workgroups. */
function walkLong(op: Recurrent, plan: Planner, { kernel, state, constants, gates, steps, ...given }: LongWalk): void {
  let { inputs, hooks }: { inputs: Readonly<Record<string, Operand | number>>; hooks: Readonly<Record<string, string>> } = given;
  const fits = (...parts: readonly LongWalk["constants"][]): boolean => parts.every((part) => plan.fits(kernel, part, "float32", hooks));
  const ways = partsOfAStep(constants, op.hiddenSize);
  const last = ways[ways.length - 1];
  if (!fits(...last)) {
    const place = `(input / FEATURES * DIRECTIONS + direction) * ${gates}u * HIDDEN + row`;
    inputs = { recurrent: inputs.recurrent, given: inputs.given, projected: projected(op, plan, gates) };
    hooks = { ...hooks, with_input: `add_pair(sum, bitcast<vec2<f32>>(projected_load(${place})))` };
  }
  let chunk = 0;
  while (fits({ ...constants, CHUNK: chunk + 1 })) chunk++;
  const parts = chunk > 0 ? [{ ...constants, CHUNK: chunk }] : (ways.find((way) => fits(...way)) ?? last);
  hooks = { ...hooks, begun: "begin_load(0u)" };
  for (let step = 0; step < steps; step += Math.max(chunk, 1)) {
    for (const part of parts) {
      plan.emit(kernel, state, { inputs: { ...inputs, begin: plan.word(step) }, constants: part, hooks, outputName: "state" });
    }
  }
}

/** The dispatches of one step by many workgroups, in few or in more of them: gate by gate, if the kernel can. */
function partsOfAStep(constants: LongWalk["constants"], hidden: number): LongWalk["constants"][][] {
  const blocks = { ...constants, CHUNK: 1, BLOCKS: Math.ceil(hidden / WORKGROUP) };
  if (!("END_GATE" in constants)) return [[blocks]];
  const together = constants.RESET_AFTER === 1 ? [[0, 3]] : [[0, 2], [2, 3]]; // biome-ignore format: pairs
  const oneByOne = [[0, 1], [1, 2], [2, 3]]; // biome-ignore format: pairs
  return [together, oneByOne].map((way) => way.map(([first, end]) => ({ ...blocks, FIRST_GATE: first, END_GATE: end })));
}

/** The products of all rows of the weights with the features of all steps, as pairs. */
function projected(op: Recurrent, plan: Planner, gates: number): number {
  const rows = walks(op) * gates * op.hiddenSize;
  const features = op.input.shape[op.input.rank - 1];
  const times = op.input.size / features;
  const products = plan.temporary("uint64", times * rows);
  const over = { rows: times * rows, size: features, views: { row: view([times, rows], [0, features]), item: view([features], [1]) } };
  const sum = pairs("add_product(sum, x, inputs_load(row / WEIGHTS * FEATURES + k))", KEPT_PAIR);
  const constants = { WEIGHTS: rows, FEATURES: features };
  reduceOver(plan, products, op.weight, over, sum, "vec2<u32>", { included: { inputs: op.input }, constants });
  return products;
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
  const initial = op.name === "gruCell" ? op.hiddenState : op.initialHiddenState;
  const given = givenOf(plan, [
    [op.bias, rows],
    [op.recurrentBias, rows],
    [initial, sizeOf(stateShapeOf(op))],
  ]);
  walk(op, plan, {
    kernel: "gru",
    given,
    gates: "zrn",
    initial: [[0, initial]],
    constants: { RESET_AFTER: Number(op.resetAfter), FIRST_GATE: 0, END_GATE: 3 },
  });
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
  const initial = [[0, hidden] as const, [4, cell] as const];
  walk(op, plan, { kernel: "lstm", given, gates: "iofg", initial });
}

export const recurrent = { gru, gruCell: gru, lstm, lstmCell: lstm } satisfies Partial<Lowerings>;
