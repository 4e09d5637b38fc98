/**
 * Makes a plan of drafts: splits what is too large to be bound at once, numbers buffers, and places them in the arena.
 * The counterpart of `backends/webgpu/assembly.py`.
 */

import { Unsupported } from "../core/errors.js";
import type { Graph } from "../core/graph.js";
import { type Lifetime, place } from "./arena.js";
import { Cost, folded, MOST_TURNS, WORKGROUP } from "./cost.js";
import type { Constant, Draft } from "./drafts.js";
import { FORMATS } from "./formats.js";
import { count, kernel } from "./kernel.js";
import type { Binding, Buffer, Limits, Plan, Step } from "./plan.js";
import { isIdentity } from "./views.js";

type Bindings = ReadonlyMap<string, Binding>;

/** The drafts of a graph, to be made a plan. */
export class Assembly {
  constructor(
    readonly graph: Graph,
    readonly limits: Limits,
    readonly buffers: readonly Buffer[],
    readonly drafts: readonly Draft[],
    /** Makes a buffer, among these, that holds a whole number. */
    readonly word: (number: number) => number,
  ) {}

  /** The plan. */
  plan(): Plan {
    const steps = this.drafts.flatMap((draft) => this.#steps(draft));
    const used = new Set(steps.flatMap((step) => Object.values(step.bindings).map((binding) => binding.buffer)));
    const buffers: Buffer[] = [];
    const numbers = new Map<number, number>();
    this.buffers.forEach((buffer, old) => {
      if (used.has(old) || buffer.role === "input") numbers.set(old, buffers.push(buffer) - 1);
    });
    const numbered = steps.map((step) => ({ ...step, bindings: renumbered(step.bindings, numbers) }));
    const operators = this.graph.operators.map((op) => [op.name, op.label] as const);
    return { limits: this.limits, ...placed(buffers, numbered), steps: numbered, operators };
  }

  /** How many bindings buffers take. */
  #pieces(bindings: Bindings): number {
    let sum = 0;
    for (const { buffer, pieces } of bindings.values()) sum += pieces.length || pieceCount(this.buffers[buffer], this.limits);
    return sum;
  }

  /** The step, or where its buffers are too many pieces, one for each piece of its output. */
  #steps(draft: Draft): Step[] {
    const y = draft.bindings.get("y");
    if (isCommand(draft)) return [this.#step(draft, draft.bindings, draft.constants, 1)];
    if (!y || kernel(draft.kernel).head.bindings.y !== "cells") return this.#parts(draft, this.#checked(draft, draft.bindings), {});
    const { bits, lanes } = FORMATS[y.format];
    const cells = Math.ceil(this.buffers[y.buffer].size / lanes);
    const aPiece = Math.floor(Math.floor(this.limits.binding_bytes / 4) / Math.max(1, Math.floor(bits / 32)));
    if (cells <= aPiece) return this.#parts(draft, this.#checked(draft, draft.bindings), { Y_FIRST: 0, Y_END: cells });
    return Array.from({ length: Math.ceil(cells / aPiece) }, (_, piece) => {
      const bindings = new Map([...draft.bindings].map(([name, binding]) => [name, this.#part(draft, name, binding, y, piece)]));
      const range = { Y_FIRST: piece * aPiece, Y_END: Math.min(cells, (piece + 1) * aPiece) };
      return this.#parts(draft, this.#checked(draft, bindings), range);
    }).flat();
  }

  /** The pieces of a binding that one piece of the output needs: the same one, where elements keep their place. */
  #part(draft: Draft, name: string, binding: Binding, y: Binding, piece: number): Binding {
    const from = draft.views[name];
    const alike = from !== undefined && isIdentity(from) && FORMATS[binding.format].bits === FORMATS[y.format].bits;
    const whole = this.buffers[binding.buffer].size === this.buffers[y.buffer].size;
    return name === "y" || (alike && whole) ? { ...binding, pieces: [piece] } : binding;
  }

  /** The bindings, if a device can bind them at once. */
  #checked(draft: Draft, bindings: Bindings): Bindings {
    if (this.#pieces(bindings) <= this.limits.storage_buffers) return bindings;
    throw new Unsupported(
      this.graph.operators[draft.operators[0]],
      `its operands are so large that they need more than the ${this.limits.storage_buffers} storage buffers of ` +
        `${this.limits.binding_bytes} bytes that the device binds at once`,
    );
  }

  /** The step, or where it is too much work for one dispatch, several, each of so many of its workgroups. */
  #parts(draft: Draft, bindings: Bindings, range: Readonly<Record<string, number>>): Step[] {
    const constants = { ...draft.constants, ...range };
    const straight = !this.limits.workgroup_memory;
    const { kernel: name, hooks, chain } = draft;
    const cost = new Cost({ kernel: name, constants, hooks, chain, format: draft.bindings.get("y")?.format ?? "float32", straight });
    if (cost.turns > MOST_TURNS) throw this.#tooLong(draft, cost.turns);
    const groups = count(kernel(name).head.workgroups, { WORKGROUP, ...constants });
    const work = cost.groupWork;
    if (groups * work <= this.limits.work) return [this.#step(draft, bindings, constants, groups)];
    const part = Math.max(1, Math.min(Math.floor(this.limits.work / work), this.limits.workgroups));
    const hasRoom = this.#pieces(bindings) < this.limits.storage_buffers;
    return Array.from({ length: Math.ceil(groups / part) }, (_, n) => {
      const first = n * part;
      const number = Math.min(part, groups - first);
      if (!hasRoom) return this.#step(draft, bindings, { ...constants, FIRST: first }, number);
      const named = new Map([...bindings, ["first", { buffer: this.word(first), format: "uint32", pieces: [], vectors: false }]]);
      return this.#step(draft, named, constants, number);
    });
  }

  #tooLong(draft: Draft, turns: number): Unsupported {
    return new Unsupported(
      this.graph.operators[draft.operators[0]],
      `kernel ${draft.kernel} would make ${turns} turns of its loops; drivers end loops of more than ${MOST_TURNS}`,
    );
  }

  #step(draft: Draft, bindings: Bindings, constants: Readonly<Record<string, Constant>>, groups: number): Step {
    const { aliases, views, hooks, chain, operators } = draft;
    const workgroups = folded(groups, this.limits.workgroups);
    return { kernel: draft.kernel, bindings: Object.fromEntries(bindings), constants, aliases, views, hooks, chain, workgroups, operators };
  }
}

/** Whether a step is a command rather than a kernel. */
function isCommand(draft: Draft): boolean {
  return draft.kernel === "copy" || draft.kernel === "clear";
}

/** How many bindings a buffer takes. */
export function pieceCount(buffer: Buffer, limits: Limits): number {
  return Math.max(1, Math.ceil(buffer.byte_length / limits.binding_bytes));
}

function renumbered(bindings: Step["bindings"], numbers: ReadonlyMap<number, number>): Step["bindings"] {
  const renamed = Object.entries(bindings).map(([name, binding]) => [name, { ...binding, buffer: numbers.get(binding.buffer) ?? -1 }]);
  return Object.fromEntries(renamed) as Step["bindings"];
}

/** Give the temporary buffers their slots. */
function placed(buffers: readonly Buffer[], steps: readonly Step[]): Pick<Plan, "buffers" | "slots"> {
  const touched = new Map<number, { first: number; last: number }>();
  steps.forEach((step, moment) => {
    for (const { buffer } of Object.values(step.bindings)) {
      const span = touched.get(buffer);
      if (span) span.last = moment;
      else touched.set(buffer, { first: moment, last: moment });
    }
  });
  const temporary: number[] = [];
  const lifetimes: Lifetime[] = [];
  buffers.forEach(({ role, byte_length: byteLength }, number) => {
    const span = touched.get(number);
    if (role !== "temporary" || !span) return;
    temporary.push(number);
    lifetimes.push({ ...span, byteLength });
  });
  const { places, slots } = place(lifetimes);
  const slotOf = new Map(temporary.map((number, i) => [number, places[i]]));
  return { buffers: buffers.map((buffer, number) => ({ ...buffer, slot: slotOf.get(number) ?? -1 })), slots };
}
