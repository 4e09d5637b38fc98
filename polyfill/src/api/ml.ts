/** ML, the entry point (WebNN: ML interface). */

import type { Backend } from "../core/backend.js";
import { notSupported } from "../core/errors.js";
import { type ContextSource, chooseBackend, isOptions } from "./backends.js";
import { Context, MLContext } from "./context.js";
import { contextOptions } from "./descriptors.js";
import { isGPUDevice } from "./gpu.js";
import { Interface } from "./interface.js";
import { checkPermitted } from "./policy.js";
import type * as Face from "./types.js";

/** An implementation of WebNN that is not this one. */
export interface NativeML {
  createContext(...values: readonly unknown[]): Promise<object>;
}

/** The state of the entry point. */
export class EntryPoint {
  /** @param native the browser's own implementation where it works; contexts are then its own */
  constructor(readonly native?: () => Promise<NativeML | undefined>) {}

  /** WebNN: createContext(), both forms. */
  async createContext(values: readonly unknown[]): Promise<object> {
    const source = sourceOf(values[0]);
    checkPermitted();
    const native = await this.native?.();
    if (native) return native.createContext(...values);
    return MLContext.wrap(new Context(await backendOf(source)));
  }
}

/** The two overloads of createContext(). */
function sourceOf(value: unknown): ContextSource {
  return isGPUDevice(value) ? value : contextOptions(value, "ML.createContext: options");
}

async function backendOf(source: ContextSource): Promise<Backend> {
  try {
    if (!isOptions(source) || source.worker === undefined) return await chooseBackend(source);
    const { worker, ...wanted } = source;
    const { createRemoteBackend } = await import("../worker/index.js");
    return await createRemoteBackend(worker, wanted);
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotSupportedError") throw error;
    throw notSupported(`createContext: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export const ML = new Interface<EntryPoint, Face.ML>("ML", {
  operations: {
    createContext: { required: 0, promise: true, steps: (ml, values) => ml.createContext(values) },
  },
});
