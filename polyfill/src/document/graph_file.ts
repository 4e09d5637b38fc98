/** Graph files: one safetensors file, with the graph's document in its metadata and the weights beside it. */

import type { MLOperandDataType } from "../generated/types.js";
import { DocumentError, type GraphDocument } from "./document.js";
import { byteLengthOf } from "./elements.js";

/** A graph file, read: its document, and the bytes of its constants, which are views of the file. */
export interface GraphFile {
  readonly document: GraphDocument;
  readonly constants: Record<string, Uint8Array>;
}

/** safetensors' names of data types; 4-bit elements are stored packed, as U8. */
const STORED: Readonly<Record<MLOperandDataType, string>> = {
  float32: "F32",
  float16: "F16",
  int32: "I32",
  uint32: "U32",
  int64: "I64",
  uint64: "U64",
  int8: "I8",
  uint8: "U8",
  int4: "U8",
  uint4: "U8",
};

interface Entry {
  readonly dtype?: unknown;
  readonly data_offsets?: unknown;
}

/** Read a graph file. What it says is not trusted: a builder checks the graph, and offsets are checked here. */
export function readGraphFile(file: ArrayBuffer): GraphFile {
  const length = file.byteLength >= 8 ? Number(new DataView(file).getBigUint64(0, true)) : Infinity;
  if (length > file.byteLength - 8) throw new DocumentError("this is not a safetensors file, or it is cut off");
  const header = parse(new TextDecoder().decode(new Uint8Array(file, 8, length)), "the header");
  const metadata = header.__metadata__ as Readonly<Record<string, unknown>> | undefined;
  if (typeof metadata?.webnpu !== "string") throw new DocumentError(`this is not a graph file: its metadata have no member "webnpu"`);
  const document = parse(metadata.webnpu, "the graph's document") as unknown as GraphDocument;
  const data = new Uint8Array(file, 8 + length);
  const constants = Object.fromEntries(
    Object.entries(document.constants ?? {}).map(([name, descriptor]) => {
      const { dtype, data_offsets } = (header[name] ?? {}) as Entry;
      const [begin, end] = Array.isArray(data_offsets) ? data_offsets : [0, 0];
      const fits = Number.isInteger(begin) && begin >= 0 && end <= data.length && end - begin === byteLengthOf(descriptor);
      if (!fits || dtype !== STORED[descriptor.dataType]) throw new DocumentError(`constant ${name} is missing, or of another size`);
      return [name, data.subarray(begin, end)];
    }),
  );
  return { document, constants };
}

function parse(text: string, what: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new DocumentError(`${what} is not JSON: ${(error as Error).message}`);
  }
  if (typeof value !== "object" || value === null) throw new DocumentError(`${what} is not an object`);
  return value as Readonly<Record<string, unknown>>;
}
