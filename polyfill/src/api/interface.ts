/** WebIDL's interfaces: classes whose surface is that of a browser's own, made from tables of their members. */

import { OperatorError, Unsupported } from "../core/errors.js";
import { isObject, mismatch } from "./webidl.js";

/** What an operation's function gets: the object behind `this`, and the arguments that were given. */
export type Steps<Impl> = (impl: Impl, values: readonly unknown[]) => unknown;

/** An operation (method) of an interface. */
export interface Operation<Impl> {
  /** How many arguments must be given at least. */
  readonly required: number;
  readonly steps: Steps<Impl>;
  /** Whether errors become rejections. */
  readonly promise?: boolean;
}

/** An attribute, which can only be read. */
export interface Attribute<Impl> {
  readonly get: (impl: Impl) => unknown;
  readonly promise?: boolean;
}

/** The members of an interface by name. */
export interface Members<Impl> {
  readonly attributes?: Readonly<Record<string, Attribute<Impl>>>;
  readonly operations?: Readonly<Record<string, Operation<Impl>>>;
  /** The constructor, where pages may construct; it makes the object behind the new one. */
  readonly construct?: { readonly required: number; readonly steps: (values: readonly unknown[]) => Impl | ForeignObject };
}

/** A constructor's answer that is an object by itself, of another implementation. */
export class ForeignObject {
  constructor(readonly object: object) {}
}

/** The constructor that pages see. */
export type InterfaceObject<Face> = { readonly prototype: Face } & ((...values: never) => Face);

/** An interface: its constructor, and the way between its objects (Face) and what is behind them (Impl). */
export class Interface<Impl extends object, Face extends object> {
  readonly object: InterfaceObject<Face>;
  readonly #slots = slots<Impl>();

  constructor(
    readonly name: string,
    members: Members<Impl>,
  ) {
    const make = (values: readonly unknown[], target: object): object => {
      if (!members.construct) throw new TypeError(`${name}: Illegal constructor`);
      requireArguments(name, values, members.construct.required);
      const impl = members.construct.steps(values);
      return impl instanceof ForeignObject ? impl.object : this.#attach(impl, prototypeFrom(target, this.object.prototype));
    };
    const construct = function (...values: unknown[]): object {
      if (!new.target) throw new TypeError(`${name}: Please use the 'new' operator`);
      return make(values, new.target);
    };
    this.object = construct as unknown as InterfaceObject<Face>;
    describeFunction(construct, name, members.construct?.required ?? 0);
    Object.defineProperty(construct, "prototype", { writable: false });
    const prototype = construct.prototype as object;
    Object.defineProperty(prototype, Symbol.toStringTag, { value: name, configurable: true });
    for (const [key, attribute] of Object.entries(members.attributes ?? {})) this.#addAttribute(prototype, key, attribute);
    for (const [key, operation] of Object.entries(members.operations ?? {})) this.#addOperation(prototype, key, operation);
  }

  /** A new object of this interface. */
  wrap(impl: Impl): Face {
    return this.#attach(impl, this.object.prototype) as Face;
  }

  /** What is behind an object of this interface; undefined for anything else. */
  unwrap(value: unknown): Impl | undefined {
    return isObject(value) ? this.#slots.of(value) : undefined;
  }

  /** WebIDL's conversion to an interface type. */
  readonly converter = (value: unknown, where: string): Impl => {
    const impl = this.unwrap(value);
    if (impl) return impl;
    throw mismatch(where, `an ${this.name}`, value);
  };

  #attach(impl: Impl, prototype: object): object {
    return this.#slots.attach(Object.create(prototype), impl);
  }

  #addAttribute(prototype: object, key: string, { get, promise }: Attribute<Impl>): void {
    const where = `${this.name}.${key}`;
    const read = (self: unknown): unknown => {
      if (promise && !this.unwrap(self)) return Promise.reject(new TypeError(`${where}: Illegal invocation`));
      return get(this.#receiver(self, where));
    };
    const accessor = {
      get(this: unknown): unknown {
        return read(this);
      },
    };
    describeFunction(accessor.get, `get ${key}`, 0);
    Object.defineProperty(prototype, key, { get: accessor.get, enumerable: true, configurable: true });
  }

  #addOperation(prototype: object, key: string, { required, steps, promise }: Operation<Impl>): void {
    const where = `${this.name}.${key}`;
    const call = (self: unknown, values: readonly unknown[]): unknown =>
      outcomeOf(promise, () => {
        const impl = this.#receiver(self, where);
        requireArguments(where, values, required);
        return steps(impl, values);
      });
    const holder = {
      method(this: unknown, ...values: unknown[]): unknown {
        return call(this, values);
      },
    };
    describeFunction(holder.method, key, required);
    Object.defineProperty(prototype, key, { value: holder.method, enumerable: true, configurable: true, writable: true });
  }

  #receiver(self: unknown, where: string): Impl {
    const impl = this.unwrap(self);
    if (impl) return impl;
    throw new TypeError(`${where}: Illegal invocation`);
  }
}

interface Slots<Impl> {
  attach(object: object, impl: Impl): object;
  of(object: object): Impl | undefined;
}

/**
 * An internal slot that objects get after they are made, which pages can neither see nor forge: a private field, added
 * by a class whose parent returns the object. A WeakMap does the same, but graphs of a million operands burden the
 * garbage collector with it.
 */
function slots<Impl>(): Slots<Impl> {
  class Given {
    constructor(object: object) {
      // biome-ignore lint/correctness/noConstructorReturn: this is how the field gets onto an object of another class
      return object;
    }
  }
  class Slot extends Given {
    readonly #impl: Impl;
    constructor(object: object, impl: Impl) {
      super(object);
      this.#impl = impl;
    }
    static of(object: object): Impl | undefined {
      return #impl in object ? object.#impl : undefined;
    }
  }
  return { attach: (object, impl) => new Slot(object, impl), of: (object) => Slot.of(object) };
}

function prototypeFrom(target: object, fallback: object): object {
  const prototype: unknown = Reflect.get(target, "prototype");
  return isObject(prototype) ? prototype : fallback;
}

/** The outcome of an operation: thrown, or as a promise. */
function outcomeOf(promise: boolean | undefined, steps: () => unknown): unknown {
  try {
    const result = steps();
    return promise ? Promise.resolve(result).catch((error) => Promise.reject(asBrowsersThrow(error))) : result;
  } catch (error) {
    if (promise) return Promise.reject(asBrowsersThrow(error));
    throw asBrowsersThrow(error);
  }
}

/** Our own kinds of errors as what browsers throw: pages may compare constructors. */
function asBrowsersThrow(error: unknown): unknown {
  if (error instanceof OperatorError) return new TypeError(error.message, { cause: error });
  return error instanceof Unsupported ? new DOMException(error.message, error.name) : error;
}

function requireArguments(where: string, values: readonly unknown[], required: number): void {
  if (values.length >= required) return;
  throw new TypeError(`${where}: ${required} argument${required === 1 ? "" : "s"} required, but only ${values.length} present`);
}

function describeFunction(target: (...values: never[]) => unknown, name: string, length: number): void {
  Object.defineProperty(target, "name", { value: name, configurable: true });
  Object.defineProperty(target, "length", { value: length, configurable: true });
}
