/** Writes exported plans, as Python's `export.py` does. */

import type { OperandDescriptor } from "../../src/core/types.js";
import type { Lowered } from "../../src/webgpu/plan.js";

type Descriptors = ReadonlyMap<string, OperandDescriptor>;

/** A safetensors file of a header and data. */
export function safetensors(header: unknown, data: Uint8Array = new Uint8Array()): Uint8Array {
  const text = JSON.stringify(header);
  const json = new TextEncoder().encode(text + " ".repeat((8 - (new TextEncoder().encode(text).length % 8)) % 8));
  const file = new Uint8Array(8 + json.length + data.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  file.set(data, 8 + json.length);
  return file;
}

/** The file of a plan, whose JSON may be changed before it is written. */
export function exported(
  lowered: Lowered,
  inputs: Descriptors,
  outputs: Descriptors,
  change = (_: Record<string, unknown>): void => {},
): Uint8Array {
  const header: Record<string, unknown> = {};
  let end = 0;
  for (const [name, words] of lowered.constants) {
    header[name] = { dtype: "U32", shape: [words.length], data_offsets: [end, end + words.byteLength] };
    end += words.byteLength;
  }
  const data = new Uint8Array(end);
  let at = 0;
  for (const words of lowered.constants.values()) {
    data.set(new Uint8Array(words.buffer, words.byteOffset, words.byteLength), at);
    at += words.byteLength;
  }
  const plan = structuredClone({
    version: 2,
    inputs: Object.fromEntries(inputs),
    outputs: Object.fromEntries(outputs),
    plan: lowered.plan,
  });
  change(plan as unknown as Record<string, unknown>);
  return safetensors({ __metadata__: { "webnpu-plan": JSON.stringify(plan) }, ...header }, data);
}
