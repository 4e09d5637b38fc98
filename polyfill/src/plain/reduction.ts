/** Reductions. */

import type { Op } from "../core/operator.js";
import { isBig, isFloat, type Shape } from "../core/types.js";
import type { OperatorName } from "../generated/operators.js";
import type { Bigs, Elements, Numbers } from "./elements.js";
import type { Evaluator, Evaluators, Kernel } from "./evaluator.js";
import { inPieces, Pace, type Pauses, PIECE, partsOf } from "./pace.js";
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

/** Folds the elements of a group into what was folded before; integers may be given modulo their range. */
type Fold<A, T> = (x: A, first: number, line: Line, before: T) => T;

/** A reduction: what it starts from, how it goes on, and what becomes of it in the end. */
interface Reduction<A, T> {
  /** By default the group's first element. */
  readonly start?: T;
  readonly fold: Fold<A, T>;
  readonly end?: (folded: T, count: number) => T;
  /** A second reduction of the same group, which depends on what came of this one. */
  readonly second?: (folded: T) => Reduction<A, T>;
}

/** A sum of something of each element. */
function total(term: (x: number) => number, end?: (sum: number, count: number) => number): Reduction<Numbers, number> {
  const fold: Fold<Numbers, number> = (x, first, { starts, length, step }, before) => {
    let sum = before;
    for (let r = 0; r < starts.length; r++) {
      const from = first + starts[r];
      for (let i = 0; i < length; i++) sum += term(x[from + i * step]);
    }
    return sum;
  };
  return { start: 0, fold, end };
}

/** What is folded from a start, or from the first element, which may then be folded twice. */
function fold<T>(next: (folded: T, x: T) => T, start?: T): Reduction<{ readonly [index: number]: T }, T> {
  const steps: Fold<{ readonly [index: number]: T }, T> = (x, first, { starts, length, step }, before) => {
    let folded = before;
    for (let r = 0; r < starts.length; r++) {
      const from = first + starts[r];
      for (let i = 0; i < length; i++) folded = next(folded, x[from + i * step]);
    }
    return folded;
  };
  return { start, fold: steps };
}

const square = (x: number): number => x * x;
const itself = (x: number): number => x;
const greatest = fold<number>(Math.max);

/** Shifted by the greatest element, so that nothing overflows; an infinite one is its own answer. */
const logSumExp: Reduction<Numbers, number> = {
  ...greatest,
  second: (most) => {
    const shift = Number.isFinite(most) ? most : 0;
    return total(
      (x) => Math.exp(x - shift),
      (sum) => Math.log(sum) + shift,
    );
  },
};

const add = (a: number, b: number): number => (a + b) | 0;
const addBig = (a: bigint, b: bigint): bigint => BigInt.asUintN(64, a + b);
const absolute = (x: bigint): bigint => (x < 0n ? -x : x);

/** Reductions by the class of the operand. */
interface Classes {
  readonly floats: Reduction<Numbers, number>;
  readonly integers?: Reduction<Numbers, number>;
  readonly bigs?: Reduction<Bigs, bigint>;
}

const REDUCTIONS = {
  reduceL1: {
    floats: total(Math.abs),
    integers: fold<number>((a, x) => add(a, Math.abs(x)), 0),
    bigs: fold<bigint>((a, x) => addBig(a, absolute(x)), 0n),
  },
  reduceL2: { floats: total(square, Math.sqrt) },
  reduceLogSum: { floats: total(itself, Math.log) },
  reduceLogSumExp: { floats: logSumExp },
  reduceMax: { floats: greatest, integers: greatest, bigs: fold<bigint>((a, b) => (a > b ? a : b)) },
  reduceMean: { floats: total(itself, (sum, count) => sum / count) },
  reduceMin: { floats: fold<number>(Math.min), integers: fold<number>(Math.min), bigs: fold<bigint>((a, b) => (a < b ? a : b)) },
  reduceProduct: {
    floats: fold<number>((a, b) => a * b, 1),
    integers: fold<number>(Math.imul, 1),
    bigs: fold<bigint>((a, b) => BigInt.asUintN(64, a * b), 1n),
  },
  reduceSum: { floats: total(itself), integers: fold<number>(add, 0), bigs: fold<bigint>(addBig, 0n) },
  reduceSumSquare: {
    floats: total(square),
    integers: fold<number>((a, x) => add(a, Math.imul(x, x)), 0),
    bigs: fold<bigint>((a, x) => addBig(a, x * x), 0n),
  },
} satisfies Partial<Record<OperatorName, Classes>>;

type Items<T> = { readonly [index: number]: T };

/** A group at once. */
function reduced<T>(reduction: Reduction<Items<T>, T>, x: Items<T>, first: number, line: Line): T {
  const { start = x[first], fold, end, second } = reduction;
  const folded = fold(x, first, line, start);
  if (second) return reduced(second(folded), x, first, line);
  return end ? end(folded, line.starts.length * line.length) : folded;
}

/** A group part by part. */
function* reducedInParts<T>(reduction: Reduction<Items<T>, T>, x: Items<T>, first: number, parts: readonly Line[]): Generator<void, T> {
  const { start = x[first], fold, end, second } = reduction;
  let [folded, count] = [start, 0];
  for (const part of parts) {
    folded = fold(x, first, part, folded);
    count += part.starts.length * part.length;
    yield;
  }
  if (second) return yield* reducedInParts(second(folded), x, first, parts);
  return end ? end(folded, count) : folded;
}

/** The parts of a line that are computed between two pauses: some of its rows, or some of one row. */
function partsOfLine({ starts, length, step }: Line): Line[] {
  const rows = Math.max(1, Math.floor(PIECE / length));
  return Array.from({ length: Math.ceil(starts.length / rows) }, (_, i) => starts.slice(i * rows, (i + 1) * rows)).flatMap((some) =>
    partsOf(length).map(([from, to]) => ({ starts: some.map((start) => start + from * step), length: to - from, step })),
  );
}

function reduce({ floats, integers, bigs }: Classes): (op: Op<keyof typeof REDUCTIONS>) => Kernel {
  return ({ input, axes }) => {
    const { firsts, line } = groupsOf(input.shape, axes ?? input.shape.map((_, axis) => axis));
    const { dataType } = input;
    const chosen = isFloat(dataType) ? floats : isBig(dataType) ? bigs : integers;
    if (!chosen) throw new TypeError(`there is no reduction of ${dataType}`); // the operator's limits exclude it
    const reduction = chosen as Reduction<Items<number | bigint>, number | bigint>;
    const count = line.starts.length * line.length;
    const parts = count > PIECE ? partsOfLine(line) : [];
    function* compute([x]: readonly Elements[], [y]: readonly { [index: number]: number | bigint }[]): Pauses {
      if (parts.length) for (let i = 0; i < firsts.length; i++) y[i] = yield* reducedInParts(reduction, x, firsts[i], parts);
      else
        yield* inPieces(firsts.length, count, (from, to) => {
          for (let i = from; i < to; i++) y[i] = reduced(reduction, x, firsts[i], line);
        });
    }
    return compute as unknown as Kernel;
  };
}

/** The position of the first extreme along an axis; a NaN is more extreme than any number. */
function extreme(beats: (a: number, b: number) => boolean): (op: Op<"argMin" | "argMax">) => Kernel {
  return ({ input, axis, outputDataType }) => {
    const { firsts, line } = groupsOf(input.shape, [axis]);
    const parts = partsOf(line.length);
    const position = (x: Numbers, first: number, from: number, to: number, before: number): number => {
      let best = before;
      let value = x[first + best * line.step];
      for (let i = from; i < to && !Number.isNaN(value); i++) {
        const other = x[first + i * line.step];
        if (!beats(other, value) && !Number.isNaN(other)) continue;
        best = i;
        value = other;
      }
      return best;
    };
    function* compute([x]: readonly Numbers[], [y]: readonly { [index: number]: number | bigint }[]): Pauses {
      const pace = new Pace();
      for (let i = 0; i < firsts.length; i++) {
        let best = 0;
        for (const [from, to] of parts) {
          best = position(x, firsts[i], from, to, best);
          if (pace.due(to - from)) yield;
        }
        y[i] = isBig(outputDataType) ? BigInt(best) : best;
      }
    }
    return compute as unknown as Kernel;
  };
}

const cumulativeSum: Evaluator<"cumulativeSum"> = ({ input, axis, exclusive, reversed }) => {
  const [, size, inner] = around(input.shape, axis);
  const { firsts } = groupsOf(input.shape, [axis]);
  const step = reversed ? -inner : inner;
  const start = reversed ? (size - 1) * inner : 0;
  const parts = partsOf(size);
  const run = <T>(zero: T, plus: (a: T, b: T) => T): Kernel => {
    const sumOf = (x: Items<T>, y: { [index: number]: T }, first: number, from: number, to: number, before: T): T => {
      let sum = before;
      for (let i = from, at = first + from * step; i < to; i++, at += step) {
        const last = sum;
        sum = plus(sum, x[at]);
        y[at] = exclusive ? last : sum;
      }
      return sum;
    };
    function* compute([x]: readonly Items<T>[], [y]: readonly { [index: number]: T }[]): Pauses {
      const pace = new Pace();
      for (const first of firsts) {
        let sum = zero;
        for (const [from, to] of parts) {
          sum = sumOf(x, y, first + start, from, to, sum);
          if (pace.due(to - from)) yield;
        }
      }
    }
    return compute as unknown as Kernel;
  };
  if (isFloat(input.dataType)) return run<number>(0, (a, b) => a + b);
  return isBig(input.dataType) ? run<bigint>(0n, addBig) : run<number>(0, add);
};

const tables = Object.entries(REDUCTIONS as Readonly<Record<string, Classes>>).map(([name, row]) => [name, reduce(row)]);

/** The evaluators of this family. */
export const reduction = {
  ...(Object.fromEntries(tables) as Pick<Evaluators, keyof typeof REDUCTIONS>),
  argMin: extreme((a, b) => a < b),
  argMax: extreme((a, b) => a > b),
  cumulativeSum,
};
