/**
 * Graph documents, the JSON of a graph (the counterpart of `webnpu/graph_file.py`).
 *
 * A reader trusts nothing: it builds the graph anew through the builder, which checks every operator.
 *
 *     {"webnpu": 1,
 *      "inputs": {"x": {"dataType": "float32", "shape": [1, 3]}},
 *      "constants": {"c0": {"dataType": "float32", "shape": [3, 2]}},
 *      "operators": [{"operator": "matmul", "a": "x", "b": "c0", "outputs": ["v0"]}],
 *      "outputs": {"y": "v0"}}
 */

import { type MemberRule, OPERATORS, type OperatorName } from "../generated/operators.js";
import { ENUMERATIONS } from "../generated/types.js";
import { type Arguments, GraphBuilder } from "./builder.js";
import { GraphFileError, OperatorError, Unsupported } from "./errors.js";
import type { Graph } from "./graph.js";
import { Operand } from "./operand.js";
import { memberOf, type Op, ruleOf } from "./operator.js";
import { jsonText, memberFromJson, memberToJson } from "./options.js";
import { byteLengthOf, describe, faultOf, type OperandDescriptor } from "./types.js";

/** The version of the document format. */
export const FORMAT = 1;

/** One use of an operator: its members under WebNN's names, operands by the names of their values. */
export interface OperatorDocument {
  readonly operator: string;
  readonly outputs: readonly string[];
  readonly [member: string]: unknown;
}

/** The JSON document of a graph. */
export interface GraphDocument {
  readonly webnpu: number;
  readonly inputs: Readonly<Record<string, OperandDescriptor>>;
  readonly constants: Readonly<Record<string, OperandDescriptor>>;
  readonly operators: readonly OperatorDocument[];
  readonly outputs: Readonly<Record<string, string>>;
}

type Values = Map<string, Operand>;
type Json = Readonly<Record<string, unknown>>;

/** The JSON document of a graph, ready for `JSON.stringify`. */
export function graphToDocument(graph: Graph): GraphDocument {
  const nameOf = (operand: Operand): string => graph.names.get(operand) ?? "";
  const descriptors = (operands: Iterable<Operand>): Record<string, OperandDescriptor> =>
    Object.fromEntries([...operands].map((operand) => [nameOf(operand), operand.descriptor]));
  return {
    webnpu: FORMAT,
    inputs: descriptors(graph.inputs.values()),
    constants: descriptors(graph.constants),
    operators: graph.operators.map((op) => operatorDocument(op, nameOf)),
    outputs: Object.fromEntries([...graph.outputs].map(([name, operand]) => [name, nameOf(operand)])),
  };
}

function operatorDocument(op: Op, nameOf: (operand: Operand) => string): OperatorDocument {
  const members: Record<string, unknown> = op.label ? { label: op.label } : {};
  for (const rule of ruleOf(op).members) {
    const value = memberOf(op, rule.name);
    if (value instanceof Operand) members[rule.name] = nameOf(value);
    else if (rule.kind === "MLOperand" && Array.isArray(value)) members[rule.name] = value.map(nameOf);
    else if (value !== undefined && !isDefault(rule, value)) members[rule.name] = memberToJson(value);
  }
  return { operator: op.name, ...members, outputs: op.outputs.map(nameOf) };
}

function isDefault(rule: MemberRule, value: unknown): boolean {
  if (Array.isArray(value) && Array.isArray(rule.default)) {
    return value.length === rule.default.length && rule.default.every((item, i) => item === value[i]);
  }
  return typeof value === "bigint" ? Number(value) === rule.default : Object.is(value, rule.default);
}

/**
 * Builds the graph of a document; a GraphFileError says where it is not valid.
 *
 * @param document the parsed JSON
 * @param constants the bytes of each constant that the document declares; they are kept, not copied
 */
export function graphFromDocument(document: unknown, constants: Readonly<Record<string, Uint8Array>>): Graph {
  try {
    return build(document, constants);
  } catch (error) {
    if (error instanceof OperatorError || error instanceof Unsupported)
      throw new GraphFileError(`graph document: ${error.message}`, { cause: error });
    throw error;
  }
}

function build(document: unknown, constants: Readonly<Record<string, Uint8Array>>): Graph {
  const checked = record("the whole", document);
  const unknown = Object.keys(checked).find((name) => !["webnpu", "inputs", "constants", "operators", "outputs"].includes(name));
  if (unknown !== undefined) fail(`${jsonText(unknown)} is not a member of a document`);
  if (checked.webnpu !== FORMAT) fail(`webnpu must be ${FORMAT}, the version of the format; got ${jsonText(checked.webnpu)}`);
  const builder = new GraphBuilder();
  const values: Values = new Map();
  for (const [name, value] of Object.entries(record("inputs", checked.inputs))) {
    if (name === "") fail("the name of an input must not be empty");
    values.set(name, builder.input(name, descriptorOf(`input ${jsonText(name)}`, value)));
  }
  for (const [name, value] of Object.entries(record("constants", checked.constants ?? {}))) {
    if (values.has(name)) fail(`the name ${jsonText(name)} is given twice`);
    values.set(name, builder.constant(...constantOf(name, descriptorOf(`constant ${jsonText(name)}`, value), constants)));
  }
  if (!Array.isArray(checked.operators)) fail(`operators must be a list; got ${jsonText(checked.operators)}`);
  checked.operators.forEach((members: unknown, index) => {
    addOperator(builder, values, record(`operator ${index}`, members), index);
  });
  return builder.finish(outputsOf(record("outputs", checked.outputs), values));
}

function constantOf(
  name: string,
  descriptor: OperandDescriptor,
  constants: Readonly<Record<string, Uint8Array>>,
): [OperandDescriptor, Uint8Array] {
  if (!Object.hasOwn(constants, name)) fail(`constant ${jsonText(name)} has no data`);
  const bytes = constants[name];
  const wanted = byteLengthOf(descriptor);
  if (bytes.byteLength !== wanted)
    fail(`constant ${jsonText(name)}: ${describe(descriptor)} takes ${wanted} bytes; got ${bytes.byteLength}`);
  return [descriptor, bytes];
}

function outputsOf(outputs: Json, values: Values): Map<string, Operand> {
  const found = new Map<string, Operand>();
  for (const [name, value] of Object.entries(outputs)) {
    if (name === "") fail("the name of an output must not be empty");
    const operand = typeof value === "string" ? values.get(value) : undefined;
    if (!operand?.operator) fail(`output ${jsonText(name)}: ${jsonText(value)} is not computed by any operator`);
    found.set(name, operand);
  }
  if (found.size === 0) fail("a graph needs at least one output");
  return found;
}

/** Add one operator, and name its outputs. A name that is not yet known is an error, so there are no cycles. */
function addOperator(builder: GraphBuilder, values: Values, members: Json, index: number): void {
  const { operator, outputs } = members;
  if (typeof operator !== "string" || !Object.hasOwn(OPERATORS, operator)) {
    fail(`operator ${index}: ${jsonText(operator)} is not an operator`);
  }
  const name = operator as OperatorName;
  const where = `operator ${index} (${name})`;
  const computed = builder.apply(name, argumentsOf(name, where, members, values));
  const named = Array.isArray(outputs) && outputs.every((output) => typeof output === "string" && output !== "");
  if (!named || outputs.length !== computed.length) {
    fail(`${where}: outputs must name its ${computed.length} outputs; got ${jsonText(outputs)}`);
  }
  computed.forEach((operand, i) => {
    if (values.has(outputs[i])) fail(`${where}: the name ${jsonText(outputs[i])} is given twice`);
    values.set(outputs[i], operand);
  });
}

function argumentsOf(name: OperatorName, where: string, members: Json, values: Values): Arguments<OperatorName> {
  const label = members.label ?? "";
  if (typeof label !== "string") throw new OperatorError(name, "", "label", "a string", jsonText(label));
  const rules = new Map(OPERATORS[name].members.map((rule) => [rule.name, rule]));
  const given: Record<string, unknown> = { label };
  for (const [member, value] of Object.entries(members)) {
    if (member === "operator" || member === "outputs" || member === "label") continue;
    const rule = rules.get(member);
    if (!rule) {
      throw new OperatorError(name, label, member, `one of ${["label", ...rules.keys()].join(", ")}`, `an unknown argument ${member}`);
    }
    if (rule.kind === "MLOperand") given[member] = operandsFrom(`${where}: ${member}`, rule, value, values);
    else given[member] = memberFromJson({ name, label }, rule, value);
  }
  for (const rule of rules.values()) {
    if (rule.required && given[rule.name] === undefined) throw new OperatorError(name, label, rule.name, "a value", "none");
  }
  return given as Arguments<OperatorName>;
}

function operandsFrom(where: string, rule: MemberRule, value: unknown, values: Values): Operand | Operand[] {
  const known = (name: unknown): Operand => {
    const operand = typeof name === "string" ? values.get(name) : undefined;
    return operand ?? fail(`${where}: ${jsonText(name)} is not a value that stands before it`);
  };
  if (rule.arity === "one") return known(value);
  return Array.isArray(value) ? value.map(known) : fail(`${where}: it must be a list of values; got ${jsonText(value)}`);
}

function descriptorOf(where: string, value: unknown): OperandDescriptor {
  const { dataType, shape, ...rest } = record(where, value);
  if (Object.keys(rest).length) fail(`${where}: ${jsonText(Object.keys(rest)[0])} is not a member of a descriptor`);
  const known = ENUMERATIONS.MLOperandDataType.find((name) => name === dataType);
  if (!known) fail(`${where}: dataType must be one of ${ENUMERATIONS.MLOperandDataType.join(", ")}; got ${jsonText(dataType)}`);
  if (!Array.isArray(shape) || !shape.every(Number.isInteger)) fail(`${where}: shape must be a list of integers; got ${jsonText(shape)}`);
  const descriptor: OperandDescriptor = { dataType: known, shape };
  const fault = faultOf(descriptor);
  if (fault) fail(`${where}: ${fault[0]}; got ${fault[1]}`);
  return descriptor;
}

function record(where: string, value: unknown): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) fail(`${where} must be an object; got ${jsonText(value)}`);
  return value as Json;
}

function fail(message: string): never {
  throw new GraphFileError(`graph document: ${message}`);
}
