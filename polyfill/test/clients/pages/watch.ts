/** What a client asks of the polyfill in a page. */

/** What a client has asked for so far. */
export interface Seen {
  /** The methods of the builder that were called, each once. */
  readonly built: string[];
  /** The options that contexts were asked for with. */
  readonly asked: unknown[];
  /** Whether each context is accelerated. */
  readonly accelerated: boolean[];
}

/** Install the polyfill, and note what is asked of it from now on. */
export async function watch(): Promise<Seen> {
  const { ready } = await import("../../../src/auto.js");
  if ((await ready) !== "polyfill") throw new Error("the browser's own WebNN would be tested");
  const seen: Seen = { built: [], asked: [], accelerated: [] };
  const prototype = MLGraphBuilder.prototype as unknown as Record<string, (...values: unknown[]) => unknown>;
  for (const name of Object.keys(prototype)) {
    const method = prototype[name];
    prototype[name] = function (...values) {
      if (!seen.built.includes(name)) seen.built.push(name);
      return method.apply(this, values);
    };
  }
  const createContext = ML.prototype.createContext as (...values: unknown[]) => Promise<MLContext>;
  ML.prototype.createContext = async function (...values: unknown[]) {
    const context = await createContext.apply(this, values);
    seen.asked.push(values[0]);
    seen.accelerated.push(context.accelerated);
    return context;
  };
  return seen;
}

const ARRAYS = { float32: Float32Array, int64: BigInt64Array, int32: Int32Array };

/** The elements of a stored tensor. */
export function elementsOf({ type, data }: { type: keyof typeof ARRAYS; data: string }): Float32Array | BigInt64Array | Int32Array {
  return new ARRAYS[type](Uint8Array.from(atob(data), (character) => character.charCodeAt(0)).buffer);
}

/** The elements of a tensor as plain numbers, which may go to another process. */
export function numbersOf(elements: Iterable<number | bigint>): number[] {
  return Array.from(elements, Number);
}
