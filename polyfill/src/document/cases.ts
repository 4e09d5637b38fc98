/** Conformance cases and rejections, judged on any implementation (the counterpart of `webnpu/conformance/verdicts.py`). */

import { OPERATORS, type OperatorName } from "../generated/operators.js";
import { type Bound, type Comparison, compare } from "./comparison.js";
import { addDocument, described, type GraphDocument, OperatorFailure } from "./document.js";
import { fromBase64 } from "./elements.js";
import { Refusal } from "./limits.js";
import { buildDocument, computeOnce } from "./run.js";
import type { Implementation, MLContext, MLGraph, MLOpSupportLimits } from "./webnn.js";

/** The expected elements of an output, in base64, and how far an implementation may be off. */
export interface ExpectedOutput extends Bound {
  readonly bytes: string;
}

/** A graph, its inputs, and the outputs that it must compute. */
export interface Case {
  readonly id: string;
  readonly operator: string;
  readonly type: string;
  readonly about: string;
  readonly document: GraphDocument;
  readonly constants: Readonly<Record<string, string>>;
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, ExpectedOutput>>;
}

/** A graph whose last operator must be rejected. */
export interface Rejection {
  readonly id: string;
  /** The rule that it violates: `C5`, or the name of an operand or option. */
  readonly constraint: string;
  readonly about: string;
  readonly document: GraphDocument;
}

export type Verdict = "pass" | "fail" | "refused" | "error";

/** What became of one case. */
export interface Result {
  readonly id: string;
  readonly operator: string;
  readonly type: string;
  readonly verdict: Verdict;
  /** The largest measured distance; null where nothing was measured. */
  readonly ulp: number | null;
  /** The bound in ULP of the output that is nearest to it. */
  readonly bound: number | null;
  /** Why it is not a pass. */
  readonly reason: string;
  /** Whether a refusal is of what WebNN requires. */
  readonly required: boolean;
}

/** What stands for the data type of cases where nothing is computed. */
export const VALIDATION = "validation";

/**
 * Run a case.
 *
 * @param implementation whose builder to take
 * @param context where to run it
 * @param limits what the context supports
 */
export async function runCase(
  implementation: Implementation,
  context: MLContext,
  limits: MLOpSupportLimits,
  { id, operator, type, document, ...test }: Case,
): Promise<Result> {
  const result = { id, operator, type, ulp: null, bound: null, reason: "", required: false };
  let graph: MLGraph | undefined;
  try {
    const built = await buildDocument(implementation, context, document, decoded(test.constants), { limits });
    graph = built.graph;
    const outputs = await computeOnce(context, built, decoded(test.inputs));
    const compared = Object.entries(test.outputs).map(([name, expected]) => {
      const found = compare(outputs[name], fromBase64(expected.bytes), built.outputs[name], expected);
      return { name, expected, found };
    });
    const { name, expected, found } = compared.reduce((worst, next) => (badness(next) > badness(worst) ? next : worst));
    const several = compared.length > 1 && !found.agrees ? `output ${name}: ` : "";
    return {
      ...result,
      verdict: found.agrees ? "pass" : "fail",
      ulp: found.ulp,
      bound: expected.ulp,
      reason: several + found.reason,
      required: true,
    };
  } catch (error) {
    return { ...result, ...refusalOf(error) };
  } finally {
    graph?.destroy();
  }
}

function decoded(texts: Readonly<Record<string, string>>): Record<string, Uint8Array> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, fromBase64(text)]));
}

/** What orders outputs from good to bad: those that disagree last, then by how much of the bound is used up. */
function badness({ expected, found }: { readonly expected: ExpectedOutput; readonly found: Comparison }): number {
  if (!found.agrees) return Infinity;
  if (expected.absolute && !expected.ulp) return found.absolute / expected.absolute;
  return (found.ulp ?? Infinity) / Math.max(expected.ulp, 1);
}

/** A refusal is what the implementation declares, by its limits or when it builds; anything else that is thrown is an error. */
function refusalOf(error: unknown): Pick<Result, "verdict" | "reason" | "required"> {
  if (error instanceof Refusal) return { verdict: "refused", reason: error.message, required: error.required };
  const declared = (error as { name?: unknown } | undefined)?.name === "NotSupportedError";
  return { verdict: declared ? "refused" : "error", reason: described(error), required: false };
}

/**
 * Judge whether a builder rejects a graph at its last operator, and with the operator's label in the message.
 *
 * Three things are different here than in other languages. WebIDL converts anything to a boolean, and any text to an
 * MLNumber, so that nothing may be said against such a member. Nothing need be said against an integer that it takes modulo
 * 2^32. And where it cannot convert an argument, nobody knows the label yet.
 */
export function runRejection(implementation: Implementation, context: MLContext, { id, constraint, document }: Rejection): Result {
  const last = document.operators.length - 1;
  const members = document.operators[last];
  const rule = OPERATORS[members.operator as OperatorName].members.find(({ name }) => name === constraint);
  const result = { id, operator: members.operator, type: VALIDATION, ulp: null, bound: null, required: true };
  const isLenient = rule?.kind === "boolean" || rule?.kind === "MLNumber";
  const mayAccept = isLenient || rule?.modulo;
  let reason = mayAccept ? "" : `expected ${constraint} of ${members.operator}; the builder accepts the graph`;
  try {
    addDocument(new implementation.MLGraphBuilder(context), document, {});
  } catch (error) {
    const isConverted = rule === undefined || (rule.kind === "MLOperand" && members[constraint] !== undefined);
    const label = isConverted ? (members.label ?? "") : undefined;
    if (!isLenient) reason = error instanceof OperatorFailure ? faultOf(error, last, constraint, label) : described(error);
    else if (described(error).includes(constraint)) reason = `${constraint} is valid in JavaScript; got ${described(error)}`;
  }
  return { ...result, verdict: reason ? "fail" : "pass", reason };
}

function faultOf({ index, operator, thrown }: OperatorFailure, last: number, constraint: string, label: string | undefined): string {
  if (index !== last) return `the builder rejects operator ${index}, ${operator}: ${described(thrown)}`;
  if (!(thrown instanceof TypeError)) return `expected a TypeError; got ${described(thrown)}`;
  if (label === undefined) return "";
  if (!thrown.message.includes(`[${label}]`)) return `the message must contain [${label}]; got ${thrown.message}`;
  // Implementations of ours say which rule was violated.
  const violated = (thrown as { constraint?: unknown }).constraint ?? constraint;
  return violated === constraint ? "" : `expected ${constraint}; got ${thrown.message}`;
}
