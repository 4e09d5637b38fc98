/** Graph files, whole and damaged. */

import { describe, expect, test } from "vitest";
import { DocumentError, readGraphFile } from "../../src/document/index.js";

const DOCUMENT = {
  webnpu: 1,
  inputs: { x: { dataType: "float32", shape: [1] } },
  constants: { c0: { dataType: "float32", shape: [2] }, c1: { dataType: "int4", shape: [3] } },
  operators: [],
  outputs: {},
};

const HEADER = {
  __metadata__: { webnpu: JSON.stringify(DOCUMENT) },
  c0: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
  c1: { dtype: "U8", shape: [2], data_offsets: [8, 10] },
};

function file(header: unknown, data = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)): ArrayBuffer {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes.buffer;
}

test("a file gives its document and its constants", () => {
  const { document, constants } = readGraphFile(file(HEADER));
  expect(document).toEqual(DOCUMENT);
  expect(constants).toEqual({ c0: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), c1: Uint8Array.of(9, 10) });
});

describe("a damaged file is an error", () => {
  const changed = (name: string, entry: object | undefined) => file({ ...HEADER, [name]: entry });
  test.each<[string, ArrayBuffer, RegExp]>([
    ["empty", new ArrayBuffer(0), /not a safetensors file/],
    ["cut off in its header", file(HEADER).slice(0, 40), /not a safetensors file/],
    ["cut off in its data", file(HEADER).slice(0, -1), /constant c1 is missing/],
    ["a header that is not JSON", file("{"), /the header is not JSON/],
    ["a header that is no object", file("5"), /the header is not an object/],
    ["no graph", file({}), /not a graph file/],
    ["a document that is not JSON", file({ __metadata__: { webnpu: "{" } }), /document is not JSON/],
    ["a constant that is missing", changed("c0", undefined), /constant c0 is missing/],
    ["a constant of another type", changed("c0", { ...HEADER.c0, dtype: "I32" }), /constant c0 is missing, or of another size/],
    ["a constant of another size", changed("c0", { ...HEADER.c0, data_offsets: [0, 4] }), /constant c0/],
    ["a constant before the data", changed("c0", { ...HEADER.c0, data_offsets: [-8, 0] }), /constant c0/],
    ["a constant beyond the data", changed("c0", { ...HEADER.c0, data_offsets: [8, 16] }), /constant c0/],
    ["a constant with odd offsets", changed("c0", { ...HEADER.c0, data_offsets: "0-8" }), /constant c0/],
  ])("%s", (_, content, message) => {
    expect(() => readGraphFile(content)).toThrow(DocumentError);
    expect(() => readGraphFile(content)).toThrow(message);
  });
});
