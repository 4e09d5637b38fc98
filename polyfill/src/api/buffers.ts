/** The buffers that callers hand over: WebIDL's AllowSharedBufferSource. */

import { byteLengthOf, type DataType, describe, type OperandDescriptor } from "../core/types.js";
import { type Converter, isObject, mismatch } from "./webidl.js";

/** A buffer, or a view of one, as it was given. */
export type BufferSource = ArrayBuffer | SharedArrayBuffer | ArrayBufferView;

type Getter = (this: unknown) => unknown;

function getter(prototype: object, key: PropertyKey): Getter | undefined {
  return Object.getOwnPropertyDescriptor(prototype, key)?.get;
}

const typedArrayName = getter(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag) as Getter;
const bufferLength = getter(ArrayBuffer.prototype, "byteLength") as Getter;
let sharedPrototype: object | undefined;

/** SharedArrayBuffer's prototype; pages that are not isolated have such buffers from WebAssembly only. */
function prototypeOfShared(): object {
  sharedPrototype ??=
    typeof SharedArrayBuffer === "function"
      ? SharedArrayBuffer.prototype
      : Object.getPrototypeOf(new WebAssembly.Memory({ initial: 0, maximum: 0, shared: true }).buffer);
  return sharedPrototype as object;
}

function answers(get: Getter | undefined, value: unknown): boolean {
  try {
    get?.call(value);
    return get !== undefined;
  } catch {
    return false;
  }
}

function isArrayBuffer(value: unknown): value is ArrayBuffer {
  return answers(bufferLength, value);
}

function isSharedArrayBuffer(value: object): value is SharedArrayBuffer {
  if (Object.prototype.toString.call(value) !== "[object SharedArrayBuffer]") return false;
  return answers(getter(prototypeOfShared(), "byteLength"), value);
}

/** Whether a buffer can change its length. */
function isFlexible(buffer: ArrayBufferLike): boolean {
  const shared = !isArrayBuffer(buffer);
  const flexible = getter(shared ? prototypeOfShared() : ArrayBuffer.prototype, shared ? "growable" : "resizable");
  return flexible?.call(buffer) === true;
}

/** `AllowSharedBufferSource`: resizable buffers are not among them. */
export const bufferSource: Converter<BufferSource> = (value, where) => {
  if (!isObject(value) || !(ArrayBuffer.isView(value) || isArrayBuffer(value) || isSharedArrayBuffer(value))) {
    throw mismatch(where, "an ArrayBuffer, a SharedArrayBuffer or a view of one", value);
  }
  if (isFlexible(ArrayBuffer.isView(value) ? value.buffer : value)) {
    throw new TypeError(`${where}: a buffer that can be resized is not taken`);
  }
  return value;
};

const VIEWS: Readonly<Record<DataType, readonly string[]>> = {
  float32: ["Float32Array"],
  float16: ["Float16Array", "Uint16Array"], // the bits, where browsers lack Float16Array
  int64: ["BigInt64Array"],
  uint64: ["BigUint64Array"],
  int32: ["Int32Array"],
  uint32: ["Uint32Array"],
  int8: ["Int8Array"],
  uint8: ["Uint8Array"],
  int4: ["Int8Array"],
  uint4: ["Uint8Array"],
};

/**
 * Throws a TypeError unless a buffer has as many bytes as the elements of a descriptor. Its type is not looked at: tensors
 * are written from and read into any view in browsers, such as the heap of a WebAssembly program.
 *
 * @param room whether it may be larger, as one that is read into may in web-platform-tests and in browsers
 */
export function validateLength(source: BufferSource, descriptor: OperandDescriptor, where: string, room = false): void {
  const expected = byteLengthOf(descriptor);
  if (room ? source.byteLength >= expected : source.byteLength === expected) return;
  const bytes = `${room ? "at least " : ""}${expected} bytes for ${describe(descriptor)}`;
  throw new TypeError(`${where}: expected ${bytes}; got ${source.byteLength}`);
}

/** Throws a TypeError unless a buffer holds the elements of a descriptor (WebNN: validate buffer with descriptor). */
export function validateBuffer(source: BufferSource, descriptor: OperandDescriptor, where: string): void {
  validateLength(source, descriptor, where);
  if (!ArrayBuffer.isView(source)) return;
  const name = typedArrayName.call(source) ?? "DataView";
  const allowed = ["Uint8Array", ...VIEWS[descriptor.dataType]];
  if (!allowed.includes(String(name))) {
    throw new TypeError(`${where}: expected ${allowed.join(" or ")} for ${descriptor.dataType}; got ${name}`);
  }
}

/** The bytes that a buffer holds, as they are now and later. */
export function bytesOf(source: BufferSource): Uint8Array {
  return ArrayBuffer.isView(source) ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength) : new Uint8Array(source);
}

/** A copy of the bytes that a buffer holds, in a buffer of its own. */
export function copyOf(source: BufferSource): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytesOf(source));
}

/** Whether the memory was transferred away. */
export function isDetached(source: BufferSource): boolean {
  const buffer = ArrayBuffer.isView(source) ? source.buffer : source;
  if (!isArrayBuffer(buffer)) return false;
  try {
    return buffer.byteLength === 0 && !new Uint8Array(buffer);
  } catch {
    return true;
  }
}
