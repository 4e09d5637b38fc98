/** A device of WebGPU with its pipelines, and with its errors as this library's (the counterpart of `backends/webgpu/device.py`). */

import { operationError } from "../core/errors.js";
import { kernel } from "./kernel.js";
import { DEFAULT_LIMITS, type Limits, type Plan, type Step } from "./plan.js";
import { boundPieces, shader } from "./prelude.js";

/** The usages of every storage buffer: storage, copied to, copied from. */
export const STORAGE = 0x80 | 0x08 | 0x04;
/** The usages of a buffer that the host reads: mapped for reading, copied to. */
export const STAGING = 0x01 | 0x08;

/** The features that are used where they are there. */
const FEATURES: readonly GPUFeatureName[] = ["timestamp-query", "shader-f16"];

/** Who makes no slow GPU: theirs take more work at a time. */
const FAST = /^nvidia$/i;

/** So many pipelines are kept for later programs; a program keeps its own. */
const KEPT_PIPELINES = 256;

/** A GPU, its limits, and the pipelines that were made for it. */
export class Device {
  readonly name: string;
  readonly limits: Limits;
  readonly hasTimestamps: boolean;
  readonly hasHalfFloats: boolean;
  /** Resolves with a message when the device is gone. */
  readonly lost: Promise<string>;
  /** Whether it is gone. */
  isLost = false;
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();
  readonly #layouts = new Map<string, GPUBindGroupLayout>();

  constructor(readonly handle: GPUDevice) {
    const info: Partial<GPUAdapterInfo> = handle.adapterInfo ?? {};
    this.name = info.description || info.device || [info.vendor, info.architecture].filter(Boolean).join(" ") || "a GPU";
    this.hasTimestamps = handle.features.has("timestamp-query");
    this.hasHalfFloats = handle.features.has("shader-f16");
    const { maxStorageBufferBindingSize, maxBufferSize, maxStorageBuffersPerShaderStage, maxComputeWorkgroupsPerDimension } = handle.limits;
    this.limits = {
      storage_buffers: maxStorageBuffersPerShaderStage,
      binding_bytes: Math.floor(Math.min(maxStorageBufferBindingSize, maxBufferSize) / 2 ** 16) * 2 ** 16,
      workgroups: maxComputeWorkgroupsPerDimension,
      work: FAST.test(info.vendor ?? "") ? 2 ** 37 : DEFAULT_LIMITS.work,
      workgroup_memory: !info.isFallbackAdapter && !/swiftshader|llvmpipe/i.test(`${info.architecture} ${this.name}`),
    };
    this.lost = handle.lost.then(({ reason, message }) => {
      this.isLost = true;
      return message || `the GPU device was lost: ${reason || "for an unknown reason"}`;
    });
  }

  /**
   * A new device of the best adapter, with all that the adapter grants of what plans can use; undefined where there is none.
   * Rejects with the browser's own error where it fails.
   */
  static async request(powerPreference?: GPUPowerPreference): Promise<Device | undefined> {
    const gpu = globalThis.navigator?.gpu;
    const adapter = await gpu?.requestAdapter({ powerPreference });
    if (!adapter) return undefined;
    const { maxStorageBufferBindingSize, maxBufferSize, maxStorageBuffersPerShaderStage } = adapter.limits;
    const handle = await adapter.requestDevice({
      label: "WebNN",
      requiredFeatures: FEATURES.filter((name) => adapter.features.has(name)),
      requiredLimits: { maxStorageBufferBindingSize, maxBufferSize, maxStorageBuffersPerShaderStage },
    });
    return new Device(handle);
  }

  get queue(): GPUQueue {
    return this.handle.queue;
  }

  /** The pipeline of a step; steps of one text share it. */
  pipeline(plan: Plan, step: Step): Promise<GPUComputePipeline> {
    const text = shader(plan, step, this.hasHalfFloats);
    const pipeline = this.#pipelines.get(text) ?? this.#compiled(plan, step, text);
    this.#pipelines.delete(text); // the last used stand last
    this.#pipelines.set(text, pipeline);
    if (this.#pipelines.size > KEPT_PIPELINES) this.#pipelines.delete(this.#pipelines.keys().next().value ?? text);
    return pipeline;
  }

  async #compiled(plan: Plan, step: Step, text: string): Promise<GPUComputePipeline> {
    try {
      return await this.checked(step.kernel, () => {
        const layout = this.handle.createPipelineLayout({ bindGroupLayouts: [this.#layout(plan, step)] });
        const module = this.handle.createShaderModule({ label: step.kernel, code: text });
        return this.handle.createComputePipelineAsync({ label: step.kernel, layout, compute: { module, entryPoint: "main" } });
      });
    } catch (error) {
      this.#pipelines.delete(text);
      throw error;
    }
  }

  /** The layout of a step's bind group: which buffers are only read. */
  #layout(plan: Plan, step: Step): GPUBindGroupLayout {
    const types = Object.entries(step.bindings).flatMap(([name, binding]) => {
      const isRead = binding.vectors || (kernel(step.kernel).head.bindings[name] ?? "in") === "in";
      return boundPieces(plan, binding).map((): GPUBufferBindingType => (isRead ? "read-only-storage" : "storage"));
    });
    const key = types.join();
    let layout = this.#layouts.get(key);
    if (!layout) {
      layout = this.handle.createBindGroupLayout({
        entries: types.map((type, binding) => ({ binding, visibility: 0x4, buffer: { type } })),
      });
      this.#layouts.set(key, layout);
    }
    return layout;
  }

  /** The bind group of a step, given the pieces of every buffer of the plan. */
  bind(plan: Plan, step: Step, buffers: readonly (readonly GPUBuffer[])[]): GPUBindGroup {
    const bound = Object.values(step.bindings).flatMap((binding) =>
      boundPieces(plan, binding).map((piece) => buffers[binding.buffer][piece]),
    );
    return this.handle.createBindGroup({
      label: step.kernel,
      layout: this.#layout(plan, step),
      entries: bound.map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
  }

  /** New storage buffers, zeroed, for so many bytes: several where one would be longer than `most`. */
  buffers(byteLength: number, most: number, label: string): GPUBuffer[] {
    const count = Math.ceil(byteLength / most);
    return Array.from({ length: count }, (_, piece) =>
      this.handle.createBuffer({ label, size: Math.min(most, byteLength - piece * most), usage: STORAGE }),
    );
  }

  /**
   * Do something, and wait until the device has done it.
   *
   * @throws OperationError where it ran short of memory or found a fault, InvalidStateError where it is lost
   */
  async checked<T>(what: string, action: () => T): Promise<Awaited<T>> {
    const { handle } = this;
    handle.pushErrorScope("out-of-memory");
    handle.pushErrorScope("internal");
    handle.pushErrorScope("validation");
    let result: T | undefined;
    let thrown: unknown;
    try {
      result = action();
    } catch (error) {
      thrown = error;
    }
    const scopes = Promise.all([handle.popErrorScope(), handle.popErrorScope(), handle.popErrorScope()]);
    const [errors, settled] = await Promise.all([scopes.catch(() => []), settledOf(result)]);
    const error = thrown ?? errors.find((found) => found !== null) ?? ("reason" in settled ? settled.reason : undefined);
    if (error !== undefined) throw this.#translated(what, error);
    if (this.isLost) throw this.#translated(what, new Error("the device is lost"));
    return (settled as PromiseFulfilledResult<Awaited<T>>).value;
  }

  #translated(what: string, error: unknown): DOMException {
    const message = error instanceof Error || (typeof error === "object" && error && "message" in error) ? error.message : error;
    if (this.isLost) return new DOMException(`WebGPU: ${what}: the device is lost`, "InvalidStateError");
    return operationError(`WebGPU: ${what}: ${message}`);
  }
}

async function settledOf<T>(value: T): Promise<PromiseSettledResult<Awaited<T>>> {
  return (await Promise.allSettled([value]))[0];
}
