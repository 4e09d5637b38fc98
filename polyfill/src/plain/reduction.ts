/** Reductions. */

import type { Op } from "../core/operator.js";
import { isBig, isFloat, type Shape } from "../core/types.js";
import type { OperatorName } from "../generated/operators.js";
import type { Bigs, Elements, Numbers } from "./elements.js";
import type { Evaluator, Evaluators, Kernel } from "./evaluator.js";
import { around, multiples, offsetSums, rowsOf, stridesOf } from "./walk.js";

/** The elements that are reduced together: where they lie from the first of them, in rows of equal length. */
export interface Line {
  readonly starts: Int32Array;
  readonly length: number;
  readonly step: number;
}

/** A reduction's elements: the first of those of each output, and how the others lie from it. */
export interface Groups {
  readonly firsts: Int32Array;
  readonly line: Line;
}

/** How the elements of a shape fall into groups when axes are reduced. */
export function groupsOf(shape: Shape, axes: readonly number[]): Groups {
  const strides = stridesOf(shape);
  const pick = (wanted: boolean) => shape.map((_, axis) => axis).filter((axis) => axes.includes(axis) === wanted);
  const [kept, reduced] = [pick(false), pick(true)];
  const rows = rowsOf(
    reduced.map((axis) => shape[axis]),
    [reduced.map((axis) => strides[axis])],
  );
  return {
    firsts: offsetSums(kept.map((axis) => multiples(shape[axis], strides[axis]))),
    line: { starts: rows.starts[0], length: rows.length, step: rows.steps[0] },
  };
}

/** A number from the elements of a group; integers may be given modulo their range. */
type Fold<A, T> = (x: A, first: number, line: Line) => T;

/** A sum of something of each element. */
function total(term: (x: number) => number): Fold<Numbers, number> {
  return (x, first, { starts, length, step }) => {
    let sum = 0;
    for (let r = 0; r < starts.length; r++) {
      const from = first + starts[r];
      for (let i = 0; i < length; i++) sum += term(x[from + i * step]);
    }
    return sum;
  };
}

/** What is folded from a start, or from the first element. */
function fold<T>(next: (folded: T, x: T) => T, start?: T): Fold<{ readonly [index: number]: T }, T> {
  return (x, first, { starts, length, step }) => {
    let folded = start === undefined ? x[first] : start;
    for (let r = 0; r < starts.length; r++) {
      const from = first + starts[r];
      for (let i = start === undefined && r === 0 ? 1 : 0; i < length; i++) folded = next(folded, x[from + i * step]);
    }
    return folded;
  };
}

const sum = total((x) => x);
const sumOfSquares = total((x) => x * x);
const greatest = fold<number>(Math.max);

function countOf({ starts, length }: Line): number {
  return starts.length * length;
}

/** Shifted by the greatest element, so that nothing overflows; an infinite one is its own answer. */
const logSumExp: Fold<Numbers, number> = (x, first, line) => {
  const most = greatest(x, first, line);
  const shift = Number.isFinite(most) ? most : 0;
  return Math.log(total((value) => Math.exp(value - shift))(x, first, line)) + shift;
};

const add = (a: number, b: number): number => (a + b) | 0;
const addBig = (a: bigint, b: bigint): bigint => BigInt.asUintN(64, a + b);
const absolute = (x: bigint): bigint => (x < 0n ? -x : x);

/** Folds by the class of the operand. */
interface Reduction {
  readonly floats: Fold<Numbers, number>;
  readonly integers?: Fold<Numbers, number>;
  readonly bigs?: Fold<Bigs, bigint>;
}

const REDUCTIONS = {
  reduceL1: {
    floats: total(Math.abs),
    integers: fold<number>((a, x) => add(a, Math.abs(x)), 0),
    bigs: fold<bigint>((a, x) => addBig(a, absolute(x)), 0n),
  },
  reduceL2: { floats: (x, first, line) => Math.sqrt(sumOfSquares(x, first, line)) },
  reduceLogSum: { floats: (x, first, line) => Math.log(sum(x, first, line)) },
  reduceLogSumExp: { floats: logSumExp },
  reduceMax: { floats: greatest, integers: greatest, bigs: fold<bigint>((a, b) => (a > b ? a : b)) },
  reduceMean: { floats: (x, first, line) => sum(x, first, line) / countOf(line) },
  reduceMin: { floats: fold<number>(Math.min), integers: fold<number>(Math.min), bigs: fold<bigint>((a, b) => (a < b ? a : b)) },
  reduceProduct: {
    floats: fold<number>((a, b) => a * b, 1),
    integers: fold<number>(Math.imul, 1),
    bigs: fold<bigint>((a, b) => BigInt.asUintN(64, a * b), 1n),
  },
  reduceSum: { floats: sum, integers: fold<number>(add, 0), bigs: fold<bigint>(addBig, 0n) },
  reduceSumSquare: {
    floats: sumOfSquares,
    integers: fold<number>((a, x) => add(a, Math.imul(x, x)), 0),
    bigs: fold<bigint>((a, x) => addBig(a, x * x), 0n),
  },
} satisfies Partial<Record<OperatorName, Reduction>>;

function reduce({ floats, integers, bigs }: Reduction): (op: Op<keyof typeof REDUCTIONS>) => Kernel {
  return ({ input, axes }) => {
    const { firsts, line } = groupsOf(input.shape, axes ?? input.shape.map((_, axis) => axis));
    const { dataType } = input;
    const chosen = isFloat(dataType) ? floats : isBig(dataType) ? bigs : integers;
    if (!chosen) throw new TypeError(`there is no reduction of ${dataType}`); // the operator's limits exclude it
    const into = chosen as Fold<Elements, number | bigint>;
    const compute = ([x]: readonly Elements[], [y]: readonly { [index: number]: number | bigint }[]): void => {
      for (let i = 0; i < firsts.length; i++) y[i] = into(x, firsts[i], line);
    };
    return compute as unknown as Kernel;
  };
}

/** The position of the first extreme along an axis; a NaN is more extreme than any number. */
function extreme(beats: (a: number, b: number) => boolean): (op: Op<"argMin" | "argMax">) => Kernel {
  return ({ input, axis, outputDataType }) => {
    const { firsts, line } = groupsOf(input.shape, [axis]);
    const position = (x: Numbers, first: number): number => {
      let best = 0;
      let value = x[first];
      for (let i = 1; i < line.length && !Number.isNaN(value); i++) {
        const other = x[first + i * line.step];
        if (!beats(other, value) && !Number.isNaN(other)) continue;
        best = i;
        value = other;
      }
      return best;
    };
    const compute = ([x]: readonly Numbers[], [y]: readonly { [index: number]: number | bigint }[]): void => {
      for (let i = 0; i < firsts.length; i++) y[i] = isBig(outputDataType) ? BigInt(position(x, firsts[i])) : position(x, firsts[i]);
    };
    return compute as unknown as Kernel;
  };
}

const cumulativeSum: Evaluator<"cumulativeSum"> = ({ input, axis, exclusive, reversed }) => {
  const [, size, inner] = around(input.shape, axis);
  const { firsts } = groupsOf(input.shape, [axis]);
  const step = reversed ? -inner : inner;
  const start = reversed ? (size - 1) * inner : 0;
  const run = <T>(zero: T, plus: (a: T, b: T) => T): Kernel => {
    const compute = ([x]: readonly { [index: number]: T }[], [y]: readonly { [index: number]: T }[]): void => {
      for (let group = 0; group < firsts.length; group++) {
        let at = firsts[group] + start;
        let sum = zero;
        for (let i = 0; i < size; i++, at += step) {
          const before = sum;
          sum = plus(sum, x[at]);
          y[at] = exclusive ? before : sum;
        }
      }
    };
    return compute as unknown as Kernel;
  };
  if (isFloat(input.dataType)) return run<number>(0, (a, b) => a + b);
  return isBig(input.dataType) ? run<bigint>(0n, addBig) : run<number>(0, add);
};

const tables = Object.entries(REDUCTIONS as Readonly<Record<string, Reduction>>).map(([name, row]) => [name, reduce(row)]);

/** The evaluators of this family. */
export const reduction = {
  ...(Object.fromEntries(tables) as Pick<Evaluators, keyof typeof REDUCTIONS>),
  argMin: extreme((a, b) => a < b),
  argMax: extreme((a, b) => a > b),
  cumulativeSum,
};
