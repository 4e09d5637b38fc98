/**
 * Checks of JSON that is not trusted: each takes a value and where it stands, and throws a GraphFileError in words (the
 * counterpart of `backends/webgpu/checks.py`, message for message).
 */

import { GraphFileError } from "../core/errors.js";

/** Throws where a value, which stands at a place of that name, is not as it should be. */
export type Check = (value: unknown, at: string) => void;
export type Json = Readonly<Record<string, unknown>>;

/** So many characters of a text are repeated in a message. */
const SHOWN = 60;

/** Throw an error that says what was expected at a place, and what came. */
export function fail(at: string, expected: string, got: string): never {
  throw new GraphFileError(`the file is damaged: ${at}: expected ${expected}; got ${got}`);
}

/** A text as messages repeat it: cut where it is long, and legible whatever it holds. */
export function quoted(text: string): string {
  const characters = [...text];
  const cut = characters.slice(0, SHOWN).join("");
  const legible = cut.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
  return characters.length <= SHOWN ? `"${legible}"` : `"${legible}..."`;
}

/** A value of JSON as messages repeat it. */
export function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null || typeof value === "boolean") return `${value}`;
  if (typeof value === "number") return Number.isSafeInteger(value) ? `${value}` : "another number";
  if (typeof value === "string") return quoted(value);
  return Array.isArray(value) ? `a list of ${value.length}` : "an object";
}

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A member of an object that is its own. */
export function own(object: Json, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** A whole number of a range, and a multiple of another. */
export function natural(most: number, least = 0, step = 1): Check {
  const expected = `a whole number from ${least} to ${most}${step > 1 ? `, a multiple of ${step}` : ""}`;
  return (value, at) => {
    const isWhole = typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= most && value % step === 0;
    if (!isWhole) fail(at, expected, shown(value));
  };
}

/** One of some texts, or of the two truth values. */
export function oneOf(values: readonly unknown[], expected: string): Check {
  return (value, at) => {
    if (!values.includes(value)) fail(at, expected, shown(value));
  };
}

/** A text that can be written: none with half a character. */
export const text: Check = (value, at) => {
  if (typeof value !== "string" || /\p{Cs}/u.test(value)) fail(at, "a text", shown(value));
};

/** A list of things of one kind. */
export function listOf(item: Check, most: number, least = 0): Check {
  const expected = `a list of ${most === least ? least : least === 0 ? `at most ${most}` : `${least} to ${most}`}`;
  return (value, at) => {
    if (!Array.isArray(value) || value.length < least || value.length > most) fail(at, expected, shown(value));
    (value as unknown[]).forEach((entry, number) => {
      item(entry, `${at}[${number}]`);
    });
  };
}

/** An object of members of one kind, by names of one kind. */
export function recordOf(item: Check, most: number, isName: (name: string) => boolean): Check {
  return (value, at) => {
    if (!isObject(value) || Object.keys(value).length > most) fail(at, `an object of at most ${most} members`, shown(value));
    for (const [name, entry] of Object.entries(value as Json)) {
      if (!isName(name)) fail(at, "names that kernels have", quoted(name));
      item(entry, `${at}.${name}`);
    }
  };
}

/** An object of just these members. */
export function shapedAs(members: Readonly<Record<string, Check>>): Check {
  return (value, at) => {
    if (!isObject(value)) fail(at, "an object", shown(value));
    for (const [name, check] of Object.entries(members)) check(own(value as Json, name), `${at}.${name}`);
    for (const name of Object.keys(value as Json)) {
      if (!Object.hasOwn(members, name)) fail(at, `no member ${quoted(name)}`, "one");
    }
  };
}
