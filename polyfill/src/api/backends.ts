/** Chooses the backend of a context; each is loaded when it is first wanted. */

import type { Backend } from "../core/backend.js";
import { notSupported } from "../core/errors.js";
import { warnOnce } from "../core/warnings.js";
import type { ContextOptions } from "./descriptors.js";

/** What a context is made from. */
export type ContextSource = ContextOptions | GPUDevice;

/** What of it says where to compute. */
export type Wanted = Omit<ContextOptions, "worker">;

/** Whether a source is a device rather than options. */
export function isOptions<T extends Wanted>(source: T | GPUDevice): source is T {
  return "powerPreference" in source;
}

/** The backend that suits best: WebGPU where there is an adapter and the options do not prefer the CPU. */
export async function chooseBackend(source: Wanted | GPUDevice): Promise<Backend> {
  if (!isOptions(source)) {
    const backend = await webgpu({ device: source });
    if (backend) return backend;
    throw notSupported("createContext: the GPUDevice cannot be used");
  }
  const { createPlainBackend } = await import("../plain/index.js");
  const { accelerated, deviceType, powerPreference } = source;
  if (deviceType ? deviceType === "cpu" : accelerated === false) return createPlainBackend();
  const found = await webgpuOr(powerPreference);
  if (typeof found !== "string") return found;
  const asked = deviceType ? `deviceType: "${deviceType}"` : accelerated ? "accelerated: true" : undefined;
  const reason = `WebGPU is not to be had: ${found}`;
  if (asked) warnOnce(`createContext({ ${asked} }) computes on the CPU, in JavaScript. ${reason}`);
  return createPlainBackend({ reason });
}

/** WebGPU's backend, or in words why there is none. */
async function webgpuOr(powerPreference: Wanted["powerPreference"]): Promise<Backend | string> {
  if (typeof navigator === "undefined" || !("gpu" in navigator) || !navigator.gpu) return "this browser has no navigator.gpu here";
  try {
    return (await webgpu({ powerPreference })) ?? "the browser offers no adapter";
  } catch (error) {
    return error instanceof Error || error instanceof DOMException ? error.message : String(error);
  }
}

async function webgpu(options: { device?: GPUDevice; powerPreference?: Wanted["powerPreference"] }): Promise<Backend | undefined> {
  const { createWebGPUBackend } = await import("../webgpu/index.js");
  return createWebGPUBackend(options);
}
