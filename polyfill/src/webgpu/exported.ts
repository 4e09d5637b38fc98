/**
 * Reads exported plans: one safetensors file, the plan as JSON in its metadata, the constants beside it as words (the
 * counterpart of `backends/webgpu/export.py`).
 */

import { GraphFileError } from "../core/errors.js";
import type { OperandDescriptor } from "../core/types.js";
import { fail, isObject, type Json, listOf, natural, own, quoted, shapedAs, text } from "./checks.js";
import type { Lowered, Plan } from "./plan.js";
import { type Allowed, MOST_MEMORY, MOST_WORK, verified } from "./verification.js";

/** A plan with its constants, and the descriptors of its inputs and outputs. */
export interface Exported {
  readonly lowered: Lowered;
  readonly inputs: ReadonlyMap<string, OperandDescriptor>;
  readonly outputs: ReadonlyMap<string, OperandDescriptor>;
}

/** Read a file; throws GraphFileError where it is damaged, holds no plan, or one that asks for too much. */
export function parseExported(file: Uint8Array, { memory = MOST_MEMORY, work = MOST_WORK }: Partial<Allowed> = {}): Exported {
  for (const [name, most] of Object.entries({ memory, work })) {
    if (!(typeof most === "number" && most >= 0)) throw new TypeError(`${name}: expected a number from 0 on; got ${String(most)}`);
  }
  const { header, data } = opened(file);
  const metadata = own(header, "__metadata__");
  const document = isObject(metadata) ? own(metadata, "webnpu-plan") : undefined;
  if (typeof document !== "string") throw new GraphFileError("not an exported plan: its metadata have no member 'webnpu-plan'");
  const { plan, inputs, outputs } = verified(parsed(document, "the plan"), { memory, work });
  const lowered = { plan, constants: constantsOf(plan, header, data) };
  return { lowered, inputs: new Map(Object.entries(inputs)), outputs: new Map(Object.entries(outputs)) };
}

function opened(file: Uint8Array): { header: Json; data: Uint8Array } {
  if (file.byteLength < 8) throw new GraphFileError(`the file is damaged: it has only ${file.byteLength} bytes`);
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  if (length > file.byteLength - 8) throw new GraphFileError("the file is damaged: its header is longer than the file");
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(file.subarray(8, 8 + length));
  } catch {
    throw new GraphFileError("the file is damaged: its header is no UTF-8");
  }
  return { header: parsed(text, "the header"), data: file.subarray(8 + length) };
}

function parsed(text: string, what: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new GraphFileError(`the file is damaged: ${what} is no JSON`);
  }
  if (!isObject(value)) throw new GraphFileError(`the file is damaged: ${what} is no JSON object`);
  return value;
}

/** The words of the constants, each as long as the plan says. */
function constantsOf(plan: Plan, header: Json, data: Uint8Array): ReadonlyMap<string, Uint32Array> {
  const offset = natural(data.byteLength);
  const check = shapedAs({ dtype: text, shape: listOf(natural(Number.MAX_SAFE_INTEGER), 16), data_offsets: listOf(offset, 2, 2) });
  const constants = new Map<string, Uint32Array>();
  for (const { role, name, byte_length } of plan.buffers) {
    if (role !== "constant") continue;
    const at = `constant ${quoted(name)}`;
    const entry = name === "__metadata__" ? undefined : own(header, name);
    if (entry === undefined) fail(at, "words in the file", "none");
    check(entry, at);
    const { dtype, data_offsets } = entry as { dtype: string; data_offsets: [number, number] };
    const [begin, end] = data_offsets;
    if (dtype !== "U32" || end - begin !== byte_length) {
      fail(at, `${byte_length} bytes of U32`, dtype === "U32" ? `${end - begin} of ${dtype}` : quoted(dtype).slice(1, -1));
    }
    const bytes = data.subarray(begin, end);
    const isAligned = bytes.byteOffset % 4 === 0;
    constants.set(
      name,
      isAligned ? new Uint32Array(bytes.buffer, bytes.byteOffset, byte_length / 4) : new Uint32Array(bytes.slice().buffer),
    );
  }
  return constants;
}
