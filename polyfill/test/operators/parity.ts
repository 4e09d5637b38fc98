/**
 * Prints what the rules of operators make of the corpus, as a JSON list, for the comparison with Python: of a case the
 * graph with all that was inferred, of a rejection the error.
 */

import { graphFromDocument, graphToDocument } from "../../src/core/document.js";
import { GraphFileError, OperatorError } from "../../src/core/errors.js";
import type { Graph } from "../../src/core/graph.js";
import { describe } from "../../src/core/types.js";
import { type Case, constantsOf, loadCases, loadRejections, type Rejection } from "../corpus.js";

function ofCase(item: Case): unknown {
  return { id: item.id, ...facts(graphFromDocument(item.document, constantsOf(item))) };
}

function facts(graph: Graph): object {
  const base64 = (bytes: Uint8Array = new Uint8Array()) => Buffer.from(bytes).toString("base64");
  return {
    document: graphToDocument(graph),
    descriptors: Object.fromEntries([...graph.names].map(([operand, name]) => [name, describe(operand.descriptor)])),
    constants: graph.constants.map((operand) => base64(operand.bytes)),
  };
}

function ofRejection({ id, document }: Rejection): unknown {
  try {
    graphFromDocument(document, {});
  } catch (error) {
    if (!(error instanceof GraphFileError && error.cause instanceof OperatorError)) throw error;
    const { constraint, message } = error.cause;
    return { id, constraint, message };
  }
  return { id };
}

const cases = [...loadCases().values()].flat();
const rejections = [...loadRejections().values()].flat();
console.log(JSON.stringify([...cases.map(ofCase), ...rejections.map(ofRejection)]));
