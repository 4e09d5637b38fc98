/** Prints what the runtime says of each of many texts in place of an exported plan's: "", or why it is refused. */

import { readFileSync } from "node:fs";
import { GraphFileError } from "../../src/core/errors.js";
import { parseExported } from "../../src/webgpu/exported.js";
import { safetensors } from "./exporting.js";

interface Batch {
  readonly texts: readonly string[];
  /** The bytes of each constant. */
  readonly constants: Readonly<Record<string, number>>;
}

function judged(text: string, constants: Batch["constants"]): string {
  const header: Record<string, unknown> = { __metadata__: { "webnpu-plan": text } };
  let end = 0;
  for (const [name, bytes] of Object.entries(constants)) {
    header[name] = { dtype: "U32", shape: [bytes / 4], data_offsets: [end, end + bytes] };
    end += bytes;
  }
  try {
    parseExported(safetensors(header, new Uint8Array(end)));
    return "";
  } catch (error) {
    if (error instanceof GraphFileError) return error.message;
    return `${error}`; // nothing else is to be thrown: the test sees that it is no message of Python's
  }
}

const batches: readonly Batch[] = JSON.parse(readFileSync(process.argv[2], "utf8"));
console.log(JSON.stringify(batches.map(({ texts, constants }) => texts.map((text) => judged(text, constants)))));
