/** What a backend supports, computed from the operators' rules. */

import { OPERATORS, type OperatorName, type OperatorRule, type TensorRule } from "../generated/operators.js";
import type { MLOperandDataType, MLTensorLimits } from "../generated/types.js";
import type { MLOpSupportLimits } from "./backend.js";
import { ANY, FOUR_BIT, MAX_RANK, MAX_TENSOR_BYTES } from "./types.js";

/** Where a backend supports less than the specification allows. */
export interface LimitsOptions {
  readonly preferredInputLayout?: "nchw" | "nhwc";
  readonly maxTensorByteLength?: number;
  /** Operators that it refuses altogether. */
  readonly refuses?: readonly OperatorName[];
}

/** Everything that the specification and its extensions allow, but for what the options take away. */
export function specificationLimits(options: LimitsOptions = {}): MLOpSupportLimits {
  const any = (): MLTensorLimits => ({ dataTypes: [...ANY, ...FOUR_BIT], rankRange: { min: 0, max: MAX_RANK } });
  const limits: Record<string, unknown> = {
    preferredInputLayout: options.preferredInputLayout ?? "nchw",
    maxTensorByteLength: options.maxTensorByteLength ?? MAX_TENSOR_BYTES,
    input: any(),
    constant: any(),
    output: any(),
  };
  for (const [name, rule] of Object.entries(OPERATORS)) {
    if (!options.refuses?.includes(name as OperatorName)) limits[name] = limitsOf(rule);
  }
  return limits as unknown as MLOpSupportLimits;
}

/** The limits of one operator's operands and outputs, each with rules like another's resolved. */
function limitsOf(rule: OperatorRule): Record<string, MLTensorLimits> {
  const rules: Record<string, TensorRule> = { ...rule.outputs };
  for (const member of rule.members) if (member.limits) rules[member.name] = member.limits;
  const typesOf = (of: TensorRule): readonly MLOperandDataType[] =>
    "sameAs" in of.dataTypes ? typesOf(rules[of.dataTypes.sameAs]) : [...of.dataTypes, ...(of.extension ?? [])];
  const ranksOf = (of: TensorRule): readonly [number, number | null] => ("sameAs" in of.ranks ? ranksOf(rules[of.ranks.sameAs]) : of.ranks);
  const limits = (of: TensorRule): MLTensorLimits => {
    const [min, max] = ranksOf(of);
    return { dataTypes: [...typesOf(of)], rankRange: { min, max: max ?? MAX_RANK } };
  };
  return Object.fromEntries(Object.entries(rules).map(([name, of]) => [name, limits(of)]));
}
