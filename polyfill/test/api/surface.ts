/** The surface that an interface must have, by WebIDL's rules for JavaScript bindings; runs in Node and in pages. */

import type { IDLDefinition, IDLMember } from "webidl2";

/** Members beyond the IDL: their names by interface. */
export type Extensions = Readonly<Record<string, readonly string[]>>;

/** Ours: the device that a tensor is for, Chromium's devices of a graph, and the receipts. */
export const EXTENSIONS: Extensions = {
  MLContext: ["explain"],
  MLGraph: ["devices"],
  MLTensor: ["gpuDevice"],
};

type Callable = (...values: unknown[]) => unknown;

/** The faults of all interfaces of a scope; `instances` are objects of some of them. */
export async function faultsOf(
  definitions: readonly IDLDefinition[],
  scope: object,
  instances: Readonly<Record<string, object>> = {},
  extensions: Extensions = {},
): Promise<string[]> {
  const faults: string[] = [];
  const interfaces = new Map<string, IDLMember[]>();
  for (const definition of definitions) {
    if (definition.type !== "interface") continue;
    const { name, members } = definition;
    interfaces.set(name, [...(interfaces.get(name) ?? []), ...members]);
  }
  for (const [name, members] of interfaces) {
    const checker = new Checker(name, faults);
    checker.checkInterfaceObject(scope, members);
    const prototype = Reflect.get(Reflect.get(scope, name), "prototype") as object;
    await checker.checkMembers(prototype, members, instances[name], extensions[name] ?? []);
  }
  return faults;
}

class Checker {
  constructor(
    private readonly name: string,
    private readonly faults: string[],
  ) {}

  private equal(what: string, got: unknown, expected: unknown): void {
    if (!Object.is(got, expected)) this.faults.push(`${this.name}${what}: expected ${String(expected)}; got ${String(got)}`);
  }

  private flags(what: string, descriptor: PropertyDescriptor | undefined, expected: string): void {
    const { writable, enumerable, configurable } = descriptor ?? {};
    const got = `${writable ? "w" : ""}${enumerable ? "e" : ""}${configurable ? "c" : ""}`;
    this.equal(`${what}: property flags`, descriptor ? got : "absent", expected);
  }

  private throws(what: string, steps: () => unknown): void {
    let kind = "nothing";
    try {
      steps();
    } catch (error) {
      kind = error instanceof TypeError ? "TypeError" : String(error);
    }
    this.equal(`${what} throws`, kind, "TypeError");
  }

  private async rejects(what: string, steps: () => unknown): Promise<void> {
    let kind: string;
    try {
      const result = steps();
      kind = result instanceof Promise ? "nothing" : "no promise";
      await result;
    } catch (error) {
      kind = error instanceof TypeError ? "TypeError" : String(error);
    }
    this.equal(`${what} rejects with`, kind, "TypeError");
  }

  private async fails(isPromise: boolean, what: string, steps: () => unknown): Promise<void> {
    if (isPromise) await this.rejects(what, steps);
    else this.throws(what, steps);
  }

  private function(what: string, value: unknown, name: string, length: number): void {
    this.equal(`${what}: type`, typeof value, "function");
    this.equal(`${what}: name`, (value as Callable).name, name);
    this.equal(`${what}: length`, (value as Callable).length, length);
  }

  checkInterfaceObject(scope: object, members: readonly IDLMember[]): void {
    this.flags("", Object.getOwnPropertyDescriptor(scope, this.name), "wc");
    const object = Reflect.get(scope, this.name) as Callable & { prototype: object };
    const construct = members.find((member) => member.type === "constructor");
    this.function("", object, this.name, construct?.arguments.filter((argument) => !argument.optional).length ?? 0);
    this.equal(": its prototype", Object.getPrototypeOf(object), Function.prototype);
    this.throws(": called without new", () => object());
    this.throws(": constructed without arguments", () => Reflect.construct(object, []));
    this.throws(": constructed with a wrong argument", () => Reflect.construct(object, [{}]));
    this.flags(".prototype", Object.getOwnPropertyDescriptor(object, "prototype"), "");
    this.equal(".prototype: its prototype", Object.getPrototypeOf(object.prototype), Object.prototype);
    this.flags(".prototype.constructor", Object.getOwnPropertyDescriptor(object.prototype, "constructor"), "wc");
    this.equal(".prototype.constructor", object.prototype.constructor, object);
    this.flags(".prototype[@@toStringTag]", Object.getOwnPropertyDescriptor(object.prototype, Symbol.toStringTag), "c");
    this.equal(": as a string", String(Object.create(object.prototype)), `[object ${this.name}]`);
  }

  async checkMembers(
    prototype: object,
    members: readonly IDLMember[],
    instance: object | undefined,
    extensions: readonly string[],
  ): Promise<void> {
    const operations = new Map<string, IDLMember[]>();
    for (const member of members) {
      if (member.type === "attribute") await this.checkAttribute(prototype, member, instance);
      if (member.type === "operation") operations.set(member.name, [...(operations.get(member.name) ?? []), member]);
    }
    for (const [name, overloads] of operations) await this.checkOperation(prototype, name, overloads, instance);
    const known = new Set([...members.map((member) => member.name), ...extensions, "constructor"]);
    for (const key of Object.getOwnPropertyNames(prototype)) if (!known.has(key)) this.faults.push(`${this.name}.${key} is not in the IDL`);
    for (const key of extensions) if (!(key in prototype)) this.faults.push(`${this.name}.${key} is missing`);
    if (!instance) return;
    this.equal(": the prototype of an instance", Object.getPrototypeOf(instance), prototype);
    this.equal(": the properties of an instance", Reflect.ownKeys(instance).length, 0);
  }

  private async checkAttribute(prototype: object, { name, idlType }: IDLMember, instance: object | undefined): Promise<void> {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
    this.flags(`.${name}`, descriptor, "ec");
    this.function(`.${name}: getter`, descriptor?.get, `get ${name}`, 0);
    this.equal(`.${name}: setter`, descriptor?.set, undefined);
    const isPromise = idlType.generic === "Promise";
    await this.fails(isPromise, `.${name} of the prototype`, () => Reflect.get(prototype, name));
    await this.fails(isPromise, `.${name} of nothing`, () => descriptor?.get?.call(undefined));
    if (instance) this.equal(`.${name}: is there`, Reflect.get(instance, name) !== undefined, true);
  }

  private async checkOperation(
    prototype: object,
    name: string,
    overloads: readonly IDLMember[],
    instance: object | undefined,
  ): Promise<void> {
    const required = Math.min(...overloads.map((overload) => overload.arguments.filter((argument) => !argument.optional).length));
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
    this.flags(`.${name}()`, descriptor, "wec");
    const method = descriptor?.value as Callable;
    this.function(`.${name}()`, method, name, required);
    const isPromise = overloads[0].idlType.generic === "Promise";
    const values = Array(required).fill(null);
    for (const receiver of [{}, prototype, null, undefined, 1]) {
      await this.fails(isPromise, `.${name}() of ${typeof receiver}`, () => Reflect.apply(method, receiver, values));
    }
    if (!instance) return;
    for (let count = 0; count < required; count++) {
      await this.fails(isPromise, `.${name}() with ${count} arguments`, () => Reflect.apply(method, instance, Array(count).fill(null)));
    }
  }
}
