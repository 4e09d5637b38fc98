/** MLTensor (WebNN: MLTensor interface). */

import type { DeviceTensor } from "../core/backend.js";
import { invalidState } from "../core/errors.js";
import type { Context } from "./context.js";
import type { TensorDescriptor } from "./descriptors.js";
import { Interface } from "./interface.js";
import { Pending } from "./pending.js";
import type * as Face from "./types.js";

/** The state of a tensor. */
export class Tensor {
  readonly shape: readonly number[];
  /** The bytes of a constant tensor, which graphs share. */
  readonly constant?: Uint8Array;
  readonly gpuDevice: GPUDevice | null;
  /** The buffer by which WebGPU has its memory. */
  exported?: GPUBuffer;
  /** The reads that have not come to an end. */
  readonly reads = new Pending();
  #destroyed = false;

  /**
   * @param context the context that it belongs to
   * @param memory the memory of the context's device; a constant tensor has none
   */
  constructor(
    readonly context: Context,
    readonly descriptor: TensorDescriptor,
    readonly memory: DeviceTensor | undefined,
    extras: { readonly constant?: Uint8Array; readonly gpuDevice?: GPUDevice } = {},
  ) {
    this.shape = Object.freeze([...descriptor.shape]);
    this.constant = extras.constant;
    this.gpuDevice = extras.gpuDevice ?? null;
  }

  get destroyed(): boolean {
    return this.#destroyed || this.context.isLost;
  }

  /** WebNN: MLTensor.destroy(). */
  destroy(): void {
    if (this.destroyed) return;
    this.#destroyed = true;
    this.reads.abort(invalidState("readTensor: the tensor was destroyed before it was read"));
    this.memory?.destroy();
  }
}

export const MLTensor = new Interface<Tensor, Face.MLTensor>("MLTensor", {
  attributes: {
    dataType: { get: (tensor) => tensor.descriptor.dataType },
    shape: { get: (tensor) => tensor.shape },
    readable: { get: (tensor) => tensor.descriptor.readable },
    writable: { get: (tensor) => tensor.descriptor.writable },
    constant: { get: (tensor) => tensor.constant !== undefined },
    gpuDevice: { get: (tensor) => tensor.gpuDevice },
  },
  operations: {
    destroy: { required: 0, steps: (tensor) => tensor.destroy() },
  },
});
