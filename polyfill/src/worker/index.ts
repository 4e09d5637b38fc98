/** Contexts in workers: what `createContext({ worker })` does. */

import type { Wanted } from "../api/backends.js";
import type { Backend } from "../core/backend.js";
import { notSupported } from "../core/errors.js";
import { type WorkerSource, waysTo } from "./hire.js";
import { openRemote } from "./remote.js";

export { setClassicScript, type WorkerSource } from "./hire.js";

/** A backend in a worker; rejects with a NotSupportedError that says why no worker started. */
export async function createRemoteBackend(source: WorkerSource, wanted: Wanted): Promise<Backend> {
  let failure: unknown;
  for (const way of waysTo(source)) {
    try {
      return await openRemote(await way(), wanted);
    } catch (error) {
      failure = error;
    }
  }
  const reason = failure instanceof Error || failure instanceof DOMException ? failure.message : String(failure);
  const advice = source === true ? '; a worker that imports "webnpu/worker" can be given instead of true' : "";
  throw notSupported(`${reason.startsWith("createContext") ? "" : "createContext: "}${reason}${advice}`);
}
