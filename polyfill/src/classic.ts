/**
 * The polyfill as one classic script: it installs itself, and leaves the module's exports in the global `webnpu`.
 * `<script src="webnpu.classic.js" data-force>` replaces a browser's own WebNN even if it works.
 */

import * as webnpu from "./index.js";

const script = typeof document === "undefined" ? undefined : document.currentScript;
const force = script?.hasAttribute("data-force");

Object.defineProperty(globalThis, "webnpu", {
  value: Object.freeze({ ...webnpu, ready: webnpu.install({ force }) }),
  configurable: true,
  writable: true,
});
