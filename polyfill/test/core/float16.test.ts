import { expect, test } from "vitest";
import { fromFloat16Bits, toFloat16Bits } from "../../src/core/float16.js";

/** All finite float16 from zero up, as bits. */
const FINITE = Array.from({ length: 0x7c00 }, (_, half) => half);

test("every float16 is its own nearest float16, in both signs", () => {
  for (const half of FINITE) {
    expect(toFloat16Bits(fromFloat16Bits(half))).toBe(half);
    expect(toFloat16Bits(fromFloat16Bits(half | 0x8000))).toBe(half | 0x8000);
  }
});

test("halfway between two, the even one wins; beside it, the nearer", () => {
  for (const half of FINITE.slice(0, -1)) {
    const [low, high] = [fromFloat16Bits(half), fromFloat16Bits(half + 1)];
    const middle = (low + high) / 2;
    const apart = (high - low) * 2 ** -20;
    expect(toFloat16Bits(middle)).toBe(half + (half % 2));
    expect(toFloat16Bits(middle - apart)).toBe(half);
    expect(toFloat16Bits(-middle - apart)).toBe((half + 1) | 0x8000);
  }
});

test.each([
  [65519.99, 0x7bff],
  [65520, 0x7c00],
  [Number.NEGATIVE_INFINITY, 0xfc00],
  [Number.NaN, 0x7e00],
  [-0, 0x8000],
  [-Number.MIN_VALUE, 0x8000],
  [2 ** -25, 0],
  [2 ** -24, 1],
])("%s is 0x%s", (value, bits) => {
  expect(toFloat16Bits(value)).toBe(bits);
});

test("infinities and NaN are read", () => {
  expect([0x7c00, 0xfc00, 0x7e01].map(fromFloat16Bits)).toEqual([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]);
});
