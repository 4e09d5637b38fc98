/** Element-wise operators: each is one function of the library, named after the operator and the type computed in. */

import { type Op, operandsOf } from "../../core/operator.js";
import { isFloat } from "../../core/types.js";
import type { OperatorName } from "../../generated/operators.js";
import { boundsOf } from "../../operators/elementwise.js";
import { kindOf, literal } from "../literals.js";
import type { Lowerings, Planner } from "../planner.js";
import { broadcastView, wholeView } from "../views.js";

const SAME_NAME = [
  "add",
  "sub",
  "mul",
  "div",
  "max",
  "min",
  "pow",
  "equal",
  "notEqual",
  "greater",
  "greaterOrEqual",
  "lesser",
  "lesserOrEqual",
  "logicalNot",
  "logicalAnd",
  "logicalOr",
  "logicalXor",
  "isNaN",
  "isInfinite",
  "abs",
  "ceil",
  "cos",
  "erf",
  "exp",
  "floor",
  "log",
  "neg",
  "reciprocal",
  "roundEven",
  "sign",
  "sin",
  "sqrt",
  "tan",
  "gelu",
  "hardSwish",
  "prelu",
  "relu",
  "sigmoid",
  "softplus",
  "softsign",
  "tanh",
] as const satisfies readonly OperatorName[];

/** Apply the function of the operator's name to its operands, broadcast to the output. */
export function apply(op: Op, plan: Planner, ...literals: string[]): void {
  const operands = operandsOf(op).map(([, operand]) => operand);
  const looked = operands.map((operand) => [operand, broadcastView(operand.shape, op.output.shape)] as const);
  plan.elementwise(op.output, `${inSnakeCase(op.name)}_${kindOf(operands[0].dataType)}`, looked, literals);
}

/** `roundEven` to `round_even`, `isNaN` to `is_nan`. */
function inSnakeCase(name: string): string {
  return name
    .replace("NaN", "Nan")
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase();
}

function where(op: Op<"where">, plan: Planner): void {
  const looked = operandsOf(op).map(([, operand]) => [operand, broadcastView(operand.shape, op.output.shape)] as const);
  plan.elementwise(op.output, `where_${kindOf(op.output.dataType)}`, looked);
}

function clamp(op: Op<"clamp">, plan: Planner): void {
  apply(op, plan, ...boundsOf(op).map((bound) => literal(bound, op.input.dataType)));
}

/** A float is clamped to the range of a narrow integer, an integer keeps its low bits. */
function cast(op: Op<"cast">, plan: Planner): void {
  const source = op.input.dataType;
  const target = op.dataType;
  const narrow = isFloat(source) && (target === "int8" || target === "uint8");
  const name = narrow ? `cast_float_${target}` : `cast_${kindOf(source)}_${kindOf(target)}`;
  plan.elementwise(op.output, name, [[op.input, wholeView(op.input.shape)]]);
}

/** The element-wise operators, and the activations without options. */
export const elementwise = {
  ...(Object.fromEntries(SAME_NAME.map((name) => [name, apply])) as Record<(typeof SAME_NAME)[number], typeof apply>),
  identity: (op, plan) => plan.alias(op.output, op.input),
  where,
  clamp,
  cast,
} satisfies Partial<Lowerings>;
