/**
 * Hooks of plans that are not trusted: an expression of numbers, parameters, constants and calls, and nothing else (the
 * counterpart of `backends/webgpu/expressions.py`, where it is said why that does no harm).
 */

import { called, type Head, library } from "./kernel.js";

/** Characters of a hook. */
const LONGEST = 1024;
/** Calls of the library in a hook. */
const MOST_CALLS = 16;

const TOKEN =
  / *(?:(?<number>0x[0-9a-f]+u|[0-9]+\.[0-9]+|[0-9]+u?)(?![0-9A-Za-z_.])|(?<type>bitcast<(?:[fiu]32|vec2<[fu]32>)>|vec[24]<[fu]32>)|(?<name>[A-Za-z_][0-9A-Za-z_]*)|(?<operator><=|>=|==|!=|&&|\|\||[-+*/%<>])|(?<sign>[!(),.]))/y;
const BUILT_IN: readonly string[] = ["select", "f32", "i32", "u32"];
const FIELDS: readonly string[] = ["factor", "power"];

/** What a hook may use, by the names of a step. */
export interface Names {
  /** What the head of its kernel states. */
  readonly head: Head;
  /** The hook's own signature. */
  readonly signature: string;
  readonly constants: readonly string[];
  /** The bindings that are read. */
  readonly readable: readonly string[];
  readonly views: readonly string[];
}

/** The words that a hook may use beside the functions of the library. */
export function wordsOf({ head, signature, constants, readable, views }: Names): ReadonlySet<string> {
  const parameters = [...signature.matchAll(/([a-z_][0-9a-z_]*): /g)].map(([, name]) => name);
  const reads = readable.flatMap((name) => [`${name}_load`, `${name}_word`]);
  const places = views.map((name) => `${name}_at`);
  return new Set([...BUILT_IN, ...parameters, ...constants, ...reads, ...places, ...Object.keys(head.hooks)]);
}

/** What makes a text no expression of these words and of functions of the library, or "". */
export function faultOf(expression: string, words: ReadonlySet<string>): string {
  if ([...expression].length > LONGEST) return "a longer one";
  if (called(expression).filter((name) => library().has(name)).length > MOST_CALLS) return "more calls";
  const openBrackets: boolean[] = []; // whether each is that of a call
  let before = ""; // what stood before: "" where an operand is due
  let place = 0;
  while (place < expression.length) {
    TOKEN.lastIndex = place;
    const groups = TOKEN.exec(expression)?.groups;
    if (!groups) return `another character at ${[...expression.slice(0, place)].length}`;
    const [kind, word] = Object.entries(groups).find(([, found]) => found !== undefined) as [string, string];
    const isDue = before === "" || before === "call";
    if (kind === "number" || kind === "type" || kind === "name") {
      if (before === ".") {
        if (!FIELDS.includes(word)) return word;
        before = "operand";
      } else if (!isDue || (kind === "name" && !words.has(word) && !library().has(word))) return word;
      else before = kind === "number" ? "operand" : kind;
    } else if (word === "!") {
      if (!isDue) return word;
      before = "";
    } else if (word === "(") {
      if (!isDue && before !== "type" && before !== "name") return word;
      openBrackets.push(!isDue);
      before = isDue ? "" : "call";
    } else if (before === "call" && word === ")") {
      openBrackets.pop();
      before = "operand";
    } else if ((before !== "operand" && before !== "name") || ((word === ")" || word === ",") && openBrackets.length === 0)) {
      return word;
    } else if (word === ")") {
      openBrackets.pop();
      before = "operand";
    } else if (word === ",") {
      if (!openBrackets.at(-1)) return word;
      before = "";
    } else before = word === "." ? "." : "";
    place = TOKEN.lastIndex;
  }
  return (before === "operand" || before === "name") && openBrackets.length === 0 ? "" : "its end";
}
