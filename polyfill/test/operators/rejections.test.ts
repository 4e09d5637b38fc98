/** Every rejection of the corpus is rejected by the rule that it names. */

import { describe, expect, test } from "vitest";
import { graphFromDocument } from "../../src/core/document.js";
import { GraphFileError, OperatorError } from "../../src/core/errors.js";
import { loadRejections } from "../corpus.js";

/** What building a document throws. */
function thrown(document: unknown): OperatorError {
  try {
    graphFromDocument(document, {});
  } catch (error) {
    expect(error).toBeInstanceOf(GraphFileError);
    const { cause } = error as GraphFileError;
    expect(cause).toBeInstanceOf(OperatorError);
    return cause as OperatorError;
  }
  throw new Error("it was accepted");
}

describe.each([...loadRejections()])("%s", (operator, rejections) => {
  test("each names its rule", () => {
    for (const { id, constraint, document } of rejections) {
      const error = thrown(document);
      expect(`${id}: ${error.constraint}`).toBe(`${id}: ${constraint}`);
      expect(error.operator).toBe(operator);
      expect(error.message).toBe(`${operator} [the-culprit]: ${constraint}: ${error.expected}; got ${error.got}`);
    }
    expect(rejections.length).toBeGreaterThan(0);
  });
});
