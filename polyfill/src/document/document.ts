/**
 * Graph documents: the JSON of a graph, built with any MLGraphBuilder.
 *
 *     {"webnpu": 1,
 *      "inputs": {"x": {"dataType": "float32", "shape": [1, 3]}},
 *      "constants": {"c0": {"dataType": "float32", "shape": [3, 2]}},
 *      "operators": [{"operator": "matmul", "a": "x", "b": "c0", "outputs": ["v0"]}],
 *      "outputs": {"y": "v0"}}
 */

import { type MemberRule, OPERATORS, type OperatorName, type OperatorRule } from "../generated/operators.js";
import type { MLNumber, MLOperand } from "../generated/types.js";
import { viewOf } from "./elements.js";
import { checkLeaf, checkLimits, Refusal } from "./limits.js";
import type { MLGraphBuilder, MLOperandDescriptor, MLOpSupportLimits } from "./webnn.js";

/** One use of an operator: its members under WebNN's names, operands by the names of their values. */
export interface OperatorDocument {
  readonly operator: string;
  readonly outputs: readonly string[];
  readonly label?: string;
  readonly [member: string]: unknown;
}

/** The JSON document of a graph. */
export interface GraphDocument {
  readonly webnpu: number;
  readonly inputs: Readonly<Record<string, MLOperandDescriptor>>;
  readonly constants?: Readonly<Record<string, MLOperandDescriptor>>;
  readonly operators: readonly OperatorDocument[];
  readonly outputs: Readonly<Record<string, string>>;
}

/** A document is not that of a graph. */
export class DocumentError extends Error {
  override name = "DocumentError";
}

/** A builder threw at an operator. */
export class OperatorFailure extends Error {
  override name = "OperatorFailure";

  /**
   * @param index which operator of the document it was
   * @param operator its WebNN name
   * @param thrown what the builder threw
   */
  constructor(
    readonly index: number,
    readonly operator: string,
    readonly thrown: unknown,
  ) {
    super(`${operator}: ${described(thrown)}`);
  }
}

/** An error in one line, its kind first. */
export function described(thrown: unknown): string {
  return thrown instanceof Error || thrown instanceof DOMException ? `${thrown.name}: ${thrown.message}` : String(thrown);
}

/** The values of a graph under construction, by their names. */
export type Values = Map<string, MLOperand>;

/**
 * Add a document's inputs, constants and operators to a builder.
 *
 * @param builder any implementation's
 * @param document what to build; its form is checked, its meaning is left to the builder
 * @param constants the bytes of each constant
 * @param limits what the context supports: what is outside of it is a `Refusal`, before the builder sees it
 * @param descriptors the outputs' descriptors where they are known, checked against the limits too
 */
export function addDocument(
  builder: MLGraphBuilder,
  document: GraphDocument,
  constants: Readonly<Record<string, Uint8Array>>,
  limits?: MLOpSupportLimits,
  descriptors: Readonly<Record<string, MLOperandDescriptor>> = {},
): Values {
  checkForm(document);
  const values: Values = new Map();
  for (const [name, descriptor] of Object.entries(document.inputs)) {
    if (limits) checkLeaf("input", name, document, limits);
    values.set(name, builder.input(name, descriptor));
  }
  for (const [name, descriptor] of Object.entries(document.constants ?? {})) {
    if (limits) checkLeaf("constant", name, document, limits);
    const bytes = constants[name];
    if (bytes === undefined) throw new DocumentError(`constant ${name} has no data`);
    values.set(name, builder.constant(descriptor, viewOf(bytes, descriptor.dataType)));
  }
  document.operators.forEach((members, index) => {
    addOperator(builder, values, members, index, limits, descriptors);
  });
  return values;
}

/** The operands that a document's outputs name. */
export function outputsOf(document: GraphDocument, values: Values): Record<string, MLOperand> {
  return Object.fromEntries(Object.entries(document.outputs).map(([name, value]) => [name, known(values, value, `output ${name}`)]));
}

function checkForm(document: GraphDocument): void {
  const isObject = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject(document)) throw new DocumentError("a graph document is an object");
  if (document.webnpu !== 1)
    throw new DocumentError(`"webnpu" must be 1, the version of the format; got ${JSON.stringify(document.webnpu)}`);
  for (const member of ["inputs", "outputs"] as const) {
    if (!isObject(document[member])) throw new DocumentError(`"${member}" must be an object`);
  }
  if (!Array.isArray(document.operators)) throw new DocumentError(`"operators" must be a list`);
}

function addOperator(
  builder: MLGraphBuilder,
  values: Values,
  members: OperatorDocument,
  index: number,
  limits: MLOpSupportLimits | undefined,
  descriptors: Readonly<Record<string, MLOperandDescriptor>>,
): void {
  const name = members.operator;
  if (!Object.hasOwn(OPERATORS, name)) throw new DocumentError(`operator ${index}: ${JSON.stringify(name)} is not an operator`);
  const rule = OPERATORS[name as OperatorName];
  const given = argumentsOf(name, rule, members, values);
  const method = (builder as unknown as Record<string, unknown>)[name];
  if (typeof method !== "function") throw new Refusal(index, name, "the implementation has no such method", true);
  if (limits) {
    const outputs = members.outputs.map((output) => descriptors[output]);
    checkLimits({ index, name, rule, given, outputs }, limits);
  }
  let result: unknown;
  try {
    result = method.apply(builder, positional(rule, given));
  } catch (thrown) {
    throw new OperatorFailure(index, name, thrown);
  }
  const computed = (Array.isArray(result) ? result : [result]) as MLOperand[];
  if (members.outputs?.length !== computed.length) {
    throw new DocumentError(`operator ${index} (${name}): "outputs" must name its ${computed.length} outputs`);
  }
  members.outputs.forEach((output, at) => {
    values.set(output, computed[at]);
  });
}

/** The members of one use of an operator that are given, by name, with operands for their names and numbers for their spelling. */
export type Given = Readonly<Record<string, unknown>>;

function argumentsOf(name: string, rule: OperatorRule, members: OperatorDocument, values: Values): Given {
  const { operator: _, outputs: __, ...rest } = members;
  const given: Record<string, unknown> = {};
  for (const [member, value] of Object.entries(rest)) {
    const kind = member === "label" ? member : rule.members.find((rule) => rule.name === member)?.kind;
    if (!kind) throw new DocumentError(`${name} has no member ${JSON.stringify(member)}`);
    given[member] = convert(kind, value, (operand) => known(values, operand, `${name}: ${member}`));
  }
  return given;
}

/** Options that implementations of an older text know by another name alone; those of the text in force pass that by. */
const OLDER: Readonly<Record<string, string>> = { outputShapeRounding: "roundingType" };

/** Options under their names, and under those that an older text has for them. */
function underAllNames(options: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const older = options.filter(([name]) => name in OLDER).map(([name, value]) => [OLDER[name], value] as const);
  return Object.fromEntries([...older, ...options]);
}

function convert(kind: MemberRule["kind"] | "label", value: unknown, operand: (name: unknown) => MLOperand): unknown {
  if (kind === "MLOperand") return Array.isArray(value) ? value.map(operand) : operand(value);
  return kind === "MLNumber" ? number(value) : value;
}

/** A number of a document: what JSON or a double cannot hold is a string there. */
export function number(value: unknown): MLNumber | unknown {
  if (typeof value !== "string") return value;
  return /^-?[0-9]+$/.test(value) ? BigInt(value) : Number(value);
}

/** The arguments of a builder's method: required members by their position, the others in a dictionary. */
export function positional(rule: OperatorRule, given: Given): unknown[] {
  const required = rule.members.filter((member) => member.required).map((member) => member.name);
  const options = Object.entries(given).filter(([name]) => !required.includes(name));
  const first = required.map((name) => given[name]);
  return options.length ? [...first, underAllNames(options)] : first;
}

function known(values: Values, name: unknown, where: string): MLOperand {
  const operand = typeof name === "string" ? values.get(name) : undefined;
  if (!operand) throw new DocumentError(`${where}: ${JSON.stringify(name)} is not a value that stands before it`);
  return operand;
}
