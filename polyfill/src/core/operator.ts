/** One use of an operator in a graph, and the rules of operators that are not data (the counterpart of `webnpu/operator.py`). */

import type { Members } from "../generated/members.js";
import { type MemberRule, OPERATORS, type OperatorName, type OperatorRule, type TensorRule } from "../generated/operators.js";
import { OperatorError } from "./errors.js";
import { Operand } from "./operand.js";
import { describe, type OperandDescriptor } from "./types.js";

/** What every use of an operator has, whichever it is. */
export interface OpBase<N extends OperatorName> {
  readonly name: N;
  /** The caller's name for it, or "". */
  readonly label: string;
  /** The operands that it computes; empty until the builder has checked it. */
  readonly outputs: readonly Operand[];
  /** The first of them; most operators have one. */
  readonly output: Operand;
}

/** One use of an operator: its operands and options under their WebNN names, defaults filled in. */
export type Op<N extends OperatorName = OperatorName> = N extends OperatorName ? OpBase<N> & Members[N] : never;

/** What a constraint finds: true, or in words what came instead. */
export type Verdict = true | string;

/** The rules of one operator that exist once in Python and once here, held together by the same test vectors. */
export interface Definition<N extends OperatorName> {
  /** The numbered constraints by label; they are checked in order, and each may rely on those before it. */
  readonly constraints: Readonly<Record<string, (op: Op<N>) => Verdict>>;
  /** The descriptors of the outputs, once all limits and constraints hold. */
  infer(op: Op<N>): OperandDescriptor | readonly OperandDescriptor[];
  /**
   * Why nothing can compute this use of the operator, though WebNN makes an operand of it; "" where that is not so. A graph
   * with such an operator is refused when it is built, whatever the backend.
   */
  meaningless?(op: Op<N>): string;
}

export type Definitions = { readonly [N in OperatorName]: Definition<N> };

/** The members of any operator by name, for code that treats all alike. */
export function memberOf(op: Op, name: string): unknown {
  return (op as unknown as Record<string, unknown>)[name];
}

/** The data of an operator: members, limits, constraints in words. */
export function ruleOf(op: Op): OperatorRule {
  return OPERATORS[op.name];
}

/** The members of each operator that are operands, those that must be given first. */
const OPERANDS = Object.fromEntries(
  Object.entries(OPERATORS).map(([name, { members }]): [string, readonly MemberRule[]] => {
    const operands = members.filter((member) => member.kind === "MLOperand");
    return [name, [...operands.filter((member) => member.required), ...operands.filter((member) => !member.required)]];
  }),
) as Readonly<Record<OperatorName, readonly MemberRule[]>>;

/** The operands that are there, each with the name of its member; those that must be given first. */
export function operandsOf(op: Op): (readonly [name: string, operand: Operand])[] {
  const found: [string, Operand][] = [];
  for (const { name } of OPERANDS[op.name]) {
    const value = memberOf(op, name);
    if (value instanceof Operand) found.push([name, value]);
    else if (Array.isArray(value)) for (const item of value) found.push([name, item]);
  }
  return found;
}

/** Throws an OperatorError for the first limit or constraint that does not hold. */
export function check<N extends OperatorName>(op: Op<N>, definition: Definition<N>): void {
  const any = op as Op;
  const rule = ruleOf(any);
  for (const { name, limits } of OPERANDS[op.name]) {
    const value = memberOf(any, name);
    if (limits && value instanceof Operand) checkLimits(any, name, limits, value);
    else if (limits && Array.isArray(value)) for (const item of value) checkLimits(any, name, limits, item);
  }
  for (const { label, text } of rule.constraints) {
    const found = definition.constraints[label](op);
    if (found !== true) throw new OperatorError(op.name, op.label, label, text, found);
  }
}

function checkLimits(op: Op, name: string, limits: TensorRule, operand: Operand): void {
  const fail = (expected: string): never => {
    throw new OperatorError(op.name, op.label, name, expected, describe(operand.descriptor));
  };
  if ("sameAs" in limits.dataTypes) {
    const other = firstOf(op, limits.dataTypes.sameAs);
    if (operand.dataType !== other.dataType) fail(`the data type of ${limits.dataTypes.sameAs}, ${other.dataType}`);
  } else if (!limits.dataTypes.includes(operand.dataType) && !limits.extension?.includes(operand.dataType)) {
    fail(`a data type of ${[...limits.dataTypes, ...(limits.extension ?? [])].join(", ")}`);
  }
  if ("sameAs" in limits.ranks) {
    const other = firstOf(op, limits.ranks.sameAs);
    if (operand.rank !== other.rank) fail(`the rank of ${limits.ranks.sameAs}, ${other.rank}`);
    return;
  }
  const [low, high] = limits.ranks;
  if (operand.rank >= low && (high === null || operand.rank <= high)) return;
  fail(`a rank of ${low === high ? low : high === null ? `at least ${low}` : `${low} to ${high}`}`);
}

function firstOf(op: Op, name: string): Operand {
  const value = memberOf(op, name);
  return Array.isArray(value) ? (value[0] as Operand) : (value as Operand);
}
