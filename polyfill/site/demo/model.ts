/** The second half of the demo: any model that was exported as a graph file, or as a plan. */

import { described } from "../../src/document/index.js";
import { byId, element, milliseconds } from "../shared/dom.js";
import type { BackendChoice } from "../shared/frame.js";
import { type Shown, showTensor, written } from "../shared/outputs.js";
import { showReceipt } from "../shared/receipts.js";
import { InputRow } from "./inputs.js";
import { type Loaded, loadModel } from "./loaded.js";

/** How many classes are shown. */
const BEST = 5;

/** The model that the user has given. */
export class Model {
  private readonly message = byId("model-message", "p");
  private file: File | undefined;
  private loaded: Loaded | undefined;
  private labels: readonly string[] = [];
  private rows: InputRow[] = [];

  constructor(private readonly choice: BackendChoice) {
    const files = byId("files", "input");
    const drop = byId("drop", "label");
    files.addEventListener("change", () => this.take([...(files.files ?? [])]));
    drop.addEventListener("dragover", (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
    drop.addEventListener("dragleave", () => drop.classList.remove("over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("over");
      void this.take([...(event.dataTransfer?.files ?? [])]);
    });
    byId("inputs", "form").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.run();
    });
  }

  /** Take the files that the user has given: a graph, or labels, or both. */
  private async take(files: readonly File[]): Promise<void> {
    try {
      for (const file of files) {
        if (/\.(json|txt)$/i.test(file.name)) this.labels = labelsOf(await file.text());
        else this.file = file;
      }
    } catch (error) {
      this.say(described(error), true);
      return;
    }
    await this.restart();
  }

  /** Build the model anew, on what is chosen now. */
  async restart(): Promise<void> {
    if (!this.file) {
      this.say(this.labels.length ? `${this.labels.length} labels; now give a graph file.` : "", false);
      return;
    }
    this.loaded?.destroy();
    this.loaded = undefined;
    this.say(`Building ${this.file.name} …`, false);
    try {
      const start = performance.now();
      this.loaded = await loadModel(await this.file.arrayBuffer(), () => this.choice.context());
      const labels = this.labels.length ? `, ${this.labels.length} labels` : "";
      const time = milliseconds(performance.now() - start);
      this.say(`${this.file.name}: ${this.loaded.about}${labels}; built in ${time} ms`, false);
      this.form(this.loaded);
    } catch (error) {
      byId("model", "div").hidden = true;
      this.say(described(error), true);
    }
  }

  private form({ inputs, drawing }: Loaded): void {
    this.rows = Object.entries(inputs).map(([name, descriptor]) => new InputRow(name, descriptor, () => this.runIfReady()));
    const run = element("button", { type: "submit", class: "primary" }, "Run");
    byId("inputs", "form").replaceChildren(...this.rows.map(({ place }) => place), run);
    byId("model-outputs", "div").replaceChildren();
    byId("model-graph", "div").replaceChildren(drawing ?? element("p", { class: "quiet" }, "A plan holds no graph any more."));
    byId("model-times", "div").replaceChildren();
    byId("model", "div").hidden = false;
  }

  private runIfReady(): void {
    if (this.rows.every(({ isReady }) => isReady)) void this.run();
  }

  private async run(): Promise<void> {
    if (!this.loaded) return;
    try {
      const entries = await Promise.all(this.rows.map(async (row) => [row.name, await row.bytes()] as const));
      const start = performance.now();
      const outputs = await this.loaded.run(Object.fromEntries(entries));
      this.say(`Run in ${milliseconds(performance.now() - start)} ms`, false);
      byId("model-outputs", "div").replaceChildren(...outputs.map((tensor) => this.show(tensor)));
      byId("model-times", "div").replaceChildren(showReceipt(await this.loaded.explain()));
    } catch (error) {
      this.say(described(error), true);
    }
  }

  private show(tensor: Shown): HTMLElement {
    return tensor.numbers.length === this.labels.length ? showClasses(tensor, this.labels) : showTensor(tensor);
  }

  private say(text: string, isBad: boolean): void {
    this.message.className = isBad ? "message bad" : "message quiet";
    this.message.textContent = text;
  }
}

/** The names of classes: a JSON list, an object with Magika's \`target_labels_space\`, or one a line. */
function labelsOf(text: string): string[] {
  try {
    const value = JSON.parse(text) as unknown;
    const list = Array.isArray(value) ? value : (value as { target_labels_space?: unknown }).target_labels_space;
    if (!Array.isArray(list)) throw new TypeError("the JSON holds no list of labels");
    return list.map(String);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return text
      .split("\n")
      .map((line) => line.trim())
      .filter(Boolean);
  }
}

/** The most likely classes. */
function showClasses({ name, numbers }: Shown, labels: readonly string[]): HTMLElement {
  const values = numbers.map(Number);
  const best = values
    .map((value, index) => ({ value, index }))
    .toSorted((a, b) => b.value - a.value)
    .slice(0, BEST);
  const most = Math.max(...best.map(({ value }) => Math.abs(value))) || 1;
  const rows = best.map(({ value, index }) => {
    const track = element("span", { class: "track" });
    track.style.width = `${Math.max(0.5, (100 * Math.abs(value)) / most)}%`;
    return element(
      "tr",
      {},
      element("td", {}, labels[index]),
      element("td", { class: "number" }, written(value)),
      element("td", {}, track),
    );
  });
  return element("table", { class: "classes" }, element("caption", { class: "visually-hidden" }, `The classes of ${name}`), ...rows);
}
