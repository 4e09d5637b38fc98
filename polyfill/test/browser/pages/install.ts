/** Pages that install the polyfill in different surroundings. */

import type { IDLDefinition } from "webidl2";
import { EXTENSIONS, faultsOf } from "../../api/surface.js";

/** Loads the polyfill and uses it at once, before it is known whose WebNN the page gets. */
export async function useAtOnce(): Promise<unknown> {
  const { ready } = await import("../../../src/auto.js");
  const { ml } = navigator;
  const context = await ml.createContext({ accelerated: false });
  const builder = new MLGraphBuilder(context);
  const constant = builder.constant("float32", 1);
  const graph = await builder.build({ y: builder.neg(constant) });
  const tensor = await context.createTensor({ dataType: "float32", shape: [], readable: true });
  context.dispatch(graph, {}, { y: tensor });
  const result = [...new Float32Array(await context.readTensor(tensor))];
  const kinds = [context instanceof MLContext, graph instanceof MLGraph, tensor instanceof MLTensor, constant instanceof MLOperand];
  return { outcome: await ready, result, kinds, same: navigator.ml === ml && ml instanceof ML };
}

/** The same in a worker. */
export function useInWorker(): Promise<unknown> {
  return new Promise((resolve) => {
    const worker = new Worker("/test/browser/pages/install_worker.ts", { type: "module" });
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => resolve(message);
  });
}

/** The faults of the globals' surface. */
export async function faultsOfSurface(idl: readonly IDLDefinition[]): Promise<string[]> {
  const { ready } = await import("../../../src/auto.js");
  await ready;
  const found = await faultsOf(idl, globalThis, { ML: navigator.ml }, EXTENSIONS);
  const ml = Object.getOwnPropertyDescriptor(Navigator.prototype, "ml");
  if (!ml?.enumerable || !ml.configurable || ml.set || ml.get?.name !== "get ml") found.push("navigator.ml is not as it should be");
  try {
    ml?.get?.call({});
    found.push("navigator.ml can be read from anything");
  } catch (error) {
    if (!(error instanceof TypeError)) found.push(String(error));
  }
  return found;
}

/** A browser's own WebNN that works, in miniature. */
function installNative() {
  const asked: unknown[][] = [];
  class MLContext {
    destroy(): void {}
    createTensor(): void {}
    dispatch(): void {}
    opSupportLimits(): void {}
    readTensor(): void {}
    writeTensor(): void {}
  }
  class MLGraphBuilder {
    constructor(context: unknown) {
      if (!(context instanceof MLContext)) throw new TypeError("not a context");
    }
  }
  class ML {
    async createContext(...values: unknown[]): Promise<MLContext> {
      asked.push(values);
      return new MLContext();
    }
  }
  const ml = new ML();
  for (const [name, value] of Object.entries({ ML, MLContext, MLGraphBuilder })) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  }
  Object.defineProperty(Object.getPrototypeOf(navigator), "ml", { get: () => ml, enumerable: true, configurable: true });
  return { ml: ml as unknown, MLContext, MLGraphBuilder, asked };
}

/** Loads the polyfill beside a WebNN that works. */
export async function besideNative(): Promise<unknown> {
  const native = installNative();
  const { ready } = await import("../../../src/auto.js");
  const { ml } = navigator;
  const Builder = MLGraphBuilder;
  const early = await ml.createContext({ accelerated: false });
  const outcome = await ready;
  return {
    outcome,
    early: early instanceof native.MLContext,
    asked: native.asked.at(-1),
    builder: new Builder(early) instanceof native.MLGraphBuilder,
    restored: navigator.ml === native.ml && (MLGraphBuilder as unknown) === native.MLGraphBuilder && !("MLTensor" in globalThis),
  };
}

/** Replaces a WebNN that works. */
export async function byForce(): Promise<unknown> {
  installNative();
  const { install } = await import("../../../src/index.js");
  const outcome = await install({ force: true });
  const context = await navigator.ml.createContext({ accelerated: false });
  return { outcome, supports: "softmax" in context.opSupportLimits() };
}

/** What loading the polyfill leads to. */
export async function whatIsThere(): Promise<unknown> {
  const { ready } = await import("../../../src/auto.js");
  return { outcome: await ready, secure: isSecureContext, ml: "ml" in navigator, MLContext: "MLContext" in globalThis };
}
