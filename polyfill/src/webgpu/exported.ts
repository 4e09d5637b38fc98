/**
 * Reads exported plans: one safetensors file, the plan as JSON in its metadata, the constants beside it as words (the
 * counterpart of `backends/webgpu/export.py`).
 *
 * A file is not trusted: whatever a plan says is checked before it is used, and its texts can only be expressions.
 */

import { GraphFileError } from "../core/errors.js";
import { faultOf, type OperandDescriptor } from "../core/types.js";
import { FORMATS } from "./formats.js";
import { names as kernels } from "./kernel.js";
import type { Lowered, Plan } from "./plan.js";

/** The version of the file format. */
export const FORMAT = 2;

/** A plan with its constants, and the descriptors of its inputs and outputs. */
export interface Exported {
  readonly lowered: Lowered;
  readonly inputs: ReadonlyMap<string, OperandDescriptor>;
  readonly outputs: ReadonlyMap<string, OperandDescriptor>;
}

type Json = Readonly<Record<string, unknown>>;
type Check = (value: unknown, at: string) => void;

/** Read a file; throws GraphFileError where it is damaged, or holds no plan. */
export function parseExported(file: Uint8Array): Exported {
  const { header, data } = opened(file);
  const metadata = header.__metadata__;
  const text = isObject(metadata) ? metadata["webnpu-plan"] : undefined;
  if (typeof text !== "string") throw new GraphFileError("not an exported plan: its metadata have no member 'webnpu-plan'");
  const exported = parsed(text, "the plan");
  if (exported.version !== FORMAT) fail("version", String(FORMAT), exported.version);
  const inputs = descriptorsOf(exported.inputs, "inputs");
  const outputs = descriptorsOf(exported.outputs, "outputs");
  PLAN(exported.plan, "plan");
  const plan = exported.plan as Plan;
  checkReferences(plan, { input: inputs, output: outputs });
  return { lowered: { plan, constants: constantsOf(plan, header, data) }, inputs, outputs };
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
  } catch (error) {
    throw new GraphFileError(`the file is damaged: ${what} is no JSON: ${error}`);
  }
  if (!isObject(value)) throw new GraphFileError(`the file is damaged: ${what} is no JSON object`);
  return value;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fail(at: string, expected: string, got: unknown): never {
  throw new GraphFileError(`the file is damaged: ${at}: expected ${expected}; got ${JSON.stringify(got)?.slice(0, 80)}`);
}

function natural(most: number, least = 0): Check {
  return (value, at) => {
    if (!(Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most)) {
      fail(at, `a whole number from ${least} to ${most}`, value);
    }
  };
}

function matching(pattern: RegExp, expected: string): Check {
  return (value, at) => {
    if (typeof value !== "string" || !pattern.test(value)) fail(at, expected, value);
  };
}

function oneOf(values: readonly unknown[], expected: string): Check {
  return (value, at) => {
    if (!values.includes(value)) fail(at, expected, value);
  };
}

function listOf(item: Check, length?: number): Check {
  return (value, at) => {
    if (!Array.isArray(value) || (length ?? value.length) !== value.length) fail(at, length ? `a list of ${length}` : "a list", value);
    (value as unknown[]).forEach((entry, i) => {
      item(entry, `${at}[${i}]`);
    });
  };
}

function recordOf(item: Check): Check {
  return (value, at) => {
    if (!isObject(value)) fail(at, "an object", value);
    for (const [name, entry] of Object.entries(value as Json)) {
      NAME(name, `a name in ${at}`);
      item(entry, `${at}.${name}`);
    }
  };
}

function shapedAs(members: Readonly<Record<string, Check>>): Check {
  return (value, at) => {
    if (!isObject(value)) fail(at, "an object", value);
    for (const [name, check] of Object.entries(members)) check((value as Json)[name], `${at}.${name}`);
  };
}

function either(first: Check, second: Check, isFirst: (value: unknown) => boolean): Check {
  return (value, at) => (isFirst(value) ? first : second)(value, at);
}

const U32 = natural(2 ** 32 - 1);
const NAME = matching(/^[A-Za-z_]\w*$/, "a name");
const TEXT = matching(/^/, "a text");
/** Nothing in it can end the function that it stands in, or loop. */
const EXPRESSION = matching(/^[\w\s()[\],.<>&|^!=%*/+:~-]*$/, "an expression");
const FORMAT_NAME = oneOf(Object.keys(FORMATS), "a data type");
const BOOLEAN = oneOf([true, false], "true or false");

const BUFFER = shapedAs({
  role: oneOf(["input", "output", "constant", "temporary"], "a role"),
  data_type: FORMAT_NAME,
  size: natural(2 ** 32 - 1, 1),
  byte_length: natural(2 ** 35, 4),
  name: TEXT,
  slot: natural(2 ** 20, -1),
});
const BINDING = shapedAs({ buffer: U32, format: FORMAT_NAME, pieces: listOf(U32), vectors: BOOLEAN });
const VIEW = shapedAs({
  sizes: listOf(natural(2 ** 32 - 1, 1)),
  strides: listOf(natural(2 ** 32, -(2 ** 32))),
  offset: natural(2 ** 32 - 1),
});
const OPERATION = shapedAs({
  function: either(TEXT, NAME, (value) => value === ""),
  arguments: listOf(EXPRESSION),
  rounding: either(TEXT, NAME, (value) => value === ""),
});
const STEP = shapedAs({
  kernel: oneOf([...kernels(), "copy", "clear"], "the name of a kernel"),
  bindings: recordOf(BINDING),
  constants: recordOf(either(listOf(U32), U32, Array.isArray)),
  aliases: recordOf(EXPRESSION),
  views: recordOf(VIEW),
  hooks: recordOf(EXPRESSION),
  chain: listOf(OPERATION),
  workgroups: listOf(natural(65535, 1), 3),
  operators: listOf(U32),
});
const PLAN = shapedAs({
  limits: shapedAs({
    storage_buffers: natural(64, 1),
    binding_bytes: natural(2 ** 35, 4),
    workgroups: natural(65535, 1),
    work: natural(Number.MAX_SAFE_INTEGER, 1),
  }),
  buffers: listOf(BUFFER),
  slots: listOf(natural(2 ** 35, 4)),
  steps: listOf(STEP),
  operators: listOf(listOf(TEXT, 2)),
});

function descriptorsOf(value: unknown, at: string): ReadonlyMap<string, OperandDescriptor> {
  if (!isObject(value)) fail(at, "an object", value);
  const check = shapedAs({ dataType: FORMAT_NAME, shape: listOf(U32) });
  return new Map(
    Object.entries(value as Record<string, OperandDescriptor>).map(([name, descriptor]) => {
      check(descriptor, `${at}.${name}`);
      const fault = faultOf(descriptor);
      if (fault) fail(`${at}.${name}`, ...fault);
      return [name, descriptor];
    }),
  );
}

type Outer = Readonly<Record<"input" | "output", ReadonlyMap<string, OperandDescriptor>>>;

/** What one part of a plan says of another: sizes, and which buffers, slots and operators there are. */
function checkReferences(plan: Plan, outer: Outer): void {
  const found = new Set<string>();
  plan.buffers.forEach(({ role, data_type, size, byte_length, slot, name }, number) => {
    const at = `plan.buffers[${number}]`;
    const bytes = Math.ceil((size * FORMATS[data_type].bits) / 32) * 4;
    if (byte_length !== bytes) fail(`${at}.byte_length`, `${bytes}`, byte_length);
    if (role === "temporary" && !(plan.slots[slot] >= bytes)) fail(`${at}.slot`, `a slot of at least ${bytes} bytes`, slot);
    if (role !== "input" && role !== "output") return;
    const descriptor = outer[role].get(name);
    const elements = descriptor?.shape.reduce((product, dimension) => product * dimension, 1);
    if (descriptor?.dataType !== data_type || elements !== size) fail(at, `the elements of an ${role} ${JSON.stringify(name)}`, descriptor);
    found.add(`${role} ${name}`);
  });
  for (const role of ["input", "output"] as const) {
    for (const name of outer[role].keys())
      if (!found.has(`${role} ${name}`)) fail("plan.buffers", `a buffer of the ${role} ${name}`, "none");
  }
  plan.steps.forEach(({ kernel, bindings, operators, views }, number) => {
    const at = `plan.steps[${number}]`;
    for (const [name, { buffer, pieces }] of Object.entries(bindings)) {
      if (buffer >= plan.buffers.length) fail(`${at}.bindings.${name}.buffer`, `less than ${plan.buffers.length}`, buffer);
      const count = Math.ceil(plan.buffers[buffer].byte_length / plan.limits.binding_bytes);
      if (pieces.some((piece) => piece >= count)) fail(`${at}.bindings.${name}.pieces`, `each less than ${count}`, pieces);
    }
    for (const [name, view] of Object.entries(views)) {
      if (view.sizes.length !== view.strides.length) fail(`${at}.views.${name}`, "as many strides as sizes", view.strides);
    }
    if (operators.some((operator) => operator >= plan.operators.length)) fail(`${at}.operators`, "operators of the plan", operators);
    if (kernel === "copy" || kernel === "clear") checkCommand(plan, at, kernel, bindings);
  });
}

function checkCommand(plan: Plan, at: string, kernel: string, { x, y }: Plan["steps"][number]["bindings"]): void {
  if (!y || (kernel === "copy" && plan.buffers[x?.buffer]?.byte_length !== plan.buffers[y.buffer].byte_length)) {
    fail(`${at}.bindings`, kernel === "copy" ? "x and y of one length" : "y", { x, y });
  }
}

function constantsOf(plan: Plan, header: Json, data: Uint8Array): ReadonlyMap<string, Uint32Array> {
  const constants = new Map<string, Uint32Array>();
  for (const { role, name, byte_length } of plan.buffers) {
    if (role !== "constant") continue;
    const at = `constant ${JSON.stringify(name)}`;
    const entry = Object.hasOwn(header, name) ? header[name] : undefined;
    shapedAs({ data_offsets: listOf(natural(data.byteLength), 2) })(entry, at);
    const [begin, end] = (entry as { data_offsets: [number, number] }).data_offsets;
    if (end - begin !== byte_length) fail(at, `${byte_length} bytes`, end - begin);
    const bytes = data.subarray(begin, end);
    const isAligned = bytes.byteOffset % 4 === 0;
    constants.set(
      name,
      isAligned ? new Uint32Array(bytes.buffer, bytes.byteOffset, byte_length / 4) : new Uint32Array(bytes.slice().buffer),
    );
  }
  return constants;
}
