/** Elements as bytes, as numbers, as views, and in base64. */

import { expect, test } from "vitest";
import { byteLengthOf, bytesOf, fromBase64, numbersOf, toBase64, viewOf } from "../../src/document/index.js";
import type { MLNumber, MLOperandDataType } from "../../src/generated/types.js";

test.each<[MLOperandDataType, MLNumber[], number]>([
  ["float32", [1.5, -0.25, Infinity], 12],
  ["float16", [1.5, -(2 ** -24), 65504], 6],
  ["int32", [-(2 ** 31), 7, 2 ** 31 - 1], 12],
  ["uint32", [0, 2 ** 32 - 1], 8],
  ["int64", [-(2n ** 63n), 2n ** 63n - 1n], 16],
  ["uint64", [2n ** 64n - 1n], 8],
  ["int8", [-128, 127, 0], 3],
  ["uint8", [0, 255], 2],
  ["int4", [-8, 7, -1], 2],
  ["uint4", [0, 15, 9, 1, 2], 3],
])("%s crosses in both directions", (dataType, numbers, byteLength) => {
  const bytes = bytesOf(numbers, dataType);
  const descriptor = { dataType, shape: [numbers.length] };
  expect(bytes.length).toBe(byteLength);
  expect(byteLengthOf(descriptor)).toBe(byteLength);
  expect(numbersOf(bytes, descriptor)).toEqual(numbers);
  expect(viewOf(bytes, dataType).byteLength).toBe(byteLength);
});

test("4-bit elements lie with the first in the low half", () => {
  expect([...bytesOf([1, 2, -1], "int4")]).toEqual([0x21, 0x0f]);
});

test("views are copies, so that no alignment is asked of the bytes", () => {
  const bytes = bytesOf([1, 2], "float32");
  const shifted = new Uint8Array([0, ...bytes]).subarray(1);
  const view = viewOf(shifted, "float32") as Float32Array;
  shifted.fill(0);
  expect([...view]).toEqual([1, 2]);
});

test("base64 crosses in both directions, large ones too", () => {
  const bytes = Uint8Array.from({ length: 100_001 }, (_, index) => index * 7);
  expect(fromBase64(toBase64(bytes))).toEqual(bytes);
  expect(toBase64(Uint8Array.of(1, 2, 3, 255))).toBe("AQID/w==");
});
