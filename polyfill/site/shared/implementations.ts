/** The implementations of WebNN that a page can choose from: the polyfill, which is loaded when it is asked for, and the browser's own. */

import { type Implementation, installed, type MLContext, type MLContextOptions } from "../../src/document/index.js";

/** A context, and whose it is. */
export interface Opened {
  readonly implementation: Implementation;
  readonly context: MLContext;
  /** What the context runs on, in words. */
  readonly device: string;
}

/** The polyfill, without installing it. */
export async function polyfill(): Promise<Implementation> {
  const { createML, MLGraphBuilder } = await import("../../src/index.js");
  return { ml: createML(), MLGraphBuilder } as unknown as Implementation;
}

/** The browser's own WebNN. Rejects where there is none. */
export async function native(): Promise<Implementation> {
  const found = installed();
  if (!found) throw new DOMException("this browser has no navigator.ml", "NotSupportedError");
  return found;
}

/** Make a context of the polyfill or of the browser's own WebNN. */
export async function open(isNative: boolean, options: MLContextOptions): Promise<Opened> {
  const implementation = await (isNative ? native() : polyfill());
  const context = await implementation.ml.createContext(options);
  return { implementation, context, device: await describeDevice(isNative, context) };
}

async function describeDevice(isNative: boolean, context: MLContext): Promise<string> {
  if (isNative) return "the browser's own WebNN";
  if (context.accelerated === false) return "WebNPU polyfill, plain TypeScript";
  const info = (await navigator.gpu?.requestAdapter())?.info;
  const words = [info?.vendor, info?.architecture, info?.description].filter(Boolean).join(" ");
  return `WebNPU polyfill, WebGPU${words ? ` (${words})` : ""}`;
}
