/** Where workers come from. */

import { notSupported } from "../core/errors.js";
import type { Hired } from "./remote.js";

/** What a page may give as `worker`: whether there is one, the address of its script, or the worker itself. */
export type WorkerSource = true | string | URL | Worker;

/** The package's own worker, put in by the build: `new Worker(new URL("../worker.js", import.meta.url), { type: "module" })`. */
declare const WEBNPU_MODULE_WORKER: (() => Worker) | undefined;

/** The script that this code is in, where it is a classic one, which serves in workers too. */
let classicScript: string | undefined;

export function setClassicScript(address: string | undefined): void {
  classicScript = address;
}

/** The ways to a worker, the one that needs no more of a content security policy first; each fails in its own way. */
export function waysTo(source: WorkerSource): readonly (() => Hired | Promise<Hired>)[] {
  if (typeof Worker === "undefined") throw notSupported("createContext: there are no workers here");
  if (source !== true && typeof source === "object" && "postMessage" in source) return [() => ({ worker: source, own: false })];
  if (source !== true) return [() => own(new Worker(source, { type: "module" }))];
  if (classicScript) {
    const address = classicScript;
    return [() => own(new Worker(address)), () => own(fromText(`importScripts(${JSON.stringify(address)})`))];
  }
  return [
    () => own(typeof WEBNPU_MODULE_WORKER === "undefined" ? missing() : WEBNPU_MODULE_WORKER()),
    async () => own(fromText((await import("./text.js")).default || missing())),
  ];
}

function missing(): never {
  throw notSupported("createContext: this build has no worker of its own");
}

function own(worker: Worker): Hired {
  return { worker, own: true };
}

/** A worker from the text of its script, for scripts of other origins and bundlers that leave the worker's file behind. */
function fromText(text: string): Worker {
  const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    return new Worker(address);
  } finally {
    setTimeout(() => URL.revokeObjectURL(address), 60_000); // the worker must have read it by then
  }
}
