import type { Model } from "../models.js";

/** A model that is ready to run. */
export interface Runner {
  /** From an input on the host to the output on the host. */
  run(input: Float32Array<ArrayBuffer>): Promise<Float32Array>;
}

/** One way of running models. */
export interface Peer {
  readonly name: string;
  /** Whether it computes through WebGPU. */
  readonly usesWebGPU: boolean;
  prepare(model: Model): Promise<Runner>;
}

/** The product of sizes. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
