/**
 * The polyfill as one classic script: it installs itself, and leaves the module's exports in the global `webnpu`.
 * In a worker it serves the contexts of pages, too.
 * `<script src="webnpu.classic.js" data-force>` replaces a browser's own WebNN even if it works.
 */

import * as webnpu from "./index.js";
import { setClassicScript } from "./worker/hire.js";
import { serve } from "./worker/serve.js";

const script = typeof document === "undefined" ? undefined : document.currentScript;
const force = script?.hasAttribute("data-force");

setClassicScript((script as HTMLScriptElement | null | undefined)?.src || undefined);
if (!script && "DedicatedWorkerGlobalScope" in globalThis) serve(); // for pages that have this very script in a worker

Object.defineProperty(globalThis, "webnpu", {
  value: Object.freeze({ ...webnpu, ready: webnpu.install({ force }) }),
  configurable: true,
  writable: true,
});
