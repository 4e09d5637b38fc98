/** Whether one use of an operator is within what a context supports, and within what WebNN requires of every one. */

import { OPERATORS, type OperatorName, type OperatorRule, type TensorRule } from "../generated/operators.js";
import type { MLTensorLimits } from "../generated/types.js";
import type { GraphDocument, OperatorDocument } from "./document.js";
import type { MLOperandDescriptor, MLOpSupportLimits } from "./webnn.js";

/** The implementation declares that it cannot do an operator. */
export class Refusal extends Error {
  override name = "Refusal";

  /**
   * @param index which operator of the document it is
   * @param operator its WebNN name
   * @param reason why, as a sentence
   * @param required whether WebNN requires every implementation to do it
   */
  constructor(
    readonly index: number,
    readonly operator: string,
    readonly reason: string,
    readonly required: boolean,
  ) {
    super(`${operator}: ${reason}`);
  }
}

/** One use of an operator, about to be given to a builder. */
export interface Use {
  /** Which operator of the document it is. */
  readonly index: number;
  readonly name: string;
  readonly rule: OperatorRule;
  /** Its members by name. */
  readonly given: Readonly<Record<string, unknown>>;
  /** The descriptors of its outputs, where they are known beforehand. */
  readonly outputs: readonly (MLOperandDescriptor | undefined)[];
}

/** An operand or an output, under its name in `opSupportLimits()`, with what is required of it. */
interface Tensor {
  readonly name: string;
  readonly descriptor: MLOperandDescriptor;
  readonly limits: TensorRule | undefined;
}

/** Throw a `Refusal` where an operand, or an output that is known beforehand, is outside of a context's limits. */
export function checkLimits(use: Use, limits: MLOpSupportLimits): void {
  const own = (limits as Readonly<Record<string, Readonly<Record<string, MLTensorLimits | undefined>> | undefined>>)[use.name];
  if (!own) return;
  for (const { name, descriptor } of tensorsOf(use)) {
    const reason = own[name] && outside(own[name], descriptor);
    if (reason) throw new Refusal(use.index, use.name, `${name} has ${reason}`, isRequired(use));
  }
}

/** Throw a `Refusal` of the first operator that takes an input or a constant of a document, where a context cannot have such a one. */
export function checkLeaf(kind: "input" | "constant", name: string, document: GraphDocument, limits: MLOpSupportLimits): void {
  const leaves = { ...document.inputs, ...document.constants };
  const reason = limits[kind] && outside(limits[kind], leaves[name]);
  if (!reason) return;
  const takes = ({ operator: _, outputs: __, label: ___, ...members }: OperatorDocument) => Object.values(members).flat().includes(name);
  const index = Math.max(document.operators.findIndex(takes), 0);
  const members = document.operators[index];
  const rule = OPERATORS[members?.operator as OperatorName];
  if (!rule) return; // the document is no graph, which the rest of it shows
  const of = (value: unknown): unknown => (Array.isArray(value) ? value.map(of).filter(Boolean) : leaves[value as string]);
  const given = Object.fromEntries(Object.entries(members).map(([member, value]) => [member, of(value)]));
  const use = { index, name: members.operator, rule, given, outputs: [] };
  throw new Refusal(index, members.operator, `${kind} ${name} has ${reason}`, isRequired(use));
}

function outside({ dataTypes, rankRange }: MLTensorLimits, { dataType, shape }: MLOperandDescriptor): string | undefined {
  if (dataTypes && !dataTypes.includes(dataType)) return `data type ${dataType}; supported: ${dataTypes.join(", ") || "none"}`;
  if (!rankRange || (shape.length >= rankRange.min && shape.length <= rankRange.max)) return undefined;
  return `rank ${shape.length}; supported: ${rankRange.min} to ${rankRange.max}`;
}

/** Whether every operand of one use of an operator is within the required data types and ranks. */
export function isRequired(use: Use): boolean {
  return tensorsOf(use).every(({ limits, descriptor }) => !limits || isWithin(limits, descriptor));
}

function isWithin(limits: TensorRule, { dataType, shape }: MLOperandDescriptor): boolean {
  const [low, high] = limits.requiredRanks;
  return limits.requiredDataTypes.includes(dataType) && shape.length >= low && (high === null || shape.length <= high);
}

function tensorsOf({ rule, given, outputs }: Use): Tensor[] {
  const members = rule.members.filter((member) => member.kind === "MLOperand" && given[member.name] !== undefined);
  const operands = members.flatMap(({ name, limits }) => {
    const value = given[name] as MLOperandDescriptor | readonly MLOperandDescriptor[];
    return (Array.isArray(value) ? value : [value]).map((descriptor) => ({ name, descriptor, limits }));
  });
  const names = Object.keys(rule.outputs);
  const computed = outputs.flatMap((descriptor, at) => {
    const name = names[Math.min(at, names.length - 1)]; // split has many outputs under one name
    return descriptor ? [{ name, descriptor, limits: rule.outputs[name] }] : [];
  });
  return [...operands, ...computed];
}
