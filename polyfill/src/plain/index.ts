/**
 * The backend in plain TypeScript: all operators and data types on the CPU, correct first. It stands in where there is
 * no WebGPU, and is the oracle of tests. It computes in doubles, or in exact integers, and rounds once to the type of
 * each output; only large sums of products are left to WebAssembly, in float32, unless that is forbidden.
 */

import type { Backend, MLOpSupportLimits } from "../core/backend.js";
import { operationError } from "../core/errors.js";
import type { Graph } from "../core/graph.js";
import { specificationLimits } from "../core/limits.js";
import type { OperandDescriptor } from "../core/types.js";
import { Memory } from "./memory.js";
import { PlainProgram } from "./program.js";
import { simdModule } from "./simd.js";
import { PlainTensor } from "./tensor.js";
import { Timeline } from "./timeline.js";

/** Options of the plain backend. */
export interface PlainOptions {
  /** The bytes that tensors and intermediate results may take in all. */
  readonly memoryBytes?: number;
  /** Whether large products of matrices may be summed in float32, by WebAssembly; they are summed in doubles otherwise. */
  readonly simd?: boolean;
  /** Why the context computes here, for receipts. */
  readonly reason?: string;
}

/** The backend of one context. */
export function createPlainBackend(options?: PlainOptions): Backend {
  return new PlainBackend(options);
}

export class PlainBackend implements Backend {
  readonly name = "plain";
  readonly accelerated = false;
  readonly devices = ["cpu"] as const;
  readonly lost: Promise<string>;
  readonly #memory: Memory;
  readonly #timeline: Timeline;
  readonly #waiting = new Set<(error: unknown) => void>();
  #lose: (message: string) => void = () => undefined;
  readonly #simd: boolean;
  readonly #reason: string | undefined;
  #fault: string | undefined;

  constructor({ memoryBytes = 2 ** 32, simd = true, reason }: PlainOptions = {}) {
    this.#simd = simd;
    this.#reason = reason;
    this.lost = new Promise((resolve) => {
      this.#lose = resolve;
    });
    this.#memory = new Memory(memoryBytes);
    this.#timeline = new Timeline((error) => this.#end(`a graph failed while it ran: ${error instanceof Error ? error.message : error}`));
  }

  supportLimits(): MLOpSupportLimits {
    return specificationLimits({ preferredInputLayout: "nhwc" });
  }

  async compile(graph: Graph): Promise<PlainProgram> {
    this.#check();
    const simd = this.#simd ? await simdModule() : undefined;
    this.#check();
    const program = await PlainProgram.make(graph, { memory: this.#memory, timeline: this.#timeline, simd, reason: this.#reason });
    this.#check();
    return program;
  }

  async createTensor(descriptor: OperandDescriptor): Promise<PlainTensor> {
    this.#check();
    return new PlainTensor(descriptor, {
      memory: this.#memory,
      timeline: this.#timeline,
      waiting: this.#waiting,
      fault: () => this.#fault,
    });
  }

  destroy(): void {
    this.#end("the context was destroyed");
  }

  #check(): void {
    if (this.#fault !== undefined) throw operationError(this.#fault);
  }

  /** Drops what has not begun, and rejects the reads that wait for it. */
  #end(message: string): void {
    if (this.#fault !== undefined) return;
    this.#fault = message;
    this.#timeline.clear();
    for (const reject of this.#waiting) reject(operationError(message));
    this.#waiting.clear();
    this.#lose(message);
  }
}
