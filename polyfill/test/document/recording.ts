/** An implementation of WebNN for tests: it checks nothing, writes down every call, and computes what it is told to. */

import type { Implementation, MLContext, MLGraph, MLOpSupportLimits, MLTensorDescriptor } from "../../src/document/index.js";
import { OPERATORS } from "../../src/generated/operators.js";
import type { MLOperand } from "../../src/generated/types.js";

/** One call of a builder's method. */
export interface Call {
  readonly method: string;
  readonly values: readonly unknown[];
}

/** What the implementation does, and what it was asked for. */
export class FakeImplementation implements Implementation {
  readonly calls: Call[] = [];
  /** Thrown by a builder's method of that name. */
  readonly throws: Record<string, unknown> = {};
  /** What `build` rejects with. */
  refusal: unknown;
  /** The bytes of each output. */
  outputs: Record<string, Uint8Array> = {};
  destroyed = 0;
  limits: MLOpSupportLimits = {};

  readonly ml = { createContext: async () => this.context };
  readonly MLGraphBuilder: Implementation["MLGraphBuilder"];

  constructor() {
    const fake = this;
    this.MLGraphBuilder = class {
      constructor() {
        for (const name of ["input", "constant", ...Object.keys(OPERATORS)]) {
          Object.assign(this, { [name]: (...values: unknown[]) => fake.answer(name, values) });
        }
      }

      async build(): Promise<MLGraph> {
        if (fake.refusal) throw fake.refusal;
        return { destroy: () => fake.destroyed++ };
      }
    } as unknown as Implementation["MLGraphBuilder"];
  }

  private answer(method: string, values: readonly unknown[]): MLOperand | MLOperand[] {
    this.calls.push({ method, values });
    if (method in this.throws) throw this.throws[method];
    const descriptor = values.find((value): value is MLOperand => typeof value === "object" && value !== null && "shape" in value);
    const operand = { dataType: descriptor?.dataType ?? "float32", shape: descriptor?.shape ?? [], of: method } as MLOperand;
    return method === "split" ? [operand, operand] : operand;
  }

  readonly context: MLContext = {
    createTensor: async (descriptor: MLTensorDescriptor) => ({ ...descriptor, destroy: () => this.destroyed++ }),
    writeTensor: (_, data) => this.calls.push({ method: "writeTensor", values: [data] }),
    readTensor: async (tensor) => this.outputs[this.named.get(tensor) ?? ""].slice().buffer as ArrayBuffer,
    dispatch: (_, __, outputs) => {
      for (const [name, tensor] of Object.entries(outputs)) this.named.set(tensor, name);
    },
    opSupportLimits: () => this.limits,
  };

  private readonly named = new Map<unknown, string>();

  /** The calls of a method. */
  of(method: string): readonly unknown[][] {
    return this.calls.filter((call) => call.method === method).map(({ values }) => [...values]);
  }
}
