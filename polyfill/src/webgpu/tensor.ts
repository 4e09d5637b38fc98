/** Tensors in the memory of a GPU. */

import type { DeviceTensor } from "../core/backend.js";
import { invalidState } from "../core/errors.js";
import { byteLengthOf, type OperandDescriptor } from "../core/types.js";
import { type Device, STAGING } from "./device.js";
import type { Mirror } from "./interop.js";
import type { Timeline } from "./timeline.js";

/** So many staging buffers, and bytes of them, are kept for later reads. */
const KEPT_STAGING = 8;
const KEPT_STAGING_BYTES = 2 ** 25;

let count = 0;

/** Elements in the memory of a GPU, in pieces that can be bound. */
export class WebGPUTensor implements DeviceTensor {
  /** Its number, which no other tensor has. */
  readonly id = count++;
  /** Called once its memory is given back. */
  whenDestroyed: () => void = () => undefined;

  constructor(
    readonly owner: { readonly device: Device; readonly timeline: Timeline; readonly staging: Staging },
    readonly descriptor: OperandDescriptor,
    readonly pieces: readonly GPUBuffer[],
    /** The elements on the device that they can be lent to, if that is not the backend's. */
    readonly mirror?: Mirror,
  ) {}

  write(bytes: Uint8Array): void {
    const { timeline, device } = this.owner;
    const given = timeline.isBusy ? bytes.slice() : bytes;
    timeline.run(() => writePieces(device, this.pieces, given));
    this.mirror?.write(bytes);
  }

  async read(): Promise<Uint8Array> {
    const bytes = await this.#read();
    await this.mirror?.current;
    return bytes;
  }

  /** Called when a program was told to compute the elements. */
  computed(): void {
    this.mirror?.follow(() => this.#read());
  }

  #read(): Promise<Uint8Array> {
    const { timeline, staging } = this.owner;
    return timeline.ask(() => staging.read(this.pieces, byteLengthOf(this.descriptor)));
  }

  destroy(): void {
    this.owner.timeline.run(() => {
      this.pieces.forEach(release);
      this.mirror?.destroy();
      this.whenDestroyed();
    });
  }
}

/** Give a buffer's memory back, though its own `destroy` may have been replaced when it was lent. */
export function release(buffer: GPUBuffer): void {
  GPUBuffer.prototype.destroy.call(buffer);
}

/** Copies of so many bytes, made for writing, wait for the next submission at most: browsers keep them, and buffers destroyed, until then. */
const UNSUBMITTED = 2 ** 22;
/** The bytes written to each queue since the last submission that was made for them. */
const unsubmitted = new WeakMap<GPUQueue, number>();

/** Copy bytes into the pieces of a buffer; those that are missing to a whole word are zeros. */
export function writePieces(device: { readonly queue: GPUQueue }, pieces: readonly GPUBuffer[], bytes: Uint8Array): void {
  let offset = 0;
  for (const piece of pieces) {
    const size = Math.min(piece.size, bytes.byteLength - offset);
    const whole = size - (size % 4);
    if (whole > 0) device.queue.writeBuffer(piece, 0, bytes as Uint8Array<ArrayBuffer>, offset, whole);
    if (whole < size) {
      const last = new Uint8Array(4);
      last.set(bytes.subarray(offset + whole, offset + size));
      device.queue.writeBuffer(piece, whole, last);
    }
    offset += size;
    const waiting = (unsubmitted.get(device.queue) ?? 0) + size;
    if (waiting >= UNSUBMITTED) device.queue.submit([]);
    unsubmitted.set(device.queue, waiting >= UNSUBMITTED ? 0 : waiting);
  }
}

/** Buffers through which the host reads, kept for later reads. */
export class Staging {
  readonly #free: GPUBuffer[] = [];

  constructor(readonly device: Device) {}

  /** The bytes that lie in the pieces of a buffer once all earlier work is done. */
  async read(pieces: readonly GPUBuffer[], byteLength: number): Promise<Uint8Array> {
    const buffers = pieces.map((piece) => this.#take(piece.size));
    try {
      const encoder = this.device.handle.createCommandEncoder();
      pieces.forEach((piece, i) => {
        encoder.copyBufferToBuffer(piece, 0, buffers[i], 0, piece.size);
      });
      this.device.queue.submit([encoder.finish()]);
      await Promise.all(buffers.map((buffer, i) => buffer.mapAsync(1, 0, pieces[i].size)));
      return joined(pieces, buffers, byteLength);
    } catch (error) {
      for (const buffer of buffers) buffer.destroy();
      buffers.length = 0;
      throw invalidState(`the tensor cannot be read: ${this.device.isLost ? "the device is lost" : error}`);
    } finally {
      for (const buffer of buffers) this.#give(buffer);
    }
  }

  /** The least kept buffer that is long enough, unless it is much too long; or a new one. */
  #take(size: number): GPUBuffer {
    const fit = this.#free.findIndex((buffer) => buffer.size >= size && buffer.size <= Math.max(4 * size, 4096));
    if (fit >= 0) return this.#free.splice(fit, 1)[0];
    return this.device.handle.createBuffer({ label: "staging", size, usage: STAGING });
  }

  #give(buffer: GPUBuffer): void {
    buffer.unmap();
    this.#free.push(buffer);
    this.#free.sort((a, b) => a.size - b.size);
    while (this.#free.length > KEPT_STAGING || this.#free.reduce((sum, { size }) => sum + size, 0) > KEPT_STAGING_BYTES) {
      this.#free.pop()?.destroy();
    }
  }

  /** Give all memory back. */
  destroy(): void {
    for (const buffer of this.#free.splice(0)) buffer.destroy();
  }
}

function joined(pieces: readonly GPUBuffer[], buffers: readonly GPUBuffer[], byteLength: number): Uint8Array {
  const bytes = new Uint8Array(byteLength);
  let offset = 0;
  pieces.forEach((piece, i) => {
    const mapped = new Uint8Array(buffers[i].getMappedRange(0, piece.size));
    bytes.set(mapped.subarray(0, byteLength - offset), offset);
    offset += piece.size;
  });
  return bytes;
}
