/** The first half of the demo: pictures through an effect, frame by frame. */

import { described, type MLContext, type MLGraph, type MLTensor } from "../../src/document/index.js";
import { byId, milliseconds } from "../shared/dom.js";
import { draw } from "../shared/drawing.js";
import type { BackendChoice } from "../shared/frame.js";
import { showReceipt } from "../shared/receipts.js";
import { type Recorded, recording } from "../shared/recorder.js";
import { type Builder, buildEffect, EFFECTS } from "./effects.js";
import { camera, drawing, type Source, scene } from "./sources.js";

/** An effect that is ready to run, with its tensors. */
interface Running {
  readonly context: MLContext;
  readonly graph: MLGraph;
  readonly recorded: Recorded;
  readonly image: MLTensor;
  readonly result: MLTensor;
  /** What an effect keeps, in turn: read from the first, written to the second. */
  kept: MLTensor[];
}

/** How much of the last time counts in the mean. */
const SMOOTHING = 0.1;

/** The pictures: what goes in, what comes out, and how fast. */
export class Pictures {
  private readonly from = byId("from", "canvas");
  private readonly to = byId("to", "canvas");
  private readonly about = byId("to-about", "figcaption");
  private readonly message = byId("picture-message", "p");
  private readonly details = byId("picture-details", "details");
  private source: Source = scene();
  private running: Running | undefined;
  private mean = 0;
  private isPaused = false;
  private turn = 0;

  constructor(private readonly choice: BackendChoice) {
    const effects = byId("effect", "select");
    for (const [name, { title }] of Object.entries(EFFECTS)) effects.add(new Option(title, name));
    effects.addEventListener("change", () => this.restart());
    byId("size", "select").addEventListener("change", () => this.restart());
    byId("source", "select").addEventListener("change", () => this.changeSource());
    this.details.addEventListener("toggle", () => this.explain());
    const pause = byId("pause", "button");
    pause.addEventListener("click", () => {
      this.isPaused = !this.isPaused;
      pause.textContent = this.isPaused ? "Go on" : "Pause";
      pause.setAttribute("aria-pressed", String(this.isPaused));
    });
  }

  /** Build the effect's graph anew, and go on with it. */
  async restart(): Promise<void> {
    const turn = ++this.turn;
    this.release();
    this.message.textContent = "";
    this.about.textContent = "";
    this.mean = 0;
    const size = Number(byId("size", "select").value);
    for (const canvas of [this.from, this.to]) Object.assign(canvas, { width: size, height: size });
    try {
      const running = await this.build(byId("effect", "select").value, size);
      if (turn !== this.turn) return;
      this.running = running;
      await this.explain();
      await this.loop(turn);
    } catch (error) {
      if (turn === this.turn) this.message.textContent = described(error);
    }
  }

  private async build(name: string, size: number): Promise<Running> {
    const { implementation, context } = await this.choice.context();
    let recorded: Recorded | undefined;
    const Recording = recording(implementation.MLGraphBuilder, (built) => {
      recorded = built;
    });
    const builder = new Recording(context) as Builder;
    const { image, kept } = buildEffect(builder, EFFECTS[name], size);
    const graph = await builder.build({ picture: image, ...(kept ? { kept } : {}) });
    if (!recorded) throw new Error("the graph was not recorded");
    const bytes = { dataType: "uint8", shape: [1, size, size, 4] } as const;
    const planes = { dataType: "float32", shape: [1, 3, size, size] } as const;
    return {
      context,
      graph,
      recorded,
      image: await context.createTensor({ ...bytes, writable: true }),
      result: await context.createTensor({ ...bytes, readable: true }),
      kept: kept ? [await context.createTensor(planes), await context.createTensor(planes)] : [],
    };
  }

  private async loop(turn: number): Promise<void> {
    while (turn === this.turn) {
      const time = await new Promise<number>(requestAnimationFrame);
      if (this.isPaused || turn !== this.turn || !this.running) continue;
      await this.frame(this.running, time);
    }
  }

  private async frame(running: Running, time: number): Promise<void> {
    const from = this.from.getContext("2d", { willReadFrequently: true });
    if (!from) return;
    const { width, height } = this.from;
    this.source.draw(from, time);
    const pixels = from.getImageData(0, 0, width, height).data;
    const start = performance.now();
    const { context, graph, image, result, kept } = running;
    context.writeTensor(image, new Uint8Array(pixels.buffer));
    const [before, after] = kept;
    context.dispatch(graph, before ? { image, kept: before } : { image }, after ? { picture: result, kept: after } : { picture: result });
    running.kept = [after, before].filter((tensor) => tensor !== undefined);
    const made = new Uint8ClampedArray(await context.readTensor(result));
    if (running !== this.running) return; // another effect was chosen meanwhile
    const took = performance.now() - start;
    this.mean = this.mean ? this.mean + SMOOTHING * (took - this.mean) : took;
    this.to.getContext("2d")?.putImageData(new ImageData(made, width, height), 0, 0);
    this.about.textContent = `${milliseconds(this.mean)} ms a frame on ${this.choice.title}`;
  }

  private async changeSource(): Promise<void> {
    const select = byId("source", "select");
    this.message.textContent = "";
    this.source.stop();
    try {
      this.source = select.value === "camera" ? await camera() : select.value === "drawing" ? drawing(this.from) : scene();
    } catch (error) {
      this.message.textContent = `The camera is not to be had: ${described(error)}`;
      select.value = "scene";
      this.source = scene();
    }
    byId("from-about", "figcaption").textContent = this.source.about;
  }

  /** Show the graph and the times of its operators, if the reader has opened them. */
  private async explain(): Promise<void> {
    if (!this.details.open || !this.running) return;
    const { context, graph, recorded } = this.running;
    const receipt = await context.explain?.(graph);
    byId("picture-graph", "div").replaceChildren(draw(recorded.document, recorded.descriptors, receipt?.operators));
    byId("picture-times", "div").replaceChildren(showReceipt(receipt));
  }

  private release(): void {
    if (!this.running) return;
    const { graph, image, result, kept } = this.running;
    for (const owned of [graph, image, result, ...kept]) owned.destroy();
    this.running = undefined;
  }
}
