/**
 * The text that the host puts before a kernel: types, constants, bindings, hooks, and what of the library they call. The
 * counterpart of `backends/webgpu/prelude.py`: both make the same text of the same step.
 */

import { WORKGROUP } from "./cost.js";
import { FORMATS, fourHook, loadHook, quadHook, storeHook, writeHook } from "./formats.js";
import { type Access, type Head, kernel, linked } from "./kernel.js";
import { type Binding, type Operation, type Plan, piecesOf, type Step } from "./plan.js";
import * as views from "./views.js";

/**
 * The whole text of a step's shader.
 *
 * @param halfFloats whether the device has the feature shader-f16, and so reads vectors of float16 itself
 */
export function shader(plan: Plan, step: Step, halfFloats = false): string {
  const chosen = kernel(step.kernel);
  const parts = [...constants(plan, step), ...aliases(step, chosen.head)];
  let number = 0;
  for (const [name, binding] of Object.entries(step.bindings)) {
    const access = binding.vectors ? "vectors" : (chosen.head.bindings[name] ?? "in");
    parts.push(...hooksOf(plan, name, binding, access, number, halfFloats));
    number += boundPieces(plan, binding).length;
  }
  for (const [name, view] of Object.entries(step.views)) parts.push(views.wgsl(name, view));
  for (const [name, body] of Object.entries(step.hooks)) parts.push(`fn ${chosen.head.hooks[name] ?? readerOf(name)} { return ${body}; }`);
  if (chosen.head.chain) parts.push(finish(step));
  parts.push(`fn first_group() -> u32 { return ${firstGroup(step)}; }`);
  const text = [...parts, chosen.text].join("\n");
  const enabled = text.includes("vec4<f16>") ? ["enable f16;"] : [];
  return [...enabled, "var<private> opaque: u32;", linked(text, !plan.limits.workgroup_memory), text].join("\n");
}

/** The signature of a hook that no head asks for: it reads four numbers of a binding that is stored otherwise. */
function readerOf(name: string): string {
  return `${name}(i: u32) -> vec4<f32>`;
}

/** The workgroup at which a part of the work begins: in a buffer, so that all parts have one text, if one more could be bound. */
function firstGroup(step: Step): string {
  if ("first" in step.bindings) return "first_load(0u)";
  return "FIRST" in step.constants ? "FIRST" : "0u";
}

/** Which pieces of its buffer a binding binds. */
export function boundPieces(plan: Plan, binding: Binding): readonly number[] {
  return binding.pieces.length > 0 ? binding.pieces : [...piecesOf(plan, plan.buffers[binding.buffer]).keys()];
}

function constants(plan: Plan, step: Step): string[] {
  const all = new Map<string, number | readonly number[]>([["WORKGROUP", WORKGROUP], ...Object.entries(step.constants)]);
  for (const [name, binding] of Object.entries(step.bindings)) {
    const size = `${name.toUpperCase()}_SIZE`;
    if (!all.has(size)) all.set(size, plan.buffers[binding.buffer].size);
  }
  return [...all].map(([name, value]) => {
    if (typeof value === "number") return `const ${name} = ${value}u;`;
    return `const ${name} = array<u32, ${value.length}>(${value.map((item) => `${item}u`).join(", ")});`;
  });
}

function aliases(step: Step, head: Head): string[] {
  const lines: string[] = [];
  for (const [name, binding] of Object.entries(step.bindings)) {
    const access = head.bindings[name];
    if (access !== "state" && access !== "atomic") lines.push(`alias ${name.toUpperCase()} = ${FORMATS[binding.format].value};`);
  }
  for (const [name, type] of Object.entries(step.aliases)) lines.push(`alias ${name} = ${type};`);
  return lines;
}

/** The variables of a binding, one for each piece, and the hooks that reach them. */
function hooksOf(plan: Plan, name: string, binding: Binding, access: Access | "vectors", number: number, halfFloats: boolean): string[] {
  const pieces = boundPieces(plan, binding);
  const packed = access === "elements" && FORMATS[binding.format].bits < 32;
  const vector = vectorOf(binding, halfFloats);
  const element = { state: "f32", atomic: "atomic<u32>", vectors: vector, in: "u32", cells: "u32", elements: "u32" }[access];
  const mode = access === "in" || access === "vectors" ? "read" : "read_write";
  const variables = pieces.map(
    (_, position) =>
      `@group(0) @binding(${number + position}) var<storage, ${mode}> ${name}_${position}: array<${packed ? "atomic<u32>" : element}>;`,
  );
  const starts = pieces.map((piece) => piece * Math.floor(plan.limits.binding_bytes / 4));
  if (access === "vectors") return [...variables, ...vectorHooks(name, binding, vector, starts)];
  return [...variables, ...reaching(name, binding, access, starts, packed)];
}

function vectorHooks(name: string, binding: Binding, vector: string, starts: readonly number[]): string[] {
  const { lanes } = FORMATS[binding.format];
  const firsts = starts.map((start) => Math.floor((start * lanes) / 4));
  const choice = choose(`fn ${name}_vector(i: u32) -> ${vector}`, name, firsts, (place) => `return ${place};`, "i");
  return [choice, fourHook(name, vector)];
}

function reaching(name: string, binding: Binding, access: Access, starts: readonly number[], packed: boolean): string[] {
  const set = `fn ${name}_set(w: u32, bits: u32)`;
  switch (access) {
    case "state":
      return [
        choose(`fn ${name}_load(w: u32) -> f32`, name, starts, (place) => `return ${place};`),
        choose(`fn ${name}_store(w: u32, value: f32)`, name, starts, (place) => `${place} = value;`),
      ];
    case "atomic":
      return [choose(`fn ${name}_raise(w: u32, value: u32)`, name, starts, (place) => `atomicMax(&${place}, value);`)];
    case "in":
      return [choose(`fn ${name}_word(w: u32) -> u32`, name, starts, (place) => `return ${place};`), loadHook(name, binding.format)];
    case "cells":
      return [choose(set, name, starts, (place) => `${place} = bits;`), writeHook(name, binding.format)];
    case "elements": {
      const stores = [storeHook(name, binding.format), quadHook(name, binding.format)];
      if (!packed) return [choose(set, name, starts, (place) => `${place} = bits;`), ...stores];
      const replace = (place: string) => `atomicAnd(&${place}, ~mask); atomicOr(&${place}, bits);`;
      return [
        choose(`fn ${name}_set_bits(w: u32, mask: u32, bits: u32)`, name, starts, replace),
        choose(set, name, starts, (place) => `atomicStore(&${place}, bits);`),
        ...stores,
      ];
    }
  }
}

/** The type that holds four numbers as they are stored. */
function vectorOf(binding: Binding, halfFloats: boolean): string {
  if (FORMATS[binding.format].bits === 32) return "vec4<u32>";
  return halfFloats ? "vec4<f16>" : "vec2<u32>";
}

/** A function of an index that picks the piece in which it lies. */
function choose(signature: string, name: string, starts: readonly number[], act: (place: string) => string, index = "w"): string {
  const lines = starts.map((start, position) => {
    const action = act(start ? `${name}_${position}[${index} - ${start}u]` : `${name}_${position}[${index}]`);
    if (position === 0) return `  ${action}`;
    return `  if (${index} >= ${start}u) { ${action}${action.includes("return") ? "" : " return;"} }`;
  });
  return [`${signature} {`, ...lines.reverse(), "}"].join("\n");
}

/** `finish`: the operations of the chain, one after another. */
function finish(step: Step): string {
  const used = new Set(step.chain.flatMap((operation) => operation.arguments));
  const operands = Object.keys(step.bindings).filter((name) => used.has(name) && /^x\d+$/.test(name));
  const last = step.chain.length - 1;
  return [
    "fn finish(i: u32, v: V) -> Y {",
    ...operands.map((name) => `  let ${name} = ${name}_load(${name}_at(i));`),
    ...step.chain.map((operation, n) => `  let v${n} = ${call(operation, n === last)};`),
    `  return ${last >= 0 ? `v${last}` : "v"};`,
    "}",
  ].join("\n");
}

/** The last operation is rounded when it is stored. */
function call(operation: Operation, isLast: boolean): string {
  const text = `${operation.function}(${operation.arguments.join(", ")})`;
  return operation.rounding && !isLast ? `${operation.rounding}(${text})` : text;
}
