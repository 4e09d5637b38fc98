/** Every case of the corpus is built, is written as it was read, and can be emulated. */

import { describe, expect, test } from "vitest";
import { graphFromDocument, graphToDocument } from "../../src/core/document.js";
import { emulated } from "../../src/core/emulation.js";
import type { Graph } from "../../src/core/graph.js";
import { byteLengthOf, isExtension } from "../../src/core/types.js";
import { OPERATORS } from "../../src/generated/operators.js";
import { type Case, constantsOf, loadCases } from "../corpus.js";

function outputDescriptors(graph: Graph): Record<string, unknown> {
  return Object.fromEntries([...graph.outputs].map(([name, operand]) => [name, operand.descriptor]));
}

function hasFourBits(graph: Graph): boolean {
  return [...graph.names.keys()].some((operand) => isExtension(operand.dataType));
}

function check(item: Case): void {
  const graph = graphFromDocument(item.document, constantsOf(item));
  expect(graphToDocument(graph), item.id).toEqual(item.document);
  for (const [name, { bytes }] of Object.entries(item.outputs)) {
    const descriptor = graph.outputs.get(name)?.descriptor;
    expect(descriptor && byteLengthOf(descriptor), `${item.id}: ${name}`).toBe(Buffer.from(bytes, "base64").length);
  }
  if (hasFourBits(graph)) return; // no operator casts 4-bit integers, so quantization refuses to be emulated
  const smaller = emulated(graph, () => true);
  expect(outputDescriptors(smaller), item.id).toEqual(outputDescriptors(graph));
  expect(smaller.operators.filter((op) => OPERATORS[op.name].emulated)).toEqual([]);
}

describe.each([...loadCases()])("%s", (_, cases) => {
  test("each is built, written and emulated", () => {
    cases.forEach(check);
    expect(cases.length).toBeGreaterThan(0);
  });
});
