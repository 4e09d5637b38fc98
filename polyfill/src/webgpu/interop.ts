/** Lends the memory of tensors to WebGPU. */

import { operationError } from "../core/errors.js";
import { byteLengthOf } from "../core/types.js";
import { STAGING, STORAGE } from "./device.js";
import type { Owner } from "./runtime.js";
import { release, type WebGPUTensor, writePieces } from "./tensor.js";

/**
 * The elements of a tensor as a buffer of a device, until the caller destroys that buffer.
 *
 * The backend's own device gets the very memory of the tensor; its `destroy` only gives it back. Another device cannot
 * see that memory: it gets a copy, which is brought back through the host once it is destroyed, and what the backend is
 * asked meanwhile waits for it.
 *
 * @param returned called when the caller has destroyed the buffer
 */
export function lend(owner: Owner, tensor: WebGPUTensor, device: GPUDevice, returned: () => void): GPUBuffer | Promise<GPUBuffer> {
  if (tensor.pieces.length !== 1) throw operationError("the tensor does not lie in one piece");
  const [piece] = tensor.pieces;
  if (device !== owner.device.handle) return copied(owner, tensor, device, returned);
  if (owner.timeline.isBusy) return owner.timeline.ask(async () => whenDestroyed(piece, returned));
  return whenDestroyed(piece, returned);
}

async function copied(owner: Owner, tensor: WebGPUTensor, device: GPUDevice, returned: () => void): Promise<GPUBuffer> {
  const bytes = await tensor.read();
  const [{ size }] = tensor.pieces;
  const buffer = device.createBuffer({ label: "tensor", size, usage: STORAGE, mappedAtCreation: true });
  new Uint8Array(buffer.getMappedRange()).set(bytes);
  buffer.unmap();
  return whenDestroyed(buffer, () => {
    owner.timeline.hold(bringBack(owner, tensor, device, buffer));
    returned();
  });
}

/** Copy what another device left in its buffer into the tensor; what fails leaves the tensor as it was. */
async function bringBack(owner: Owner, tensor: WebGPUTensor, device: GPUDevice, buffer: GPUBuffer): Promise<void> {
  const { size } = buffer;
  const staging = device.createBuffer({ label: "tensor", size, usage: STAGING });
  try {
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, 0, staging, 0, size);
    device.queue.submit([encoder.finish()]);
    release(buffer);
    await staging.mapAsync(1);
    const bytes = new Uint8Array(staging.getMappedRange(), 0, byteLengthOf(tensor.descriptor));
    writePieces(owner.device, tensor.pieces, bytes);
  } catch (error) {
    owner.failed(`the exported tensor could not be brought back from its GPUDevice: ${error}`);
  } finally {
    staging.destroy();
  }
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
