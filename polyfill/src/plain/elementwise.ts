/** Element-wise operators. */

import type { Op } from "../core/operator.js";
import { castNumber, type DataType, integerRange, isBig, isFloat } from "../core/types.js";
import type { OperatorName } from "../generated/operators.js";
import type { MLNumber } from "../generated/types.js";
import type { Bigs, Numbers } from "./elements.js";
import type { Evaluator, Evaluators, Kernel } from "./evaluator.js";
import { erf, pow, roundEven } from "./functions.js";
import { binary, clampFloats, copy, type Items, mapBigs, mapFloats, mapIntegers, type Row, rowOf, type Unary, unary } from "./loops.js";
import { byRows, inPieces, type Pauses } from "./pace.js";
import { broadcastStrides, rowsOf } from "./walk.js";

type BinaryName = {
  [N in OperatorName]: Op<N> extends { readonly a: unknown; readonly b: unknown } ? N : never;
}[OperatorName];

/** A function of two elements, by the class of its operands: floats have a loop of their own where it is hot. */
interface Binary {
  readonly floats: Row;
  readonly integers: (a: number, b: number, wrap: (x: number) => number) => number;
  readonly bigs: (a: bigint, b: bigint, wrap: (x: bigint) => bigint) => bigint;
}

/** Integers wrap modulo their range when they are stored. */
const ARITHMETIC = {
  add: {
    floats: (a, atA, stepA, b, atB, stepB, y, atY, length) => {
      for (let i = 0; i < length; i++) y[atY + i] = a[atA + i * stepA] + b[atB + i * stepB];
    },
    integers: (a, b) => a + b,
    bigs: (a, b) => a + b,
  },
  sub: {
    floats: (a, atA, stepA, b, atB, stepB, y, atY, length) => {
      for (let i = 0; i < length; i++) y[atY + i] = a[atA + i * stepA] - b[atB + i * stepB];
    },
    integers: (a, b) => a - b,
    bigs: (a, b) => a - b,
  },
  mul: {
    floats: (a, atA, stepA, b, atB, stepB, y, atY, length) => {
      for (let i = 0; i < length; i++) y[atY + i] = a[atA + i * stepA] * b[atB + i * stepB];
    },
    integers: Math.imul,
    bigs: (a, b) => a * b,
  },
  div: {
    floats: (a, atA, stepA, b, atB, stepB, y, atY, length) => {
      for (let i = 0; i < length; i++) y[atY + i] = a[atA + i * stepA] / b[atB + i * stepB];
    },
    integers: quotient,
    bigs: bigQuotient,
  },
  max: { floats: rowOf(Math.max), integers: (a, b) => (a > b ? a : b), bigs: (a, b) => (a > b ? a : b) },
  min: { floats: rowOf(Math.min), integers: (a, b) => (a < b ? a : b), bigs: (a, b) => (a < b ? a : b) },
  pow: { floats: rowOf(pow), integers: integerPower, bigs: bigPower },
} satisfies Partial<Record<OperatorName, Binary>>;

/** Truncated toward zero; a divisor of zero gives zero, and the least integer divided by -1 is itself once it is stored. */
function quotient(a: number, b: number): number {
  return b === 0 ? 0 : Math.trunc(a / b);
}

function bigQuotient(a: bigint, b: bigint): bigint {
  return b === 0n ? 0n : a / b;
}

/** Modulo the range, by squaring; a negative exponent gives the truncated quotient 1 / a**|b|. */
function integerPower(a: number, b: number, wrap: (x: number) => number): number {
  let result = 1;
  let base = a;
  for (let exponent = Math.abs(b); exponent > 0; exponent = Math.floor(exponent / 2)) {
    if (exponent % 2 === 1) result = Math.imul(result, base);
    base = Math.imul(base, base);
  }
  return b < 0 ? quotient(1, wrap(result)) : result;
}

function bigPower(a: bigint, b: bigint, wrap: (x: bigint) => bigint): bigint {
  let result = 1n;
  let base = a;
  for (let exponent = b < 0n ? -b : b; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = wrap(result * base);
    base = wrap(base * base);
  }
  return b < 0n ? bigQuotient(1n, result) : result;
}

/** A number modulo the range of an integer type. */
function wrapNumber(dataType: DataType): (x: number) => number {
  const [minimum, maximum] = integerRange(dataType);
  const size = Number(maximum - minimum) + 1;
  const low = Number(minimum);
  return (x) => ((((x - low) % size) + size) % size) + low;
}

/** A bigint modulo the range of an integer type of 64 bits. */
export function wrapBig(dataType: DataType): (x: bigint) => bigint {
  return dataType === "int64" ? (x) => BigInt.asIntN(64, x) : (x) => BigInt.asUintN(64, x);
}

function arithmetic<N extends keyof typeof ARITHMETIC>({ floats, integers, bigs }: Binary): Evaluator<N> {
  return (op: Op<BinaryName>) => {
    const { dataType } = op.a;
    const each = bigs === bigPower ? 64 : 1; // a power is as many products as its exponent has bits
    if (isFloat(dataType)) return binary(op.a, op.b, op.output, floats);
    if (isBig(dataType)) {
      const wrap = wrapBig(dataType);
      return binary<bigint, bigint>(
        op.a,
        op.b,
        op.output,
        rowOf((a, b) => bigs(a, b, wrap)),
        each,
      );
    }
    const wrap = wrapNumber(dataType);
    return binary<number, number>(
      op.a,
      op.b,
      op.output,
      rowOf((a, b) => integers(a, b, wrap)),
      each,
    );
  };
}

/** Functions of two elements of any one type that give 1 or 0. */
const COMPARISONS = {
  equal: (a, b) => (a === b ? 1 : 0),
  notEqual: (a, b) => (a !== b ? 1 : 0),
  greater: (a, b) => (a > b ? 1 : 0),
  greaterOrEqual: (a, b) => (a >= b ? 1 : 0),
  lesser: (a, b) => (a < b ? 1 : 0),
  lesserOrEqual: (a, b) => (a <= b ? 1 : 0),
  logicalAnd: (a, b) => (a && b ? 1 : 0),
  logicalOr: (a, b) => (a || b ? 1 : 0),
  logicalXor: (a, b) => (!a !== !b ? 1 : 0),
} satisfies Partial<Record<OperatorName, (a: MLNumber, b: MLNumber) => number>>;

function comparison(f: (a: MLNumber, b: MLNumber) => number): Evaluator<BinaryName> {
  return (op) => binary(op.a, op.b, op.output, rowOf(f));
}

/** Functions of floats that give 1 or 0. */
const CLASSIFICATIONS = {
  logicalNot: (x) => (x === 0 ? 1 : 0),
  isNaN: (x) => (Number.isNaN(x) ? 1 : 0),
  isInfinite: (x) => (Math.abs(x) === Number.POSITIVE_INFINITY ? 1 : 0),
} satisfies Partial<Record<OperatorName, (x: number) => number>>;

const FUNCTIONS = {
  abs: { floats: Math.abs, integers: Math.abs, bigs: (x) => (x < 0n ? -x : x) },
  ceil: { floats: Math.ceil },
  cos: { floats: Math.cos },
  erf: { floats: erf },
  exp: { floats: Math.exp },
  floor: { floats: Math.floor },
  log: { floats: Math.log },
  neg: { floats: (x) => -x, integers: (x) => -x, bigs: (x) => -x },
  reciprocal: { floats: (x) => 1 / x },
  roundEven: { floats: roundEven },
  sin: { floats: Math.sin },
  sign: { floats: Math.sign, integers: Math.sign, bigs: (x) => (x > 0n ? 1n : x < 0n ? -1n : 0n) },
  sqrt: { floats: Math.sqrt },
  tan: { floats: Math.tan },
} satisfies Partial<Record<OperatorName, Unary>>;

const cast: Evaluator<"cast"> = ({ input, dataType }) => {
  if (input.dataType === dataType) return copy;
  if (isBig(input.dataType)) return castBigs(dataType);
  if (isFloat(dataType)) return mapFloats((x) => x);
  const truncate = truncation(dataType);
  if (isBig(dataType)) {
    const big = isFloat(input.dataType) ? truncate : BigInt;
    return ([x]: [Numbers], [y]: [Bigs]) =>
      inPieces(y.length, 1, (first, end) => {
        for (let i = first; i < end; i++) y[i] = BigInt(big(x[i]));
      });
  }
  return isFloat(input.dataType) ? mapFloats((x) => Number(truncate(x))) : copy;
};

/** Integers keep their low bits; floats are rounded once from all 64 bits. */
function castBigs(dataType: DataType): Kernel {
  if (isBig(dataType)) return copy;
  const number = isFloat(dataType) ? (x: bigint) => Number(castNumber(x, dataType)) : (x: bigint) => Number(BigInt.asIntN(32, x));
  return ([x]: [Bigs], [y]: [Numbers]) =>
    inPieces(y.length, 1, (first, end) => {
      for (let i = first; i < end; i++) y[i] = number(x[i]);
    });
}

/** Toward zero; out of range, the nearest end of the range, and zero for NaN. */
function truncation(dataType: DataType): (x: number) => MLNumber {
  const [minimum, maximum] = integerRange(dataType);
  const [low, high] = [Number(minimum), Number(maximum)]; // of 64 bits, the upper one is one too many
  return (x) => {
    if (Number.isNaN(x)) return 0;
    return x >= high ? maximum : x <= low ? minimum : Math.trunc(x);
  };
}

/** A bound in the data type of input; of a float, infinite where absent or NaN. */
function boundOf(value: MLNumber | undefined, absent: number, dataType: DataType): MLNumber {
  const bound = castNumber(value ?? absent, dataType);
  return Number.isNaN(bound) ? absent : bound;
}

const clamp: Evaluator<"clamp"> = ({ input, minValue, maxValue }, setup) => {
  const { dataType } = input;
  const bounds: readonly MLNumber[] = [
    boundOf(minValue, Number.NEGATIVE_INFINITY, dataType),
    boundOf(maxValue, Number.POSITIVE_INFINITY, dataType),
  ];
  if (isBig(dataType)) {
    const [low, high] = bounds.map(BigInt);
    return mapBigs((x) => (x < low ? low : x > high ? high : x));
  }
  const [low, high] = bounds.map(Number);
  if (isFloat(dataType)) return clampFloats(input, low, high, setup);
  return mapIntegers((x) => (x < low ? low : x > high ? high : x));
};

/** Selects between two rows by a third; the elements are moved, so that any type will do. */
const where: Evaluator<"where"> = ({ condition, trueValue, falseValue, output }) => {
  const strides = [condition, trueValue, falseValue].map((operand) => broadcastStrides(operand.shape, output.shape));
  const { count, length, starts, steps } = rowsOf(output.shape, strides);
  const [stepC, stepT, stepF] = steps;
  const compute = ([c, t, f]: readonly Items<unknown>[], [y]: readonly Items<unknown>[]): Pauses =>
    byRows(count, length, (r, from, to) => {
      const [atC, atT, atF, atY] = [starts[0][r], starts[1][r], starts[2][r], r * length];
      for (let i = from; i < to; i++) y[atY + i] = c[atC + i * stepC] ? t[atT + i * stepT] : f[atF + i * stepF];
    });
  return compute as unknown as Kernel;
};

type Family = Pick<
  Evaluators,
  | keyof typeof ARITHMETIC
  | keyof typeof COMPARISONS
  | keyof typeof CLASSIFICATIONS
  | keyof typeof FUNCTIONS
  | "identity"
  | "cast"
  | "clamp"
  | "where"
>;

/** A table of evaluators from a table of functions. */
function rows<K extends OperatorName, V>(table: Readonly<Record<K, V>>, make: (value: V) => unknown): Pick<Evaluators, K> {
  const entries = (Object.entries(table) as [K, V][]).map(([name, value]) => [name, make(value)]);
  return Object.fromEntries(entries) as Pick<Evaluators, K>;
}

/** The evaluators of this family. */
export const elementwise: Family = {
  ...rows(ARITHMETIC as Readonly<Record<keyof typeof ARITHMETIC, Binary>>, arithmetic),
  ...rows(COMPARISONS, comparison),
  ...rows(CLASSIFICATIONS, (f) => () => mapFloats(f)),
  ...rows(FUNCTIONS as Readonly<Record<keyof typeof FUNCTIONS, Unary>>, (f) => (op: Op<"abs">) => unary(op.input, f)),
  identity: () => copy,
  cast,
  clamp,
  where,
};
