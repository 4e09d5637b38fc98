/** The dictionaries that describe operands, tensors and contexts. */

import { faultOf, MAX_TENSOR_BYTES, type OperandDescriptor } from "../core/types.js";
import { ENUMERATIONS, type MLOperandDataType } from "../generated/types.js";
import type { MLDeviceType, MLPowerPreference } from "./types.js";
import { boolean, type DictionaryMember, dictionary, enforcedUnsignedLong, enumeration, sequence } from "./webidl.js";

/** MLContextOptions, and Chromium's older `deviceType`. */
export interface ContextOptions {
  readonly powerPreference: MLPowerPreference;
  readonly accelerated: boolean;
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

export const contextOptions = dictionary<ContextOptions>("MLContextOptions", [
  {
    name: "powerPreference",
    converter: enumeration("MLPowerPreference", ["default", "high-performance", "low-power"]),
    fallback: "default",
  },
  { name: "accelerated", converter: boolean, fallback: true },
  { name: "deviceType", converter: enumeration("MLDeviceType", ["cpu", "gpu", "npu"]) },
]);

/** Throws a TypeError where a descriptor is not valid (WebNN: check dimensions). */
export function checkDimensions(descriptor: OperandDescriptor, where: string, maxBytes = MAX_TENSOR_BYTES): void {
  const fault = faultOf(descriptor, maxBytes);
  if (fault) throw new TypeError(`${where}: ${fault[0]}; got ${fault[1]}`);
}
