/** Recurrent networks: the cell, and the walk over a sequence, in doubles from the first step to the last. */

import type { Op } from "../core/operator.js";
import type { MLRecurrentNetworkActivation } from "../generated/types.js";
import type { Floats } from "./elements.js";
import type { Evaluator, Kernel } from "./evaluator.js";
import { ACTIVATIONS } from "./functions.js";
import { Pace, type Pauses, PRODUCT } from "./pace.js";

/** The weights and biases of one direction. */
interface Weights {
  readonly input: Floats;
  readonly recurrent: Floats;
  readonly bias: Floats | undefined;
  readonly recurrentBias: Floats | undefined;
  readonly peephole: Floats | undefined;
}

interface Sizes {
  readonly batch: number;
  readonly features: number;
  readonly hidden: number;
}

/** One step: reads what is given at a step, and replaces the states. */
type Step = (pace: Pace, x: Floats, start: number, states: readonly Float64Array[], weights: Weights) => Pauses;

/** What an element of a state costs: some functions, each of some steps (see `pace.ts`). */
const UNIT = 8;

function functionsOf(given: readonly MLRecurrentNetworkActivation[] | undefined, usual: readonly MLRecurrentNetworkActivation[]) {
  return (given ?? usual).map((name) => ACTIVATIONS[name]);
}

/** `x * W' + b` of all gates, one batch after the other. */
function* affine(
  pace: Pace,
  x: Floats,
  start: number,
  batch: number,
  features: number,
  weight: Floats,
  bias: Floats | undefined,
  y: Float64Array,
): Pauses {
  const gates = weight.length / features;
  for (let n = 0; n < batch; n++) {
    for (let gate = 0; gate < gates; gate++) {
      y[n * gates + gate] = dot(x, start + n * features, weight, gate * features, features) + (bias ? bias[gate] : 0);
      if (pace.due(1 + features * PRODUCT)) yield;
    }
  }
}

function dot(x: Floats, from: number, weight: Floats, row: number, count: number): number {
  let [even, odd, k] = [0, 0, 0];
  for (; k + 1 < count; k += 2) {
    even += x[from + k] * weight[row + k];
    odd += x[from + k + 1] * weight[row + k + 1];
  }
  if (k < count) even += x[from + k] * weight[row + k];
  return even + odd;
}

function gruStep(op: Op<"gru" | "gruCell">, { batch, features, hidden }: Sizes): Step {
  const [gate, last] = functionsOf(op.activations, ["sigmoid", "tanh"]);
  const [z, r, n] = [..."zrn"].map((name) => op.layout.indexOf(name) * hidden);
  const given = new Float64Array(batch * 3 * hidden);
  const state = new Float64Array(batch * 3 * hidden);
  const again = new Float64Array(batch * 3 * hidden);
  const reset = new Float64Array(batch * hidden);
  const resetGate = (h: Float64Array, i: number): number => {
    const at = gateAt(i, hidden, 3);
    return gate(given[at + r] + state[at + r]) * (op.resetAfter ? state[at + n] : h[i]);
  };
  const updated = (h: Float64Array, i: number): number => {
    const at = gateAt(i, hidden, 3);
    const update = gate(given[at + z] + state[at + z]);
    const fresh = last(given[at + n] + (op.resetAfter ? reset[i] : again[at + n]));
    return update * h[i] + (1 - update) * fresh;
  };
  return function* (pace, x, start, [h], { input, recurrent, bias, recurrentBias }) {
    yield* affine(pace, x, start, batch, features, input, bias, given);
    yield* affine(pace, h, 0, batch, hidden, recurrent, recurrentBias, state);
    for (let i = 0; i < reset.length; i++) {
      reset[i] = resetGate(h, i);
      if (pace.due(UNIT)) yield;
    }
    if (!op.resetAfter) yield* affine(pace, reset, 0, batch, hidden, recurrent, recurrentBias, again);
    for (let i = 0; i < reset.length; i++) {
      h[i] = updated(h, i);
      if (pace.due(UNIT)) yield;
    }
  };
}

/** Where the gates of an element of the state begin. */
function gateAt(i: number, hidden: number, gates: number): number {
  return Math.floor(i / hidden) * gates * hidden + (i % hidden);
}

/** What a gate sees of the cell state. */
function peep(weights: Floats | undefined, at: number, state: number): number {
  return weights ? weights[at] * state : 0;
}

function lstmStep(op: Op<"lstm" | "lstmCell">, { batch, features, hidden }: Sizes): Step {
  const [gate, cell, last] = functionsOf(op.activations, ["sigmoid", "tanh", "tanh"]);
  const [i, o, f, g] = [..."iofg"].map((name) => op.layout.indexOf(name) * hidden);
  const given = new Float64Array(batch * 4 * hidden);
  const state = new Float64Array(batch * 4 * hidden);
  const update = (h: Float64Array, c: Float64Array, peephole: Floats | undefined, k: number): void => {
    const at = gateAt(k, hidden, 4);
    const unit = k % hidden;
    const [admit, show, forget] = [
      gate(given[at + i] + state[at + i] + peep(peephole, unit, c[k])),
      gate(given[at + o] + state[at + o] + peep(peephole, hidden + unit, c[k])),
      gate(given[at + f] + state[at + f] + peep(peephole, 2 * hidden + unit, c[k])),
    ];
    c[k] = forget * c[k] + admit * cell(given[at + g] + state[at + g]);
    h[k] = show * last(c[k]);
  };
  return function* (pace, x, start, [h, c], { input, recurrent, bias, recurrentBias, peephole }) {
    yield* affine(pace, x, start, batch, features, input, bias, given);
    yield* affine(pace, h, 0, batch, hidden, recurrent, recurrentBias, state);
    for (let k = 0; k < h.length; k++) {
      update(h, c, peephole, k);
      if (pace.due(UNIT)) yield;
    }
  };
}

/** The part of an operand that belongs to one direction. */
function partOf<T extends Floats | undefined>(operand: T, direction: number, directions: number): T {
  if (!operand) return operand;
  const size = operand.length / directions;
  return operand.subarray(direction * size, (direction + 1) * size) as T;
}

/** The states after the last step in each direction, and with returnSequence the hidden states after each. */
function* walk(
  op: Op<"gru" | "lstm">,
  { batch, features, hidden }: Sizes,
  step: Step,
  [x, ...own]: readonly [Floats, ...(Floats | undefined)[]],
  initial: readonly (Floats | undefined)[],
  outputs: readonly Floats[],
): Pauses {
  const pace = new Pace();
  const directions = op.direction === "both" ? 2 : 1;
  const size = batch * hidden;
  for (let direction = 0; direction < directions; direction++) {
    const backward = op.direction === "backward" || direction === 1;
    const [input, recurrent, bias, recurrentBias, peephole] = own.map((operand) => partOf(operand, direction, directions));
    const weights = { input: input as Floats, recurrent: recurrent as Floats, bias, recurrentBias, peephole };
    const states = initial.map((state) => Float64Array.from(partOf(state, direction, directions) ?? new Float64Array(size)));
    for (let i = 0; i < op.steps; i++) {
      const time = backward ? op.steps - 1 - i : i;
      yield* step(pace, x, time * batch * features, states, weights);
      if (op.returnSequence) outputs[initial.length].set(states[0], (time * directions + direction) * size);
    }
    for (const [i, state] of states.entries()) outputs[i].set(state, direction * size);
  }
}

const gru: Evaluator<"gru"> = (op): Kernel => {
  const sizes = { batch: op.input.shape[1], features: op.input.shape[2], hidden: op.hiddenSize };
  const step = gruStep(op, sizes);
  return ([x, w, r, bias, recurrentBias, h]: [Floats, Floats, Floats, Floats?, Floats?, Floats?], outputs: Floats[]) => {
    return walk(op, sizes, step, [x, w, r, bias, recurrentBias], [h], outputs);
  };
};

const lstm: Evaluator<"lstm"> = (op): Kernel => {
  const sizes = { batch: op.input.shape[1], features: op.input.shape[2], hidden: op.hiddenSize };
  const step = lstmStep(op, sizes);
  return (
    [x, w, r, bias, recurrentBias, h, peephole, c]: [Floats, Floats, Floats, Floats?, Floats?, Floats?, Floats?, Floats?],
    outputs: Floats[],
  ) => {
    return walk(op, sizes, step, [x, w, r, bias, recurrentBias, peephole], [h, c], outputs);
  };
};

const gruCell: Evaluator<"gruCell"> = (op): Kernel => {
  const step = gruStep(op, { batch: op.input.shape[0], features: op.input.shape[1], hidden: op.hiddenSize });
  return function* ([x, input, recurrent, h, bias, recurrentBias]: [Floats, Floats, Floats, Floats, Floats?, Floats?], [y]: [Floats]) {
    const states = [Float64Array.from(h)];
    yield* step(new Pace(), x, 0, states, { input, recurrent, bias, recurrentBias, peephole: undefined });
    y.set(states[0]);
  };
};

const lstmCell: Evaluator<"lstmCell"> = (op): Kernel => {
  const step = lstmStep(op, { batch: op.input.shape[0], features: op.input.shape[1], hidden: op.hiddenSize });
  return function* (
    [x, input, recurrent, h, c, bias, recurrentBias, peephole]: [Floats, Floats, Floats, Floats, Floats, Floats?, Floats?, Floats?],
    [y, cell]: [Floats, Floats],
  ) {
    const states = [Float64Array.from(h), Float64Array.from(c)];
    yield* step(new Pace(), x, 0, states, { input, recurrent, bias, recurrentBias, peephole });
    y.set(states[0]);
    cell.set(states[1]);
  };
};

/** The evaluators of this family. */
export const recurrent = { gru, gruCell, lstm, lstmCell };
