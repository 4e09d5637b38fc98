/**
 * Replaces the operators that a backend lacks by their emulation body, until none is left (the counterpart of
 * `webnpu/emulation.py`).
 *
 * Before: `y = gelu(x)`. After, for a backend without gelu: `y = mul(mul(x, 0.5), add(1, erf(div(x, sqrt(2)))))`.
 */

import { DEFINITIONS } from "../operators/index.js";
import { type Arguments, GraphBuilder } from "./builder.js";
import type { Graph } from "./graph.js";
import { Operand } from "./operand.js";
import { type Definition, memberOf, type Op, ruleOf } from "./operator.js";

/** Copies a graph into a new builder, operator by operator, so that a pass can replace some on the way. */
export class Rewriter {
  readonly builder = new GraphBuilder();
  readonly #new = new Map<Operand, Operand>();

  constructor(readonly graph: Graph) {
    for (const [name, operand] of graph.inputs) this.#new.set(operand, this.builder.input(name, operand.descriptor));
    for (const operand of graph.constants) {
      if (operand.bytes) this.#new.set(operand, this.builder.constant(operand.descriptor, operand.bytes));
    }
  }

  /** The copy of an operand. */
  of(operand: Operand): Operand {
    const copy = this.#new.get(operand);
    if (!copy) throw new Error("an operand is used before it was copied");
    return copy;
  }

  /** The arguments of an operator, its operands replaced by their copies. */
  arguments(op: Op): Arguments<Op["name"]> {
    const given: Record<string, unknown> = { label: op.label };
    for (const { name } of ruleOf(op).members) {
      const value = memberOf(op, name);
      if (value instanceof Operand) given[name] = this.of(value);
      else if (Array.isArray(value)) given[name] = value.map((item) => (item instanceof Operand ? this.of(item) : item));
      else given[name] = value;
    }
    return given;
  }

  /** Copy an operator as it is. */
  copy(op: Op): readonly Operand[] {
    return this.replace(op, this.builder.apply(op.name, this.arguments(op)));
  }

  /** Let operands of the new graph stand for the outputs of an operator of the old one. */
  replace(op: Op, outputs: readonly Operand[]): readonly Operand[] {
    op.outputs.forEach((output, i) => {
      this.#new.set(output, outputs[i]);
    });
    return outputs;
  }

  /** The new graph. An output that became an input or a constant passes through an identity. */
  finish(): Graph {
    const outputs = new Map<string, Operand>();
    for (const [name, operand] of this.graph.outputs) {
      const copy = this.of(operand);
      outputs.set(name, copy.operator ? copy : this.builder.op("identity", { input: copy }));
    }
    return this.builder.finish(outputs);
  }
}

/** The emulation body of an operator, if it has one. */
function emulationOf(op: Op): Definition<Op["name"]>["emulate"] {
  return (DEFINITIONS[op.name] as Definition<Op["name"]>).emulate;
}

/**
 * The same graph without the operators that `lacks` names, as far as they have an emulation.
 *
 * @param graph the graph to rewrite
 * @param lacks whether a backend cannot do this use of an operator itself
 */
export function emulated(graph: Graph, lacks: (op: Op) => boolean): Graph {
  let current = graph;
  while (current.operators.some((op) => emulationOf(op) && lacks(op))) {
    const rewriter = new Rewriter(current);
    for (const op of current.operators) {
      const emulate = emulationOf(op);
      if (emulate && lacks(op)) {
        const [{ operator }] = rewriter.builder.apply(op.name, rewriter.arguments(op));
        const outputs = emulate(operator as Op, rewriter.builder);
        rewriter.replace(op, Array.isArray(outputs) ? outputs : [outputs]);
      } else {
        rewriter.copy(op);
      }
    }
    current = rewriter.finish();
  }
  return current;
}
