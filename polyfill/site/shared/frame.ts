/** The head of every page: its name, the way to the others, and the choice of what runs the graphs. */

import type { MLContextOptions } from "../../src/document/index.js";
import { element } from "./dom.js";
import { type Opened, open } from "./implementations.js";

const PAGES = { playground: "Playground", conformance: "Conformance", demo: "Demo", live: "Live" };

/** What a graph may run on. */
const CHOICES = {
  webgpu: { title: "WebGPU", native: false, options: { accelerated: true, powerPreference: "high-performance" } },
  plain: { title: "Plain TypeScript", native: false, options: { accelerated: false } },
  native: { title: "This browser’s own", native: true, options: {} },
} as const satisfies Record<string, { title: string; native: boolean; options: MLContextOptions }>;

type Choice = keyof typeof CHOICES;

const REMEMBERED = "webnpu-backend";

/** The choice of what runs the graphs, which all pages share. */
export class BackendChoice {
  private readonly select: HTMLSelectElement;
  private readonly device = element("output", { class: "device" });
  private opening: Promise<Opened> | undefined;
  private isReplaced = false;

  /** @param onChange called when another one is chosen */
  constructor(private readonly onChange: () => void) {
    const remembered = localStorage.getItem(REMEMBERED);
    const hasOwn = "ml" in navigator;
    const offered = (Object.keys(CHOICES) as Choice[]).filter((choice) => choice !== "native" || hasOwn);
    const chosen = offered.find((choice) => choice === remembered) ?? ("gpu" in navigator ? "webgpu" : "plain");
    const options = offered.map((value) => element("option", { value, selected: value === chosen }, CHOICES[value].title));
    this.select = element("select", { id: "backend" }, ...options);
    this.select.addEventListener("change", () => {
      localStorage.setItem(REMEMBERED, this.select.value);
      this.opening = undefined;
      this.isReplaced = false;
      this.device.textContent = "";
      this.onChange();
    });
  }

  /** What runs the graphs, in words: what is chosen or, once the context says that it had to do without WebGPU, what took its place. */
  get title(): string {
    return CHOICES[this.isReplaced ? "plain" : (this.select.value as Choice)].title;
  }

  /** The name of what is chosen. */
  get name(): string {
    return this.select.value;
  }

  /** The context of what is chosen, made when it is first asked for, and anew once it is lost. */
  context(): Promise<Opened> {
    this.opening ??= this.open();
    return this.opening;
  }

  /** A context of its own, with further options. */
  fresh(options: MLContextOptions = {}): Promise<Opened> {
    const { native, options: chosen } = CHOICES[this.select.value as Choice];
    return open(native, { ...options, ...chosen });
  }

  private async open(): Promise<Opened> {
    try {
      const opened = await this.fresh();
      this.isReplaced = this.name === "webgpu" && opened.context.accelerated === false;
      this.device.textContent = opened.device.replace(/^WebNPU polyfill, /, "");
      const { lost } = opened.context as { lost?: Promise<unknown> };
      lost?.then(() => {
        this.opening = undefined;
      });
      return opened;
    } catch (error) {
      this.opening = undefined;
      throw error;
    }
  }

  /** The elements that show the choice. */
  elements(): Node[] {
    return [this.device, element("label", { htmlFor: "backend", class: "visually-hidden" }, "Runs on"), this.select];
  }
}

/**
 * Put the head on a page.
 *
 * @param current the page's own name, or "" for the first
 * @param choice the choice of what runs the graphs, where the page has one
 */
export function frame(current: keyof typeof PAGES | "", choice?: BackendChoice): void {
  const links = Object.entries(PAGES).map(([page, title]) =>
    element("a", { href: `${page}.html`, "aria-current": page === current ? "page" : undefined }, title),
  );
  const bar = element(
    "header",
    { class: "bar" },
    element("a", { class: "brand", href: "index.html" }, "Web", element("span", {}, "NPU")),
    element("nav", { "aria-label": "Pages" }, ...links),
    choice ? element("div", { class: "choice" }, ...choice.elements()) : null,
  );
  document.body.prepend(element("a", { class: "skip", href: "#main" }, "Skip to the content"), bar);
}
