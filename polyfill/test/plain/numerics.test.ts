/** The numbers: float16 in all its values, integers at their ends, NaN and negative zero. */

import { describe, expect, test } from "vitest";
import { fromFloat16Bits, toFloat16Bits } from "../../src/core/float16.js";
import type { DataType } from "../../src/core/types.js";
import type { OperatorName } from "../../src/generated/operators.js";
import { load, roundToFloat16, stored } from "../../src/plain/elements.js";
import { erf, erfc, pow, roundEven } from "../../src/plain/functions.js";
import { createPlainBackend } from "../../src/plain/index.js";
import { bytesOf, graphOf, run } from "./graphs.js";

const backend = createPlainBackend();

/** One operator on operands of one type, each a vector; the first output's bytes. */
async function apply(name: OperatorName, dataType: DataType, operands: readonly ArrayBufferView[], length: number, members: object = {}) {
  const names = operands.length === 1 ? [name === "isNaN" ? "a" : "input"] : ["a", "b"];
  const descriptors = operands.map(() => ({ dataType, shape: [length] }));
  const graph = graphOf(descriptors, (b, given) => {
    const taken = Object.fromEntries(given.map((operand, i) => [names[i], operand]));
    return b.apply(name, { ...taken, ...members } as never);
  });
  const inputs = Object.fromEntries(operands.map((operand, i) => [`x${i}`, bytesOf(operand)]));
  return (await run(backend, graph, inputs)).y0;
}

const floats = (bytes: Uint8Array): number[] => [...new Float32Array(bytes.slice().buffer)];
const bigs = (bytes: Uint8Array): bigint[] => [...new BigInt64Array(bytes.slice().buffer)];

describe("float16", () => {
  const all = Uint16Array.from({ length: 65536 }, (_, i) => i);
  const values = Float64Array.from(all, fromFloat16Bits);

  test("every value is read as what its bits say, and written as the same bits", () => {
    const elements = new Float32Array(65536);
    load(elements, bytesOf(all), "float16");
    expect(elements.every((value, i) => Object.is(value, values[i]) || (Number.isNaN(value) && Number.isNaN(values[i])))).toBe(true);
    expect(Buffer.compare(stored(elements, "float16"), bytesOf(all))).toBe(0);
  });

  test("every value stays what it is when it is rounded, and halfway goes to the even one", () => {
    const rounded = new Float32Array(65536);
    roundToFloat16(values, rounded);
    expect(rounded.findIndex((value, i) => !Object.is(value, values[i]) && !Number.isNaN(values[i]))).toBe(-1);
    for (let bits = 0; bits < 0x7bff; bits++) {
      const [low, high] = [values[bits], values[bits + 1]];
      const middle = (low + high) / 2;
      const around = Float64Array.of(middle, middle * (1 - 2 ** -50), middle * (1 + 2 ** -50), -middle);
      const got = new Float32Array(4);
      roundToFloat16(around, got);
      const even = bits % 2 === 0 ? low : high;
      if (!(got[0] === even && got[1] === low && got[2] === high && Object.is(got[3], -even))) expect([bits, ...got]).toEqual([]);
    }
  });

  test("doubles of any size are rounded as the core rounds them", () => {
    const doubles = Float64Array.from({ length: 20000 }, (_, i) => (i % 2 ? 1 : -1) * Math.random() * 2 ** (Math.random() * 50 - 32));
    doubles.set([
      65504,
      65519.999999999,
      65520,
      1e300,
      -1e300,
      Number.MAX_VALUE,
      Number.MIN_VALUE,
      -Number.MIN_VALUE,
      2 ** -25,
      2 ** -24 * 1.5,
      -0,
    ]);
    const rounded = new Float32Array(doubles.length);
    roundToFloat16(doubles, rounded);
    expect(doubles.findIndex((value, i) => !Object.is(rounded[i], fromFloat16Bits(toFloat16Bits(value))))).toBe(-1);
  });

  test("a sum is rounded once", async () => {
    // 2048 + 1.0009765625 lies just above the middle between 2048 and 2050
    const [a, b] = [Uint16Array.of(toFloat16Bits(2048)), Uint16Array.of(toFloat16Bits(1.0009765625))];
    const sum = await apply("add", "float16", [a, b], 1);
    expect(fromFloat16Bits(new Uint16Array(sum.buffer)[0])).toBe(2050);
  });
});

describe("int64", () => {
  const edges = [0n, 1n, -1n, 2n, -2n, 3n, 2n ** 31n, -(2n ** 31n), 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n), -(2n ** 63n) + 1n];
  const [left, right] = [edges.flatMap((a) => edges.map(() => a)), edges.flatMap(() => edges)];
  const wrap = (x: bigint): bigint => BigInt.asIntN(64, x);
  const power = (a: bigint, b: bigint): bigint => {
    if (b < 0n) return a === 1n ? 1n : a === -1n ? (b % 2n ? -1n : 1n) : 0n;
    return wrap(a ** b);
  };
  const expected: Partial<Record<OperatorName, (a: bigint, b: bigint) => bigint>> = {
    add: (a, b) => wrap(a + b),
    sub: (a, b) => wrap(a - b),
    mul: (a, b) => wrap(a * b),
    div: (a, b) => (b === 0n ? 0n : wrap(a / b)),
    max: (a, b) => (a > b ? a : b),
    min: (a, b) => (a < b ? a : b),
  };

  test.each(Object.keys(expected) as OperatorName[])("%s is exact, and wraps", async (name) => {
    const f = expected[name] as (a: bigint, b: bigint) => bigint;
    const got = bigs(await apply(name, "int64", [BigInt64Array.from(left), BigInt64Array.from(right)], left.length));
    expect(got).toEqual(left.map((a, i) => f(a, right[i])));
  });

  test("pow wraps, and truncates where the exponent is negative", async () => {
    const bases = [0n, 1n, -1n, 2n, -3n, 7n, 2n ** 62n, -(2n ** 63n)];
    const exponents = [0n, 1n, 2n, 3n, 63n, 64n, -1n, -2n];
    const [a, b] = [bases.flatMap((base) => exponents.map(() => base)), bases.flatMap(() => exponents)];
    const got = bigs(await apply("pow", "int64", [BigInt64Array.from(a), BigInt64Array.from(b)], a.length));
    expect(got).toEqual(a.map((base, i) => power(base, b[i])));
  });

  test("the least one is its own negative and absolute value", async () => {
    const least = BigInt64Array.of(-(2n ** 63n));
    expect(bigs(await apply("neg", "int64", [least], 1))).toEqual([...least]);
    expect(bigs(await apply("abs", "int64", [least], 1))).toEqual([...least]);
  });

  test("is cast with one rounding, its low bits, or saturated", async () => {
    // just above the middle between two float32: by way of a double, it would be rounded down to even
    const above = BigInt64Array.of(2n ** 60n + 2n ** 36n + 1n, -(2n ** 60n) - 2n ** 36n - 1n);
    expect(floats(await apply("cast", "int64", [above], 2, { dataType: "float32" }))).toEqual([2 ** 60 + 2 ** 37, -(2 ** 60) - 2 ** 37]);
    const low = await apply("cast", "int64", [BigInt64Array.of(2n ** 40n + 200n, -1n)], 2, { dataType: "uint8" });
    expect([...low]).toEqual([200, 255]);
    const far = Float32Array.of(1e30, -1e30, Number.NaN, -2.9, Number.POSITIVE_INFINITY);
    const saturated = bigs(await apply("cast", "float32", [far], 5, { dataType: "int64" }));
    expect(saturated).toEqual([2n ** 63n - 1n, -(2n ** 63n), 0n, -2n, 2n ** 63n - 1n]);
  });
});

describe("narrow integers", () => {
  test("products wrap modulo their range", async () => {
    const random = () => Math.floor(Math.random() * 2 ** 32) | 0;
    const [a, b] = [Int32Array.from({ length: 500 }, random), Int32Array.from({ length: 500 }, random)];
    const signed = await apply("mul", "int32", [a, b], 500);
    const unsigned = await apply("mul", "uint32", [new Uint32Array(a.buffer), new Uint32Array(b.buffer)], 500);
    const expected = Int32Array.from(a, (x, i) => Number(BigInt.asIntN(32, BigInt(x) * BigInt(b[i]))));
    expect([...new Int32Array(signed.buffer)]).toEqual([...expected]);
    expect(Buffer.compare(unsigned, bytesOf(expected))).toBe(0);
  });

  test("division truncates, gives zero for a divisor of zero, and wraps the least by -1", async () => {
    const quotients = await apply("div", "int8", [Int8Array.of(-7, 7, 5, -128, 100), Int8Array.of(2, -2, 0, -1, 3)], 5);
    expect([...new Int8Array(quotients.buffer)]).toEqual([-3, -3, 0, -128, 33]);
  });

  test("a negative power is that of the wrapped product", async () => {
    // 3 ** 64 is 1 modulo 256, and 16 ** 2 is 0
    const powers = await apply("pow", "int8", [Int8Array.of(3, 16, -1, 2), Int8Array.of(-64, -2, -3, -1)], 4);
    expect([...new Int8Array(powers.buffer)]).toEqual([1, 0, -1, 0]);
  });
});

describe("NaN and negative zero", () => {
  const odd = Float32Array.of(Number.NaN, -0, 0, Number.NEGATIVE_INFINITY, -0.3);

  test.each([
    ["relu", [Number.NaN, 0, 0, 0, 0]],
    ["sign", [Number.NaN, -0, 0, -1, -1]],
    ["abs", [Number.NaN, 0, 0, Number.POSITIVE_INFINITY, Math.fround(0.3)]],
    ["neg", [Number.NaN, 0, -0, Number.POSITIVE_INFINITY, Math.fround(0.3)]],
    ["roundEven", [Number.NaN, -0, 0, Number.NEGATIVE_INFINITY, -0]],
    ["ceil", [Number.NaN, -0, 0, Number.NEGATIVE_INFINITY, -0]],
    ["clamp", [Number.NaN, -0, 0, Number.NEGATIVE_INFINITY, Math.fround(-0.3)]],
    ["softsign", [Number.NaN, -0, 0, -1, Math.fround(Math.fround(-0.3) / (1 + Math.fround(0.3)))]],
    ["erf", [Number.NaN, -0, 0, -1, Math.fround(-0.3286267677)]],
  ] as const)("%s", async (name, expected) => {
    expect(floats(await apply(name, "float32", [odd], 5))).toEqual(expected);
  });

  test("an extreme of anything and NaN is NaN", async () => {
    const [a, b] = [Float32Array.of(Number.NaN, 1, Number.NaN), Float32Array.of(1, Number.NaN, Number.NaN)];
    expect(floats(await apply("max", "float32", [a, b], 3))).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect(floats(await apply("reduceMin", "float32", [odd], 5))).toEqual([Number.NaN]);
    const place = await apply("argMax", "float32", [Float32Array.of(1, Number.POSITIVE_INFINITY, Number.NaN, Number.NaN)], 4, { axis: 0 });
    expect([...new Int32Array(place.buffer)]).toEqual([2]);
  });
});

describe("functions", () => {
  test("erf and erfc keep their digits", () => {
    // from mpmath, to 17 digits
    const known = [
      [0.1, 0.1124629160182849, 0.8875370839817152],
      [0.49, 0.5116682611885229, 0.48833173881147707],
      [0.5, 0.5204998778130465, 0.4795001221869535],
      [1, 0.8427007929497149, 0.15729920705028513],
      [3, 0.9999779095030014, 2.209049699858544e-5],
      [9, 1, 4.13703174651381e-37],
    ];
    for (const [x, wholly, rest] of known) {
      expect(Math.abs(erf(x) / wholly - 1)).toBeLessThan(1e-13);
      expect(Math.abs(erfc(x) / rest - 1)).toBeLessThan(1e-12);
      expect(erf(-x)).toBe(-erf(x));
    }
  });

  test("powers and rounding are those of C", () => {
    expect([pow(1, Number.NaN), pow(-1, Number.NEGATIVE_INFINITY), pow(Number.NaN, 0), pow(2, -1)]).toEqual([1, 1, 1, 0.5]);
    expect([0.5, 1.5, 2.5, -0.5, -1.5, 2 ** 52 + 1, 1e300].map(roundEven)).toEqual([0, 2, 2, -0, -2, 2 ** 52 + 1, 1e300]);
  });
});
