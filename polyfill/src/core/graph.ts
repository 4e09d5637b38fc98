/** The graph: operators in topological order, immutable (the counterpart of `webnpu/graph.py`). */

import type { Operand } from "./operand.js";
import { type Op, operandsOf } from "./operator.js";

export class Graph {
  #names?: ReadonlyMap<Operand, string>;

  /**
   * @param inputs the inputs that some output depends on, by name
   * @param outputs the outputs by name; an operand may stand under several names
   * @param constants the constants that some output depends on, in order of use
   * @param operators the operators, each after those that it takes operands from
   */
  private constructor(
    readonly inputs: ReadonlyMap<string, Operand>,
    readonly outputs: ReadonlyMap<string, Operand>,
    readonly constants: readonly Operand[],
    readonly operators: readonly Op[],
  ) {}

  /** The graph that computes the given operands, and nothing else. */
  static of(outputs: ReadonlyMap<string, Operand>): Graph {
    const operators = inOrder(outputs.values());
    const leaves = new Set<Operand>();
    for (const op of operators) {
      for (const [, operand] of operandsOf(op)) if (!operand.operator) leaves.add(operand);
    }
    for (const operand of outputs.values()) if (!operand.operator) leaves.add(operand);
    const inputs = new Map<string, Operand>();
    for (const operand of leaves) if (operand.inputName !== undefined) inputs.set(operand.inputName, operand);
    const constants = [...leaves].filter((operand) => operand.bytes);
    return new Graph(inputs, new Map(outputs), constants, operators);
  }

  /** A name for every operand, unique in the graph: inputs keep theirs, the others are numbered. */
  get names(): ReadonlyMap<Operand, string> {
    this.#names ??= this.#numbered();
    return this.#names;
  }

  /** The operators that take each operand; one that takes it twice stands there twice. */
  uses(): Map<Operand, Op[]> {
    const users = new Map<Operand, Op[]>([...this.names.keys()].map((operand) => [operand, []]));
    for (const op of this.operators) {
      for (const [, operand] of operandsOf(op)) users.get(operand)?.push(op);
    }
    return users;
  }

  #numbered(): Map<Operand, string> {
    const taken = new Set(this.inputs.keys());
    const names = new Map<Operand, string>([...this.inputs].map(([name, operand]) => [operand, name]));
    const number = (prefix: string, operands: Iterable<Operand>): void => {
      let count = 0;
      for (const operand of operands) {
        while (taken.has(`${prefix}${count}`)) count++;
        names.set(operand, `${prefix}${count++}`);
      }
    };
    number("c", this.constants);
    number(
      "v",
      this.operators.flatMap((op) => op.outputs),
    );
    return names;
  }
}

/** The operators that outputs depend on, depth first, without recursion: graphs may be deep. */
function inOrder(outputs: Iterable<Operand>): Op[] {
  const done = new Set<Op>();
  for (const output of outputs) {
    const stack: { op: Op; ready: boolean }[] = output.operator ? [{ op: output.operator, ready: false }] : [];
    for (let top = stack.pop(); top; top = stack.pop()) {
      if (done.has(top.op)) continue;
      if (top.ready) {
        done.add(top.op);
        continue;
      }
      stack.push({ op: top.op, ready: true });
      const needed = operandsOf(top.op).map(([, operand]) => operand.operator);
      for (const op of needed.reverse()) if (op && !done.has(op)) stack.push({ op, ready: false });
    }
  }
  return [...done];
}
