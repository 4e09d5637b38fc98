/** The memory that a backend may take. */

import { operationError } from "../core/errors.js";

export class Memory {
  #taken = 0;

  /** @param budget the bytes that may be taken in all */
  constructor(readonly budget: number) {}

  /** The bytes that are taken. */
  get taken(): number {
    return this.#taken;
  }

  /** Counts bytes as taken; throws an OperationError if there are not so many. */
  reserve(bytes: number, what: string): void {
    if (this.#taken + bytes > this.budget) {
      throw operationError(`${what} needs ${bytes} bytes; ${this.budget - this.#taken} of ${this.budget} are left`);
    }
    this.#taken += bytes;
  }

  /** Memory, zeros; throws an OperationError if there is not so much. */
  take(bytes: number, what: string): ArrayBuffer {
    this.reserve(bytes, what);
    try {
      return new ArrayBuffer(bytes);
    } catch {
      this.give(bytes);
      throw operationError(`${what} needs ${bytes} bytes, which this browser does not give`);
    }
  }

  /** Gives bytes back. */
  give(bytes: number): void {
    this.#taken -= bytes;
  }
}
