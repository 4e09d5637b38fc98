/** Chooses the backend of a context; each is loaded when it is first wanted. */

import type { Backend } from "../core/backend.js";
import { notSupported } from "../core/errors.js";
import type { ContextOptions } from "./descriptors.js";

/** What a context is made from. */
export type ContextSource = ContextOptions | GPUDevice;

/** Whether a source is a device rather than options. */
function isOptions(source: ContextSource): source is ContextOptions {
  return "powerPreference" in source;
}

/** The backend that suits best: WebGPU where there is an adapter and the options do not prefer the CPU. */
export async function chooseBackend(source: ContextSource): Promise<Backend> {
  if (!isOptions(source)) {
    const backend = await webgpu({ device: source });
    if (backend) return backend;
    throw notSupported("createContext: the GPUDevice cannot be used");
  }
  const wanted = source.deviceType ? source.deviceType !== "cpu" : source.accelerated;
  if (wanted && hasWebGPU()) {
    const backend = await webgpu({ powerPreference: source.powerPreference }).catch(() => undefined);
    if (backend) return backend;
  }
  const { createPlainBackend } = await import("../plain/index.js");
  return createPlainBackend();
}

function hasWebGPU(): boolean {
  return typeof navigator !== "undefined" && "gpu" in navigator && Boolean(navigator.gpu);
}

async function webgpu(options: { device?: GPUDevice; powerPreference?: ContextOptions["powerPreference"] }): Promise<Backend | undefined> {
  const { createWebGPUBackend } = await import("../webgpu/index.js");
  return createWebGPUBackend(options);
}
