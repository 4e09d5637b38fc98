/** The methods of GraphBuilder that emulation bodies call, so that these read like formulas (the counterpart of `webnpu/builder_methods.py`). */

import type { Members } from "../generated/members.js";
import type { OperatorName } from "../generated/operators.js";
import type { Operand } from "./operand.js";
import type { DataType, Shape } from "./types.js";

/** Members as callers give them: operands and options under their WebNN names; an option may be absent. */
export type Arguments<N extends OperatorName> = Partial<Members[N]> & { readonly label?: string };

type ReduceOptions = Arguments<"reduceSum">;

/** One method for each operator that an emulation body uses: required members by position, then the options. */
export abstract class BuilderMethods {
  /** One use of an operator; all its outputs. */
  abstract apply<N extends OperatorName>(name: N, given: Arguments<N>): readonly Operand[];

  /** One use of an operator that has one output. */
  op<N extends OperatorName>(name: N, given: Arguments<N>): Operand {
    return this.apply(name, given)[0];
  }

  add(a: Operand, b: Operand): Operand {
    return this.op("add", { a, b });
  }

  sub(a: Operand, b: Operand): Operand {
    return this.op("sub", { a, b });
  }

  mul(a: Operand, b: Operand): Operand {
    return this.op("mul", { a, b });
  }

  div(a: Operand, b: Operand): Operand {
    return this.op("div", { a, b });
  }

  max(a: Operand, b: Operand): Operand {
    return this.op("max", { a, b });
  }

  min(a: Operand, b: Operand): Operand {
    return this.op("min", { a, b });
  }

  equal(a: Operand, b: Operand): Operand {
    return this.op("equal", { a, b });
  }

  lesser(a: Operand, b: Operand): Operand {
    return this.op("lesser", { a, b });
  }

  greater(a: Operand, b: Operand): Operand {
    return this.op("greater", { a, b });
  }

  matmul(a: Operand, b: Operand): Operand {
    return this.op("matmul", { a, b });
  }

  abs(input: Operand): Operand {
    return this.op("abs", { input });
  }

  erf(input: Operand): Operand {
    return this.op("erf", { input });
  }

  exp(input: Operand): Operand {
    return this.op("exp", { input });
  }

  log(input: Operand): Operand {
    return this.op("log", { input });
  }

  neg(input: Operand): Operand {
    return this.op("neg", { input });
  }

  roundEven(input: Operand): Operand {
    return this.op("roundEven", { input });
  }

  sqrt(input: Operand): Operand {
    return this.op("sqrt", { input });
  }

  logicalNot(a: Operand): Operand {
    return this.op("logicalNot", { a });
  }

  reduceMax(input: Operand, options: ReduceOptions): Operand {
    return this.op("reduceMax", { input, ...options });
  }

  reduceMean(input: Operand, options: ReduceOptions): Operand {
    return this.op("reduceMean", { input, ...options });
  }

  reduceSum(input: Operand, options: ReduceOptions): Operand {
    return this.op("reduceSum", { input, ...options });
  }

  reduceSumSquare(input: Operand, options: ReduceOptions): Operand {
    return this.op("reduceSumSquare", { input, ...options });
  }

  cast(input: Operand, dataType: DataType): Operand {
    return this.op("cast", { input, dataType });
  }

  where(condition: Operand, trueValue: Operand, falseValue: Operand): Operand {
    return this.op("where", { condition, trueValue, falseValue });
  }

  concat(inputs: readonly Operand[], axis: number): Operand {
    return this.op("concat", { inputs, axis });
  }

  expand(input: Operand, newShape: Shape): Operand {
    return this.op("expand", { input, newShape });
  }

  reshape(input: Operand, newShape: Shape): Operand {
    return this.op("reshape", { input, newShape });
  }

  slice(input: Operand, starts: readonly number[], sizes: readonly number[]): Operand {
    return this.op("slice", { input, starts, sizes });
  }

  split(input: Operand, splits: number | readonly number[]): readonly Operand[] {
    return this.apply("split", { input, splits });
  }

  transpose(input: Operand, permutation?: readonly number[]): Operand {
    return this.op("transpose", { input, permutation });
  }
}
