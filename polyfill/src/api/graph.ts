/** MLGraph (WebNN: MLGraph interface). */

import type { Program } from "../core/backend.js";
import type { Graph } from "../core/graph.js";
import type { OperandDescriptor } from "../core/types.js";
import type { Context } from "./context.js";
import { Interface } from "./interface.js";
import type * as Face from "./types.js";

/** The state of a compiled graph. */
export class CompiledGraph {
  readonly inputs: ReadonlyMap<string, OperandDescriptor>;
  readonly outputs: ReadonlyMap<string, OperandDescriptor>;
  readonly devices: readonly string[];
  #destroyed = false;

  constructor(
    readonly context: Context,
    graph: Graph,
    readonly program: Program,
    devices: readonly string[],
  ) {
    this.inputs = new Map([...graph.inputs].map(([name, operand]) => [name, operand.descriptor]));
    this.outputs = new Map([...graph.outputs].map(([name, operand]) => [name, operand.descriptor]));
    this.devices = Object.freeze([...devices]);
  }

  get destroyed(): boolean {
    return this.#destroyed || this.context.isLost;
  }

  /** WebNN: MLGraph.destroy(). */
  destroy(): void {
    if (this.destroyed) return;
    this.#destroyed = true;
    this.program.destroy();
  }
}

export const MLGraph = new Interface<CompiledGraph, Face.MLGraph>("MLGraph", {
  attributes: { devices: { get: (graph) => graph.devices } },
  operations: { destroy: { required: 0, steps: (graph) => graph.destroy() } },
});
