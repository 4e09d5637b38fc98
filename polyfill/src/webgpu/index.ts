/** The WebGPU backend: plans of WGSL kernels, run by the browser (the counterpart of `backends/webgpu/__init__.py`). */

import type { Backend, DeviceTensor, MLOpSupportLimits, Program, TensorUsage } from "../core/backend.js";
import { invalidState, notSupported } from "../core/errors.js";
import type { Graph } from "../core/graph.js";
import { specificationLimits } from "../core/limits.js";
import { byteLengthOf, describe, MAX_TENSOR_BYTES, type OperandDescriptor } from "../core/types.js";
import { adopt, type Hold, hold } from "./devices.js";
import { lend, Mirror } from "./interop.js";
import { lower } from "./lowering/index.js";
import type { Lowered } from "./plan.js";
import { type Owner, WebGPUProgram } from "./runtime.js";
import { release, Staging, WebGPUTensor } from "./tensor.js";
import { Timeline } from "./timeline.js";

/** What a context asks of its device. */
export interface DeviceOptions {
  /** A device of the caller's, which is never destroyed here. */
  readonly device?: GPUDevice;
  readonly powerPreference?: "default" | "high-performance" | "low-power";
}

/** A backend on the caller's device or on one of the best adapter's; undefined where there is no adapter. */
export async function createWebGPUBackend(options: DeviceOptions = {}): Promise<WebGPUBackend | undefined> {
  const held = await hold(options.device ?? options.powerPreference ?? "default");
  return held && new WebGPUBackend(held);
}

/** Computes on a GPU, or a software driver of one, through WebGPU. */
export class WebGPUBackend implements Backend, Owner {
  readonly name = "webgpu";
  readonly accelerated = true;
  readonly devices = ["gpu"] as const;
  readonly device: Hold["device"];
  readonly lost: Promise<string>;
  readonly timeline = new Timeline();
  readonly staging: Staging;
  /** Called with what went wrong after a call returned: what was computed since cannot be trusted. */
  readonly failed: (message: string) => void;
  readonly #live = new Set<{ destroy(): void }>();
  #isDestroyed = false;

  constructor(private readonly held: Hold) {
    this.device = held.device;
    let failed: (message: string) => void = () => undefined;
    const failure = new Promise<string>((resolve) => {
      failed = resolve;
    });
    this.failed = failed;
    this.lost = Promise.race([held.device.lost, failure]);
    this.staging = new Staging(held.device);
  }

  get gpuDevice(): GPUDevice {
    return this.device.handle;
  }

  supportLimits(): MLOpSupportLimits {
    return specificationLimits({ preferredInputLayout: "nchw", maxTensorByteLength: MAX_TENSOR_BYTES });
  }

  /** The plan of a graph for this device. */
  lower(graph: Graph): Lowered {
    return lower(graph, this.device.limits);
  }

  async compile(graph: Graph): Promise<Program> {
    this.#check();
    return this.#kept(await WebGPUProgram.make(this, this.lower(graph)));
  }

  async createTensor(descriptor: OperandDescriptor, usage: TensorUsage): Promise<DeviceTensor> {
    this.#check();
    const { binding_bytes: most } = this.device.limits;
    const byteLength = wordBytesOf(descriptor);
    if (usage.exportable && byteLength > most) {
      throw notSupported(`${describe(descriptor)} cannot be exported: a buffer of this GPUDevice holds at most ${most} bytes`);
    }
    const pieces: GPUBuffer[] = [];
    const what = `tensor ${describe(descriptor)}`;
    let mirror: Mirror | undefined;
    try {
      await this.device.checked(what, () => pieces.push(...this.device.buffers(byteLength, most, what)));
      const { device = this.gpuDevice } = usage;
      if (device !== this.gpuDevice) mirror = await adopt(device).checked(what, () => new Mirror(this, device, byteLength));
    } catch (error) {
      pieces.forEach(release);
      throw error;
    }
    return this.#kept(new WebGPUTensor(this, descriptor, pieces, mirror));
  }

  lend(tensor: DeviceTensor, returned: () => void): GPUBuffer {
    if (!(tensor instanceof WebGPUTensor)) throw new TypeError("the tensor is of another backend");
    return lend(this, tensor, returned);
  }

  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    for (const item of this.#live) item.destroy();
    this.timeline.run(() => {
      this.staging.destroy();
      this.held.release();
    });
  }

  #check(): void {
    if (this.#isDestroyed) throw invalidState("the context is destroyed");
    if (this.device.isLost) throw invalidState("the GPU device is lost");
  }

  /** Remember what has memory of the device, until it is destroyed itself. */
  #kept<T extends WebGPUTensor | WebGPUProgram>(item: T): T {
    if (this.#isDestroyed) {
      item.destroy();
      throw invalidState("the context was destroyed meanwhile");
    }
    this.#live.add(item);
    item.whenDestroyed = () => void this.#live.delete(item);
    return item;
  }
}

/** The bytes of a tensor in whole words. */
function wordBytesOf(descriptor: OperandDescriptor): number {
  return Math.ceil(byteLengthOf(descriptor) / 4) * 4;
}
