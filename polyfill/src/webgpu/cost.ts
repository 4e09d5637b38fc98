/**
 * What a step costs, known before it runs: the turns of the loops of one invocation, and the work of the whole dispatch (the
 * counterpart of `backends/webgpu/cost.py`, where it is said why).
 */

import type { Constant } from "./drafts.js";
import { FORMATS } from "./formats.js";
import { called, count, type Head, kernel, looping, namesIn, statedTurns } from "./kernel.js";
import type { Operation } from "./plan.js";

/** The most turns that the loops of one invocation make together. */
export const MOST_TURNS = 2 ** 15;
/** Invocations of a workgroup, unless a step says otherwise. */
export const WORKGROUP = 64;

/** What decides what a step costs. */
export interface Costly {
  readonly kernel: string;
  readonly constants: Readonly<Record<string, Constant>>;
  readonly hooks?: Readonly<Record<string, string>>;
  readonly chain?: readonly Pick<Operation, "function">[];
  /** How the elements of its output `y` are stored. */
  readonly format: string;
  /** Whether it is for a device without fast workgroup memory. */
  readonly straight: boolean;
}

/** The cost of a step. */
export class Cost {
  readonly #head: Head;
  readonly #constants: Readonly<Record<string, Constant>>;
  readonly #hooks: Readonly<Record<string, string>>;
  readonly #chain: readonly Pick<Operation, "function">[];
  readonly #lanes: number;
  readonly #straight: boolean;
  readonly #known = new Map<string, number>();
  readonly #asked = new Set<string>();

  constructor({ kernel: name, constants, hooks = {}, chain = [], format, straight }: Costly) {
    this.#head = kernel(name).head;
    this.#constants = { WORKGROUP, Y_FIRST: 0, Y_END: 0, ...constants };
    this.#hooks = hooks;
    this.#chain = chain;
    this.#lanes = this.#head.bindings.y === "cells" ? FORMATS[format].lanes : 1;
    this.#straight = straight;
  }

  /** The most turns that the loops of one invocation make. */
  get turns(): number {
    const turns = this.#evaluated(this.#head.turns);
    return this.#lanes === 1 ? turns : this.#lanes * (1 + turns);
  }

  /** The operations of a workgroup. */
  get groupWork(): number {
    return this.#evaluated("WORKGROUP") * this.#lanes * (this.#evaluated(this.#head.work) + this.#chain.length);
  }

  #evaluated(expression: string): number {
    return count(expression, Object.fromEntries(namesIn(expression).map((name) => [name, this.#value(name)])));
  }

  /** A constant, or the turns of a hook, of the chain or of a function of the library. */
  #value(name: string): number {
    let value = this.#known.get(name);
    if (value === undefined) {
      if (this.#asked.has(name)) throw new RangeError(`${name} calls itself`);
      this.#asked.add(name);
      const constant = Object.hasOwn(this.#constants, name) ? this.#constants[name] : undefined;
      value = typeof constant === "number" ? constant : this.#turnsOf(name);
      this.#known.set(name, value);
    }
    return value;
  }

  #turnsOf(name: string): number {
    if (name === "finish") return this.#called(this.#chain.map((operation) => operation.function));
    if (Object.hasOwn(this.#hooks, name)) return this.#called(called(this.#hooks[name]));
    if (Object.hasOwn(this.#head.hooks, name)) return 0;
    const stated = statedTurns(this.#straight).get(name);
    if (stated !== undefined) return this.#evaluated(stated);
    const calls = looping(this.#straight).get(name);
    if (!calls) throw new RangeError(`there is neither a constant nor a function ${name} that takes turns`);
    return this.#called(calls);
  }

  /** The turns of what is called, each as often as it stands there. */
  #called(functions: readonly string[]): number {
    const counted = functions.filter((name) => Object.hasOwn(this.#hooks, name) || name === "finish" || looping(this.#straight).has(name));
    return counted.reduce((sum, name) => sum + this.#value(name), 0);
  }
}

/** So many workgroups, or a few more, along three dimensions of at most so many. */
export function folded(groups: number, most: number): readonly [number, number, number] {
  const planes = Math.ceil(groups / (most * most));
  const rows = Math.ceil(groups / (most * planes));
  return [Math.ceil(groups / (rows * planes)), rows, planes];
}
