/** Graph documents on a builder: arguments in WebNN's order, numbers in JavaScript's types, and what is wrong in words. */

import { describe, expect, test } from "vitest";
import { addDocument, DocumentError, type GraphDocument, OperatorFailure, Refusal } from "../../src/document/index.js";
import { FakeImplementation } from "./recording.js";

const X = { dataType: "float32", shape: [1, 3] } as const;

function graph(operators: object[], more: Partial<GraphDocument> = {}): GraphDocument {
  return { webnpu: 1, inputs: { x: X }, operators: operators as GraphDocument["operators"], outputs: {}, ...more };
}

function built(document: GraphDocument, constants: Record<string, Uint8Array> = {}, fake = new FakeImplementation()): FakeImplementation {
  addDocument(new fake.MLGraphBuilder(fake.context), document, constants, fake.limits);
  return fake;
}

describe("arguments", () => {
  test("required members stand in their places, the others in a dictionary", () => {
    const fake = built(graph([{ operator: "softmax", axis: 1, input: "x", label: "here", outputs: ["y"] }]));
    expect(fake.of("softmax")).toEqual([[expect.objectContaining(X), 1, { label: "here" }]]);
  });

  test("without options there is no dictionary", () => {
    expect(built(graph([{ operator: "relu", input: "x", outputs: ["y"] }])).of("relu")[0]).toHaveLength(1);
  });

  test("an option that an older text calls otherwise goes by both names", () => {
    const fake = built(graph([{ operator: "maxPool2d", input: "x", outputShapeRounding: "ceil", outputs: ["y"] }]));
    expect(fake.of("maxPool2d")[0][1]).toEqual({ outputShapeRounding: "ceil", roundingType: "ceil" });
  });

  test("operands may be options, or lists", () => {
    const fake = built(
      graph([
        { operator: "concat", inputs: ["x", "x"], axis: 0, outputs: ["xx"] },
        { operator: "conv2d", input: "xx", filter: "x", bias: "x", groups: 1, outputs: ["y"] },
      ]),
    );
    expect(fake.of("concat")[0][0]).toHaveLength(2);
    expect(fake.of("conv2d")[0][2]).toEqual({ bias: expect.objectContaining(X), groups: 1 });
  });

  test("numbers that JSON cannot hold are spelled", () => {
    const given = { minValue: "-Infinity", maxValue: "18446744073709551615" };
    const fake = built(graph([{ operator: "clamp", input: "x", ...given, outputs: ["y"] }]));
    expect(fake.of("clamp")[0][1]).toEqual({ minValue: -Infinity, maxValue: 18446744073709551615n });
  });

  test("an operator may have several outputs", () => {
    const fake = built(
      graph([
        { operator: "split", input: "x", splits: 2, outputs: ["a", "b"] },
        { operator: "add", a: "a", b: "b", outputs: ["y"] },
      ]),
    );
    expect(fake.of("add")).toHaveLength(1);
  });

  test("constants are views of their own type", () => {
    const constants = { c: { dataType: "int64", shape: [1] } } as const;
    const fake = built(graph([], { constants }), { c: Uint8Array.of(5, 0, 0, 0, 0, 0, 0, 0) });
    expect(fake.of("constant")).toEqual([[constants.c, BigInt64Array.of(5n)]]);
  });
});

describe("what is wrong", () => {
  test.each<[string, GraphDocument, RegExp]>([
    ["another version", { ...graph([]), webnpu: 2 }, /"webnpu" must be 1/],
    ["no object", [] as unknown as GraphDocument, /is an object/],
    ["no operators", { webnpu: 1, inputs: {}, outputs: {} } as unknown as GraphDocument, /"operators" must be a list/],
    ["an unknown operator", graph([{ operator: "toString", outputs: ["y"] }]), /"toString" is not an operator/],
    ["an unknown value", graph([{ operator: "relu", input: "z", outputs: ["y"] }]), /relu: input: "z" is not a value/],
    ["a value of later", graph([{ operator: "relu", input: "y", outputs: ["y"] }]), /"y" is not a value that stands before/],
    ["an unknown member", graph([{ operator: "relu", input: "x", axis: 1, outputs: ["y"] }]), /relu has no member "axis"/],
    ["too few names", graph([{ operator: "split", input: "x", splits: 2, outputs: ["a"] }]), /must name its 2 outputs/],
    ["a constant without data", graph([], { constants: { c: X } }), /constant c has no data/],
  ])("%s", (_, document, message) => {
    expect(() => built(document)).toThrow(DocumentError);
    expect(() => built(document)).toThrow(message);
  });

  test("what a builder throws is told with its place", () => {
    const fake = new FakeImplementation();
    fake.throws.softmax = new TypeError("no");
    const document = graph([
      { operator: "relu", input: "x", outputs: ["y"] },
      { operator: "softmax", input: "y", axis: 9, outputs: ["z"] },
    ]);
    expect(() => built(document, {}, fake)).toThrow(
      expect.objectContaining({ index: 1, operator: "softmax", thrown: fake.throws.softmax }),
    );
    expect(() => built(document, {}, fake)).toThrow(OperatorFailure);
  });

  test.each<[string, object, string, boolean]>([
    [
      "a data type",
      { input: { dataTypes: ["float16"], rankRange: { min: 0, max: 8 } } },
      "input has data type float32; supported: float16",
      true,
    ],
    ["a rank", { input: { dataTypes: ["float32"], rankRange: { min: 4, max: 4 } } }, "input has rank 2; supported: 4 to 4", true],
  ])("%s outside of the limits is refused before the builder sees it", (_, limits, reason, required) => {
    const fake = new FakeImplementation();
    fake.limits = { relu: limits };
    expect(() => built(graph([{ operator: "relu", input: "x", outputs: ["y"] }]), {}, fake)).toThrow(
      expect.objectContaining({ reason, required, index: 0, operator: "relu" }),
    );
    expect(fake.of("relu")).toEqual([]);
  });

  test.each(["input", "constant"] as const)("an %s of a type that the context has none of is refused", (kind) => {
    const fake = new FakeImplementation();
    fake.limits = { [kind]: { dataTypes: ["float32"], rankRange: { min: 0, max: 8 } } };
    const leaf = { z: { dataType: "uint4", shape: [2] } } as const;
    const document = graph(
      [
        { operator: "relu", input: "x", outputs: ["y"] },
        { operator: "concat", inputs: ["y", "z"], axis: 0, outputs: ["yz"] },
      ],
      kind === "input" ? { inputs: { x: X, ...leaf } } : { constants: leaf },
    );
    const reason = `${kind} z has data type uint4; supported: float32`;
    const refusal = expect.objectContaining({ reason, required: false, index: 1, operator: "concat" });
    expect(() => built(document, { z: Uint8Array.of(0) }, fake)).toThrow(refusal);
    expect(fake.calls.some(({ values }) => values.includes(leaf.z))).toBe(false);
  });

  test("a refusal of what nobody must support is not required", () => {
    const fake = new FakeImplementation();
    fake.limits = { relu: { input: { dataTypes: ["float32"], rankRange: { min: 0, max: 5 } } } };
    const document = graph([{ operator: "relu", input: "x", outputs: ["y"] }], {
      inputs: { x: { dataType: "float32", shape: [1, 1, 1, 1, 1, 1] } },
    });
    expect(() => built(document, {}, fake)).toThrow(expect.objectContaining({ required: false }));
  });

  test("a method that is missing is a refusal", () => {
    const fake = new FakeImplementation();
    const builder = new fake.MLGraphBuilder(fake.context);
    Object.assign(builder, { relu: undefined });
    expect(() => addDocument(builder, graph([{ operator: "relu", input: "x", outputs: ["y"] }]), {})).toThrow(Refusal);
  });
});
