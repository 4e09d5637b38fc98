/** Pictures to tensors and tensors to canvases in a page, with what passes through the host counted. */

import { EFFECTS } from "../../../site/demo/effects.js";
import { Pipeline } from "../../../site/live/pipeline.js";
import { createML, type MLContext, MLGraphBuilder, type MLOperandDataType, type MLTensor } from "../../../src/index.js";
import { type ImageOptions, type ImageSource, TensorImages, type WriteOptions } from "../../../src/media.js";

type Kind = "ImageData" | "canvas" | "OffscreenCanvas" | "ImageBitmap" | "VideoFrame" | "video";
type Build = "identity" | "negative";

const [WIDTH, HEIGHT] = [12, 8];

/** A picture whose pixels all differ. */
export function pixels(width = WIDTH, height = HEIGHT): Uint8ClampedArray<ArrayBuffer> {
  const bytes = Array.from({ length: width * height }, (_, i) => [20 * (i % width), 30 * Math.floor(i / width), (i * 37) % 256, 255]);
  return Uint8ClampedArray.from(bytes.flat());
}

async function device(): Promise<GPUDevice> {
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) throw new Error("there is no adapter");
  const made = await adapter.requestDevice();
  made.onuncapturederror = ({ error }) => console.error(error.message);
  return made;
}

/** The picture in a source of a kind, with what ends it. */
async function sourceOf(kind: Kind, width?: number, height?: number): Promise<[ImageSource, () => void]> {
  const data = new ImageData(pixels(width, height), width ?? WIDTH, height ?? HEIGHT);
  if (kind === "ImageData") return [data, () => {}];
  const canvas = kind === "OffscreenCanvas" ? new OffscreenCanvas(data.width, data.height) : document.createElement("canvas");
  Object.assign(canvas, { width: data.width, height: data.height });
  (canvas.getContext("2d") as CanvasRenderingContext2D).putImageData(data, 0, 0);
  if (kind === "ImageBitmap") return [await createImageBitmap(data), () => {}];
  if (kind === "VideoFrame") {
    const frame = new VideoFrame(canvas, { timestamp: 0 });
    return [frame, () => frame.close()];
  }
  if (kind !== "video") return [canvas, () => {}];
  const video = document.createElement("video");
  const stream = (canvas as HTMLCanvasElement).captureStream();
  Object.assign(video, { srcObject: stream, muted: true });
  await video.play();
  return [video, () => stream.getTracks()[0].stop()];
}

async function graphOf(context: MLContext, build: Build, dataType: MLOperandDataType, shape: readonly number[]) {
  const builder = new MLGraphBuilder(context);
  const x = builder.input("x", { dataType, shape });
  const most = builder.constant(dataType, dataType === "uint8" ? 255 : 1);
  return builder.build({ y: build === "identity" ? builder.identity(x) : builder.sub(most, x) });
}

/** What a canvas shows, as bytes. */
function shown(canvas: HTMLCanvasElement): number[] {
  const copy = document.createElement("canvas");
  Object.assign(copy, { width: canvas.width, height: canvas.height });
  const drawn = copy.getContext("2d") as CanvasRenderingContext2D;
  drawn.drawImage(canvas, 0, 0);
  return [...drawn.getImageData(0, 0, copy.width, copy.height).data];
}

/** Counts what would pass through the host, or from buffer to buffer; undone by the function returned. */
function counted(context: MLContext): { counts: Record<string, number>; undo(): void } {
  const counts: Record<string, number> = {};
  const undone: (() => void)[] = [];
  const count = (holder: object, name: string) => {
    const own = Object.getOwnPropertyDescriptor(holder, name) as PropertyDescriptor;
    counts[name] = 0;
    Object.defineProperty(holder, name, {
      ...own,
      value(this: unknown, ...values: unknown[]) {
        counts[name]++;
        return own.value.apply(this, values);
      },
    });
    undone.push(() => Object.defineProperty(holder, name, own));
  };
  count(GPUBuffer.prototype, "mapAsync");
  count(GPUDevice.prototype, "createBuffer");
  for (const name of ["copyBufferToBuffer", "copyTextureToBuffer", "copyBufferToTexture"]) count(GPUCommandEncoder.prototype, name);
  for (const name of ["readTensor", "writeTensor"]) count(Object.getPrototypeOf(context), name);
  const undo = () => {
    for (const put of undone) put();
  };
  return { counts, undo };
}

/** From a source through a graph onto a canvas, twice; the second frame is counted. */
export async function throughGraph(kind: Kind, build: Build, dataType: MLOperandDataType, shape: number[], options: ImageOptions) {
  const gpu = await device();
  const context = await createML().createContext(gpu);
  const images = new TensorImages(context, gpu);
  const [x, y] = await Promise.all([0, 1].map(() => context.createExportableTensor({ dataType, shape }, gpu)));
  const graph = await graphOf(context, build, dataType, shape);
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: WIDTH, height: HEIGHT });
  const [source, end] = await sourceOf(kind);
  const frame = () => {
    images.write(x, source, options);
    context.dispatch(graph, { x }, { y });
    images.draw(y, canvas, options);
  };
  frame();
  const { counts, undo } = counted(context);
  try {
    frame();
    const found = shown(canvas);
    await gpu.queue.onSubmittedWorkDone();
    return { found, counts };
  } finally {
    undo();
    end();
    images.destroy();
    context.destroy();
    gpu.destroy();
  }
}

/** Frames of the site's example from a source: its pixels in the end, what the second frame took, and what is left. */
export async function example(kind: Kind, effect: string): Promise<unknown> {
  const gpu = await device();
  const pipeline = await Pipeline.make(gpu, EFFECTS[effect], WIDTH);
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: WIDTH, height: WIDTH });
  const [source, end] = await sourceOf(kind, WIDTH, WIDTH);
  pipeline.frame(source, canvas);
  const { counts, undo } = counted(pipeline.context);
  pipeline.frame(source, canvas);
  undo();
  const found = shown(canvas);
  end();
  pipeline.destroy();
  gpu.destroy();
  return { found, counts };
}

/** The elements of a float32 tensor that a picture was written to. */
export async function elements(kind: Kind, size: [number, number], shape: number[], options: WriteOptions): Promise<number[]> {
  const gpu = await device();
  const context = await createML().createContext(gpu);
  const images = new TensorImages(context, gpu);
  const tensor = await context.createExportableTensor({ dataType: "float32", shape, readable: true }, gpu);
  const [source, end] = await sourceOf(kind, ...size);
  images.write(tensor, source, options);
  end();
  const found = [...new Float32Array(await context.readTensor(tensor))];
  gpu.destroy();
  return found;
}

/** The last elements of a tensor that needs more workgroups than a dimension has. */
export async function largest(side: number): Promise<number[]> {
  const gpu = await device();
  const context = await createML().createContext(gpu);
  const tensor = await context.createExportableTensor({ dataType: "float32", shape: [1, 1, side, side], readable: true }, gpu);
  new TensorImages(context, gpu).write(tensor, new ImageData(Uint8ClampedArray.of(51, 51, 51, 255), 1, 1), { resize: "nearest" });
  const found = new Float32Array(await context.readTensor(tensor));
  gpu.destroy();
  return [found[0], found[65_535 * 64], found[side * side - 1]];
}

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  return "nothing";
}

/** What is said of what cannot be. */
export async function refusals(): Promise<Record<string, string>> {
  const [gpu, other] = await Promise.all([device(), device()]);
  const context = await createML().createContext(gpu);
  const images = new TensorImages(context, gpu);
  const make = (dataType: MLOperandDataType, shape: number[], on = gpu): Promise<MLTensor> =>
    context.createExportableTensor({ dataType, shape }, on);
  const good = await make("float32", [1, 3, 5, 5]);
  const [integers, flat, batch, elsewhere] = await Promise.all([
    make("int32", [1, 3, 4, 4]),
    make("float32", [48]),
    make("float32", [2, 3, 4, 4]),
    make("float32", [1, 3, 4, 4], other),
  ]);
  const data = new ImageData(4, 4);
  const write = (tensor: MLTensor, source: unknown = data, options: object = {}) =>
    messageOf(() => images.write(tensor, source as ImageSource, options));
  const plain = document.createElement("canvas");
  plain.getContext("2d");
  const lent = context.exportToGPU(good);
  const exported = write(good);
  lent.destroy();
  const found = {
    exported,
    type: write(integers),
    rank: write(flat),
    batch: write(batch),
    device: write(elsewhere),
    layout: write(good, data, { layout: "nhwc" }),
    mean: write(good, data, { mean: [1, 2] }),
    deviation: write(good, data, { standardDeviation: 0 }),
    fit: write(good, data, { fit: "stretch" }),
    video: write(good, document.createElement("video")),
    canvas: messageOf(() => images.draw(good, plain)),
    good: write(good),
  };
  images.destroy();
  return { ...found, destroyed: write(good) };
}
