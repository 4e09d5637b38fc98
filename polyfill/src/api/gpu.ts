/** WebGPU's devices, wherever they come from. */

import { type Converter, isObject, mismatch } from "./webidl.js";

/** Whether a value is a GPUDevice, of this realm or another. */
export function isGPUDevice(value: unknown): value is GPUDevice {
  return isObject(value) && Object.prototype.toString.call(value) === "[object GPUDevice]";
}

export const gpuDevice: Converter<GPUDevice> = (value, where) => {
  if (isGPUDevice(value)) return value;
  throw mismatch(where, "a GPUDevice", value);
};
