import { expect, test } from "vitest";
import { GraphBuilder } from "../../src/core/builder.js";
import { emulated, Rewriter } from "../../src/core/emulation.js";
import { Unsupported } from "../../src/core/errors.js";
import type { Graph } from "../../src/core/graph.js";
import type { Op } from "../../src/core/operator.js";
import type { OperandDescriptor } from "../../src/core/types.js";

const pair: OperandDescriptor = { dataType: "float32", shape: [2] };

function named(graph: Graph): string[] {
  return graph.operators.map((op) => op.name);
}

function lstmGraph(): Graph {
  const b = new GraphBuilder();
  const input = (name: string, ...shape: number[]) => b.input(name, { dataType: "float32", shape });
  const [state] = b.apply("lstm", {
    input: input("x", 3, 2, 4),
    weight: input("w", 2, 12, 4),
    recurrentWeight: input("r", 2, 12, 3),
    peepholeWeight: input("p", 2, 9),
    steps: 3,
    hiddenSize: 3,
    direction: "both",
  });
  return b.finish(new Map([["y", state]]));
}

test("it goes on until nothing is lacking", () => {
  const lacking = ["lstm", "lstmCell", "sigmoid", "tanh", "split"];
  const replaced = emulated(lstmGraph(), (op) => lacking.includes(op.name));
  expect(named(replaced).filter((name) => lacking.includes(name))).toEqual([]);
  expect(named(replaced)).toEqual(expect.arrayContaining(["matmul", "exp", "slice"]));
  expect(replaced.outputs.get("y")?.shape).toEqual([2, 2, 3]);
});

test("an operator without an emulation stays, for the backend to refuse", () => {
  const b = new GraphBuilder();
  const graph = b.finish(new Map([["y", b.op("softplus", { input: b.input("x", pair) })]]));
  expect(named(emulated(graph, (op) => op.name === "softplus" || op.name === "exp"))).toContain("exp");
});

test("a graph that lacks nothing is left alone", () => {
  const graph = lstmGraph();
  expect(emulated(graph, () => false)).toBe(graph);
});

test("inputs, outputs, constants and labels are kept", () => {
  const b = new GraphBuilder();
  const bytes = new Uint8Array(8);
  const sum = b.op("add", { a: b.input("x", pair), b: b.constant(pair, bytes), label: "sum" });
  const y = b.op("gelu", { input: sum });
  const replaced = emulated(
    b.finish(
      new Map([
        ["y", y],
        ["same", y],
      ]),
    ),
    (op) => op.name === "gelu",
  );
  expect([...replaced.inputs.keys(), ...replaced.outputs.keys()]).toEqual(["x", "y", "same"]);
  expect(replaced.outputs.get("y")).toBe(replaced.outputs.get("same"));
  expect(replaced.constants[0].bytes).toBe(bytes);
  expect(replaced.operators[0].label).toBe("sum");
});

test("only the uses that are lacking are replaced", () => {
  const b = new GraphBuilder();
  const single = b.op("elu", { input: b.input("x", pair), label: "single" });
  const half = b.op("elu", { input: b.input("h", { dataType: "float16", shape: [2] }) });
  const graph = b.finish(
    new Map([
      ["x", single],
      ["h", half],
    ]),
  );
  const replaced = emulated(graph, (op) => op.output.dataType === "float16");
  expect(replaced.operators.filter((op) => op.name === "elu").map((op) => op.label)).toEqual(["single"]);
});

test("an output that became an input passes through an identity", () => {
  const b = new GraphBuilder();
  const x = b.input("x", pair);
  const graph = b.finish(new Map([["y", b.op("relu", { input: x })]]));
  const rewriter = new Rewriter(graph);
  rewriter.replace(graph.operators[0], [rewriter.of(x)]);
  expect(named(rewriter.finish())).toEqual(["identity"]);
});

test("what no other operator can do is refused", () => {
  const b = new GraphBuilder();
  const [x, zeroPoint] = ["x", "z"].map((name) => b.input(name, { dataType: "int4", shape: [2] }));
  const scale = b.input("s", pair);
  const graph = b.finish(new Map([["y", b.op("dequantizeLinear", { input: x, scale, zeroPoint, label: "four bits" })]]));
  const lacks = (op: Op) => op.name === "dequantizeLinear";
  expect(() => emulated(graph, lacks)).toThrow("dequantizeLinear [four bits] is refused: it cannot be emulated: no operator casts int4");
  expect(() => emulated(graph, lacks)).toThrow(Unsupported);
});

test("a sequence that no split can cut is refused", () => {
  const b = new GraphBuilder();
  const input = (name: string, ...shape: number[]) => b.input(name, { dataType: "float32", shape });
  const weights = { weight: input("w", 1, 3, 1), recurrentWeight: input("r", 1, 3, 1) };
  const graph = b.finish(new Map([["y", b.op("gru", { input: input("x", 9000, 1, 1), ...weights, steps: 9000, hiddenSize: 1 })]]));
  expect(() => emulated(graph, (op) => op.name === "gru")).toThrow("9000 steps are more than the 8192 parts of a split");
});
