/** Element-wise operators: arithmetic, comparison, logic, unary functions, casts and selection (`webnpu/operators/elementwise.py`). */

import type { Definition, Definitions, Op, Verdict } from "../core/operator.js";
import { broadcast } from "../core/shapes.js";
import { ANY, castNumber, describe, listed, numberText, type Shape } from "../core/types.js";
import type { MLNumber } from "../generated/types.js";

type Arithmetic = "add" | "sub" | "mul" | "div" | "max" | "min" | "pow";
type Comparison = "equal" | "notEqual" | "greater" | "greaterOrEqual" | "lesser" | "lesserOrEqual";
type Logic = "logicalAnd" | "logicalOr" | "logicalXor";
type Unary =
  | "abs"
  | "ceil"
  | "cos"
  | "erf"
  | "exp"
  | "floor"
  | "identity"
  | "log"
  | "neg"
  | "reciprocal"
  | "roundEven"
  | "sin"
  | "sign"
  | "sqrt"
  | "tan";

const broadcastable = {
  C1: ({ a, b }: Op<Arithmetic | Comparison | Logic>): Verdict =>
    broadcast(a.shape, b.shape) !== undefined || `${describe(a)} and ${describe(b)}`,
};

const binary: Definition<Arithmetic> = {
  constraints: broadcastable,
  infer: ({ a, b }) => ({ dataType: a.dataType, shape: broadcast(a.shape, b.shape) ?? [] }),
};

const comparison: Definition<Comparison | Logic> = {
  constraints: broadcastable,
  infer: ({ a, b }) => ({ dataType: "uint8", shape: broadcast(a.shape, b.shape) ?? [] }),
};

const classification: Definition<"isNaN" | "isInfinite"> = {
  constraints: {},
  infer: ({ a }) => ({ dataType: "uint8", shape: a.shape }),
};

const unary: Definition<Unary> = {
  constraints: {},
  infer: ({ input }) => input.descriptor,
};

/** The bounds of a clamp in the data type of input; of a float, infinities where absent or NaN. */
export function boundsOf(op: Op<"clamp">): readonly [low: MLNumber, high: MLNumber] {
  return [bound(op, op.minValue, Number.NEGATIVE_INFINITY), bound(op, op.maxValue, Number.POSITIVE_INFINITY)];
}

function bound(op: Op<"clamp">, value: MLNumber | undefined, absent: number): MLNumber {
  const cast = castNumber(value ?? absent, op.input.dataType);
  return Number.isNaN(cast) ? absent : cast;
}

/** The shape of both values of a `where`, broadcast. */
function valuesShape({ trueValue, falseValue }: Op<"where">): Shape {
  return broadcast(trueValue.shape, falseValue.shape) ?? [];
}

export const elementwise = {
  add: binary,
  sub: binary,
  mul: binary,
  div: binary,
  max: binary,
  min: binary,
  pow: binary,
  equal: comparison,
  notEqual: comparison,
  greater: comparison,
  greaterOrEqual: comparison,
  lesser: comparison,
  lesserOrEqual: comparison,
  logicalNot: {
    constraints: {},
    infer: ({ a }) => a.descriptor,
  },
  logicalAnd: comparison,
  logicalOr: comparison,
  logicalXor: comparison,
  isNaN: classification,
  isInfinite: classification,
  abs: unary,
  ceil: unary,
  cos: unary,
  erf: unary,
  exp: unary,
  floor: unary,
  identity: unary,
  log: unary,
  neg: unary,
  reciprocal: unary,
  roundEven: unary,
  sin: unary,
  sign: unary,
  sqrt: unary,
  tan: unary,
  cast: {
    constraints: {
      C1: ({ dataType }) => ANY.includes(dataType) || dataType,
    },
    infer: ({ input, dataType }) => ({ dataType, shape: input.shape }),
  },
  clamp: {
    constraints: {
      C1(op) {
        const [low, high] = boundsOf(op);
        const { dataType } = op.input;
        return !(low > high) || `minValue ${numberText(low, dataType)} and maxValue ${numberText(high, dataType)}`;
      },
    },
    infer: ({ input }) => input.descriptor,
  },
  where: {
    constraints: {
      C1({ trueValue, falseValue }) {
        const fits = broadcast(trueValue.shape, falseValue.shape) !== undefined;
        return fits || `${describe(trueValue)} and ${describe(falseValue)}`;
      },
      C2(op) {
        const values = valuesShape(op);
        return broadcast(op.condition.shape, values) !== undefined || `${describe(op.condition)} and ${listed(values)}`;
      },
    },
    infer: (op) => ({ dataType: op.trueValue.dataType, shape: broadcast(op.condition.shape, valuesShape(op)) ?? [] }),
  },
} satisfies Partial<Definitions>;
