/**
 * Kernels: plain WGSL files whose head states, as data, what the host puts before them. The counterpart of
 * `backends/webgpu/kernel.py`, where the words of a head are explained.
 */

import { KERNELS, LIBRARY } from "./sources.js";

/** How a kernel reaches a buffer. */
export type Access = "in" | "cells" | "elements" | "state" | "atomic";

/** What the head of a kernel's file states. */
export interface Head {
  about: string;
  readonly constants: string[];
  readonly aliases: string[];
  readonly bindings: Record<string, Access>;
  readonly views: string[];
  /** The signatures of hooks by name. */
  readonly hooks: Record<string, string>;
  chain: boolean;
  /** Whether every index is inside its array and every loop ends, whatever the data. */
  unchecked: boolean;
  workgroups: string;
  /** The most turns that all loops of one invocation make together. */
  turns: string;
  /** The operations of one invocation. */
  work: string;
}

/** A kernel's head, and its text. */
export interface Kernel {
  readonly name: string;
  readonly head: Head;
  readonly text: string;
}

const parsed = new Map<string, Kernel>();

/** The names of all kernels. */
export function names(): string[] {
  return [...KERNELS.keys()];
}

/** A kernel by its name. */
export function kernel(name: string): Kernel {
  let found = parsed.get(name);
  if (!found) {
    const text = KERNELS.get(name);
    if (text === undefined) throw new RangeError(`there is no kernel ${JSON.stringify(name)}`);
    found = { name, head: parseHead(name, text), text };
    parsed.set(name, found);
  }
  return found;
}

/** The head of a kernel's text. */
export function parseHead(name: string, text: string): Head {
  const head: Head = {
    about: "",
    constants: [],
    aliases: [],
    bindings: {},
    views: [],
    hooks: {},
    chain: false,
    unchecked: false,
    workgroups: "1",
    turns: "0",
    work: "1",
  };
  for (const line of text.split("\n")) {
    if (line.startsWith("//!")) headLine(name, head, line.slice(3).trim());
  }
  return head;
}

function headLine(name: string, head: Head, line: string): void {
  const word = line.split(" ", 1)[0];
  const rest = line.slice(word.length + 1);
  const items = rest.split(/\s+/);
  if (word === "const") head.constants.push(...items);
  else if (word === "alias") head.aliases.push(...items);
  else if (word === "view") head.views.push(...items);
  else if (word === "in" || word === "state" || word === "atomic") for (const item of items) head.bindings[item] = word;
  else if (word === "out") {
    const [binding, access] = items;
    if (access !== "cells" && access !== "elements") {
      throw new RangeError(`kernel ${name}: output ${binding} is written in cells or elements, not ${access}`);
    }
    head.bindings[binding] = access;
  } else if (word === "hook") head.hooks[rest.split("(", 1)[0]] = rest;
  else if (word === "chain") head.chain = true;
  else if (word === "unchecked") head.unchecked = true;
  else if (word === "workgroups" || word === "turns" || word === "work") head[word] = rest;
  else head.about += (head.about ? " " : "") + line;
}

/** The names in a head's arithmetic. */
export function namesIn(expression: string): string[] {
  return [...new Set(expression.match(/[A-Za-z_]\w*/g) ?? [])];
}

/** Evaluates a head's arithmetic: whole numbers, names of constants, `+ - * /` (rounded down) and brackets. */
export function count(expression: string, constants: Readonly<Record<string, number | readonly number[]>>): number {
  const tokens = expression.match(/\w+|\S/g) ?? [];
  let at = 0;
  const fail = (): never => {
    throw new RangeError(`not arithmetic: ${expression}`);
  };
  const factor = (): number => {
    const token = tokens[at++] ?? fail();
    if (token === "(") {
      const value = sum();
      return tokens[at++] === ")" ? value : fail();
    }
    const value = /^\d+$/.test(token) ? Number(token) : Object.hasOwn(constants, token) ? constants[token] : undefined;
    return typeof value === "number" ? value : fail();
  };
  const product = (): number => {
    let value = factor();
    while (tokens[at] === "*" || tokens[at] === "/") {
      value = tokens[at++] === "*" ? value * factor() : Math.floor(value / (factor() || fail()));
    }
    return value;
  };
  const sum = (): number => {
    let value = product();
    while (tokens[at] === "+" || tokens[at] === "-") value += tokens[at++] === "+" ? product() : -product();
    return value;
  };
  const value = sum();
  return at === tokens.length ? value : fail();
}

const STRAIGHT = "straight";
const DECLARATION = /^(?:fn|struct) (\w+)/gm;
const callees = new Map<string, ReadonlySet<string>>();
let declarations: ReadonlyMap<string, string> | undefined;
let straightDeclarations: ReadonlyMap<string, string> | undefined;

/**
 * Every function and structure of the library by name, its text; where `straight`, those of the file of this name, which
 * do without branches, replace others of their names.
 */
export function library(straight = false): ReadonlyMap<string, string> {
  declarations ??= allDeclared();
  if (!straight) return declarations;
  straightDeclarations ??= new Map([...declarations, ...declared(LIBRARY.get(STRAIGHT) ?? "")]);
  return straightDeclarations;
}

function allDeclared(): Map<string, string> {
  const found = new Map<string, string>();
  for (const [file, text] of LIBRARY) {
    if (file === STRAIGHT) continue;
    for (const [name, body] of declared(text)) {
      if (found.has(name)) throw new RangeError(`${file}.wgsl: ${name} stands twice in the library`);
      found.set(name, body);
    }
  }
  return found;
}

/** The functions and structures of a file. */
function* declared(text: string): Generator<[name: string, body: string]> {
  for (const match of text.matchAll(DECLARATION)) {
    const lineEnd = text.indexOf("\n", match.index);
    const end = text[lineEnd - 1] === "}" ? lineEnd : text.indexOf("\n}", match.index) + 2;
    yield [match[1], text.slice(match.index, end)];
  }
}

const STATED = /^\/\/! turns (.+)\nfn (\w+)/gm;
const stated: ReadonlyMap<string, string>[] = [];
const loops: ReadonlyMap<string, readonly string[]>[] = [];

/** The functions of the library that have loops, by name, and the turns that they state. */
export function statedTurns(straight: boolean): ReadonlyMap<string, string> {
  let found = stated[Number(straight)];
  if (!found) {
    const replaced = straight ? [...declared(LIBRARY.get(STRAIGHT) ?? "")].map(([name]) => name) : [];
    const own = new Map<string, string>();
    for (const [file, text] of LIBRARY) {
      for (const [, turns, name] of text.matchAll(STATED)) {
        if (file === STRAIGHT ? straight : !replaced.includes(name)) own.set(name, turns);
      }
    }
    stated[Number(straight)] = own;
    found = own;
  }
  return found;
}

/** The functions that a text calls, each as often as it stands there. */
export function called(text: string): string[] {
  return [...text.matchAll(/\b([A-Za-z_]\w*)\(/g)].map(([, name]) => name);
}

/** The functions of the library that may take turns, each with what it calls: those with loops, hooks, or calls of such. */
export function looping(straight: boolean): ReadonlyMap<string, readonly string[]> {
  const known = loops[Number(straight)];
  if (known) return known;
  const hooks = new Set([...names().flatMap((name) => Object.keys(kernel(name).head.hooks)), "finish"]);
  const all = [...library(straight)].map(([name, text]) => [name, called(text.slice(text.indexOf("{") + 1))] as const);
  const found = new Map<string, readonly string[]>([...statedTurns(straight).keys()].map((name) => [name, []]));
  let more: (readonly [string, string[]])[];
  do {
    more = all.filter(([name, its]) => !found.has(name) && its.some((other) => hooks.has(other) || found.has(other)));
    for (const [name, its] of more) found.set(name, its);
  } while (more.length > 0);
  loops[Number(straight)] = found;
  return found;
}

/** The names of the library that a text mentions. */
function mentioned(text: string, straight: boolean): Set<string> {
  return new Set((text.match(/[A-Za-z_]\w*/g) ?? []).filter((word) => library(straight).has(word)));
}

/** The functions and structures of the library that one of them needs. */
function calls(name: string, straight: boolean): ReadonlySet<string> {
  const key = straight ? `${STRAIGHT} ${name}` : name;
  let found = callees.get(key);
  if (!found) {
    const all = mentioned(library(straight).get(name) ?? "", straight);
    all.delete(name);
    callees.set(key, all);
    found = all;
  }
  return found;
}

/** The part of the library that a text needs, in the library's order. */
export function linked(text: string, straight = false): string {
  const needed = new Set<string>();
  const left = [...mentioned(text, straight)];
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    if (needed.has(name)) continue;
    needed.add(name);
    left.push(...calls(name, straight));
  }
  return [...library(straight)]
    .filter(([name]) => needed.has(name))
    .map(([, body]) => body)
    .join("\n");
}
