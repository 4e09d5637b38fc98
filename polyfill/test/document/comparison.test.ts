/** Distances in ULP, and the verdict on an output. */

import { describe, expect, test } from "vitest";
import { bytesOf, compare, distanceOf, numberToHalf, unravel } from "../../src/document/index.js";
import type { MLNumber, MLOperandDataType } from "../../src/generated/types.js";

const EXACT = { ulp: 0, absolute: 0, zeroSign: false };
const ULP = 2 ** -23;

function compared(got: MLNumber[], wanted: MLNumber[], bound: Partial<typeof EXACT> = {}, dataType: MLOperandDataType = "float32") {
  return compare(bytesOf(got, dataType), bytesOf(wanted, dataType), { dataType, shape: [got.length] }, { ...EXACT, ...bound });
}

describe("distances", () => {
  test.each<[MLOperandDataType, MLNumber, MLNumber, number]>([
    ["float32", 1, 1, 0],
    ["float32", 1, 1 + ULP, 1],
    ["float32", 0, -0, 0],
    ["float32", 2 ** -149, -(2 ** -149), 2],
    ["float32", 3.4028234663852886e38, Infinity, 1],
    ["float32", NaN, NaN, 0],
    ["float16", 1, 1 + 2 ** -10, 1],
    ["float16", 0, 2 ** -24, 1],
    ["float16", 2 ** -14, 2 ** -14 - 2 ** -24, 1],
    ["float16", 65504, Infinity, 1],
    ["float16", -65504, -Infinity, 1],
    ["int32", -2147483648, 2147483647, 4294967295],
    ["int64", -(2n ** 63n), 2n ** 63n - 1n, 2 ** 64],
    ["uint64", 2n ** 64n - 1n, 2n ** 64n - 3n, 2],
    ["int4", -8, 7, 15],
  ])("%s: %s and %s are %s apart", (dataType, a, b, expected) => {
    expect(distanceOf(dataType)(a, b)).toBe(expected);
    expect(distanceOf(dataType)(b, a)).toBe(expected);
  });

  test("every float16 is one step from the next", () => {
    const distance = distanceOf("float16");
    let before = -Infinity;
    for (let bits = 0xfbff; bits > 0x8000; bits--) {
      const value = fromHalf(bits);
      expect(distance(before, value)).toBe(1);
      before = value;
    }
  });
});

function fromHalf(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  return (bits & 0x8000 ? -1 : 1) * (exponent ? (1024 + fraction) * 2 ** (exponent - 25) : fraction * 2 ** -24);
}

describe("verdicts", () => {
  test("equal bits agree, and two NaN whatever their bits", () => {
    expect(compared([1, NaN], [1, NaN])).toEqual({ agrees: true, ulp: 0, absolute: 0, reason: "" });
    const other = bytesOf([NaN], "float32").map((byte, index) => (index === 0 ? byte ^ 1 : byte));
    expect(compare(other, bytesOf([NaN], "float32"), { dataType: "float32", shape: [] }, EXACT).agrees).toBe(true);
  });

  test("either bound is enough", () => {
    expect(compared([1 + ULP], [1]).agrees).toBe(false);
    expect(compared([1 + ULP], [1], { ulp: 1 })).toMatchObject({ agrees: true, ulp: 1 });
    expect(compared([1e-9], [0], { absolute: 1e-8 }).agrees).toBe(true);
  });

  test("a NaN beside a number is never within any bound", () => {
    const found = compared([NaN, 2], [1, 2], { ulp: Number.MAX_SAFE_INTEGER, absolute: Infinity });
    expect(found).toMatchObject({ agrees: false, ulp: null });
    expect(found.reason).toBe("got NaN, expected 1 at [0]: one is NaN; 1 of 2 elements are wrong");
  });

  test("infinities agree with themselves alone, unless ULP allow", () => {
    expect(compared([Infinity], [Infinity]).agrees).toBe(true);
    expect(compared([Infinity], [-Infinity], { absolute: 1e30 }).agrees).toBe(false);
    expect(compared([3.4028234663852886e38], [Infinity], { ulp: 1 }).agrees).toBe(true);
  });

  test("the sign of zero counts where the bound says so", () => {
    expect(compared([-0], [0]).agrees).toBe(true);
    const found = compared([-0], [0], { zeroSign: true });
    expect(found).toMatchObject({ agrees: false, reason: "got -0, expected 0 at [0]: the sign of zero differs" });
  });

  test("the worst element is named, with its place", () => {
    const descriptor = { dataType: "float32", shape: [2, 2] } as const;
    const found = compare(bytesOf([1, 2, 5, 4], "float32"), bytesOf([1, 2 + 2 * ULP, 3, 4], "float32"), descriptor, EXACT);
    expect(found.reason).toMatch(/^got 5, expected 3 at \[1, 0\]: \d+ ULP, allowed 0 ULP; 2 of 4 elements are wrong$/);
  });

  test("64-bit integers are compared exactly", () => {
    const found = compared([2n ** 60n + 1n], [2n ** 60n], {}, "int64");
    expect(found).toMatchObject({ agrees: false, ulp: 1, absolute: 1 });
  });

  test("another length is no agreement", () => {
    expect(compare(new Uint8Array(4), new Uint8Array(8), { dataType: "float32", shape: [2] }, EXACT).agrees).toBe(false);
  });
});

test("places are found from places in memory", () => {
  expect(unravel(11, [2, 3, 4])).toEqual([0, 2, 3]);
  expect(unravel(0, [])).toEqual([]);
});

test("numbers become float16 as IEEE 754 rounds them", () => {
  for (const [value, bits] of [
    [1, 0x3c00],
    [0, 0],
    [-0, 0x8000],
    [65519, 0x7bff],
    [65520, 0x7c00],
    [2 ** -24, 1],
    [2 ** -25, 0],
    [2 ** -14, 0x0400],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [2047.9, 0x6800],
  ]) {
    expect(numberToHalf(value)).toBe(bits);
  }
});
