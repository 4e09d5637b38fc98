import { expect, test } from "vitest";
import * as shapes from "../../src/core/shapes.js";

test.each([
  [
    [2, 3],
    [2, 3],
    [2, 3],
  ],
  [[3], [2, 1], [2, 3]],
  [[], [4], [4]],
  [[1, 5, 1], [7], [1, 5, 7]],
  [[2], [3], undefined],
  [[2, 1], [3, 3], undefined],
])("broadcast %j and %j is %j", (a, b, both) => {
  expect(shapes.broadcast(a, b)).toEqual(both);
  expect(shapes.broadcast(b, a)).toEqual(both);
});

test("broadcasting to a target never changes the target", () => {
  expect(shapes.broadcastsTo([1, 3], [2, 3])).toBe(true);
  expect(shapes.broadcastsTo([2, 3], [1, 3])).toBe(false);
  expect(shapes.broadcastsTo([1, 1, 3], [2, 3])).toBe(false);
});

test("blocks divide every dimension, in tensors of one rank", () => {
  expect(shapes.blockwise([1, 2], [3, 4])).toBe(true);
  expect(shapes.blockwise([2, 2], [3, 4])).toBe(false);
  expect(shapes.blockwise([4], [3, 4])).toBe(false);
});

test("reduced dimensions go, or stay with size 1", () => {
  expect(shapes.reduced([2, 3, 4], [0, 2], false)).toEqual([3]);
  expect(shapes.reduced([2, 3, 4], [0, 2], true)).toEqual([1, 3, 1]);
});

test("a window fits as often as its padding, stride and dilation allow", () => {
  expect(shapes.convSize(5, 3, [1, 1], 2, 1)).toBe(3);
  expect(shapes.convSize(6, 3, [0, 0], 2, 1)).toBe(2);
  expect(shapes.convSize(6, 3, [0, 0], 2, 1, "ceil")).toBe(3);
  expect(shapes.convSize(3, 3, [0, 0], 1, 2)).toBeLessThan(1);
  expect(shapes.convTransposeSize(3, 3, [0, 1], 2, 2)).toBe(8);
});

test("layouts are brought into another order and back", () => {
  expect(shapes.arranged([1, 5, 6, 3], "nhwc", "nchw")).toEqual([1, 3, 5, 6]);
  expect(shapes.arranged([1, 3, 5, 6], "nchw", "nhwc")).toEqual([1, 5, 6, 3]);
  expect(shapes.axesOrder("hwio", "oihw")).toEqual([3, 2, 0, 1]);
});

test("axes are those given, or all from the first one", () => {
  expect(shapes.axesOf(3, undefined)).toEqual([0, 1, 2]);
  expect(shapes.axesOf(3, undefined, 1)).toEqual([1, 2]);
  expect(shapes.axesOf(0, undefined, 1)).toEqual([]);
  expect(shapes.axesOf(3, [2])).toEqual([2]);
});
