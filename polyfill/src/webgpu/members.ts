/** What an exported plan consists of: every member, and what each may be (the counterpart of `backends/webgpu/members.py`). */

import { bitsOf, type DataType, MAX_RANK, MAX_TENSOR_BYTES } from "../core/types.js";
import { ENUMERATIONS, MAX_DIMENSION } from "../generated/types.js";
import { type Check, fail, isObject, type Json, listOf, natural, oneOf, own, quoted, recordOf, shapedAs, shown, text } from "./checks.js";
import { FORMATS } from "./formats.js";
import { names as kernels, library } from "./kernel.js";

/** The version of the file format. */
export const FORMAT = 2;
/** Dispatches, and buffers of the arena. */
const MOST_STEPS = 2 ** 17;
const MOST_SLOTS = 2 ** 12;
const LONGEST_CHAIN = 40;
const ROUNDINGS = ["", "half", "wrap_int8", "wrap_uint8"];
const TYPES = ["f32", "i32", "u32", "vec2<u32>", "vec2<f32>", "Product"];
const ARGUMENT =
  /^(?:v[0-9]{0,2}|x[0-9]{1,2}|number\(0x[0-9a-f]{1,8}u\)|[0-9]{1,10}u|bitcast<i32>\([0-9]{1,10}u\)|vec2<u32>\([0-9]{1,10}u, [0-9]{1,10}u\))$/;

export const U32 = 2 ** 32 - 1;
const LONGEST_BUFFER = 2 ** 35;

const isName = (name: string): boolean => /^[a-z][a-z0-9_]{0,9}$/.test(name);
const isConstant = (name: string): boolean => /^[A-Z][A-Z0-9_]{0,31}$/.test(name);

const oneOrMore =
  (one: Check, more: Check): Check =>
  (value, at) =>
    (Array.isArray(value) ? more : one)(value, at);

const argument: Check = (value, at) => {
  if (typeof value !== "string" || !ARGUMENT.test(value)) fail(at, "v, x or a number", shown(value));
};

const libraryFunction: Check = (value, at) => {
  if (typeof value !== "string" || (value !== "" && !library().has(value))) fail(at, "a function of the library", shown(value));
};

const DATA_TYPE = oneOf(ENUMERATIONS.MLOperandDataType, "a data type");
const BOOLEAN = oneOf([true, false], "true or false");
const BUFFER = shapedAs({
  role: oneOf(["input", "output", "constant", "temporary"], "a role"),
  data_type: DATA_TYPE,
  size: natural(U32, 1),
  byte_length: natural(LONGEST_BUFFER, 4, 4),
  name: text,
  slot: natural(MOST_SLOTS - 1, -1),
});
const BINDING = shapedAs({
  buffer: natural(U32),
  format: oneOf(Object.keys(FORMATS), "a format"),
  pieces: listOf(natural(U32), 64),
  vectors: BOOLEAN,
});
const VIEW = shapedAs({
  sizes: listOf(natural(U32, 1), 16),
  strides: listOf(natural(U32, -U32), 16),
  offset: natural(U32),
});
const OPERATION = shapedAs({ function: libraryFunction, arguments: listOf(argument, 8), rounding: oneOf(ROUNDINGS, "a rounding") });
const STEP = shapedAs({
  kernel: oneOf([...kernels(), "copy", "clear"], "the name of a kernel"),
  bindings: recordOf(BINDING, 64, isName),
  constants: recordOf(oneOrMore(natural(U32), listOf(natural(U32), 16, 1)), 64, isConstant),
  aliases: recordOf(oneOf(TYPES, "a type"), 8, isConstant),
  views: recordOf(VIEW, 64, isName),
  hooks: recordOf(text, 16, isName),
  chain: listOf(OPERATION, LONGEST_CHAIN),
  workgroups: listOf(natural(65535, 1), 3, 3),
  operators: listOf(natural(U32), MOST_STEPS),
});
const LIMITS = shapedAs({
  storage_buffers: natural(64, 1),
  binding_bytes: natural(LONGEST_BUFFER, 2 ** 16, 2 ** 16),
  workgroups: natural(65535, 1),
  workgroup_memory: BOOLEAN,
  work: natural(2 ** 31, 1),
});
const PLAN = shapedAs({
  limits: LIMITS,
  buffers: listOf(BUFFER, 2 ** 20),
  slots: listOf(natural(LONGEST_BUFFER, 4, 4), MOST_SLOTS),
  steps: listOf(STEP, MOST_STEPS),
  operators: listOf(listOf(text, 2, 2), 2 ** 20),
});
const DESCRIPTOR = shapedAs({ dataType: DATA_TYPE, shape: listOf(natural(MAX_DIMENSION, 1), MAX_RANK) });

/** Throws a GraphFileError if a member is missing, is none of a plan's, or not what it should be. */
export function checkMembers(exported: Json): void {
  const version = own(exported, "version");
  if (version !== FORMAT) fail("version", String(FORMAT), shown(version));
  for (const role of ["inputs", "outputs"]) checkOperands(own(exported, role), role);
  PLAN(own(exported, "plan"), "plan");
  for (const name of Object.keys(exported)) {
    if (!["version", "inputs", "outputs", "plan"].includes(name)) fail("the file", `no member ${quoted(name)}`, "one");
  }
}

function checkOperands(operands: unknown, role: string): void {
  if (!isObject(operands)) fail(role, "an object", shown(operands));
  for (const [name, descriptor] of Object.entries(operands as Json)) {
    const at = `${role}[${quoted(name)}]`;
    text(name, role);
    DESCRIPTOR(descriptor, at);
    const { dataType, shape } = descriptor as { dataType: DataType; shape: number[] };
    const size = productOf(shape);
    if (size > MAX_DIMENSION || size * bitsOf(dataType) > 8 * MAX_TENSOR_BYTES) {
      fail(at, `at most ${MAX_DIMENSION} elements in ${MAX_TENSOR_BYTES} bytes`, "more");
    }
  }
}

export function productOf(factors: readonly number[]): number {
  return factors.reduce((product, factor) => product * factor, 1);
}
