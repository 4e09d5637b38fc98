/** Puts WebNN where browsers have it: `navigator.ml` and the global interface objects. */

import { setForeignConstructor } from "./api/builder.js";
import { INTERFACES } from "./api/index.js";
import { EntryPoint, ML, type NativeML } from "./api/ml.js";

/** Whose WebNN a page has in the end; `unavailable` where there is no secure context, or no navigator. */
export type Outcome = "native" | "polyfill" | "unavailable";

export interface InstallOptions {
  /** Whether a browser's own WebNN is replaced even if it works. Default: `false`. */
  force?: boolean;
}

type NativeBuilder = new (context: unknown) => object;
type NativeClass = abstract new () => object;

/** How long the browser's own WebNN may take to make a context, in milliseconds. */
const PATIENCE = 10_000;

let installed: Promise<Outcome> | undefined;

/**
 * Install the polyfill where `navigator.ml` is missing or does not work.
 *
 * Whether the browser's own works is known only once it has made a context, so its place is taken at once: contexts asked
 * for in the meantime wait for the answer and come from whichever implementation it is. If it works, everything is put back.
 *
 * @returns whose WebNN the page has, once that is known; it never rejects
 */
export function install({ force = false }: InstallOptions = {}): Promise<Outcome> {
  if (!installed || force) installed = put(force);
  return installed;
}

async function put(force: boolean): Promise<Outcome> {
  if (globalThis.isSecureContext === false || typeof navigator === "undefined") return "unavailable";
  const own = (navigator as { ml?: unknown }).ml;
  if (force || !isComplete(own)) {
    replace(new EntryPoint());
    return "polyfill";
  }
  const works = probe(own);
  const restore = replace(new EntryPoint(async () => ((await works) ? own : undefined)));
  if (!(await works)) return "polyfill";
  restore();
  return "native";
}

/** Whether an object and the globals beside it are of the shape that WebNN has now. */
function isComplete(own: unknown): own is NativeML {
  if (typeof own !== "object" || own === null || !("createContext" in own) || typeof own.createContext !== "function") return false;
  const context = native<NativeClass>("MLContext")?.prototype as object | undefined;
  const wanted = ["createTensor", "dispatch", "opSupportLimits", "readTensor", "writeTensor"];
  return native("MLGraphBuilder") !== undefined && context !== undefined && wanted.every((name) => name in context);
}

function native<T>(name: string): T | undefined {
  const value: unknown = Reflect.get(globalThis, name);
  return typeof value === "function" ? (value as T) : undefined;
}

/** Whether an implementation can make a context. */
async function probe(own: NativeML): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("no answer")), PATIENCE);
  });
  try {
    const context = await Promise.race([own.createContext(), late]);
    (context as { destroy?: () => void }).destroy?.();
    return true;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

/** Define the globals and `navigator.ml`; the function returned puts back what was there. */
function replace(entry: EntryPoint): () => void {
  const before: (() => void)[] = [];
  const define = (target: object, key: string, descriptor: PropertyDescriptor): void => {
    const old = Object.getOwnPropertyDescriptor(target, key);
    before.push(() => (old ? Object.defineProperty(target, key, old) : Reflect.deleteProperty(target, key)));
    Object.defineProperty(target, key, { configurable: true, ...descriptor });
  };
  setForeignConstructor(nativeBuilder());
  for (const [name, value] of Object.entries(INTERFACES)) define(globalThis, name, { value, writable: true, enumerable: false });
  const ml = ML.wrap(entry);
  const holder = navigator;
  const accessor = {
    get ml(): unknown {
      if ((this as unknown) !== holder) throw new TypeError("navigator.ml: Illegal invocation");
      return ml;
    },
  };
  const get = Object.getOwnPropertyDescriptor(accessor, "ml")?.get;
  define(Object.getPrototypeOf(navigator), "ml", { get, set: undefined, enumerable: true });
  return () => {
    for (const undo of before) undo();
  };
}

/** Makes builders of the implementation that is there now, for its own contexts: pages may hold our MLGraphBuilder already. */
function nativeBuilder(): ((context: unknown) => object | undefined) | undefined {
  const Builder = native<NativeBuilder>("MLGraphBuilder");
  const Context = native<NativeClass>("MLContext");
  if (!Builder || !Context) return undefined;
  return (context) => (context instanceof Context ? new Builder(context) : undefined);
}
