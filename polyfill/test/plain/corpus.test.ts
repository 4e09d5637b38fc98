/** Every case of the corpus agrees within its bound. */

import { describe, expect, test } from "vitest";
import { graphFromDocument } from "../../src/core/document.js";
import type { Graph } from "../../src/core/graph.js";
import { compare } from "../../src/document/comparison.js";
import { createPlainBackend } from "../../src/plain/index.js";
import { type Case, constantsOf, loadCases } from "../corpus.js";
import { run } from "./graphs.js";

const backend = createPlainBackend();

function decoded(texts: Readonly<Record<string, string>> = {}): Record<string, Uint8Array> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, Uint8Array.from(Buffer.from(text, "base64"))]));
}

/** What is wrong with the outputs of a graph that must compute what a case says, in words. */
async function faultsOf(item: Case, graph: Graph): Promise<string[]> {
  const results = await run(backend, graph, decoded(item.inputs)).catch((error: Error) => error);
  if (results instanceof Error) return [`${item.id}: ${results.stack}`];
  return Object.entries(item.outputs).flatMap(([name, { bytes, ulp = 0, absolute = 0, zeroSign = false }]) => {
    const { dataType, shape } = graph.outputs.get(name)?.descriptor ?? { dataType: "uint8", shape: [0] };
    const expected = Uint8Array.from(Buffer.from(bytes, "base64"));
    const found = compare(results[name], expected, { dataType, shape: [...shape] }, { ulp, absolute, zeroSign });
    return found.agrees ? [] : [`${item.id}, ${name}: ${found.reason}`];
  });
}

describe.each([...loadCases()])("%s", (_, cases) => {
  test("each agrees", async () => {
    const faults: string[] = [];
    for (const item of cases) faults.push(...(await faultsOf(item, graphFromDocument(item.document, constantsOf(item)))));
    expect(faults).toEqual([]);
    expect(cases.length).toBeGreaterThan(0);
  });
});
