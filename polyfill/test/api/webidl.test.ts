/** WebIDL's conversions, on values of every kind. */

import { describe, expect, test } from "vitest";
import { bufferSource, bytesOf, isDetached, validateBuffer, validateLength } from "../../src/api/buffers.js";
import * as webidl from "../../src/api/webidl.js";

const symbol = Symbol("s");

describe("numbers", () => {
  test.each([
    [webidl.enforcedUnsignedLong, "3", 3],
    [webidl.enforcedUnsignedLong, -0.9, 0],
    [webidl.enforcedUnsignedLong, 4294967295.9, 4294967295],
    [webidl.enforcedUnsignedLong, null, 0],
    [webidl.enforcedUnsignedLong, { valueOf: () => 7 }, 7],
    [webidl.enforcedUnsignedLong, { toString: () => "8", valueOf: (): object => ({}) }, 8],
    [webidl.enforcedUnsignedLong, { [Symbol.toPrimitive]: () => 9 }, 9],
    [webidl.enforcedLong, -2147483648, -2147483648],
    [webidl.unsignedLong, -1, 4294967295],
    [webidl.unsignedLong, Number.NaN, 0],
    [webidl.double, "1e3", 1000],
    [webidl.float, 0.1, Math.fround(0.1)],
    [webidl.mlNumber, 5n, 5n],
    [webidl.mlNumber, { valueOf: () => 6n }, 6n],
    [webidl.mlNumber, "abc", Number.NaN],
    [webidl.mlNumber, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  ])("%s of %s is %s", (convert, value, expected) => {
    expect((convert as webidl.Converter<unknown>)(value, "x")).toBe(expected);
  });

  test.each([
    [webidl.enforcedUnsignedLong, -1],
    [webidl.enforcedUnsignedLong, 2 ** 32],
    [webidl.enforcedUnsignedLong, Number.NaN],
    [webidl.enforcedUnsignedLong, Number.POSITIVE_INFINITY],
    [webidl.enforcedUnsignedLong, 1n],
    [webidl.enforcedUnsignedLong, symbol],
    [webidl.enforcedUnsignedLong, {}],
    [webidl.enforcedUnsignedLong, Object.create(null)],
    [webidl.enforcedUnsignedLong, { [Symbol.toPrimitive]: 3 }],
    [webidl.enforcedLong, 2 ** 31],
    [webidl.double, Number.NaN],
    [webidl.double, Number.NEGATIVE_INFINITY],
    [webidl.float, 1e39],
    [webidl.mlNumber, symbol],
  ])("%s refuses %s", (convert, value) => {
    expect(() => (convert as webidl.Converter<unknown>)(value, "x")).toThrow(TypeError);
  });
});

describe("strings and enumerations", () => {
  test("lone surrogates are replaced", () => {
    expect(webidl.usvString("a\ud800b\ud83d\ude00", "x")).toBe("a\ufffdb\u{1f600}");
    expect(webidl.usvString(null, "x")).toBe("null");
    expect(() => webidl.usvString(symbol, "x")).toThrow(TypeError);
  });

  test("a word is one of the enumeration, whatever object it comes from", () => {
    const layout = webidl.enumeration("Layout", ["nchw", "nhwc"]);
    expect(layout({ toString: () => "nhwc" }, "x")).toBe("nhwc");
    expect(() => layout("NHWC", "x: layout")).toThrow('x: layout: expected a word of Layout (nchw, nhwc); got "NHWC"');
    expect(() => layout(undefined, "x")).toThrow(TypeError);
  });
});

describe("sequences", () => {
  const longs = webidl.sequence(webidl.enforcedUnsignedLong);

  test("any iterable is one", () => {
    expect(longs(new Set([1, "2"]), "x")).toEqual([1, 2]);
    expect(longs(new Uint8Array([3, 4]), "x")).toEqual([3, 4]);
    expect(longs(new String("56"), "x")).toEqual([5, 6]);
  });

  test("what is not iterable is none", () => {
    for (const value of [undefined, null, 1, "12", {}, { length: 1, 0: 1 }, { [Symbol.iterator]: 1 }, { [Symbol.iterator]: () => 1 }]) {
      expect(() => longs(value, "x")).toThrow(TypeError);
    }
    expect(() => longs({ [Symbol.iterator]: () => ({ next: () => 1 }) }, "x")).toThrow(TypeError);
  });

  test("an endless one ends", () => {
    const endless = { [Symbol.iterator]: () => ({ next: () => ({ value: 1, done: false }) }) };
    expect(() => longs(endless, "x")).toThrow("a sequence of more than");
  });

  test("a number or a sequence", () => {
    const either = webidl.oneOrSequence(webidl.enforcedUnsignedLong);
    expect(either(3, "x")).toBe(3);
    expect(either([3], "x")).toEqual([3]);
    expect(either({ valueOf: () => 4 }, "x")).toBe(4);
  });
});

describe("dictionaries and records", () => {
  const point = webidl.dictionary<object>(
    "Point",
    [{ name: "z", converter: webidl.double }],
    [
      { name: "y", converter: webidl.double, fallback: 2 },
      { name: "x", converter: webidl.double, required: true },
    ],
  );

  test("inherited members are read first, each group in alphabetical order", () => {
    const read: PropertyKey[] = [];
    const spy = new Proxy({ x: 1 }, { get: (target, key) => (read.push(key) ? Reflect.get(target, key) : undefined) });
    expect(point(spy, "p")).toEqual({ x: 1, y: 2 });
    expect(read).toEqual(["z", "x", "y"]);
  });

  test("undefined and null have no members; other primitives are no dictionaries", () => {
    expect(webidl.dictionary("Empty", [])(null, "p")).toEqual({});
    for (const value of [undefined, null]) expect(() => point(value, "p")).toThrow("p: x is missing in Point");
    for (const value of [1, "x", true, symbol, 1n]) expect(() => point(value, "p")).toThrow(TypeError);
  });

  test("a member that was renamed is found under either name, the newer one first", () => {
    const renamed = webidl.dictionary("Renamed", [{ name: "now", formerName: "before", converter: webidl.double, fallback: 0 }]);
    expect(renamed({ before: 1 }, "r")).toEqual({ now: 1 });
    expect(renamed({ before: 1, now: 2 }, "r")).toEqual({ now: 2 });
    expect(renamed({}, "r")).toEqual({ now: 0 });
  });

  test("a record holds the object's own enumerable properties", () => {
    const named = webidl.record(webidl.double);
    const object = Object.create({ inherited: 1 }, { hidden: { value: 1, enumerable: false }, a: { value: 2, enumerable: true } });
    expect([...named(object, "r")]).toEqual([["a", 2]]);
    expect(() => named({ [symbol]: 1 }, "r")).toThrow(TypeError);
    expect(() => named("a", "r")).toThrow(TypeError);
  });
});

describe("buffers", () => {
  const floats = { dataType: "float32", shape: [2] } as const;

  test("buffers and views are taken, shared ones too", () => {
    const buffers = [new ArrayBuffer(8), new SharedArrayBuffer(8), new Float32Array(2), new DataView(new ArrayBuffer(8))];
    for (const value of buffers) expect(bufferSource(value, "b")).toBe(value);
    for (const value of [undefined, [1, 2], { byteLength: 8 }, "8", Object.create(ArrayBuffer.prototype)]) {
      expect(() => bufferSource(value, "b")).toThrow(TypeError);
    }
  });

  const resizables = "resizable" in ArrayBuffer.prototype ? "" : " (skipped: this JavaScript has none)";

  test.skipIf(resizables)(`resizable buffers are not${resizables}`, () => {
    const resizable = Reflect.construct(ArrayBuffer, [8, { maxByteLength: 16 }]) as ArrayBuffer;
    expect(() => bufferSource(resizable, "b")).toThrow("a buffer that can be resized is not taken");
    expect(() => bufferSource(new Uint8Array(resizable), "b")).toThrow(TypeError);
  });

  test("lengths and types must be those of the descriptor", () => {
    for (const value of [new ArrayBuffer(8), new Uint8Array(8), new Float32Array(2)]) validateBuffer(value, floats, "b");
    for (const value of [new ArrayBuffer(9), new Float32Array(3)])
      expect(() => validateBuffer(value, floats, "b")).toThrow("expected 8 bytes");
    for (const value of [new Int32Array(2), new DataView(new ArrayBuffer(8)), new Uint8ClampedArray(8)]) {
      expect(() => validateBuffer(value, floats, "b")).toThrow("expected Uint8Array or Float32Array for float32");
    }
    validateBuffer(new Uint16Array(2), { dataType: "float16", shape: [2] }, "b");
    validateBuffer(new Uint8Array(2), { dataType: "uint4", shape: [3] }, "b");
  });

  test("where only lengths matter, any view will do", () => {
    for (const value of [new ArrayBuffer(8), new DataView(new ArrayBuffer(8)), new Int8Array(8), new BigInt64Array(1)])
      validateLength(value, floats, "b");
    expect(() => validateLength(new Int8Array(9), floats, "b")).toThrow("b: expected 8 bytes for float32[2]; got 9");
    expect(() => validateLength(new Int8Array(7), floats, "b", true)).toThrow("b: expected at least 8 bytes");
    validateLength(new Int8Array(9), floats, "b", true);
  });

  test("a detached buffer is empty", () => {
    const view = new Float32Array(2);
    structuredClone(view.buffer, { transfer: [view.buffer] });
    expect(isDetached(view)).toBe(true);
    expect(isDetached(new Float32Array(0))).toBe(false);
    expect(() => validateBuffer(view, floats, "b")).toThrow(TypeError);
    expect(() => validateLength(view, floats, "b")).toThrow(TypeError);
    expect(bytesOf(new Float32Array([1])).length).toBe(4);
  });
});
