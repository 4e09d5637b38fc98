/**
 * A step that runs a kernel: whether all is there that the kernel's head asks for, and nothing else, and what it costs (the
 * counterpart of `backends/webgpu/kernel_steps.py`).
 */

import { fail, quoted, shown } from "./checks.js";
import { Cost, folded, MOST_TURNS, WORKGROUP } from "./cost.js";
import { faultOf, wordsOf } from "./expressions.js";
import { count, type Head, kernel } from "./kernel.js";
import { productOf, U32 } from "./members.js";
import type { Binding, Buffer, Limits, Step } from "./plan.js";

/** Constants that may be negative, modulo 2^32; all others count something, and a loop to one of them must not wrap around. */
const SIGNED = ["DIAGONAL"];

/** A binding of a step, and what it is bound to. */
export interface Bound {
  readonly name: string;
  readonly binding: Binding;
  readonly buffer: Buffer;
  readonly pieces: readonly number[];
  readonly isWritten: boolean;
}

/** The work of a step, if nothing is wrong with it. */
export function checkKernelStep(step: Step, bound: readonly Bound[], at: string, limits: Limits): number {
  const { head } = kernel(step.kernel);
  const pieces = bound.reduce((sum, { pieces }) => sum + pieces.length, 0);
  if (pieces > limits.storage_buffers) fail(`${at}.bindings`, `at most ${limits.storage_buffers} buffers`, "more");
  const wanted = [
    ["constants", head.constants],
    ["views", head.views],
    ["hooks", Object.keys(head.hooks)],
  ] as const;
  for (const [member, names] of wanted) {
    for (const name of names) if (!Object.hasOwn(step[member], name)) fail(`${at}.${member}`, `a member ${name}`, "none");
  }
  if (Object.keys(step.aliases).sort().join() !== [...head.aliases].sort().join()) {
    fail(`${at}.aliases`, head.aliases.join(", ") || "none", "others");
  }
  checkConstants(step, at);
  checkViews(step, at);
  checkHooks(step, head, bound, at);
  checkChain(step, head, bound, at);
  return costOf(step, head, at, limits);
}

function checkConstants({ constants }: Step, at: string): void {
  for (const [name, value] of Object.entries(constants)) {
    if (typeof value === "number" && !SIGNED.includes(name) && value > 2 ** 31)
      fail(`${at}.constants.${name}`, `at most ${2 ** 31}`, `${value}`);
  }
  const workgroup = constants.WORKGROUP ?? WORKGROUP;
  if (typeof workgroup !== "number" || workgroup < 8 || workgroup > 256 || workgroup % 8 !== 0) {
    fail(`${at}.constants.WORKGROUP`, "a multiple of 8 from 8 to 256", shown(workgroup));
  }
}

function checkViews({ views }: Step, at: string): void {
  for (const [name, { sizes, strides }] of Object.entries(views)) {
    if (sizes.length !== strides.length) fail(`${at}.views.${name}`, "as many strides as sizes", `${strides.length} of ${sizes.length}`);
    if (productOf(sizes) > U32) fail(`${at}.views.${name}.sizes`, `at most ${U32} elements`, "more");
  }
}

function checkHooks(step: Step, head: Head, bound: readonly Bound[], at: string): void {
  const readable = bound.filter((b) => !b.isWritten && !b.binding.vectors).map((b) => b.name);
  for (const [name, expression] of Object.entries(step.hooks)) {
    const isReader = name.endsWith("_four") && readable.includes(name.slice(0, -"_four".length));
    const isAsked = Object.hasOwn(head.hooks, name);
    if (!isAsked && !isReader) fail(`${at}.hooks`, "hooks that the kernel has", quoted(name));
    const signature = isAsked ? head.hooks[name] : "four(i: u32)";
    const names = { head, signature, constants: Object.keys(step.constants), readable, views: Object.keys(step.views) };
    const fault = faultOf(expression, wordsOf(names));
    if (fault) fail(`${at}.hooks.${name}`, "an expression of the words that it may use", quoted(fault));
  }
}

function checkChain(step: Step, head: Head, bound: readonly Bound[], at: string): void {
  if (step.chain.length > 0 && !head.chain) fail(`${at}.chain`, "none, of this kernel", "one");
  const readable = bound.filter((b) => !b.isWritten && Object.hasOwn(step.views, b.name)).map((b) => b.name);
  step.chain.forEach((operation, number) => {
    const place = `${at}.chain[${number}].arguments`;
    if (operation.function === "" && operation.arguments.length !== 1) {
      fail(place, "one, where there is no function", String(operation.arguments.length));
    }
    for (const argument of operation.arguments) {
      const isResult = /^v\d+$/.test(argument);
      if ((isResult && Number(argument.slice(1)) >= number) || (argument.startsWith("x") && !readable.includes(argument))) {
        fail(place, "results and operands that are there", argument);
      }
    }
  });
}

/** The work of a step of which no invocation makes more turns, and which does no more work, than a planner would have it do. */
function costOf(step: Step, head: Head, at: string, limits: Limits): number {
  const { kernel: name, constants, hooks, chain } = step;
  const format = Object.hasOwn(step.bindings, "y") ? step.bindings.y.format : "float32";
  let told: { turns: number; work: number; most: number };
  try {
    const cost = new Cost({ kernel: name, constants, hooks, chain, format, straight: !limits.workgroup_memory });
    told = { turns: cost.turns, work: cost.groupWork, most: count(head.workgroups, { WORKGROUP, ...constants }) };
  } catch (error) {
    if (error instanceof RangeError) fail(at, "constants and hooks whose cost can be told", "others");
    throw error;
  }
  const { turns, work, most } = told;
  const [x, y, z] = step.workgroups;
  const groups = x * y * z;
  const least = (x - 1) * y * z + 1;
  if (folded(groups, limits.workgroups).join() !== step.workgroups.join()) {
    fail(`${at}.workgroups`, `as many as are wanted, ${limits.workgroups} along each dimension`, "others");
  }
  if (least > most) fail(`${at}.workgroups`, "no more than its constants ask for", "more");
  if (turns > MOST_TURNS) fail(at, `at most ${MOST_TURNS} turns of the kernel's loops`, "more");
  if (least > 1 && least * work > limits.work) fail(at, `at most ${limits.work} operations`, "more");
  return groups * Math.max(1, work);
}
