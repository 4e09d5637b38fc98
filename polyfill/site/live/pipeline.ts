/** A picture through a graph onto a canvas, on one GPUDevice: no buffer is copied, none is read by the host. */

import { createML, type MLContext, type MLGraph, MLGraphBuilder, type MLTensor } from "../../src/index.js";
import { type Canvas, type ImageSource, TensorImages, type WriteOptions } from "../../src/media.js";
import type { Builder, Effect } from "../demo/effects.js";

/** How the pictures lie in the tensors: three planes from 0 to 1, the middle of what does not fit. */
const OPTIONS: WriteOptions = { layout: "nchw", fit: "cover" };

/** An effect that is ready for frames. */
export class Pipeline {
  private constructor(
    readonly context: MLContext,
    private readonly images: TensorImages,
    private readonly graph: MLGraph,
    private readonly picture: MLTensor,
    private readonly result: MLTensor,
  ) {}

  /** Compile an effect for square pictures; those that keep something from frame to frame are not for this. */
  static async make(device: GPUDevice, { apply }: Effect, size: number): Promise<Pipeline> {
    const context = await createML().createContext(device);
    const planes = { dataType: "float32", shape: [1, 3, size, size] } as const;
    const builder = new MLGraphBuilder(context) as unknown as Builder;
    const x = builder.input("picture", planes);
    const graph = await builder.build({ result: apply(builder, x, x).picture });
    const picture = await context.createExportableTensor(planes, device);
    const result = await context.createExportableTensor(planes, device);
    return new Pipeline(context, new TensorImages(context, device), graph as MLGraph, picture, result);
  }

  /** One frame. */
  frame(source: ImageSource, canvas: Canvas): void {
    this.images.write(this.picture, source, OPTIONS);
    this.context.dispatch(this.graph, { picture: this.picture }, { result: this.result });
    this.images.draw(this.result, canvas, OPTIONS);
  }

  /** Give all memory back; the device is left alone. */
  destroy(): void {
    this.images.destroy();
    this.context.destroy();
  }
}
