/** A model that the user has given, ready to run: a graph file built on the chosen backend, or an exported plan. */

import {
  buildDocument,
  computeOnce,
  DocumentError,
  type MLOperandDescriptor,
  numbersOf,
  type Receipt,
  readGraphFile,
  viewOf,
} from "../../src/document/index.js";
import { draw } from "../shared/drawing.js";
import type { Opened } from "../shared/implementations.js";
import type { Shown } from "../shared/outputs.js";
import { recording } from "../shared/recorder.js";

/** A model, ready to run. */
export interface Loaded {
  /** What there is to say of it. */
  readonly about: string;
  readonly inputs: Readonly<Record<string, MLOperandDescriptor>>;
  /** Its drawing, where its graph is known. */
  readonly drawing: Element | undefined;
  run(given: Readonly<Record<string, Uint8Array>>): Promise<Shown[]>;
  explain(): Promise<Receipt | undefined>;
  destroy(): void;
}

/** Make a model of a file: of a graph, or of a plan, which has no need of a context. */
export async function loadModel(file: ArrayBuffer, open: () => Promise<Opened>): Promise<Loaded> {
  return isPlan(file) ? loadPlan(file) : loadGraph(file, open);
}

function isPlan(file: ArrayBuffer): boolean {
  const head = new TextDecoder().decode(new Uint8Array(file, 0, Math.min(file.byteLength, 2 ** 16)));
  return head.includes('"webnpu-plan"');
}

async function loadGraph(file: ArrayBuffer, open: () => Promise<Opened>): Promise<Loaded> {
  const { document, constants } = readGraphFile(file);
  const { implementation, context } = await open();
  let drawing: Element | undefined;
  const Builder = recording(implementation.MLGraphBuilder, (recorded) => {
    drawing = draw(recorded.document, recorded.descriptors);
  });
  const limits = context.opSupportLimits();
  const built = await buildDocument({ ...implementation, MLGraphBuilder: Builder }, context, document, constants, { limits });
  const bytes = Object.values(constants).reduce((sum, constant) => sum + constant.length, 0);
  return {
    about: `${document.operators.length} operators, ${mebibytes(bytes)} of weights`,
    inputs: document.inputs,
    drawing,
    run: async (given) => shownAll(await computeOnce(context, built, given), built.outputs),
    explain: async () => context.explain?.(built.graph),
    destroy: () => built.graph.destroy(),
  };
}

async function loadPlan(file: ArrayBuffer): Promise<Loaded> {
  const { load } = await import("../../src/runtime.js");
  const model = await load(file);
  return {
    about: `a plan for WebGPU, ${mebibytes(file.byteLength)}`,
    inputs: model.inputs,
    drawing: undefined,
    async run(given) {
      const views = Object.entries(given).map(([name, bytes]) => [name, viewOf(bytes, descriptorOf(model.inputs, name).dataType)]);
      const outputs = await model.run(Object.fromEntries(views));
      const bytes = Object.entries(outputs).map(([name, view]) => [name, new Uint8Array(view.buffer, view.byteOffset, view.byteLength)]);
      return shownAll(Object.fromEntries(bytes), model.outputs);
    },
    explain: () => model.explain(),
    destroy: () => model.destroy(),
  };
}

function shownAll(outputs: Readonly<Record<string, Uint8Array>>, descriptors: Readonly<Record<string, MLOperandDescriptor>>): Shown[] {
  return Object.entries(outputs).map(([name, bytes]) => {
    const descriptor = descriptorOf(descriptors, name);
    return { name, type: descriptor.dataType, shape: descriptor.shape, numbers: numbersOf(bytes, descriptor) };
  });
}

function descriptorOf(descriptors: Readonly<Record<string, MLOperandDescriptor>>, name: string): MLOperandDescriptor {
  if (!descriptors[name]) throw new DocumentError(`the model has no ${name}`);
  return descriptors[name];
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
