/** The options of operators in graph documents: read strictly, each of its kind, and written. */

import type { MemberRule } from "../generated/operators.js";
import { ENUMERATIONS, type EnumerationName } from "../generated/types.js";
import { OperatorError } from "./errors.js";

const MAX_FLOAT = 3.4028234663852886e38;

/** What a kind of number accepts, in words and as a check. */
const NUMBERS: Readonly<Record<string, readonly [expected: string, accepts: (value: number) => boolean]>> = {
  "unsigned long": ["an integer from 0 to 4294967295", (value) => Number.isInteger(value) && value >= 0 && value < 2 ** 32],
  long: ["an integer from -2147483648 to 2147483647", (value) => Number.isInteger(value) && Math.abs(value + 0.5) < 2 ** 31],
  double: ["a finite number", Number.isFinite],
  float: ["a number that is finite in single precision", (value) => Math.abs(value) <= MAX_FLOAT],
};

/**
 * The value of an option from its JSON; an OperatorError if it is not of its kind.
 *
 * @param operator the operator's name and label, for the error
 * @param rule the option
 * @param value its JSON; null is that of an option without a value
 */
export function memberFromJson(operator: { readonly name: string; readonly label: string }, rule: MemberRule, value: unknown): unknown {
  if (value === null && !rule.required && rule.default === undefined) return undefined;
  const refuse = (expected: string, got: unknown): never => {
    throw new OperatorError(operator.name, operator.label, rule.name, expected, jsonText(got));
  };
  const one = (item: unknown): unknown => {
    const [expected, found] = convert(rule, item);
    return found === undefined ? refuse(expected, item) : found;
  };
  if (Array.isArray(value) && rule.arity !== "one") return value.map(one);
  return rule.arity === "sequence" ? refuse("a list", value) : one(value);
}

/** What a member accepts, in words, and the value if it does. */
function convert(rule: MemberRule, value: unknown): readonly [expected: string, found: unknown] {
  if (rule.kind === "boolean") return ["true or false", typeof value === "boolean" ? value : undefined];
  if (rule.kind === "MLNumber") return ["a number", numberFromJson(value)];
  const number = NUMBERS[rule.kind];
  if (number) return [number[0], typeof value === "number" && number[1](value) ? value : undefined];
  const words: readonly string[] = ENUMERATIONS[rule.kind as EnumerationName];
  return [`one of ${words.join(", ")}`, words.find((word) => word === value)];
}

/** A number of any size; what JSON, or a double, cannot hold is a string. */
function numberFromJson(value: unknown): number | bigint | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string") return undefined;
  if (/^-?[0-9]+$/.test(value)) return BigInt(value);
  return ["NaN", "Infinity", "-Infinity"].includes(value) ? Number(value) : undefined;
}

/** The JSON of an option; see `memberFromJson`. */
export function memberToJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(memberToJson);
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (typeof value === "bigint") return value > 2n ** 53n || value < -(2n ** 53n) ? String(value) : Number(value);
  return value;
}

/** A value of a document as messages write it: as JSON, cut where it is long. */
export function jsonText(value: unknown): string {
  try {
    return (JSON.stringify(value) ?? "none").slice(0, 100);
  } catch {
    return `${typeof value} that JSON cannot write`; // nested too deep, or not from JSON at all
  }
}
