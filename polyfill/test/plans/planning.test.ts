import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../../src/core/builder.js";
import type { Operand } from "../../src/core/operand.js";
import { type Lifetime, place } from "../../src/webgpu/arena.js";
import { folded } from "../../src/webgpu/cost.js";
import { arranged, literal, words } from "../../src/webgpu/literals.js";
import { lower } from "../../src/webgpu/lowering/index.js";
import { DEFAULT_LIMITS, type Plan } from "../../src/webgpu/plan.js";
import { view, wgsl } from "../../src/webgpu/views.js";

/** Numbers below one that look random and are the same each time. */
function* numbers(): Generator<number> {
  for (let state = 1; ; state = (state * 48271) % 2147483647) yield state / 2147483647;
}

function firstFit(lifetimes: readonly Lifetime[]): number[] {
  const order = lifetimes.map((_, i) => i);
  order.sort((i, j) => lifetimes[j].byteLength - lifetimes[i].byteLength || lifetimes[i].first - lifetimes[j].first);
  const slots: Lifetime[][] = [];
  const places = Array<number>(lifetimes.length);
  for (const i of order) {
    const free = slots.findIndex((held) => held.every(({ first, last }) => lifetimes[i].first > last || lifetimes[i].last < first));
    places[i] = free < 0 ? slots.push([]) - 1 : free;
    slots[places[i]].push(lifetimes[i]);
  }
  return places;
}

describe("place", () => {
  it("takes the first slot in which nothing lives at the same time", () => {
    const random = numbers();
    const next = (most: number): number => Math.floor(random.next().value * most);
    for (let round = 0; round < 200; round++) {
      const lifetimes = Array.from({ length: next(40) }, () => {
        const first = next(30);
        return { first, last: first + next(8), byteLength: 4 * next(6) };
      });
      expect(place(lifetimes).places).toEqual(firstFit(lifetimes));
    }
  });
});

describe("folded", () => {
  it.each([
    [0 + 1, 65535, [1, 1, 1]],
    [65536, 65535, [32768, 2, 1]],
    [3 * 65535 * 65535, 65535, [65535, 65535, 3]],
    [7, 2, [2, 2, 2]],
  ])("spreads %i workgroups over dimensions of at most %i", (groups, most, expected) => {
    expect(folded(groups, most)).toEqual(expected);
  });
});

describe("literals", () => {
  it("are the bits of floats", () => {
    expect([1, -0, Number.NaN, Number.POSITIVE_INFINITY, 1e-46].map((value) => literal(value, "float32"))).toEqual([
      "number(0x3f800000u)",
      "number(0x80000000u)",
      "number(0x7fc00000u)",
      "number(0x7f800000u)",
      "number(0x0u)",
    ]);
  });

  it("are integers modulo their range", () => {
    expect(literal(-1n, "int64")).toBe("vec2<u32>(4294967295u, 4294967295u)");
    expect(literal(2n ** 63n + 5n, "uint64")).toBe("vec2<u32>(5u, 2147483648u)");
    expect(literal(-2, "int8")).toBe("bitcast<i32>(4294967294u)");
    expect(literal(7, "uint4")).toBe("7u");
  });
});

describe("words", () => {
  const bytes = new Uint8Array(16).map((_, i) => i);

  it("are a view of bytes that are laid out so", () => {
    expect(words(bytes).buffer).toBe(bytes.buffer);
    expect(words(bytes)[1]).toBe(0x07060504);
  });

  it("are copied from bytes that are not, and filled up with zeros", () => {
    expect([...words(bytes.subarray(1, 7))]).toEqual([0x04030201, 0x00000605]);
  });
});

describe("arranged", () => {
  const turned = view([3, 2], [1, 3]);

  it("turns matrices of elements of any width", () => {
    expect([...arranged(Uint8Array.of(1, 2, 3, 4, 5, 6), "int8", turned)]).toEqual([1, 4, 2, 5, 3, 6]);
    const halves = new Uint8Array(Uint16Array.of(0, 1, 2, 3, 4, 5, 6).buffer).subarray(2);
    expect([...new Uint16Array(arranged(halves, "float16", turned).buffer)]).toEqual([1, 4, 2, 5, 3, 6]);
    expect([...arranged(Uint8Array.of(0x21, 0x43, 0x65), "uint4", turned)]).toEqual([0x41, 0x52, 0x63]);
  });
});

describe("views", () => {
  it("join dimensions that lie behind one another", () => {
    expect(view([2, 1, 3, 4], [12, 7, 4, 1])).toEqual({ sizes: [24], strides: [1], offset: 0 });
    expect(view([2, 3], [1, 2], 5)).toEqual({ sizes: [2, 3], strides: [1, 2], offset: 5 });
  });

  it("are functions of WGSL, modulo 2^32", () => {
    const text = "fn x_at(i: u32) -> u32 { return 5u + (i / 3u) * 4294967295u + ((i) % 3u) * 2u; }";
    expect(wgsl("x", { sizes: [2, 3], strides: [-1, 2], offset: 5 })).toBe(text);
    expect(wgsl("x", view([1], [9]))).toBe("fn x_at(i: u32) -> u32 { return 0u; }");
  });
});

describe("lower", () => {
  const image = { dataType: "float32", shape: [4, 4] } as const;

  function planOf(make: (b: GraphBuilder, x: Operand) => Operand, limits = DEFAULT_LIMITS): Plan {
    const b = new GraphBuilder();
    return lower(b.finish(new Map([["y", make(b, b.input("x", image))]])), limits).plan;
  }

  it("fuses element-wise operators into what they follow", () => {
    const plan = planOf((b, x) => b.op("relu", { input: b.op("exp", { input: b.op("softmax", { input: x, axis: 1 }) }) }));
    expect(plan.steps.map((step) => [step.kernel, step.operators])).toEqual([["softmax", [0, 1, 2]]]);
  });

  it("copies an output that is an input in another shape", () => {
    const plan = planOf((b, x) => b.op("reshape", { input: x, newShape: [16] }));
    expect(plan.steps.map((step) => step.kernel)).toEqual(["copy"]);
    expect(plan.buffers.map((buffer) => buffer.role)).toEqual(["input", "output"]);
  });

  it("refuses what a device cannot bind, by the operator's name and label", () => {
    const softmax = (b: GraphBuilder, x: Operand): Operand => b.op("softmax", { input: x, axis: 0, label: "wide" });
    expect(() => planOf(softmax, { ...DEFAULT_LIMITS, binding_bytes: 8 })).toThrow(
      /^softmax \[wide\] is refused: .* 8 storage buffers of 8 bytes/,
    );
  });

  it("plans deep graphs", () => {
    const deep = (b: GraphBuilder, x: Operand): Operand => {
      let y = x;
      for (let i = 0; i < 10_000; i++) y = i % 3 === 0 ? b.op("softmax", { input: y, axis: 1 }) : b.op("add", { a: y, b: x });
      return y;
    };
    expect(planOf(deep).steps).toHaveLength(3334);
  });
});
