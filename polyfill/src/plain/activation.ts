/** Activations. */

import { isBig, isFloat } from "../core/types.js";
import type { OperatorName } from "../generated/operators.js";
import { castToFloat, type Floats } from "./elements.js";
import type { Evaluator, Evaluators } from "./evaluator.js";
import { erfc, relu, sigmoid, softplus } from "./functions.js";
import { binary, clampFloats, mapFloats, rowOf, unary } from "./loops.js";
import { Pace, type Pauses, partsOf } from "./pace.js";
import { around } from "./walk.js";

/** With `1 + erf(x) = erfc(-x)`, which keeps its digits below zero; minus infinity gives 0, as in the limit. */
function gelu(x: number): number {
  return x === Number.NEGATIVE_INFINITY ? 0 : 0.5 * x * erfc(-x * Math.SQRT1_2);
}

/** An infinity gives its sign, as in the limit. */
function softsign(x: number): number {
  return Math.abs(x) === Number.POSITIVE_INFINITY ? Math.sign(x) : x / (1 + Math.abs(x));
}

function hardSwish(x: number): number {
  return (x * Math.min(Math.max(x + 3, 0), 6)) / 6;
}

const elu: Evaluator<"elu"> = (op) => {
  const alpha = castToFloat(op.alpha, op.input);
  return mapFloats((x) => (x > 0 ? x : alpha * Math.expm1(x)));
};

const hardSigmoid: Evaluator<"hardSigmoid"> = (op) => {
  const [alpha, beta] = [castToFloat(op.alpha, op.input), castToFloat(op.beta, op.input)];
  return mapFloats((x) => Math.min(Math.max(alpha * x + beta, 0), 1));
};

const leakyRelu: Evaluator<"leakyRelu"> = (op) => {
  const alpha = castToFloat(op.alpha, op.input);
  return mapFloats((x) => (x < 0 ? alpha * x : x));
};

const linear: Evaluator<"linear"> = (op) => {
  const [alpha, beta] = [castToFloat(op.alpha, op.input), castToFloat(op.beta, op.input)];
  return mapFloats((x) => alpha * x + beta);
};

const prelu: Evaluator<"prelu"> = ({ input, slope, output }) => {
  if (isBig(input.dataType))
    return binary<bigint, bigint>(
      input,
      slope,
      output,
      rowOf((x, s) => (x < 0n ? s * x : x)),
    );
  if (isFloat(input.dataType))
    return binary<number, number>(
      input,
      slope,
      output,
      rowOf((x, s) => (x < 0 ? s * x : x)),
    );
  return binary<number, number>(
    input,
    slope,
    output,
    rowOf((x, s) => (x < 0 ? Math.imul(s, x) : x)),
  );
};

const reluOf: Evaluator<"relu"> = ({ input }, setup) => {
  if (isFloat(input.dataType)) return clampFloats(input, 0, Number.POSITIVE_INFINITY, setup);
  return unary(input, { floats: relu, integers: relu, bigs: (x) => (x > 0n ? x : 0n) });
};

const softmax: Evaluator<"softmax"> = ({ input, axis }) => {
  const [outer, size, inner] = around(input.shape, axis);
  const exponentials = new Float64Array(size);
  const parts = partsOf(size);
  function* compute([x]: [Floats], [y]: [Floats]): Pauses {
    const pace = new Pace();
    for (let line = 0; line < outer * inner; line++) {
      const start = inner === 1 ? line * size : Math.floor(line / inner) * size * inner + (line % inner);
      let [greatest, sum] = [Number.NEGATIVE_INFINITY, 0];
      for (const [from, to] of parts) {
        greatest = greatestOf(x, start, inner, from, to, greatest);
        if (pace.due(to - from)) yield;
      }
      for (const [from, to] of parts) {
        sum = sumOfExponentials(x, start, inner, from, to, greatest, exponentials, sum);
        if (pace.due(to - from)) yield;
      }
      for (const [from, to] of parts) {
        for (let i = from; i < to; i++) y[start + i * inner] = exponentials[i] / sum;
        if (pace.due(to - from)) yield;
      }
    }
  }
  return compute;
};

/** The greatest of some elements of a line, or of those before them. */
function greatestOf(x: Floats, start: number, step: number, from: number, to: number, before: number): number {
  let greatest = before;
  for (let i = from; i < to; i++) greatest = Math.max(greatest, x[start + i * step]);
  return greatest;
}

/** The sum of the exponentials of some elements of a line, and of those before them; each is kept. */
function sumOfExponentials(
  x: Floats,
  start: number,
  step: number,
  from: number,
  to: number,
  shift: number,
  kept: Float64Array,
  before: number,
): number {
  let sum = before;
  for (let i = from; i < to; i++) {
    kept[i] = Math.exp(x[start + i * step] - shift);
    sum += kept[i];
  }
  return sum;
}

/** The evaluators of this family. */
export const activation = {
  elu,
  gelu: () => mapFloats(gelu),
  hardSigmoid,
  hardSwish: () => mapFloats(hardSwish),
  leakyRelu,
  linear,
  prelu,
  relu: reluOf,
  sigmoid: () => mapFloats(sigmoid),
  softmax,
  softplus: () => mapFloats(softplus),
  softsign: () => mapFloats(softsign),
  tanh: () => mapFloats(Math.tanh),
} satisfies Partial<Record<OperatorName, unknown>> & Partial<Evaluators>;
