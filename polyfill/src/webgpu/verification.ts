/**
 * Whether a plan from a file may run: its members, what one part of it says of another, and what it costs in all (the
 * counterpart of `backends/webgpu/verification.py`, message for message).
 *
 * Nothing in a file is trusted. What passes keeps to the memory that it asks for, reads nothing before it is written, runs
 * kernels of ours on expressions that cannot do harm, and takes no longer than it may.
 */

import { GraphFileError } from "../core/errors.js";
import type { OperandDescriptor } from "../core/types.js";
import { fail, type Json, own, quoted, shown } from "./checks.js";
import { FORMATS } from "./formats.js";
import { kernel } from "./kernel.js";
import { type Bound, checkKernelStep } from "./kernel_steps.js";
import { checkMembers, productOf } from "./members.js";
import type { Binding, Buffer, Plan, Step } from "./plan.js";

/** Bytes on the device, and operations of a run, that a plan may take if its reader does not say otherwise. */
export const MOST_MEMORY = 2 ** 32;
export const MOST_WORK = 2 ** 37;
/** Different shaders, which all have to be compiled. */
const MOST_SHADERS = 2 ** 11;

/** What a plan may take. */
export interface Allowed {
  /** Bytes on the device. */
  readonly memory: number;
  /** Operations of a run. */
  readonly work: number;
}

type Operands = Readonly<Record<string, OperandDescriptor>>;

/** The metadata of an exported plan, verified. */
export interface Verified {
  readonly plan: Plan;
  readonly inputs: Operands;
  readonly outputs: Operands;
}

/** The metadata of an exported plan; throws a GraphFileError in words, if what it says is wrong or it asks for too much. */
export function verified(exported: Json, allowed: Allowed): Verified {
  checkMembers(exported);
  const whole = exported as unknown as Verified;
  new Verification(whole, allowed).check();
  return whole;
}

/** What the parts of a plan say of each other. */
class Verification {
  private readonly plan: Plan;
  private readonly outer: Readonly<Record<"input" | "output", Operands>>;
  private readonly owners = new Map<number, number>();
  private readonly written = new Set<number>();
  private readonly shaders = new Set<string>();
  private readonly works = new Map<string, number>();

  constructor(
    { plan, inputs, outputs }: Verified,
    private readonly allowed: Allowed,
  ) {
    this.plan = plan;
    this.outer = { input: inputs, output: outputs };
  }

  /** Throws at the first thing that is wrong. */
  check(): void {
    const { buffers, steps } = this.plan;
    this.checkMemory();
    buffers.forEach((buffer, number) => {
      this.checkBuffer(buffer, `plan.buffers[${number}]`);
    });
    this.checkOuter();
    this.checkSlots();
    const work = steps.reduce((sum, step, number) => sum + this.checkStep(step, `plan.steps[${number}]`), 0);
    buffers.forEach(({ role }, number) => {
      if (role === "output" && !this.written.has(number)) fail(`plan.buffers[${number}]`, "an output that a step writes", "none");
    });
    if (this.shaders.size > MOST_SHADERS) {
      throw new GraphFileError(`the plan has ${this.shaders.size} different shaders; at most ${MOST_SHADERS} are compiled`);
    }
    if (work > this.allowed.work) {
      throw new GraphFileError(
        `a run of the plan takes more work than the ${this.allowed.work} operations that it may: the option work allows more`,
      );
    }
  }

  private checkMemory(): void {
    let taken = this.plan.slots.reduce((sum, bytes) => sum + bytes, 0);
    for (const { role, byte_length } of this.plan.buffers) if (role !== "temporary") taken += byte_length;
    if (taken > this.allowed.memory) {
      throw new GraphFileError(
        `the plan takes more memory than the ${this.allowed.memory} bytes that it may: the option memory allows more`,
      );
    }
  }

  private checkBuffer({ role, data_type, size, byte_length, slot }: Buffer, at: string): void {
    const { slots } = this.plan;
    const bytes = Math.ceil((size * FORMATS[data_type].bits) / 32) * 4;
    if (byte_length !== bytes) fail(`${at}.byte_length`, `${bytes}`, `${byte_length}`);
    if (role === "temporary" && !(slot >= 0 && slot < slots.length)) fail(`${at}.slot`, `one of ${slots.length} slots`, `${slot}`);
    if (role === "temporary" && slots[slot] < bytes) fail(`${at}.slot`, `a slot of at least ${bytes} bytes`, `one of ${slots[slot]}`);
    if (role !== "temporary" && slot !== -1) fail(`${at}.slot`, role === "constant" ? "-1, of a constant" : `-1, of an ${role}`, `${slot}`);
  }

  /** There is a buffer, and only one, for each input and output. */
  private checkOuter(): void {
    const found = new Set<string>();
    this.plan.buffers.forEach(({ role, name, data_type, size }, number) => {
      if (role !== "input" && role !== "output") return;
      const descriptor = own(this.outer[role], name) as OperandDescriptor | undefined;
      const isAlike = descriptor && descriptor.dataType === data_type && productOf(descriptor.shape) === size;
      if (!isAlike || found.has(`${role} ${name}`)) {
        fail(`plan.buffers[${number}]`, `the elements of an ${role} ${quoted(name)}`, descriptor ? "others" : "none");
      }
      found.add(`${role} ${name}`);
    });
    for (const role of ["input", "output"] as const) {
      for (const name of Object.keys(this.outer[role])) {
        if (!found.has(`${role} ${name}`)) fail("plan.buffers", `a buffer of the ${role} ${quoted(name)}`, "none");
      }
    }
  }

  private checkSlots(): void {
    const { slots, buffers } = this.plan;
    const longest = Array<number>(slots.length).fill(0);
    for (const { role, slot, byte_length } of buffers) if (role === "temporary") longest[slot] = Math.max(longest[slot], byte_length);
    slots.forEach((bytes, number) => {
      if (bytes !== longest[number]) fail(`plan.slots[${number}]`, `${longest[number]}, the bytes of its longest buffer`, `${bytes}`);
    });
  }

  /** The work of a step, if nothing is wrong with it. */
  private checkStep(step: Step, at: string): number {
    const { operators } = this.plan;
    for (const number of step.operators) {
      if (number >= operators.length) fail(`${at}.operators`, `each less than ${operators.length}`, `${number}`);
    }
    const isCommand = step.kernel === "copy" || step.kernel === "clear";
    const accesses: Readonly<Record<string, string>> = isCommand ? { y: "out" } : kernel(step.kernel).head.bindings;
    const accessOf = (name: string): string => (Object.hasOwn(accesses, name) ? accesses[name] : "in");
    const bound = Object.entries(step.bindings).map(([name, binding]) =>
      this.bound(name, binding, accessOf(name), `${at}.bindings.${name}`),
    );
    for (const [name, access] of Object.entries(accesses)) {
      if (access !== "in" && !Object.hasOwn(step.bindings, name)) fail(`${at}.bindings`, `a binding ${name}`, "none");
    }
    const work = isCommand ? checkCommand(step, bound, at) : this.checkKernelStep(step, bound, at);
    this.checkOrder(bound, at);
    return work;
  }

  /** The work of a step that runs a kernel; of those that are alike but for their buffers, one is looked at. */
  private checkKernelStep(step: Step, bound: readonly Bound[], at: string): number {
    const said = bound.map(({ name, binding, buffer }) => [name, binding.format, binding.vectors, binding.pieces, buffer.size]);
    const { kernel: name, constants, aliases, views, hooks, chain } = step;
    const shader = JSON.stringify([name, constants, aliases, views, hooks, chain, said]);
    this.shaders.add(shader);
    const key = `${step.workgroups} ${shader}`;
    const work = this.works.get(key) ?? checkKernelStep(step, bound, at, this.plan.limits);
    this.works.set(key, work);
    return work;
  }

  /** A binding with what it is bound to. */
  private bound(name: string, binding: Binding, access: string, at: string): Bound {
    const { buffers, limits } = this.plan;
    const { format, pieces, vectors } = binding;
    if (binding.buffer >= buffers.length) fail(`${at}.buffer`, `less than ${buffers.length}`, `${binding.buffer}`);
    const buffer = buffers[binding.buffer];
    const { bits } = FORMATS[buffer.data_type];
    if (FORMATS[format].bits !== bits) fail(`${at}.format`, `one of ${bits} bits`, format);
    const kept = access === "state" ? "float32" : access === "atomic" ? "uint32" : format;
    if (format !== kept) fail(`${at}.format`, kept, format);
    const there = Math.ceil(buffer.byte_length / limits.binding_bytes);
    if (pieces.some((piece) => piece >= there) || new Set(pieces).size !== pieces.length) {
      fail(`${at}.pieces`, `each once, and less than ${there}`, shown(pieces));
    }
    const isRead = access === "in";
    if (vectors && !(isRead && (format === "float32" || format === "float16") && buffer.byte_length % 16 === 0)) {
      fail(`${at}.vectors`, "floats that are read by fours", "others");
    }
    if (!isRead && buffer.role !== "temporary" && buffer.role !== "output") {
      fail(`${at}.buffer`, "an output or a temporary buffer, to be written", `one of the role ${buffer.role}`);
    }
    return { name, binding, buffer, pieces: pieces.length > 0 ? pieces : Array.from({ length: there }, (_, i) => i), isWritten: !isRead };
  }

  /** Nothing is read before it is written, nor written in the memory of what is still read. */
  private checkOrder(bound: readonly Bound[], at: string): void {
    for (const mine of bound) {
      const { name, binding, buffer, isWritten } = mine;
      const place = `${at}.bindings.${name}`;
      const number = binding.buffer;
      const isKnown = this.written.has(number);
      if (isWritten && bound.some((other) => other !== mine && shares(mine, other))) {
        fail(place, "memory that the step does not use otherwise", "some that it does");
      }
      if (buffer.role !== "temporary" && buffer.role !== "output") continue;
      if (isKnown && buffer.slot >= 0 && this.owners.get(buffer.slot) !== number) {
        fail(place, `a buffer that still has its slot ${buffer.slot}`, "one that lost it");
      }
      if (!isKnown && !isWritten) fail(place, "a buffer that is written before", "one that is not");
      this.written.add(number);
      if (buffer.slot >= 0) this.owners.set(buffer.slot, number);
    }
  }
}

/** A copy or a clearing has buffers and nothing else. */
function checkCommand(step: Step, bound: readonly Bound[], at: string): number {
  const wanted = step.kernel === "copy" ? ["x", "y"] : ["y"];
  const isWhole = bound.every(({ binding }) => binding.pieces.length === 0 && !binding.vectors);
  const isAlike = new Set(bound.map(({ buffer }) => buffer.byte_length)).size === 1;
  if (Object.keys(step.bindings).sort().join() !== wanted.join() || !isWhole || !isAlike) {
    fail(`${at}.bindings`, `${wanted.join(" and ")}, whole and of one length`, "others");
  }
  const { constants, aliases, views, hooks, chain, workgroups } = step;
  const more = [constants, aliases, views, hooks, chain].some((member) => Object.keys(member).length > 0);
  if (more || workgroups.join() !== "1,1,1") fail(at, "nothing but bindings", "more");
  return bound[0].buffer.byte_length / 4;
}

/** Whether two bindings share memory. */
function shares(one: Bound, other: Bound): boolean {
  const { slot } = one.buffer;
  const isAlike = one.binding.buffer === other.binding.buffer || (slot >= 0 && slot === other.buffer.slot);
  return isAlike && one.pieces.some((piece) => other.pieces.includes(piece));
}
