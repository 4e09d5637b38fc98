/** The dictionaries that describe operands, tensors and contexts. */

import { faultOf, MAX_TENSOR_BYTES, type OperandDescriptor } from "../core/types.js";
import { ENUMERATIONS, type MLOperandDataType } from "../generated/types.js";
import type { WorkerSource } from "../worker/hire.js";
import type { MLDeviceType, MLPowerPreference } from "./types.js";
import { boolean, type DictionaryMember, dictionary, enforcedUnsignedLong, enumeration, isObject, mismatch, sequence } from "./webidl.js";

/** MLContextOptions, Chromium's older `deviceType`, and our `worker`. */
export interface ContextOptions {
  readonly powerPreference: MLPowerPreference;
  /** Absent where it was not asked for, which is as good as true. */
  readonly accelerated?: boolean;
  readonly worker?: WorkerSource;
  readonly deviceType?: MLDeviceType;
}

/** MLTensorDescriptor. */
export interface TensorDescriptor extends OperandDescriptor {
  readonly readable: boolean;
  readonly writable: boolean;
}

export const dataType = enumeration<MLOperandDataType>("MLOperandDataType", ENUMERATIONS.MLOperandDataType);

const operandMembers: readonly DictionaryMember[] = [
  { name: "dataType", converter: dataType, required: true },
  { name: "shape", converter: sequence(enforcedUnsignedLong), required: true },
];

export const operandDescriptor = dictionary<OperandDescriptor>("MLOperandDescriptor", operandMembers);

export const tensorDescriptor = dictionary<TensorDescriptor>("MLTensorDescriptor", operandMembers, [
  { name: "readable", converter: boolean, fallback: false },
  { name: "writable", converter: boolean, fallback: false },
]);

/** A boolean, an address, or a worker. */
function workerSource(value: unknown, where: string): WorkerSource | undefined {
  if (typeof value === "boolean") return value || undefined;
  if (typeof value === "string" || value instanceof URL) return value;
  if (isObject(value) && typeof Reflect.get(value, "postMessage") === "function") return value as Worker;
  throw mismatch(where, "true, an address or a Worker", value);
}

export const contextOptions = dictionary<ContextOptions>("MLContextOptions", [
  {
    name: "powerPreference",
    converter: enumeration("MLPowerPreference", ["default", "high-performance", "low-power"]),
    fallback: "default",
  },
  { name: "accelerated", converter: boolean },
  { name: "deviceType", converter: enumeration("MLDeviceType", ["cpu", "gpu", "npu"]) },
  { name: "worker", converter: workerSource },
]);

/** Throws a TypeError where a descriptor is not valid (WebNN: check dimensions). */
export function checkDimensions(descriptor: OperandDescriptor, where: string, maxBytes = MAX_TENSOR_BYTES): void {
  const fault = faultOf(descriptor, maxBytes);
  if (fault) throw new TypeError(`${where}: ${fault[0]}; got ${fault[1]}`);
}
