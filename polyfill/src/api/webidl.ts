/** WebIDL's conversions of JavaScript values, for the types that WebNN's interfaces use. */

/** Converts a value, or throws a TypeError that begins with `where`. */
export type Converter<T> = (value: unknown, where: string) => T;

/** The longest sequence that is taken; an endless iterable must not hang the page. */
const MAX_SEQUENCE = 2 ** 20;

/** A value as messages write it. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === "bigint") return `${value}n`.slice(0, 40);
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "an array" : "an object";
  if (typeof value === "function") return "a function";
  return String(value);
}

/** A TypeError: what was expected, and what came. */
export function mismatch(where: string, expected: string, value: unknown): TypeError {
  return new TypeError(`${where}: expected ${expected}; got ${shown(value)}`);
}

export function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

export const boolean: Converter<boolean> = (value) => Boolean(value);

export const domString: Converter<string> = (value, where) => {
  if (typeof value === "symbol") throw mismatch(where, "a string", value);
  return `${value}`;
};

/** A string without lone surrogates. */
export const usvString: Converter<string> = (value, where) => domString(value, where).replace(/\p{Surrogate}/gu, "\ufffd");

function toNumber(value: unknown, where: string): number {
  if (typeof value === "symbol" || typeof value === "bigint") throw mismatch(where, "a number", value);
  const primitive = toNumeric(value, where);
  if (typeof primitive === "bigint") throw mismatch(where, "a number", value);
  return primitive;
}

/** ECMAScript's ToNumeric: the one conversion that keeps a bigint. */
function toNumeric(value: unknown, where: string): number | bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "symbol") throw mismatch(where, "a number or a bigint", value);
  if (!isObject(value)) return Number(value);
  const primitive = toPrimitive(value, where);
  if (typeof primitive === "symbol") throw mismatch(where, "a number or a bigint", value);
  return typeof primitive === "bigint" ? primitive : Number(primitive);
}

/** ECMAScript's ToPrimitive with the hint number. */
function toPrimitive(value: object, where: string): unknown {
  const convert: unknown = Reflect.get(value, Symbol.toPrimitive);
  if (convert !== undefined && convert !== null) {
    if (typeof convert !== "function") throw mismatch(where, "a number", value);
    const primitive: unknown = Reflect.apply(convert, value, ["number"]);
    if (!isObject(primitive)) return primitive;
    throw mismatch(where, "a number", value);
  }
  for (const name of ["valueOf", "toString"]) {
    const method: unknown = Reflect.get(value, name);
    if (typeof method !== "function") continue;
    const primitive: unknown = Reflect.apply(method, value, []);
    if (!isObject(primitive)) return primitive;
  }
  throw mismatch(where, "a number", value);
}

/** An integer in a range: `[EnforceRange]`. */
function enforced(low: number, high: number, name: string): Converter<number> {
  return (value, where) => {
    const number = toNumber(value, where);
    const whole = Math.trunc(number) + 0;
    if (Number.isFinite(number) && whole >= low && whole <= high) return whole;
    throw new TypeError(`${where}: expected an ${name} from ${low} to ${high}; got ${number}`);
  };
}

/** `[EnforceRange] unsigned long`. */
export const enforcedUnsignedLong = enforced(0, 2 ** 32 - 1, "unsigned long");
/** `[EnforceRange] long`. */
export const enforcedLong = enforced(-(2 ** 31), 2 ** 31 - 1, "integer");
/** `unsigned long`: modulo 2^32. */
export const unsignedLong: Converter<number> = (value, where) => toNumber(value, where) >>> 0;

/** `double`: finite. */
export const double: Converter<number> = (value, where) => {
  const number = toNumber(value, where);
  if (Number.isFinite(number)) return number;
  throw new TypeError(`${where}: expected a finite number; got ${number}`);
};

/** `float`: finite once rounded to single precision. */
export const float: Converter<number> = (value, where) => {
  const number = Math.fround(toNumber(value, where));
  if (Number.isFinite(number)) return number;
  throw new TypeError(`${where}: expected a finite number within single precision; got ${number}`);
};

/** WebNN's MLNumber: `bigint or unrestricted double`. */
export const mlNumber: Converter<number | bigint> = toNumeric;

/** One of the words of an enumeration. */
export function enumeration<W extends string>(name: string, words: readonly W[]): Converter<W> {
  return (value, where) => {
    const word = domString(value, where);
    if ((words as readonly string[]).includes(word)) return word as W;
    throw mismatch(where, `a word of ${name} (${words.join(", ")})`, word);
  };
}

/** The method that makes a value iterable, if it is. */
function iteratorMethod(value: object, where: string): ((...values: unknown[]) => unknown) | undefined {
  const method: unknown = Reflect.get(value, Symbol.iterator);
  if (method === undefined || method === null) return undefined;
  if (typeof method !== "function") throw mismatch(where, "an iterable", value);
  return method as (...values: unknown[]) => unknown;
}

function listed<T>(value: object, method: (...values: unknown[]) => unknown, item: Converter<T>, where: string): readonly T[] {
  const items: T[] = [];
  const iterable: Iterable<unknown> = { [Symbol.iterator]: () => asIterator(Reflect.apply(method, value, []), where) };
  for (const element of iterable) {
    if (items.length === MAX_SEQUENCE) throw new TypeError(`${where}: a sequence of more than ${MAX_SEQUENCE} items`);
    items.push(item(element, `${where}[${items.length}]`));
  }
  return items;
}

/** The iterator behind an object's `next`, without a `return`: WebIDL does not close iterators. */
function asIterator(iterator: unknown, where: string): Iterator<unknown> {
  if (!isObject(iterator)) throw mismatch(where, "an iterator", iterator);
  const next: unknown = Reflect.get(iterator, "next");
  if (typeof next !== "function") throw mismatch(where, "an iterator", iterator);
  return {
    next: () => {
      const result: unknown = Reflect.apply(next, iterator, []);
      if (!isObject(result)) throw mismatch(where, "an iterator's result", result);
      return result as IteratorResult<unknown>;
    },
  };
}

/** `sequence<T>`: any iterable object. */
export function sequence<T>(item: Converter<T>): Converter<readonly T[]> {
  return (value, where) => {
    if (!isObject(value)) throw mismatch(where, "a sequence", value);
    const method = iteratorMethod(value, where);
    if (!method) throw mismatch(where, "a sequence", value);
    return listed(value, method, item, where);
  };
}

/** `(T or sequence<T>)`, where T is a number. */
export function oneOrSequence<T>(item: Converter<T>): Converter<T | readonly T[]> {
  return (value, where) => {
    const method = isObject(value) ? iteratorMethod(value, where) : undefined;
    return method ? listed(value as object, method, item, where) : item(value, where);
  };
}

/** A member of a dictionary. */
export interface DictionaryMember {
  readonly name: string;
  readonly converter: Converter<unknown>;
  readonly required?: boolean;
  readonly fallback?: unknown;
  /** The name that it had before it was renamed; pages may still use it. */
  readonly formerName?: string;
}

/**
 * A dictionary: an object, undefined or null.
 *
 * @param groups its members and those that it inherits, the inherited first; each group is read in alphabetical order
 */
export function dictionary<T>(name: string, ...groups: readonly (readonly DictionaryMember[])[]): Converter<T> {
  const members = groups.flatMap((group) => [...group].sort((a, b) => (a.name < b.name ? -1 : 1)));
  return (value, where) => {
    if (value !== undefined && value !== null && !isObject(value)) throw mismatch(where, `an object (${name})`, value);
    const converted: Record<string, unknown> = {};
    for (const member of members) {
      const given = isObject(value) ? givenFor(member, value) : undefined;
      if (given !== undefined) converted[member.name] = member.converter(given, `${where}.${member.name}`);
      else if (member.fallback !== undefined) converted[member.name] = member.fallback;
      else if (member.required) throw new TypeError(`${where}: ${member.name} is missing in ${name}`);
    }
    return converted as T;
  };
}

function givenFor({ name, formerName }: DictionaryMember, holder: object): unknown {
  const value: unknown = Reflect.get(holder, name);
  return value === undefined && formerName ? Reflect.get(holder, formerName) : value;
}

/** `record<USVString, T>`: the enumerable properties of an object itself. */
export function record<T>(item: Converter<T>): Converter<ReadonlyMap<string, T>> {
  return (value, where) => {
    if (!isObject(value)) throw mismatch(where, "an object", value);
    const converted = new Map<string, T>();
    for (const key of Reflect.ownKeys(value)) {
      if (!Reflect.getOwnPropertyDescriptor(value, key)?.enumerable) continue;
      const name = usvString(key, where);
      converted.set(name, item(Reflect.get(value, key), `${where}.${name}`));
    }
    return converted;
  };
}
