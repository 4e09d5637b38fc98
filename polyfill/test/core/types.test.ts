import { expect, test } from "vitest";
import { castNumber, type DataType, faultOf, integerRange, numberText, productText, scalarBytes } from "../../src/core/types.js";
import type { MLNumber } from "../../src/generated/types.js";

test.each<[MLNumber, DataType, MLNumber]>([
  [0.1, "float32", Math.fround(0.1)],
  [1e39, "float32", Number.POSITIVE_INFINITY],
  [65519.99, "float16", 65504],
  [65520, "float16", Number.POSITIVE_INFINITY],
  [2n ** 24n + 1n, "float32", 2 ** 24],
  [(1n << 60n) + (1n << 36n) + 1n, "float32", 2 ** 60 + 2 ** 37],
  [Number.NaN, "int32", 0],
  [Number.NEGATIVE_INFINITY, "int8", -128],
  [2.5, "int8", 2],
  [3.5, "uint4", 4],
  [-0.5, "int32", 0],
  [1e300, "uint64", 2n ** 64n - 1n],
  [2n ** 63n, "int64", 2n ** 63n - 1n],
  [2 ** 53, "int64", 2n ** 53n],
  [300, "uint8", 255],
])("%s as %s is %s", (value, dataType, cast) => {
  expect(castNumber(value, dataType)).toBe(cast);
});

test.each<[MLNumber, DataType, number[]]>([
  [-2, "float32", [0, 0, 0, 0xc0]],
  [-2, "float16", [0, 0xc0]],
  [-2, "int32", [0xfe, 0xff, 0xff, 0xff]],
  [2 ** 32 - 2, "uint32", [0xfe, 0xff, 0xff, 0xff]],
  [-2n, "int64", [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
  [2n ** 64n, "uint64", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
  [-2, "int8", [0xfe]],
  [-2, "uint8", [0]],
  [-2, "int4", [0x0e]],
  [9, "uint4", [0x09]],
])("one element %s of %s is stored as %j", (value, dataType, bytes) => {
  expect([...scalarBytes(value, dataType)]).toEqual(bytes);
});

test.each<[readonly number[], string]>([
  [[0], "every dimension must be from 1 to 2147483647; shape [0]"],
  [[2 ** 31], "every dimension must be from 1 to 2147483647; shape [2147483648]"],
  [new Array(9).fill(1), "the rank must be at most 8; 9"],
  [[65536, 32768], "the number of elements must be at most 2147483647; 2147483648 in shape [65536, 32768]"],
  [[2147483647, 2147483647], "the number of elements must be at most 2147483647; 4611686014132420609 in shape [2147483647, 2147483647]"],
  [[536870912], "the byte length must be at most 2147483647; 2147483648"],
])("shape %j of float32 is not valid", (shape, fault) => {
  expect(faultOf({ dataType: "float32", shape })?.join("; ")).toBe(fault);
});

test("descriptors at the limits are valid", () => {
  expect(faultOf({ dataType: "int8", shape: [2147483647] })).toBeUndefined();
  expect(faultOf({ dataType: "float32", shape: [] })).toBeUndefined();
  expect(faultOf({ dataType: "int4", shape: [1, 1, 1, 1, 1, 1, 1, 3] })).toBeUndefined();
});

test("numbers in messages are exact, and those of floats have a point", () => {
  expect(productText([2147483647, 2147483647])).toBe("4611686014132420609");
  expect(productText([])).toBe("1");
  expect(numberText(7, "float16")).toBe("7.0");
  expect(numberText(0.5, "float32")).toBe("0.5");
  expect(numberText(2n ** 60n, "int64")).toBe("1152921504606846976");
  expect(integerRange("int64")).toEqual([-(2n ** 63n), 2n ** 63n - 1n]);
});
