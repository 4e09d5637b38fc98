/** Lends the memory of tensors to WebGPU. */

import { invalidState, operationError } from "../core/errors.js";
import { byteLengthOf } from "../core/types.js";
import { STAGING, STORAGE } from "./device.js";
import type { Owner } from "./runtime.js";
import { release, type WebGPUTensor, writePieces } from "./tensor.js";

/**
 * The elements of a tensor on another device than the backend's, which cannot see its memory. Whatever the host writes is
 * written to both. What the backend computes is brought here through the host, and what the caller leaves here, there; what
 * the backend is asked meanwhile waits for it.
 */
export class Mirror {
  readonly buffer: GPUBuffer;
  /** How many computations are not here yet. */
  #behind = 0;
  #current: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly owner: Owner,
    private readonly device: GPUDevice,
    private readonly size: number,
  ) {
    this.buffer = device.createBuffer({ label: "tensor", size, usage: STORAGE });
  }

  /** Whether something that was computed is not here yet. */
  get isBehind(): boolean {
    return this.#behind > 0;
  }

  /** Settled once all that was computed so far is here. */
  get current(): Promise<unknown> {
    return this.#current;
  }

  /** Write what the host gives, after what was computed before. */
  write(bytes: Uint8Array): void {
    const given = this.isBehind ? bytes.slice() : undefined;
    if (given) this.follow(() => Promise.resolve(given));
    else this.#write(bytes);
  }

  #write(bytes: Uint8Array): void {
    writePieces(this.device, [this.buffer], bytes);
  }

  /** Write what `bytes` gives, such as what the backend is about to compute, after all that came before. */
  follow(bytes: () => Promise<Uint8Array>): void {
    this.#behind++;
    const arrived = Promise.all([bytes(), this.#current]).then(([found]) => this.#write(found));
    this.#current = arrived
      .catch((error) => this.owner.failed(`a tensor could not be brought to its GPUDevice: ${error}`))
      .finally(() => this.#behind--);
  }

  /** Copy what the caller left here into the tensor's own memory; what fails loses the context. */
  async bringBack({ pieces, descriptor }: WebGPUTensor): Promise<void> {
    const staging = this.device.createBuffer({ label: "tensor", size: this.size, usage: STAGING });
    try {
      const encoder = this.device.createCommandEncoder();
      encoder.copyBufferToBuffer(this.buffer, 0, staging, 0, this.size);
      this.device.queue.submit([encoder.finish()]);
      await staging.mapAsync(1);
      writePieces(this.owner.device, pieces, new Uint8Array(staging.getMappedRange(), 0, byteLengthOf(descriptor)));
    } catch (error) {
      this.owner.failed(`the exported tensor could not be brought back from its GPUDevice: ${error}`);
    } finally {
      staging.destroy();
    }
  }

  destroy(): void {
    release(this.buffer);
  }
}

/**
 * The elements of a tensor as a buffer of its device, until the caller destroys that buffer, which only gives it back.
 *
 * @param returned called when the caller has destroyed the buffer
 * @throws InvalidStateError where they are still on their way to another device than the backend's, or from there
 */
export function lend(owner: Owner, tensor: WebGPUTensor, returned: () => void): GPUBuffer {
  const { mirror, pieces } = tensor;
  if (pieces.length !== 1) throw operationError("the tensor does not lie in one piece");
  if (mirror?.isBehind || (!mirror && owner.timeline.isBusy)) {
    throw invalidState(
      "exportToGPU: what was computed or written on another GPUDevice is still on its way; await readTensor() first, or make the " +
        "context from the GPUDevice, by createContext(gpuDevice)",
    );
  }
  if (!mirror) return whenDestroyed(pieces[0], returned);
  return whenDestroyed(mirror.buffer, () => {
    owner.timeline.hold(mirror.bringBack(tensor));
    returned();
  });
}

/** A buffer whose `destroy` does something else, once. */
function whenDestroyed(buffer: GPUBuffer, action: () => void): GPUBuffer {
  let isDone = false;
  const destroy = (): undefined => {
    if (!isDone) action();
    isDone = true;
    return undefined;
  };
  return Object.defineProperty(buffer, "destroy", { value: destroy, configurable: true });
}
