import { expect, test } from "vitest";
import { GraphBuilder } from "../../src/core/builder.js";
import { graphFromDocument, graphToDocument } from "../../src/core/document.js";
import { GraphFileError } from "../../src/core/errors.js";

const x = { dataType: "float32", shape: [2] };
const relu = { operator: "relu", input: "x", outputs: ["v0"] };
const valid = { webnpu: 1, inputs: { x }, constants: {}, operators: [relu], outputs: { y: "v0" } };
const withOperator = (members: object) => ({ ...valid, operators: [{ ...relu, ...members }] });
const clamp = (members: object) => withOperator({ operator: "clamp", ...members });

test("a document is read, and written as it was", () => {
  expect(graphToDocument(graphFromDocument(valid, {}))).toEqual(valid);
});

test("names that are members of every object are names like others", () => {
  const text =
    '{"webnpu":1,"inputs":{"__proto__":{"dataType":"int8","shape":[1]}},"constants":{},"operators":[{"operator":"identity","input":"__proto__","outputs":["constructor"]}],"outputs":{"__proto__":"constructor"}}';
  const graph = graphFromDocument(JSON.parse(text), {});
  expect([...graph.inputs.keys(), ...graph.outputs.keys()]).toEqual(["__proto__", "__proto__"]);
  expect(JSON.stringify(graphToDocument(graph))).toBe(text.replaceAll('"constructor"', '"v0"'));
});

test.each([
  [{ minValue: "NaN" }, { minValue: Number.NaN }, { minValue: "NaN" }],
  [{ maxValue: "-Infinity" }, { maxValue: Number.NEGATIVE_INFINITY }, { maxValue: "-Infinity" }],
  [{ maxValue: "9007199254740993" }, { maxValue: 9007199254740993n }, { maxValue: "9007199254740993" }],
  [{ maxValue: "9007199254740992" }, { maxValue: 2n ** 53n }, { maxValue: 2 ** 53 }],
  [{ maxValue: null, label: "l" }, { label: "l" }, { label: "l" }],
])("numbers beyond JSON are strings: %j", (members, read, written) => {
  const graph = graphFromDocument(clamp(members), {});
  expect(graph.operators[0]).toMatchObject(read);
  expect(graphToDocument(graph).operators).toEqual([{ operator: "clamp", input: "x", outputs: ["v0"], ...written }]);
});

test("options at their defaults are left out, whatever spells them", () => {
  const b = new GraphBuilder();
  const input = b.input("x", { dataType: "int8", shape: [2] });
  const y = b.op("pad", { input, beginningPadding: [1], endingPadding: [0], mode: "constant", value: 0n });
  expect(graphToDocument(b.finish(new Map([["y", y]]))).operators).toEqual([
    { operator: "pad", input: "x", beginningPadding: [1], endingPadding: [0], outputs: ["v0"] },
  ]);
});

test("constants are kept, not copied", () => {
  const bytes = new Uint8Array(8);
  const graph = graphFromDocument({ ...withOperator({ input: "c" }), constants: { c: x } }, { c: bytes });
  expect(graph.constants[0].bytes).toBe(bytes);
});

test.each<[unknown, string]>([
  [null, "the whole must be an object; got null"],
  [[], "the whole must be an object; got []"],
  [{ ...valid, webnpu: 2 }, "webnpu must be 1, the version of the format; got 2"],
  [{ ...valid, extra: 1 }, '"extra" is not a member of a document'],
  [{ ...valid, inputs: undefined }, "inputs must be an object; got none"],
  [{ ...valid, inputs: { "": x } }, "the name of an input must not be empty"],
  [{ ...valid, inputs: { x: { ...x, dataType: "float64" } } }, 'input "x": dataType must be one of float32, float16'],
  [{ ...valid, inputs: { x: { ...x, shape: [1.5] } } }, 'input "x": shape must be a list of integers; got [1.5]'],
  [{ ...valid, inputs: { x: { ...x, shape: [0] } } }, 'input "x": every dimension must be from 1 to 2147483647; got shape [0]'],
  [{ ...valid, inputs: { x: { ...x, name: "x" } } }, 'input "x": "name" is not a member of a descriptor'],
  [{ ...valid, constants: { x } }, 'the name "x" is given twice'],
  [{ ...valid, constants: { c: x } }, 'constant "c" has no data'],
  [{ ...valid, constants: { toString: x } }, 'constant "toString" has no data'],
  [{ ...valid, constants: { short: x } }, 'constant "short": float32[2] takes 8 bytes; got 7'],
  [{ ...valid, operators: {} }, "operators must be a list; got {}"],
  [{ ...valid, operators: [7] }, "operator 0 must be an object; got 7"],
  [withOperator({ operator: "constructor" }), 'operator 0: "constructor" is not an operator'],
  [withOperator({ input: "v0" }), 'operator 0 (relu): input: "v0" is not a value that stands before it'],
  [withOperator({ input: ["x"] }), 'operator 0 (relu): input: ["x"] is not a value that stands before it'],
  [withOperator({ operator: "concat", input: undefined, inputs: "x" }), "unknown argument input"],
  [withOperator({ outputs: [] }), "operator 0 (relu): outputs must name its 1 outputs; got []"],
  [withOperator({ outputs: ["x"] }), 'operator 0 (relu): the name "x" is given twice'],
  [withOperator({ alpha: 1 }), "relu: alpha: one of label, input; got an unknown argument alpha"],
  [withOperator({ label: 5 }), "relu: label: a string; got 5"],
  [withOperator({ operator: "softmax" }), "softmax: axis: a value; got none"],
  [withOperator({ operator: "softmax", axis: 0.5 }), "softmax: axis: an integer from 0 to 4294967295; got 0.5"],
  [withOperator({ operator: "softmax", axis: null }), "softmax: axis: an integer from 0 to 4294967295; got null"],
  [withOperator({ operator: "elu", alpha: "NaN" }), 'elu: alpha: a finite number; got "NaN"'],
  [withOperator({ operator: "triangular", diagonal: 2 ** 31 }), "triangular: diagonal: an integer from -2147483648 to 2147483647"],
  [withOperator({ operator: "transpose", permutation: 0 }), "transpose: permutation: a list; got 0"],
  [withOperator({ operator: "cast", dataType: "bool" }), "cast: dataType: one of float32, float16, int32"],
  [clamp({ minValue: "0x10" }), 'clamp: minValue: a number; got "0x10"'],
  [{ ...valid, outputs: {} }, "a graph needs at least one output"],
  [{ ...valid, outputs: { "": "v0" } }, "the name of an output must not be empty"],
  [{ ...valid, outputs: { y: "x" } }, 'output "y": "x" is not computed by any operator'],
])("%j is refused: %s", (document, message) => {
  const build = () => graphFromDocument(document, { short: new Uint8Array(7) });
  expect(build).toThrow(GraphFileError);
  expect(build).toThrow(message);
});

test("a document that is nested too deep to be written is refused in few words", () => {
  let deep: unknown = 1;
  for (let i = 0; i < 1e5; i++) deep = [deep];
  expect(() => graphFromDocument(withOperator({ outputs: deep }), {})).toThrow("got object that JSON cannot write");
});
