/** Every case of the corpus is built, and is written as it was read. */

import { describe, expect, test } from "vitest";
import { graphFromDocument, graphToDocument } from "../../src/core/document.js";
import { byteLengthOf } from "../../src/core/types.js";
import { type Case, constantsOf, loadCases } from "../corpus.js";

function check(item: Case): void {
  const graph = graphFromDocument(item.document, constantsOf(item));
  expect(graphToDocument(graph), item.id).toEqual(item.document);
  for (const [name, { bytes }] of Object.entries(item.outputs)) {
    const descriptor = graph.outputs.get(name)?.descriptor;
    expect(descriptor && byteLengthOf(descriptor), `${item.id}: ${name}`).toBe(Buffer.from(bytes, "base64").length);
  }
}

describe.each([...loadCases()])("%s", (_, cases) => {
  test("each is built and written", () => {
    cases.forEach(check);
    expect(cases.length).toBeGreaterThan(0);
  });
});
