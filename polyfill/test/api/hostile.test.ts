/** What hostile pages do: random arguments, graphs of many operands, objects used after their end, work that races. */

import { describe, expect, test } from "vitest";
import { createML, INTERFACES, MLGraphBuilder } from "../../src/api/index.js";
import type { MLContext, MLOperandDescriptor } from "../../src/api/types.js";
import { OPERATORS } from "../../src/generated/operators.js";
import { ENUMERATIONS } from "../../src/generated/types.js";
import { fakeContext } from "./fake.js";

const FLOATS: MLOperandDescriptor = { dataType: "float32", shape: [2, 3] };
const ROUNDS = Number(process.env.HOSTILE_ROUNDS ?? 60);

/** Numbers from 0 to below 1, the same in every run (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Makes values of every kind, valid ones among them. */
class Garbage {
  constructor(
    private readonly next: () => number,
    private readonly objects: readonly unknown[],
  ) {}

  private pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.next() * values.length)];
  }

  value(depth = 0): unknown {
    const kinds = [
      () => this.pick([undefined, null, true, false, Symbol("s"), () => 1, class {}]),
      () => this.pick([0, -0, 1, 2, 3, -1, 0.5, 8192, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53, 1e300, Number.NaN, Number.POSITIVE_INFINITY]),
      () => this.pick([0n, -1n, 2n ** 64n, 2n ** 200n]),
      () => this.pick(["", "a", "1", "\ud800", "__proto__", "constructor", ...Object.values(ENUMERATIONS).flat()]),
      () =>
        this.pick([new ArrayBuffer(24), new Uint8Array(24), new Float32Array(6), new DataView(new ArrayBuffer(4)), new BigInt64Array(2)]),
      () => this.pick(this.objects),
      () => this.pick([new Proxy({}, {}), revoked(), Object.create(null), new Map(), new Set([1, 2]), new Date(), /x/, Promise.resolve(1)]),
      () =>
        this.pick<unknown>([
          { [Symbol.iterator]: () => ({}) },
          { [Symbol.iterator]: 1 },
          { [Symbol.toPrimitive]: () => ({}) },
          { valueOf: null },
        ]),
      () => (depth > 2 ? [] : Array.from({ length: Math.floor(this.next() * 6) }, () => this.value(depth + 1))),
      () => (depth > 2 ? {} : this.dictionary(depth + 1)),
    ];
    return this.pick(kinds)();
  }

  /** An object with members that some dictionary has. */
  dictionary(depth: number): object {
    const members = [
      ...Object.values(OPERATORS).flatMap((rule) => rule.members.map((member) => member.name)),
      "dataType",
      "shape",
      "label",
    ];
    return Object.fromEntries(Array.from({ length: 4 }, () => [this.pick(members), this.value(depth)]));
  }
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** The kind of what a call fails with, or "". */
async function kindOf(steps: () => unknown): Promise<string> {
  try {
    await steps();
  } catch (error) {
    const { constructor: kind, name, message } = error as Error;
    return kind === TypeError || (kind as unknown) === DOMException ? "" : `${name}: ${message}`;
  }
  return "";
}

async function objectsOf(context: MLContext): Promise<unknown[]> {
  const builder = new MLGraphBuilder(context);
  const x = builder.input("x", FLOATS);
  const graph = await builder.build({ y: builder.neg(x) });
  const tensor = await context.createTensor({ ...FLOATS, readable: true, writable: true });
  const constant = await context.createConstantTensor(FLOATS, new Float32Array(6));
  return [context, builder, x, graph, tensor, constant, createML(), ...Object.values(INTERFACES)];
}

describe("random arguments end in a TypeError, a DOMException, or well", () => {
  test("for the methods of the builder", async () => {
    const next = random(1);
    for (const name of [...Object.keys(OPERATORS), "input", "constant", "build"]) {
      const { context } = fakeContext();
      const builder = new MLGraphBuilder(context);
      const operands = [FLOATS, { dataType: "int32", shape: [3] }, { dataType: "float16", shape: [1, 2, 4, 4] }] as const;
      const inputs = operands.map((descriptor, index) => builder.input(`x${index}`, descriptor as MLOperandDescriptor));
      const garbage = new Garbage(next, [...inputs, ...inputs, ...inputs, ...(await objectsOf(context))]);
      for (let round = 0; round < ROUNDS; round++) {
        const values = Array.from({ length: Math.floor(next() * 7) }, (_, index) => (next() < 0.6 && inputs[index]) || garbage.value());
        const method = Reflect.get(builder, name) as (...values: unknown[]) => unknown;
        expect(`${name}: ${await kindOf(() => Reflect.apply(method, builder, values))}`).toBe(`${name}: `);
      }
    }
  });

  test("for all other methods, attributes and constructors", async () => {
    const next = random(2);
    const { context } = fakeContext();
    const objects = await objectsOf(context);
    const garbage = new Garbage(next, objects);
    for (const [name, object] of Object.entries(INTERFACES)) {
      for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(object.prototype))) {
        const callable = (descriptor.value ?? descriptor.get) as (...values: unknown[]) => unknown;
        if (typeof callable !== "function" || key === "destroy" || key === "lost") continue; // lost stays pending
        for (let round = 0; round < ROUNDS; round++) {
          const values = Array.from({ length: Math.floor(next() * 4) }, () => garbage.value());
          const receiver = next() < 0.5 ? garbage.value() : objects[Math.floor(next() * objects.length)];
          expect(`${name}.${key}: ${await kindOf(() => Reflect.apply(callable, receiver, values))}`).toBe(`${name}.${key}: `);
        }
      }
      for (let round = 0; round < ROUNDS; round++) {
        expect(await kindOf(() => Reflect.construct(object as never, [garbage.value()]))).toBe("");
      }
    }
  });
});

describe("sizes", () => {
  test("a long chain of operators is built without recursion", async () => {
    const { context, backend } = fakeContext();
    const builder = new MLGraphBuilder(context);
    let last = builder.input("x", FLOATS);
    for (let count = 0; count < 100_000; count++) last = builder.neg(last);
    await builder.build({ y: last });
    expect(backend.compiled[0].operators).toHaveLength(100_000);
  });

  test("the greatest sizes are checked without being allocated", () => {
    const builder = new MLGraphBuilder(fakeContext().context);
    const huge = builder.input("huge", { dataType: "uint8", shape: [2 ** 31 - 1] });
    const wide = builder.input("wide", { dataType: "uint8", shape: [8193] });
    const scalar = builder.input("scalar", { dataType: "float32", shape: [1, 1, 1, 1] });
    expect(() => builder.concat([huge, huge], 0)).toThrow(TypeError);
    expect(() => builder.split(wide, 8193)).toThrow(TypeError);
    expect(() => builder.split(huge, 2 ** 32 - 1)).toThrow(TypeError);
    expect(() => builder.expand(scalar, [2 ** 16, 2 ** 16])).toThrow(TypeError);
    expect(() => builder.tile(scalar, [2 ** 32 - 1, 2 ** 32 - 1, 1, 1])).toThrow(TypeError);
    expect(() => builder.pad(scalar, Array(4).fill(2 ** 32 - 1), Array(4).fill(2 ** 32 - 1))).toThrow(TypeError);
    expect(() => builder.resample2d(scalar, { sizes: [2 ** 32 - 1, 2 ** 32 - 1] })).toThrow(TypeError);
    expect(() => builder.reshape(scalar, Array(100_000).fill(1))).toThrow(TypeError);
  });
});

describe("races", () => {
  test("work that goes on while everything is destroyed comes to an end", async () => {
    const { context } = fakeContext();
    const builder = new MLGraphBuilder(context);
    const graph = await builder.build({ y: builder.neg(builder.input("x", FLOATS)) });
    const tensors = await Promise.all(Array.from({ length: 20 }, () => context.createTensor({ ...FLOATS, readable: true })));
    const reads: Promise<unknown>[] = [];
    tensors.forEach((tensor, index) => {
      const previous = tensors[(index + 19) % 20];
      context.dispatch(graph, { x: previous }, { y: tensor });
      reads.push(context.readTensor(tensor), context.readTensor(tensor, new Float32Array(6)));
    });
    tensors.forEach((tensor, index) => {
      if (index % 3 === 0) tensor.destroy();
    });
    graph.destroy();
    context.destroy();
    const outcomes = await Promise.allSettled(reads);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ status: "rejected", reason: { name: "InvalidStateError" } });
  });
});
