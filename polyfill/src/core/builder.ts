/** Adds checked operators to a graph in the making: the inside of MLGraphBuilder, free of WebIDL. */

import type { Members } from "../generated/members.js";
import { OPERATORS, type OperatorName } from "../generated/operators.js";
import type { MLNumber } from "../generated/types.js";
import { DEFINITIONS } from "../operators/index.js";
import { OperatorError, Unsupported } from "./errors.js";
import { Graph } from "./graph.js";
import { Operand } from "./operand.js";
import { check, type Definition, type Op, operandsOf } from "./operator.js";
import { type DataType, faultOf, MAX_TENSOR_BYTES, type OperandDescriptor, scalarBytes } from "./types.js";

/** Members as callers give them: operands and options under their WebNN names; an option may be absent. */
export type Arguments<N extends OperatorName> = Partial<Members[N]> & { readonly label?: string };

export class GraphBuilder {
  /** @param maxBytes the largest byte length of any operand */
  constructor(readonly maxBytes = MAX_TENSOR_BYTES) {}

  /** A named input, whose descriptor is known to be valid. */
  input(name: string, descriptor: OperandDescriptor): Operand {
    return new Operand(this, descriptor, { kind: "input", name });
  }

  /** A constant; its bytes are kept, not copied. */
  constant(descriptor: OperandDescriptor, bytes: Uint8Array): Operand {
    return new Operand(this, descriptor, { kind: "constant", bytes });
  }

  /** A scalar constant; the number is cast to the data type. */
  scalar(dataType: DataType, value: MLNumber): Operand {
    return this.constant({ dataType, shape: [] }, scalarBytes(value, dataType));
  }

  /** One use of an operator; all its outputs. */
  apply<N extends OperatorName>(name: N, given: Arguments<N>): readonly Operand[] {
    const op = withDefaults(name, given);
    for (const [member, operand] of operandsOf(op as Op)) {
      if (operand.builder !== this) {
        throw new OperatorError(name, op.label, member, "an operand of this builder", "one of another builder");
      }
    }
    const definition = DEFINITIONS[name] as unknown as Definition<N>;
    check(op, definition);
    const inferred = definition.infer(op);
    const descriptors = (Array.isArray(inferred) ? inferred : [inferred]) as readonly OperandDescriptor[];
    for (const descriptor of descriptors) {
      const fault = faultOf(descriptor, this.maxBytes);
      if (fault) throw new OperatorError(name, op.label, "output", fault[0], fault[1]);
    }
    const outputs = descriptors.map((d, index) => new Operand(this, d, { kind: "output", operator: op as Op, index }));
    Object.assign(op, { outputs, output: outputs[0] });
    return outputs;
  }

  /** One use of an operator that has one output. */
  op<N extends OperatorName>(name: N, given: Arguments<N>): Operand {
    return this.apply(name, given)[0];
  }

  /** The graph that computes the outputs. Throws Unsupported where WebNN allows a use of an operator, but gives it no meaning. */
  finish(outputs: ReadonlyMap<string, Operand>): Graph {
    const graph = Graph.of(outputs);
    for (const op of graph.operators) {
      const why = (DEFINITIONS[op.name] as Definition<OperatorName>).meaningless?.(op);
      if (why) throw new Unsupported(op, `this use of it has no meaning: ${why}`);
    }
    return graph;
  }
}

function withDefaults<N extends OperatorName>(name: N, given: Arguments<N>): Op<N> {
  const members: Record<string, unknown> = { name, label: given.label ?? "", outputs: [] };
  const values = given as Record<string, unknown>;
  for (const member of OPERATORS[name].members) {
    const value = values[member.name] ?? member.default;
    if (value !== undefined) members[member.name] = value;
  }
  return members as unknown as Op<N>;
}
