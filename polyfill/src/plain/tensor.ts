/** Tensors in the memory of the page. */

import type { DeviceTensor } from "../core/backend.js";
import { operationError } from "../core/errors.js";
import type { OperandDescriptor } from "../core/types.js";
import { type Elements, elementsIn, isQuick, load, loadInPieces, stored, storedInPieces, workingBytes } from "./elements.js";
import type { Memory } from "./memory.js";
import type { Pauses } from "./pace.js";
import type { Timeline } from "./timeline.js";

/** What a tensor takes from its backend. */
export interface TensorSurroundings {
  readonly memory: Memory;
  readonly timeline: Timeline;
  /** Why nothing can be read any more, or undefined. */
  fault(): string | undefined;
  /** Is told of reads that wait, so that they are rejected when the device is lost. */
  waiting: Set<(error: unknown) => void>;
}

export class PlainTensor implements DeviceTensor {
  /** As they are once all jobs so far are done. */
  elements: Elements;
  #destroyed = false;

  constructor(
    readonly descriptor: OperandDescriptor,
    readonly surroundings: TensorSurroundings,
  ) {
    const bytes = workingBytes(descriptor);
    this.elements = elementsIn(surroundings.memory.take(bytes, "a tensor"), 0, descriptor);
  }

  write(bytes: Uint8Array): void {
    const { timeline } = this.surroundings;
    const { dataType } = this.descriptor;
    if (timeline.idle && isQuick(this.elements, dataType)) {
      load(this.elements, bytes, dataType);
      return;
    }
    const copied = bytes.slice();
    timeline.add(() => loadInPieces(this.elements, copied, dataType));
  }

  read(): Promise<Uint8Array> {
    const { timeline, waiting, fault } = this.surroundings;
    const wrong = fault();
    if (wrong !== undefined) return Promise.reject(operationError(wrong));
    const { dataType } = this.descriptor;
    if (timeline.idle && isQuick(this.elements, dataType)) return Promise.resolve(stored(this.elements, dataType));
    return new Promise((resolve, reject) => {
      waiting.add(reject);
      const read = function* (this: PlainTensor): Pauses {
        const bytes = yield* storedInPieces(this.elements, dataType);
        waiting.delete(reject);
        resolve(bytes);
      };
      timeline.add(read.bind(this));
    });
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    const { memory, timeline } = this.surroundings;
    const free = (): void => {
      memory.give(this.elements.byteLength);
      this.elements = new Uint8Array(0);
    };
    if (timeline.idle) free();
    else
      timeline.add(() => {
        free();
        return [];
      });
  }
}
