/** The first page: the way to the others, and what this browser can do. */

import { described, installed } from "../src/document/index.js";
import { byId, element } from "./shared/dom.js";
import { frame } from "./shared/frame.js";

frame("");
const facts = byId("facts", "dl");

function show(term: string, value: string): HTMLElement {
  const description = element("dd", {}, value);
  facts.append(element("dt", {}, term), description);
  return description;
}

async function ownWebNN(): Promise<string> {
  const own = installed();
  if (!own) return "none; the polyfill takes its place";
  try {
    const context = await own.ml.createContext();
    context.destroy?.();
    return "there, and it works";
  } catch (error) {
    return `there, but it makes no context (${described(error)}); the polyfill takes its place`;
  }
}

async function webgpu(): Promise<string> {
  const adapter = await navigator.gpu?.requestAdapter().catch(() => null);
  if (!adapter) return navigator.gpu ? "no adapter is to be had" : "none";
  const { vendor, architecture, description } = adapter.info;
  const half = adapter.features.has("shader-f16") ? "with" : "without";
  return `${[vendor, architecture, description].filter(Boolean).join(" ") || "an adapter that does not say its name"}, ${half} float16 shaders`;
}

async function fill(term: string, find: () => Promise<string>): Promise<void> {
  const place = show(term, "…");
  place.textContent = await find();
}

void fill("Its own WebNN", ownWebNN);
void fill("WebGPU", webgpu);
show("Float16Array", "Float16Array" in globalThis ? "there" : "missing; float16 tensors are Uint16Array");
show("Secure context", isSecureContext ? "yes" : "no: WebNN and WebGPU are there only over https, or on localhost");
