/** The methods of MLGraphBuilder that add operators, made from the operators' rules. */

import type { Arguments } from "../core/builder.js";
import { named } from "../core/errors.js";
import { type MemberKind, type MemberRule, OPERATORS, type OperatorName, type OperatorRule } from "../generated/operators.js";
import { ENUMERATIONS } from "../generated/types.js";
import type { Builder } from "./builder.js";
import type { Operation } from "./interface.js";
import { MLOperand } from "./operand.js";
import * as webidl from "./webidl.js";

function elementConverter({ kind, modulo }: MemberRule): webidl.Converter<unknown> {
  if (kind in ENUMERATIONS) {
    const words: readonly string[] = ENUMERATIONS[kind as keyof typeof ENUMERATIONS];
    return webidl.enumeration(kind, words);
  }
  if (kind === "unsigned long" && modulo) return webidl.unsignedLong;
  return SIMPLE[kind as keyof typeof SIMPLE];
}

const SIMPLE = {
  MLOperand: MLOperand.converter,
  MLNumber: webidl.mlNumber,
  boolean: webidl.boolean,
  "unsigned long": webidl.enforcedUnsignedLong,
  long: webidl.enforcedLong,
  double: webidl.double,
  float: webidl.float,
} satisfies Partial<Record<MemberKind, webidl.Converter<unknown>>>;

function memberConverter(member: MemberRule): webidl.Converter<unknown> {
  const element = elementConverter(member);
  if (member.arity === "one") return element;
  return member.arity === "sequence" ? webidl.sequence(element) : webidl.oneOrSequence(element);
}

/** Options that WebNN renamed, and the older names, which browsers had for years. */
const FORMER_NAMES: Readonly<Record<string, string>> = { outputShapeRounding: "roundingType" };

const labelled = webidl.dictionary<{ readonly label: string }>("MLOperatorOptions", [
  { name: "label", converter: webidl.usvString, fallback: "" },
]);

/** Converts the arguments of an operator's method to its members. */
function argumentsConverter(name: OperatorName, rule: OperatorRule): (values: readonly unknown[]) => Record<string, unknown> {
  const positional = rule.members
    .filter((member) => member.required)
    .map((member) => ({ name: member.name, where: `${name}: ${member.name}`, converter: memberConverter(member) }));
  const optional = rule.members
    .filter((member) => !member.required)
    .map((member) => ({ name: member.name, converter: memberConverter(member), formerName: FORMER_NAMES[member.name] }));
  const options = webidl.dictionary<object>(`the options of ${name}`, optional);
  return (values) => {
    const given: Record<string, unknown> = {};
    positional.forEach((member, index) => {
      given[member.name] = member.converter(values[index], member.where);
    });
    const last = values[positional.length];
    if (last === undefined) return given;
    const { label } = labelled(last, `${name}: options`);
    return Object.assign(given, options(last, `${named(name, label)}: options`), { label });
  };
}

function operation(name: OperatorName, rule: OperatorRule): Operation<Builder> {
  const convert = argumentsConverter(name, rule);
  return {
    required: rule.members.filter((member) => member.required).length,
    steps: (builder, values) => {
      const given = convert(values);
      builder.checkCanBuild(name);
      const outputs = builder.core.apply(name, given as Arguments<typeof name>);
      return rule.returnsSequence ? outputs.map((output) => MLOperand.wrap(output)) : MLOperand.wrap(outputs[0]);
    },
  };
}

/** A method for each operator. */
export const OPERATIONS: Readonly<Record<string, Operation<Builder>>> = Object.fromEntries(
  Object.entries(OPERATORS).map(([name, rule]) => [name, operation(name as OperatorName, rule)]),
);
