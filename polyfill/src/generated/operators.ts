// Made by `python -m webnpu.generate` from the operators' classes; changes here are lost.

import type { EnumerationName, MLOperandDataType } from "./types.js";

/** WebNN's name of an operator. */
export type OperatorName =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "max"
  | "min"
  | "pow"
  | "equal"
  | "notEqual"
  | "greater"
  | "greaterOrEqual"
  | "lesser"
  | "lesserOrEqual"
  | "logicalNot"
  | "logicalAnd"
  | "logicalOr"
  | "logicalXor"
  | "isNaN"
  | "isInfinite"
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
  | "tan"
  | "cast"
  | "clamp"
  | "where"
  | "elu"
  | "gelu"
  | "hardSigmoid"
  | "hardSwish"
  | "leakyRelu"
  | "linear"
  | "prelu"
  | "relu"
  | "sigmoid"
  | "softmax"
  | "softplus"
  | "softsign"
  | "tanh"
  | "conv2d"
  | "convTranspose2d"
  | "averagePool2d"
  | "l2Pool2d"
  | "maxPool2d"
  | "argMin"
  | "argMax"
  | "cumulativeSum"
  | "reduceL1"
  | "reduceL2"
  | "reduceLogSum"
  | "reduceLogSumExp"
  | "reduceMax"
  | "reduceMean"
  | "reduceMin"
  | "reduceProduct"
  | "reduceSum"
  | "reduceSumSquare"
  | "batchNormalization"
  | "instanceNormalization"
  | "layerNormalization"
  | "gemm"
  | "matmul"
  | "triangular"
  | "gru"
  | "gruCell"
  | "lstm"
  | "lstmCell"
  | "concat"
  | "expand"
  | "pad"
  | "reshape"
  | "reverse"
  | "slice"
  | "split"
  | "tile"
  | "transpose"
  | "gather"
  | "gatherElements"
  | "gatherND"
  | "scatterElements"
  | "scatterND"
  | "dequantizeLinear"
  | "quantizeLinear"
  | "resample2d";

/** The data types, or the ranks (from and to; null: no bound of its own), of an operand: its own, or those of another operand. */
export type Rule<T> = T | { readonly sameAs: string };
export type Ranks = readonly [min: number, max: number | null];

/** Which data types and ranks an operand may have, and which every implementation must support. */
export interface TensorRule {
  readonly dataTypes: Rule<readonly MLOperandDataType[]>;
  readonly ranks: Rule<Ranks>;
  readonly requiredDataTypes: readonly MLOperandDataType[];
  readonly requiredRanks: Ranks;
  /** Data types that are allowed beyond WebNN. */
  readonly extension?: readonly MLOperandDataType[];
}

/** How WebIDL converts a member; the name of an enumeration is one of `ENUMERATIONS`. */
export type MemberKind =
  | "MLOperand" | "MLNumber" | "MLOperandDataType" | "boolean" | "unsigned long" | "long" | "double" | "float" | EnumerationName;

/** An operand or an option, in the order of the method's arguments. */
export interface MemberRule {
  readonly name: string;
  readonly kind: MemberKind;
  /** Whether it is one, a sequence, or either of both. */
  readonly arity: "one" | "sequence" | "either";
  /** Whether it is an argument of its own; the others are members of the options. */
  readonly required: boolean;
  /** Whether WebIDL takes its integers modulo 2^32; those of all other members must be in range. */
  readonly modulo?: true;
  /** What an option is when it is absent; missing where it has no value then. */
  readonly default?: string | number | boolean | readonly number[];
  /** The limits of an operand. */
  readonly limits?: TensorRule;
}

/** A numbered rule: the same label names the check, the message, the page and the test. */
export interface ConstraintRule {
  readonly label: string;
  readonly text: string;
}

export interface OperatorRule {
  readonly family: string;
  readonly members: readonly MemberRule[];
  /** The outputs by their names in `opSupportLimits()`. */
  readonly outputs: Readonly<Record<string, TensorRule>>;
  /** Whether the method returns a sequence. */
  readonly returnsSequence: boolean;
  readonly constraints: readonly ConstraintRule[];
  readonly agreement: { readonly kind: "exact" | "ulp" | "accumulation"; readonly bound: string };
}

/** Every operator by its name, in the order of the specification. */
export const OPERATORS: Readonly<Record<OperatorName, OperatorRule>> = {
  add: {
    family: "elementwise",
    members: [
      { name: "a", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
      { name: "b", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "a" }, ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "a" }, ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "the shapes of a and b are bidirectionally broadcastable" },
    ],
    agreement: {
      kind: "ulp",
      bound: "1 ULP",
    },
  },
  sub: {
    family: "elementwise",
    members: [
      { name: "a", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
      { name: "b", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "a" }, ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "a" }, ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "the shapes of a and b are bidirectionally broadcastable" },
    ],
    agreement: {
      kind: "ulp",
      bound: "1 ULP",
    },
  },
  mul: {
    family: "elementwise",
    members: [
      { name: "a", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
      { name: "b", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "a" }, ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "a" }, ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "the shapes of a and b are bidirectionally broadcastable" },
    ],
    agreement: {
      kind: "ulp",
      bound: "1 ULP",
    },
  },
  div: {
    family: "elementwise",
    members: [
      { name: "a", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
      { name: "b", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "a" }, ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "a" }, ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "the shapes of a and b are bidirectionally broadcastable" },
    ],
    agreement: {
      kind: "ulp",
      bound: "2 ULP",
    },
  },
  max: {
    family: "elementwise",
    members: [
      { name: "a", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
      { name: "b", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "a" }, ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "a" }, ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "the shapes of a and b are bidirectionally broadcastable" },
    ],
    agreement: {
      kind: "exact",
      bound: "exact",
    },
  },
  min: {
    family: "elementwise",
    members: [
      { name: "a", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
      { name: "b", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "a" }, ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "a" }, ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "the shapes of a and b are bidirectionally broadcastable" },
    ],
    agreement: {
      kind: "exact",
      bound: "exact",
    },
  },
  pow: {
    family: "elementwise",
    members: [
      { name: "a", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
      { name: "b", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "a" }, ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "a" }, ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "the shapes of a and b are bidirectionally broadcastable" },
    ],
    agreement: {
      kind: "ulp",
      bound: "32 ULP in float32, 2 in float16",
    },
  },
  equal: {
    family: "elementwise",
    members: [
      { name: "a", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
      { name: "b", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "a" }, ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: ["uint8"], ranks: [0, null], requiredDataTypes: ["uint8"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "the shapes of a and b are bidirectionally broadcastable" },
    ],
    agreement: {
      kind: "exact",
      bound: "exact",
    },
  },
  notEqual: {
    family: "elementwise",
    members: [
      { name: "a", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
      { name: "b", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "a" }, ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: ["uint8"], ranks: [0, null], requiredDataTypes: ["uint8"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "the shapes of a and b are bidirectionally broadcastable" },
    ],
    agreement: {
      kind: "exact",
      bound: "exact",
    },
  },
  greater: {
    family: "elementwise",
    members: [
      { name: "a", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
      { name: "b", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "a" }, ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: ["uint8"], ranks: [0, null], requiredDataTypes: ["uint8"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "the shapes of a and b are bidirectionally broadcastable" },
    ],
    agreement: {
      kind: "exact",
      bound: "exact",
    },
  },
  greaterOrEqual: {
    family: "elementwise",
    members: [
      { name: "a", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
      { name: "b", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "a" }, ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: ["uint8"], ranks: [0, null], requiredDataTypes: ["uint8"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "the shapes of a and b are bidirectionally broadcastable" },
    ],
    agreement: {
      kind: "exact",
      bound: "exact",
    },
  },
  lesser: {
    family: "elementwise",
    members: [
      { name: "a", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
      { name: "b", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "a" }, ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: ["uint8"], ranks: [0, null], requiredDataTypes: ["uint8"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "the shapes of a and b are bidirectionally broadcastable" },
    ],
    agreement: {
      kind: "exact",
      bound: "exact",
    },
  },
  lesserOrEqual: {
    family: "elementwise",
    members: [
      { name: "a", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
      { name: "b", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "a" }, ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: ["uint8"], ranks: [0, null], requiredDataTypes: ["uint8"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "the shapes of a and b are bidirectionally broadcastable" },
    ],
    agreement: {
      kind: "exact",
      bound: "exact",
    },
  },
  logicalNot: {
    family: "elementwise",
    members: [
      { name: "a", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["uint8"], ranks: [0, null], requiredDataTypes: ["uint8"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "a" }, ranks: { sameAs: "a" }, requiredDataTypes: ["uint8"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [],
    agreement: {
      kind: "exact",
      bound: "exact",
    },
  },
  logicalAnd: {
    family: "elementwise",
    members: [
      { name: "a", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["uint8"], ranks: [0, null], requiredDataTypes: ["uint8"], requiredRanks: [0, 5] } },
      { name: "b", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "a" }, ranks: [0, null], requiredDataTypes: ["uint8"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "a" }, ranks: [0, null], requiredDataTypes: ["uint8"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "the shapes of a and b are bidirectionally broadcastable" },
    ],
    agreement: {
      kind: "exact",
      bound: "exact",
    },
  },
  logicalOr: {
    family: "elementwise",
    members: [
      { name: "a", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["uint8"], ranks: [0, null], requiredDataTypes: ["uint8"], requiredRanks: [0, 5] } },
      { name: "b", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "a" }, ranks: [0, null], requiredDataTypes: ["uint8"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "a" }, ranks: [0, null], requiredDataTypes: ["uint8"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "the shapes of a and b are bidirectionally broadcastable" },
    ],
    agreement: {
      kind: "exact",
      bound: "exact",
    },
  },
  logicalXor: {
    family: "elementwise",
    members: [
      { name: "a", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["uint8"], ranks: [0, null], requiredDataTypes: ["uint8"], requiredRanks: [0, 5] } },
      { name: "b", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "a" }, ranks: [0, null], requiredDataTypes: ["uint8"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "a" }, ranks: [0, null], requiredDataTypes: ["uint8"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "the shapes of a and b are bidirectionally broadcastable" },
    ],
    agreement: {
      kind: "exact",
      bound: "exact",
    },
  },
  isNaN: {
    family: "elementwise",
    members: [
      { name: "a", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: ["uint8"], ranks: { sameAs: "a" }, requiredDataTypes: ["uint8"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [],
    agreement: {
      kind: "exact",
      bound: "exact",
    },
  },
  isInfinite: {
    family: "elementwise",
    members: [
      { name: "a", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: ["uint8"], ranks: { sameAs: "a" }, requiredDataTypes: ["uint8"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [],
    agreement: {
      kind: "exact",
      bound: "exact",
    },
  },
  abs: {
    family: "elementwise",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int64", "int32", "int8"], ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [],
    agreement: {
      kind: "exact",
      bound: "bit for bit",
    },
  },
  ceil: {
    family: "elementwise",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [],
    agreement: {
      kind: "exact",
      bound: "exact",
    },
  },
  cos: {
    family: "elementwise",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [],
    agreement: {
      kind: "ulp",
      bound: "0.000976562 absolute in float32, 0.00195312 in float16",
    },
  },
  erf: {
    family: "elementwise",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [],
    agreement: {
      kind: "ulp",
      bound: "0.000976562 absolute in float32, 0.00195312 in float16",
    },
  },
  exp: {
    family: "elementwise",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [],
    agreement: {
      kind: "ulp",
      bound: "32 ULP in float32, 1 in float16",
    },
  },
  floor: {
    family: "elementwise",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [],
    agreement: {
      kind: "exact",
      bound: "exact",
    },
  },
  identity: {
    family: "elementwise",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [],
    agreement: {
      kind: "exact",
      bound: "bit for bit",
    },
  },
  log: {
    family: "elementwise",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [],
    agreement: {
      kind: "ulp",
      bound: "8 ULP",
    },
  },
  neg: {
    family: "elementwise",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int64", "int32", "int8"], ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [],
    agreement: {
      kind: "exact",
      bound: "bit for bit",
    },
  },
  reciprocal: {
    family: "elementwise",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [],
    agreement: {
      kind: "ulp",
      bound: "2 ULP",
    },
  },
  roundEven: {
    family: "elementwise",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [],
    agreement: {
      kind: "exact",
      bound: "exact",
    },
  },
  sin: {
    family: "elementwise",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [],
    agreement: {
      kind: "ulp",
      bound: "0.000976562 absolute in float32, 0.00195312 in float16",
    },
  },
  sign: {
    family: "elementwise",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int64", "int32", "int8"], ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [],
    agreement: {
      kind: "exact",
      bound: "exact",
    },
  },
  sqrt: {
    family: "elementwise",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [],
    agreement: {
      kind: "ulp",
      bound: "1 ULP",
    },
  },
  tan: {
    family: "elementwise",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [],
    agreement: {
      kind: "ulp",
      bound: "0.000976562 absolute in float32, 0.00195312 in float16",
    },
  },
  cast: {
    family: "elementwise",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32", "int8", "uint8"], requiredRanks: [0, 5] } },
      { name: "dataType", kind: "MLOperandDataType", arity: "one", required: true },
    ],
    outputs: {
      output: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16", "int32", "int8", "uint8"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "dataType is one of WebNN's eight data types" },
    ],
    agreement: {
      kind: "exact",
      bound: "exact",
    },
  },
  clamp: {
    family: "elementwise",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
      { name: "minValue", kind: "MLNumber", arity: "one", required: false },
      { name: "maxValue", kind: "MLNumber", arity: "one", required: false },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "minValue is not greater than maxValue, once both are cast to the data type of input" },
    ],
    agreement: {
      kind: "exact",
      bound: "exact",
    },
  },
  where: {
    family: "elementwise",
    members: [
      { name: "condition", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["uint8"], ranks: [0, null], requiredDataTypes: ["uint8"], requiredRanks: [0, 5] } },
      { name: "trueValue", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
      { name: "falseValue", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "trueValue" }, ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "trueValue" }, ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "the shapes of trueValue and falseValue are bidirectionally broadcastable" },
      { label: "C2", text: "the shape of condition is bidirectionally broadcastable with that of the values" },
    ],
    agreement: {
      kind: "exact",
      bound: "bit for bit",
    },
  },
  elu: {
    family: "activation",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
      { name: "alpha", kind: "double", arity: "one", required: false, default: 1.0 },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [],
    agreement: {
      kind: "ulp",
      bound: "18 ULP",
    },
  },
  gelu: {
    family: "activation",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [],
    agreement: {
      kind: "ulp",
      bound: "18 ULP",
    },
  },
  hardSigmoid: {
    family: "activation",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
      { name: "alpha", kind: "double", arity: "one", required: false, default: 0.2 },
      { name: "beta", kind: "double", arity: "one", required: false, default: 0.5 },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [],
    agreement: {
      kind: "ulp",
      bound: "2 ULP",
    },
  },
  hardSwish: {
    family: "activation",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [],
    agreement: {
      kind: "ulp",
      bound: "4 ULP",
    },
  },
  leakyRelu: {
    family: "activation",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
      { name: "alpha", kind: "double", arity: "one", required: false, default: 0.01 },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [],
    agreement: {
      kind: "ulp",
      bound: "1 ULP in float32, 2 in float16",
    },
  },
  linear: {
    family: "activation",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
      { name: "alpha", kind: "double", arity: "one", required: false, default: 1.0 },
      { name: "beta", kind: "double", arity: "one", required: false, default: 0.0 },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [],
    agreement: {
      kind: "ulp",
      bound: "2 ULP",
    },
  },
  prelu: {
    family: "activation",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int64", "int32", "int8"], ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
      { name: "slope", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "input" }, ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "the shapes of slope and input are bidirectionally broadcastable" },
    ],
    agreement: {
      kind: "ulp",
      bound: "1 ULP",
    },
  },
  relu: {
    family: "activation",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int64", "int32", "int8"], ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [],
    agreement: {
      kind: "exact",
      bound: "exact",
    },
  },
  sigmoid: {
    family: "activation",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [],
    agreement: {
      kind: "ulp",
      bound: "34 ULP in float32, 10 in float16",
    },
  },
  softmax: {
    family: "activation",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [1, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [1, 5] } },
      { name: "axis", kind: "unsigned long", arity: "one", required: true },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [1, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "axis is below the rank of input" },
    ],
    agreement: {
      kind: "accumulation",
      bound: "3n + 3 ULP",
    },
  },
  softplus: {
    family: "activation",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [],
    agreement: {
      kind: "ulp",
      bound: "18 ULP",
    },
  },
  softsign: {
    family: "activation",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [],
    agreement: {
      kind: "ulp",
      bound: "3 ULP",
    },
  },
  tanh: {
    family: "activation",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [],
    agreement: {
      kind: "ulp",
      bound: "0.000976562 absolute in float32, 0.00195312 in float16",
    },
  },
  conv2d: {
    family: "convolution",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [4, 4], requiredDataTypes: ["float32", "float16"], requiredRanks: [4, 4] } },
      { name: "filter", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "input" }, ranks: [4, 4], requiredDataTypes: ["float32", "float16"], requiredRanks: [4, 4] } },
      { name: "padding", kind: "unsigned long", arity: "sequence", required: false, default: [0, 0, 0, 0] },
      { name: "strides", kind: "unsigned long", arity: "sequence", required: false, default: [1, 1] },
      { name: "dilations", kind: "unsigned long", arity: "sequence", required: false, default: [1, 1] },
      { name: "groups", kind: "unsigned long", arity: "one", required: false, default: 1 },
      { name: "inputLayout", kind: "MLInputOperandLayout", arity: "one", required: false, default: "nchw" },
      { name: "bias", kind: "MLOperand", arity: "one", required: false, limits: { dataTypes: { sameAs: "input" }, ranks: [1, 1], requiredDataTypes: ["float32", "float16"], requiredRanks: [1, 1] } },
      { name: "filterLayout", kind: "MLConv2dFilterOperandLayout", arity: "one", required: false, default: "oihw" },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: [4, 4], requiredDataTypes: ["float32", "float16"], requiredRanks: [4, 4] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "padding has 4 items" },
      { label: "C2", text: "strides has 2 items, each above 0" },
      { label: "C3", text: "dilations has 2 items, each above 0" },
      { label: "C4", text: "groups is above 0" },
      { label: "C5", text: "the input channels are groups times those of filter" },
      { label: "C6", text: "groups divides the output channels" },
      { label: "C7", text: "bias has one element for each output channel" },
      { label: "C8", text: "the window fits into the padded input at least once" },
    ],
    agreement: {
      kind: "accumulation",
      bound: "2n ULP",
    },
  },
  convTranspose2d: {
    family: "convolution",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [4, 4], requiredDataTypes: ["float32", "float16"], requiredRanks: [4, 4] } },
      { name: "filter", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "input" }, ranks: [4, 4], requiredDataTypes: ["float32", "float16"], requiredRanks: [4, 4] } },
      { name: "padding", kind: "unsigned long", arity: "sequence", required: false, default: [0, 0, 0, 0] },
      { name: "strides", kind: "unsigned long", arity: "sequence", required: false, default: [1, 1] },
      { name: "dilations", kind: "unsigned long", arity: "sequence", required: false, default: [1, 1] },
      { name: "groups", kind: "unsigned long", arity: "one", required: false, default: 1 },
      { name: "inputLayout", kind: "MLInputOperandLayout", arity: "one", required: false, default: "nchw" },
      { name: "bias", kind: "MLOperand", arity: "one", required: false, limits: { dataTypes: { sameAs: "input" }, ranks: [1, 1], requiredDataTypes: ["float32", "float16"], requiredRanks: [1, 1] } },
      { name: "outputPadding", kind: "unsigned long", arity: "sequence", required: false, default: [0, 0] },
      { name: "outputSizes", kind: "unsigned long", arity: "sequence", required: false },
      { name: "filterLayout", kind: "MLConvTranspose2dFilterOperandLayout", arity: "one", required: false, default: "iohw" },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: [4, 4], requiredDataTypes: ["float32", "float16"], requiredRanks: [4, 4] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "padding has 4 items" },
      { label: "C2", text: "strides has 2 items, each above 0" },
      { label: "C3", text: "dilations has 2 items, each above 0" },
      { label: "C4", text: "groups is above 0" },
      { label: "C5", text: "the input channels are those of filter" },
      { label: "C6", text: "the output channels, groups times those of filter, are a valid dimension" },
      { label: "C7", text: "bias has one element for each output channel" },
      { label: "C8", text: "outputPadding has 2 items" },
      { label: "C9", text: "outputSizes has 2 items" },
      { label: "C10", text: "outputPadding is less than strides, unless outputSizes is given" },
      { label: "C11", text: "outputSizes exceeds the calculated size by less than strides" },
      { label: "C12", text: "padding leaves an output of at least 1 x 1" },
    ],
    agreement: {
      kind: "accumulation",
      bound: "2n ULP",
    },
  },
  averagePool2d: {
    family: "pooling",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [4, 4], requiredDataTypes: ["float32", "float16"], requiredRanks: [4, 4] } },
      { name: "windowDimensions", kind: "unsigned long", arity: "sequence", required: false },
      { name: "padding", kind: "unsigned long", arity: "sequence", required: false, default: [0, 0, 0, 0] },
      { name: "strides", kind: "unsigned long", arity: "sequence", required: false, default: [1, 1] },
      { name: "dilations", kind: "unsigned long", arity: "sequence", required: false, default: [1, 1] },
      { name: "layout", kind: "MLInputOperandLayout", arity: "one", required: false, default: "nchw" },
      { name: "outputShapeRounding", kind: "MLRoundingType", arity: "one", required: false, default: "floor" },
      { name: "outputSizes", kind: "unsigned long", arity: "sequence", required: false },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [4, 4] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "windowDimensions has 2 items, each above 0" },
      { label: "C2", text: "padding has 4 items" },
      { label: "C3", text: "strides has 2 items, each above 0" },
      { label: "C4", text: "dilations has 2 items, each above 0" },
      { label: "C5", text: "the window fits into the padded input at least once" },
      { label: "C6", text: "outputSizes has 2 items: the calculated sizes, both rounded down or both rounded up" },
    ],
    agreement: {
      kind: "accumulation",
      bound: "n + 2 ULP",
    },
  },
  l2Pool2d: {
    family: "pooling",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [4, 4], requiredDataTypes: ["float32", "float16"], requiredRanks: [4, 4] } },
      { name: "windowDimensions", kind: "unsigned long", arity: "sequence", required: false },
      { name: "padding", kind: "unsigned long", arity: "sequence", required: false, default: [0, 0, 0, 0] },
      { name: "strides", kind: "unsigned long", arity: "sequence", required: false, default: [1, 1] },
      { name: "dilations", kind: "unsigned long", arity: "sequence", required: false, default: [1, 1] },
      { name: "layout", kind: "MLInputOperandLayout", arity: "one", required: false, default: "nchw" },
      { name: "outputShapeRounding", kind: "MLRoundingType", arity: "one", required: false, default: "floor" },
      { name: "outputSizes", kind: "unsigned long", arity: "sequence", required: false },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [4, 4] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "windowDimensions has 2 items, each above 0" },
      { label: "C2", text: "padding has 4 items" },
      { label: "C3", text: "strides has 2 items, each above 0" },
      { label: "C4", text: "dilations has 2 items, each above 0" },
      { label: "C5", text: "the window fits into the padded input at least once" },
      { label: "C6", text: "outputSizes has 2 items: the calculated sizes, both rounded down or both rounded up" },
    ],
    agreement: {
      kind: "accumulation",
      bound: "n + 2 ULP",
    },
  },
  maxPool2d: {
    family: "pooling",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [4, 4], requiredDataTypes: ["float32", "float16"], requiredRanks: [4, 4] } },
      { name: "windowDimensions", kind: "unsigned long", arity: "sequence", required: false },
      { name: "padding", kind: "unsigned long", arity: "sequence", required: false, default: [0, 0, 0, 0] },
      { name: "strides", kind: "unsigned long", arity: "sequence", required: false, default: [1, 1] },
      { name: "dilations", kind: "unsigned long", arity: "sequence", required: false, default: [1, 1] },
      { name: "layout", kind: "MLInputOperandLayout", arity: "one", required: false, default: "nchw" },
      { name: "outputShapeRounding", kind: "MLRoundingType", arity: "one", required: false, default: "floor" },
      { name: "outputSizes", kind: "unsigned long", arity: "sequence", required: false },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [4, 4] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "windowDimensions has 2 items, each above 0" },
      { label: "C2", text: "padding has 4 items" },
      { label: "C3", text: "strides has 2 items, each above 0" },
      { label: "C4", text: "dilations has 2 items, each above 0" },
      { label: "C5", text: "the window fits into the padded input at least once" },
      { label: "C6", text: "outputSizes has 2 items: the calculated sizes, both rounded down or both rounded up" },
    ],
    agreement: {
      kind: "exact",
      bound: "exact",
    },
  },
  argMin: {
    family: "reduction",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [1, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [1, 5] } },
      { name: "axis", kind: "unsigned long", arity: "one", required: true },
      { name: "keepDimensions", kind: "boolean", arity: "one", required: false, default: false },
      { name: "outputDataType", kind: "MLOperandDataType", arity: "one", required: false, default: "int32" },
    ],
    outputs: {
      output: { dataTypes: ["int32", "int64"], ranks: [0, null], requiredDataTypes: ["int32"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "axis is below the rank of input" },
      { label: "C2", text: "outputDataType is int32 or int64" },
      { label: "C3", text: "outputDataType can hold every position along axis" },
    ],
    agreement: {
      kind: "exact",
      bound: "exact",
    },
  },
  argMax: {
    family: "reduction",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [1, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [1, 5] } },
      { name: "axis", kind: "unsigned long", arity: "one", required: true },
      { name: "keepDimensions", kind: "boolean", arity: "one", required: false, default: false },
      { name: "outputDataType", kind: "MLOperandDataType", arity: "one", required: false, default: "int32" },
    ],
    outputs: {
      output: { dataTypes: ["int32", "int64"], ranks: [0, null], requiredDataTypes: ["int32"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "axis is below the rank of input" },
      { label: "C2", text: "outputDataType is int32 or int64" },
      { label: "C3", text: "outputDataType can hold every position along axis" },
    ],
    agreement: {
      kind: "exact",
      bound: "exact",
    },
  },
  cumulativeSum: {
    family: "reduction",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64"], ranks: [1, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [1, 5] } },
      { name: "axis", kind: "unsigned long", arity: "one", required: true, modulo: true },
      { name: "exclusive", kind: "boolean", arity: "one", required: false, default: false },
      { name: "reversed", kind: "boolean", arity: "one", required: false, default: false },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [1, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "axis is below the rank of input" },
    ],
    agreement: {
      kind: "accumulation",
      bound: "n - 1 ULP",
    },
  },
  reduceL1: {
    family: "reduction",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64"], ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
      { name: "axes", kind: "unsigned long", arity: "sequence", required: false },
      { name: "keepDimensions", kind: "boolean", arity: "one", required: false, default: false },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "every axis is below the rank of input" },
      { label: "C2", text: "no axis is repeated" },
    ],
    agreement: {
      kind: "accumulation",
      bound: "n ULP",
    },
  },
  reduceL2: {
    family: "reduction",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
      { name: "axes", kind: "unsigned long", arity: "sequence", required: false },
      { name: "keepDimensions", kind: "boolean", arity: "one", required: false, default: false },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "every axis is below the rank of input" },
      { label: "C2", text: "no axis is repeated" },
    ],
    agreement: {
      kind: "accumulation",
      bound: "2n + 1 ULP",
    },
  },
  reduceLogSum: {
    family: "reduction",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
      { name: "axes", kind: "unsigned long", arity: "sequence", required: false },
      { name: "keepDimensions", kind: "boolean", arity: "one", required: false, default: false },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "every axis is below the rank of input" },
      { label: "C2", text: "no axis is repeated" },
    ],
    agreement: {
      kind: "accumulation",
      bound: "n + 18 ULP",
    },
  },
  reduceLogSumExp: {
    family: "reduction",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
      { name: "axes", kind: "unsigned long", arity: "sequence", required: false },
      { name: "keepDimensions", kind: "boolean", arity: "one", required: false, default: false },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "every axis is below the rank of input" },
      { label: "C2", text: "no axis is repeated" },
    ],
    agreement: {
      kind: "accumulation",
      bound: "2n + 18 ULP",
    },
  },
  reduceMax: {
    family: "reduction",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
      { name: "axes", kind: "unsigned long", arity: "sequence", required: false },
      { name: "keepDimensions", kind: "boolean", arity: "one", required: false, default: false },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "every axis is below the rank of input" },
      { label: "C2", text: "no axis is repeated" },
    ],
    agreement: {
      kind: "exact",
      bound: "exact",
    },
  },
  reduceMean: {
    family: "reduction",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
      { name: "axes", kind: "unsigned long", arity: "sequence", required: false },
      { name: "keepDimensions", kind: "boolean", arity: "one", required: false, default: false },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "every axis is below the rank of input" },
      { label: "C2", text: "no axis is repeated" },
    ],
    agreement: {
      kind: "accumulation",
      bound: "n + 2 ULP",
    },
  },
  reduceMin: {
    family: "reduction",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
      { name: "axes", kind: "unsigned long", arity: "sequence", required: false },
      { name: "keepDimensions", kind: "boolean", arity: "one", required: false, default: false },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "every axis is below the rank of input" },
      { label: "C2", text: "no axis is repeated" },
    ],
    agreement: {
      kind: "exact",
      bound: "exact",
    },
  },
  reduceProduct: {
    family: "reduction",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64"], ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
      { name: "axes", kind: "unsigned long", arity: "sequence", required: false },
      { name: "keepDimensions", kind: "boolean", arity: "one", required: false, default: false },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "every axis is below the rank of input" },
      { label: "C2", text: "no axis is repeated" },
    ],
    agreement: {
      kind: "accumulation",
      bound: "n ULP",
    },
  },
  reduceSum: {
    family: "reduction",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64"], ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
      { name: "axes", kind: "unsigned long", arity: "sequence", required: false },
      { name: "keepDimensions", kind: "boolean", arity: "one", required: false, default: false },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "every axis is below the rank of input" },
      { label: "C2", text: "no axis is repeated" },
    ],
    agreement: {
      kind: "accumulation",
      bound: "n ULP",
    },
  },
  reduceSumSquare: {
    family: "reduction",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64"], ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
      { name: "axes", kind: "unsigned long", arity: "sequence", required: false },
      { name: "keepDimensions", kind: "boolean", arity: "one", required: false, default: false },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "every axis is below the rank of input" },
      { label: "C2", text: "no axis is repeated" },
    ],
    agreement: {
      kind: "accumulation",
      bound: "2n ULP",
    },
  },
  batchNormalization: {
    family: "normalization",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [1, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [3, 5] } },
      { name: "mean", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "input" }, ranks: [1, 1], requiredDataTypes: ["float32", "float16"], requiredRanks: [1, 1] } },
      { name: "variance", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "input" }, ranks: [1, 1], requiredDataTypes: ["float32", "float16"], requiredRanks: [1, 1] } },
      { name: "scale", kind: "MLOperand", arity: "one", required: false, limits: { dataTypes: { sameAs: "input" }, ranks: [1, 1], requiredDataTypes: ["float32", "float16"], requiredRanks: [1, 1] } },
      { name: "bias", kind: "MLOperand", arity: "one", required: false, limits: { dataTypes: { sameAs: "input" }, ranks: [1, 1], requiredDataTypes: ["float32", "float16"], requiredRanks: [1, 1] } },
      { name: "epsilon", kind: "double", arity: "one", required: false, default: 1e-05 },
      { name: "axis", kind: "unsigned long", arity: "one", required: false, default: 1 },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [3, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "axis is below the rank of input" },
      { label: "C2", text: "mean has one element for each channel" },
      { label: "C3", text: "variance has one element for each channel" },
      { label: "C4", text: "scale has one element for each channel" },
      { label: "C5", text: "bias has one element for each channel" },
    ],
    agreement: {
      kind: "ulp",
      bound: "6 ULP",
    },
  },
  instanceNormalization: {
    family: "normalization",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [4, 4], requiredDataTypes: ["float32", "float16"], requiredRanks: [4, 4] } },
      { name: "scale", kind: "MLOperand", arity: "one", required: false, limits: { dataTypes: { sameAs: "input" }, ranks: [1, 1], requiredDataTypes: ["float32", "float16"], requiredRanks: [1, 1] } },
      { name: "bias", kind: "MLOperand", arity: "one", required: false, limits: { dataTypes: { sameAs: "input" }, ranks: [1, 1], requiredDataTypes: ["float32", "float16"], requiredRanks: [1, 1] } },
      { name: "epsilon", kind: "double", arity: "one", required: false, default: 1e-05 },
      { name: "layout", kind: "MLInputOperandLayout", arity: "one", required: false, default: "nchw" },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [4, 4] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "scale has one element for each channel" },
      { label: "C2", text: "bias has one element for each channel" },
    ],
    agreement: {
      kind: "ulp",
      bound: "840 ULP in float32, 8400 in float16",
    },
  },
  layerNormalization: {
    family: "normalization",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
      { name: "scale", kind: "MLOperand", arity: "one", required: false, limits: { dataTypes: { sameAs: "input" }, ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
      { name: "bias", kind: "MLOperand", arity: "one", required: false, limits: { dataTypes: { sameAs: "input" }, ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
      { name: "epsilon", kind: "double", arity: "one", required: false, default: 1e-05 },
      { name: "axes", kind: "unsigned long", arity: "sequence", required: false },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "every axis is below the rank of input" },
      { label: "C2", text: "no axis is repeated" },
      { label: "C3", text: "scale has the input's dimensions at axes" },
      { label: "C4", text: "bias has the input's dimensions at axes" },
    ],
    agreement: {
      kind: "ulp",
      bound: "14 ULP",
    },
  },
  gemm: {
    family: "linear_algebra",
    members: [
      { name: "a", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [2, 2], requiredDataTypes: ["float32", "float16"], requiredRanks: [2, 2] } },
      { name: "b", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "a" }, ranks: [2, 2], requiredDataTypes: ["float32", "float16"], requiredRanks: [2, 2] } },
      { name: "c", kind: "MLOperand", arity: "one", required: false, limits: { dataTypes: { sameAs: "a" }, ranks: [0, 2], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 2] } },
      { name: "alpha", kind: "double", arity: "one", required: false, default: 1.0 },
      { name: "beta", kind: "double", arity: "one", required: false, default: 1.0 },
      { name: "aTranspose", kind: "boolean", arity: "one", required: false, default: false },
      { name: "bTranspose", kind: "boolean", arity: "one", required: false, default: false },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "a" }, ranks: [2, 2], requiredDataTypes: ["float32", "float16"], requiredRanks: [2, 2] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "the columns of a are as many as the rows of b" },
      { label: "C2", text: "c is unidirectionally broadcastable to the output" },
    ],
    agreement: {
      kind: "accumulation",
      bound: "2k, and 1 each for alpha, c and beta, ULP",
    },
  },
  matmul: {
    family: "linear_algebra",
    members: [
      { name: "a", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [2, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [2, 5] } },
      { name: "b", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "a" }, ranks: [2, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [2, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "a" }, ranks: [2, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [2, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "the columns of a are as many as the rows of b" },
      { label: "C2", text: "the batch dimensions of a and b are bidirectionally broadcastable" },
    ],
    agreement: {
      kind: "accumulation",
      bound: "2k ULP",
    },
  },
  triangular: {
    family: "linear_algebra",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [2, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [2, 5] } },
      { name: "upper", kind: "boolean", arity: "one", required: false, default: true },
      { name: "diagonal", kind: "long", arity: "one", required: false, default: 0 },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [2, 5] },
    },
    returnsSequence: false,
    constraints: [],
    agreement: {
      kind: "exact",
      bound: "exact",
    },
  },
  gru: {
    family: "recurrent",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [3, 3], requiredDataTypes: ["float32", "float16"], requiredRanks: [3, 3] } },
      { name: "weight", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "input" }, ranks: [3, 3], requiredDataTypes: ["float32", "float16"], requiredRanks: [3, 3] } },
      { name: "recurrentWeight", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "input" }, ranks: [3, 3], requiredDataTypes: ["float32", "float16"], requiredRanks: [3, 3] } },
      { name: "steps", kind: "unsigned long", arity: "one", required: true },
      { name: "hiddenSize", kind: "unsigned long", arity: "one", required: true },
      { name: "bias", kind: "MLOperand", arity: "one", required: false, limits: { dataTypes: { sameAs: "input" }, ranks: [2, 2], requiredDataTypes: ["float32", "float16"], requiredRanks: [2, 2] } },
      { name: "recurrentBias", kind: "MLOperand", arity: "one", required: false, limits: { dataTypes: { sameAs: "input" }, ranks: [2, 2], requiredDataTypes: ["float32", "float16"], requiredRanks: [2, 2] } },
      { name: "initialHiddenState", kind: "MLOperand", arity: "one", required: false, limits: { dataTypes: { sameAs: "input" }, ranks: [3, 3], requiredDataTypes: ["float32", "float16"], requiredRanks: [3, 3] } },
      { name: "returnSequence", kind: "boolean", arity: "one", required: false, default: false },
      { name: "direction", kind: "MLRecurrentNetworkDirection", arity: "one", required: false, default: "forward" },
      { name: "resetAfter", kind: "boolean", arity: "one", required: false, default: true },
      { name: "layout", kind: "MLGruWeightLayout", arity: "one", required: false, default: "zrn" },
      { name: "activations", kind: "MLRecurrentNetworkActivation", arity: "sequence", required: false },
    ],
    outputs: {
      output0: { dataTypes: { sameAs: "input" }, ranks: [3, 3], requiredDataTypes: ["float32", "float16"], requiredRanks: [3, 3] },
      output1: { dataTypes: { sameAs: "input" }, ranks: [4, 4], requiredDataTypes: ["float32", "float16"], requiredRanks: [4, 4] },
    },
    returnsSequence: true,
    constraints: [
      { label: "C1", text: "input has as many steps as steps says, at least one" },
      { label: "C2", text: "hiddenSize is above 0, and twice the size of all gates is a valid dimension" },
      { label: "C3", text: "weight has the shape [directions, gates * hiddenSize, features]" },
      { label: "C4", text: "recurrentWeight has the shape [directions, gates * hiddenSize, hiddenSize]" },
      { label: "C5", text: "bias has the shape [directions, gates * hiddenSize]" },
      { label: "C6", text: "recurrentBias has the shape [directions, gates * hiddenSize]" },
      { label: "C7", text: "initialHiddenState has the shape [directions, batch, hiddenSize]" },
      { label: "C8", text: "activations has 2 items" },
    ],
    agreement: {
      kind: "ulp",
      bound: "6 ULP",
    },
  },
  gruCell: {
    family: "recurrent",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [2, 2], requiredDataTypes: ["float32", "float16"], requiredRanks: [2, 2] } },
      { name: "weight", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "input" }, ranks: [2, 2], requiredDataTypes: ["float32", "float16"], requiredRanks: [2, 2] } },
      { name: "recurrentWeight", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "input" }, ranks: [2, 2], requiredDataTypes: ["float32", "float16"], requiredRanks: [2, 2] } },
      { name: "hiddenState", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "input" }, ranks: [2, 2], requiredDataTypes: ["float32", "float16"], requiredRanks: [2, 2] } },
      { name: "hiddenSize", kind: "unsigned long", arity: "one", required: true },
      { name: "bias", kind: "MLOperand", arity: "one", required: false, limits: { dataTypes: { sameAs: "input" }, ranks: [1, 1], requiredDataTypes: ["float32", "float16"], requiredRanks: [1, 1] } },
      { name: "recurrentBias", kind: "MLOperand", arity: "one", required: false, limits: { dataTypes: { sameAs: "input" }, ranks: [1, 1], requiredDataTypes: ["float32", "float16"], requiredRanks: [1, 1] } },
      { name: "resetAfter", kind: "boolean", arity: "one", required: false, default: true },
      { name: "layout", kind: "MLGruWeightLayout", arity: "one", required: false, default: "zrn" },
      { name: "activations", kind: "MLRecurrentNetworkActivation", arity: "sequence", required: false },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: [2, 2], requiredDataTypes: ["float32", "float16"], requiredRanks: [2, 2] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "hiddenSize is above 0, and twice the size of all gates is a valid dimension" },
      { label: "C2", text: "weight has the shape [gates * hiddenSize, features]" },
      { label: "C3", text: "recurrentWeight has the shape [gates * hiddenSize, hiddenSize]" },
      { label: "C4", text: "hiddenState has the shape [batch, hiddenSize]" },
      { label: "C5", text: "bias has the shape [gates * hiddenSize]" },
      { label: "C6", text: "recurrentBias has the shape [gates * hiddenSize]" },
      { label: "C7", text: "activations has 2 items" },
    ],
    agreement: {
      kind: "ulp",
      bound: "3 ULP",
    },
  },
  lstm: {
    family: "recurrent",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [3, 3], requiredDataTypes: ["float32", "float16"], requiredRanks: [3, 3] } },
      { name: "weight", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "input" }, ranks: [3, 3], requiredDataTypes: ["float32", "float16"], requiredRanks: [3, 3] } },
      { name: "recurrentWeight", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "input" }, ranks: [3, 3], requiredDataTypes: ["float32", "float16"], requiredRanks: [3, 3] } },
      { name: "steps", kind: "unsigned long", arity: "one", required: true },
      { name: "hiddenSize", kind: "unsigned long", arity: "one", required: true },
      { name: "bias", kind: "MLOperand", arity: "one", required: false, limits: { dataTypes: { sameAs: "input" }, ranks: [2, 2], requiredDataTypes: ["float32", "float16"], requiredRanks: [2, 2] } },
      { name: "recurrentBias", kind: "MLOperand", arity: "one", required: false, limits: { dataTypes: { sameAs: "input" }, ranks: [2, 2], requiredDataTypes: ["float32", "float16"], requiredRanks: [2, 2] } },
      { name: "initialHiddenState", kind: "MLOperand", arity: "one", required: false, limits: { dataTypes: { sameAs: "input" }, ranks: [3, 3], requiredDataTypes: ["float32", "float16"], requiredRanks: [3, 3] } },
      { name: "returnSequence", kind: "boolean", arity: "one", required: false, default: false },
      { name: "direction", kind: "MLRecurrentNetworkDirection", arity: "one", required: false, default: "forward" },
      { name: "peepholeWeight", kind: "MLOperand", arity: "one", required: false, limits: { dataTypes: { sameAs: "input" }, ranks: [2, 2], requiredDataTypes: ["float32", "float16"], requiredRanks: [2, 2] } },
      { name: "initialCellState", kind: "MLOperand", arity: "one", required: false, limits: { dataTypes: { sameAs: "input" }, ranks: [3, 3], requiredDataTypes: ["float32", "float16"], requiredRanks: [3, 3] } },
      { name: "layout", kind: "MLLstmWeightLayout", arity: "one", required: false, default: "iofg" },
      { name: "activations", kind: "MLRecurrentNetworkActivation", arity: "sequence", required: false },
    ],
    outputs: {
      output0: { dataTypes: { sameAs: "input" }, ranks: [3, 3], requiredDataTypes: ["float32", "float16"], requiredRanks: [3, 3] },
      output1: { dataTypes: { sameAs: "input" }, ranks: [3, 3], requiredDataTypes: ["float32", "float16"], requiredRanks: [3, 3] },
      output2: { dataTypes: { sameAs: "input" }, ranks: [4, 4], requiredDataTypes: ["float32", "float16"], requiredRanks: [4, 4] },
    },
    returnsSequence: true,
    constraints: [
      { label: "C1", text: "input has as many steps as steps says, at least one" },
      { label: "C2", text: "hiddenSize is above 0, and twice the size of all gates is a valid dimension" },
      { label: "C3", text: "weight has the shape [directions, gates * hiddenSize, features]" },
      { label: "C4", text: "recurrentWeight has the shape [directions, gates * hiddenSize, hiddenSize]" },
      { label: "C5", text: "bias has the shape [directions, gates * hiddenSize]" },
      { label: "C6", text: "recurrentBias has the shape [directions, gates * hiddenSize]" },
      { label: "C7", text: "initialHiddenState has the shape [directions, batch, hiddenSize]" },
      { label: "C8", text: "peepholeWeight has the shape [directions, 3 * hiddenSize]" },
      { label: "C9", text: "initialCellState has the shape [directions, batch, hiddenSize]" },
      { label: "C10", text: "activations has 3 items" },
    ],
    agreement: {
      kind: "ulp",
      bound: "3 ULP",
    },
  },
  lstmCell: {
    family: "recurrent",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [2, 2], requiredDataTypes: ["float32", "float16"], requiredRanks: [2, 2] } },
      { name: "weight", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "input" }, ranks: [2, 2], requiredDataTypes: ["float32", "float16"], requiredRanks: [2, 2] } },
      { name: "recurrentWeight", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "input" }, ranks: [2, 2], requiredDataTypes: ["float32", "float16"], requiredRanks: [2, 2] } },
      { name: "hiddenState", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "input" }, ranks: [2, 2], requiredDataTypes: ["float32", "float16"], requiredRanks: [2, 2] } },
      { name: "cellState", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "input" }, ranks: [2, 2], requiredDataTypes: ["float32", "float16"], requiredRanks: [2, 2] } },
      { name: "hiddenSize", kind: "unsigned long", arity: "one", required: true },
      { name: "bias", kind: "MLOperand", arity: "one", required: false, limits: { dataTypes: { sameAs: "input" }, ranks: [1, 1], requiredDataTypes: ["float32", "float16"], requiredRanks: [1, 1] } },
      { name: "recurrentBias", kind: "MLOperand", arity: "one", required: false, limits: { dataTypes: { sameAs: "input" }, ranks: [1, 1], requiredDataTypes: ["float32", "float16"], requiredRanks: [1, 1] } },
      { name: "peepholeWeight", kind: "MLOperand", arity: "one", required: false, limits: { dataTypes: { sameAs: "input" }, ranks: [1, 1], requiredDataTypes: ["float32", "float16"], requiredRanks: [1, 1] } },
      { name: "layout", kind: "MLLstmWeightLayout", arity: "one", required: false, default: "iofg" },
      { name: "activations", kind: "MLRecurrentNetworkActivation", arity: "sequence", required: false },
    ],
    outputs: {
      output0: { dataTypes: { sameAs: "input" }, ranks: [2, 2], requiredDataTypes: ["float32", "float16"], requiredRanks: [2, 2] },
      output1: { dataTypes: { sameAs: "input" }, ranks: [2, 2], requiredDataTypes: ["float32", "float16"], requiredRanks: [2, 2] },
    },
    returnsSequence: true,
    constraints: [
      { label: "C1", text: "hiddenSize is above 0, and twice the size of all gates is a valid dimension" },
      { label: "C2", text: "weight has the shape [gates * hiddenSize, features]" },
      { label: "C3", text: "recurrentWeight has the shape [gates * hiddenSize, hiddenSize]" },
      { label: "C4", text: "hiddenState has the shape [batch, hiddenSize]" },
      { label: "C5", text: "bias has the shape [gates * hiddenSize]" },
      { label: "C6", text: "recurrentBias has the shape [gates * hiddenSize]" },
      { label: "C7", text: "cellState has the shape [batch, hiddenSize]" },
      { label: "C8", text: "peepholeWeight has the shape [3 * hiddenSize]" },
      { label: "C9", text: "activations has 3 items" },
    ],
    agreement: {
      kind: "ulp",
      bound: "1 ULP",
    },
  },
  concat: {
    family: "movement",
    members: [
      { name: "inputs", kind: "MLOperand", arity: "sequence", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [1, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [1, 5] } },
      { name: "axis", kind: "unsigned long", arity: "one", required: true },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "inputs" }, ranks: { sameAs: "inputs" }, requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [1, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "there are 1 to 8192 inputs" },
      { label: "C2", text: "axis is below the rank of the first input" },
      { label: "C3", text: "all inputs have one data type" },
      { label: "C4", text: "all inputs have one shape, but for the dimension axis" },
    ],
    agreement: {
      kind: "exact",
      bound: "bit for bit",
    },
  },
  expand: {
    family: "movement",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
      { name: "newShape", kind: "unsigned long", arity: "sequence", required: true },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "input is unidirectionally broadcastable to newShape" },
    ],
    agreement: {
      kind: "exact",
      bound: "bit for bit",
    },
  },
  pad: {
    family: "movement",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
      { name: "beginningPadding", kind: "unsigned long", arity: "sequence", required: true },
      { name: "endingPadding", kind: "unsigned long", arity: "sequence", required: true },
      { name: "mode", kind: "MLPaddingMode", arity: "one", required: false, default: "constant" },
      { name: "value", kind: "MLNumber", arity: "one", required: false, default: 0 },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "beginningPadding and endingPadding have one item for each dimension of input" },
      { label: "C2", text: "in mode reflection, padding is less than the dimension it mirrors" },
    ],
    agreement: {
      kind: "exact",
      bound: "bit for bit",
    },
  },
  reshape: {
    family: "movement",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32", "int8", "uint8"], requiredRanks: [0, 5] } },
      { name: "newShape", kind: "unsigned long", arity: "sequence", required: true },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32", "int8", "uint8"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "newShape has as many elements as input" },
    ],
    agreement: {
      kind: "exact",
      bound: "bit for bit",
    },
  },
  reverse: {
    family: "movement",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
      { name: "axes", kind: "unsigned long", arity: "sequence", required: false },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "every axis is below the rank of input" },
      { label: "C2", text: "no axis is repeated" },
    ],
    agreement: {
      kind: "exact",
      bound: "bit for bit",
    },
  },
  slice: {
    family: "movement",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32", "int8", "uint8"], requiredRanks: [0, 5] } },
      { name: "starts", kind: "unsigned long", arity: "sequence", required: true },
      { name: "sizes", kind: "unsigned long", arity: "sequence", required: true },
      { name: "strides", kind: "unsigned long", arity: "sequence", required: false },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16", "int32", "int8", "uint8"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "starts and sizes have one item for each dimension of input" },
      { label: "C2", text: "every size is above 0" },
      { label: "C3", text: "strides has one item for each dimension of input, each above 0" },
      { label: "C4", text: "the part lies within input" },
    ],
    agreement: {
      kind: "exact",
      bound: "bit for bit",
    },
  },
  split: {
    family: "movement",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [1, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [1, 5] } },
      { name: "splits", kind: "unsigned long", arity: "either", required: true },
      { name: "axis", kind: "unsigned long", arity: "one", required: false, default: 0 },
    ],
    outputs: {
      outputs: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [1, 5] },
    },
    returnsSequence: true,
    constraints: [
      { label: "C1", text: "axis is below the rank of input" },
      { label: "C2", text: "there are 1 to 8192 parts" },
      { label: "C3", text: "the parts, each above 0, make up the dimension axis of input" },
    ],
    agreement: {
      kind: "exact",
      bound: "bit for bit",
    },
  },
  tile: {
    family: "movement",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
      { name: "repetitions", kind: "unsigned long", arity: "sequence", required: true, modulo: true },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "repetitions has one item for each dimension of input, each above 0" },
    ],
    agreement: {
      kind: "exact",
      bound: "bit for bit",
    },
  },
  transpose: {
    family: "movement",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
      { name: "permutation", kind: "unsigned long", arity: "sequence", required: false },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "permutation names every dimension of input once" },
    ],
    agreement: {
      kind: "exact",
      bound: "bit for bit",
    },
  },
  gather: {
    family: "indexing",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [1, null], requiredDataTypes: ["float32", "float16", "int32", "int8", "uint8"], requiredRanks: [1, 5] } },
      { name: "indices", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["int32", "uint32", "int64"], ranks: [0, null], requiredDataTypes: ["int32"], requiredRanks: [0, 5] } },
      { name: "axis", kind: "unsigned long", arity: "one", required: false, default: 0 },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32", "int8", "uint8"], requiredRanks: [1, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "axis is below the rank of input" },
    ],
    agreement: {
      kind: "exact",
      bound: "bit for bit",
    },
  },
  gatherElements: {
    family: "indexing",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [1, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [1, 5] } },
      { name: "indices", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["int32", "uint32", "int64"], ranks: { sameAs: "input" }, requiredDataTypes: ["int32"], requiredRanks: [1, 5] } },
      { name: "axis", kind: "unsigned long", arity: "one", required: false, default: 0 },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [1, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "axis is below the rank of input" },
      { label: "C2", text: "indices has the shape of input, but for the dimension axis" },
    ],
    agreement: {
      kind: "exact",
      bound: "bit for bit",
    },
  },
  gatherND: {
    family: "indexing",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [1, null], requiredDataTypes: ["float32", "float16", "int32", "int8", "uint8"], requiredRanks: [1, 5] } },
      { name: "indices", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["int32", "uint32", "int64"], ranks: [1, null], requiredDataTypes: ["int32"], requiredRanks: [1, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32", "int8", "uint8"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "coordinates have no more items than input has dimensions" },
    ],
    agreement: {
      kind: "exact",
      bound: "bit for bit",
    },
  },
  scatterElements: {
    family: "indexing",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [1, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [1, 5] } },
      { name: "indices", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["int32", "uint32", "int64"], ranks: { sameAs: "input" }, requiredDataTypes: ["int32"], requiredRanks: [1, 5] } },
      { name: "updates", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [1, 5] } },
      { name: "axis", kind: "unsigned long", arity: "one", required: false, default: 0 },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [1, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "axis is below the rank of input" },
      { label: "C2", text: "indices has the shape of input, but for the dimension axis" },
      { label: "C3", text: "updates has the shape of indices" },
    ],
    agreement: {
      kind: "exact",
      bound: "bit for bit",
    },
  },
  scatterND: {
    family: "indexing",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"], ranks: [1, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [1, 5] } },
      { name: "indices", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["int32", "uint32", "int64"], ranks: [1, null], requiredDataTypes: ["int32"], requiredRanks: [1, 5] } },
      { name: "updates", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "input" }, ranks: [0, null], requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16", "int32"], requiredRanks: [1, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "coordinates have no more items than input has dimensions" },
      { label: "C2", text: "updates has the shape of the slices that indices selects" },
    ],
    agreement: {
      kind: "exact",
      bound: "bit for bit",
    },
  },
  dequantizeLinear: {
    family: "quantization",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["uint8", "int8", "uint32", "int32"], ranks: [0, null], requiredDataTypes: ["uint8", "int8"], requiredRanks: [0, 5], extension: ["int4", "uint4"] } },
      { name: "scale", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
      { name: "zeroPoint", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["uint8", "int8", "int32"], requiredRanks: [0, 5] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "scale" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "scale and zeroPoint have one shape" },
      { label: "C2", text: "every dimension of scale divides that of input" },
    ],
    agreement: {
      kind: "ulp",
      bound: "1 ULP",
    },
  },
  quantizeLinear: {
    family: "quantization",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16"], ranks: [0, null], requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
      { name: "scale", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [0, 5] } },
      { name: "zeroPoint", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["uint8", "int8", "uint32", "int32"], ranks: { sameAs: "input" }, requiredDataTypes: ["uint8", "int8"], requiredRanks: [0, 5], extension: ["int4", "uint4"] } },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "zeroPoint" }, ranks: { sameAs: "input" }, requiredDataTypes: ["uint8", "int8"], requiredRanks: [0, 5] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "scale and zeroPoint have one shape" },
      { label: "C2", text: "every dimension of scale divides that of input" },
    ],
    agreement: {
      kind: "ulp",
      bound: "1 step",
    },
  },
  resample2d: {
    family: "resampling",
    members: [
      { name: "input", kind: "MLOperand", arity: "one", required: true, limits: { dataTypes: ["float32", "float16", "uint8", "int8"], ranks: [4, 4], requiredDataTypes: ["float32", "float16"], requiredRanks: [4, 4] } },
      { name: "mode", kind: "MLInterpolationMode", arity: "one", required: false, default: "nearest-neighbor" },
      { name: "scales", kind: "float", arity: "sequence", required: false, default: [1.0, 1.0] },
      { name: "sizes", kind: "unsigned long", arity: "sequence", required: false },
      { name: "axes", kind: "unsigned long", arity: "sequence", required: false, default: [2, 3] },
    ],
    outputs: {
      output: { dataTypes: { sameAs: "input" }, ranks: { sameAs: "input" }, requiredDataTypes: ["float32", "float16"], requiredRanks: [4, 4] },
    },
    returnsSequence: false,
    constraints: [
      { label: "C1", text: "scales has 2 items, each above 0" },
      { label: "C2", text: "sizes has 2 items, each above 0" },
      { label: "C3", text: "axes has 2 items, different and each below the rank of input" },
    ],
    agreement: {
      kind: "ulp",
      bound: "exact; linear: 84 ULP in float32 and float16, 1 in integers",
    },
  },
};
