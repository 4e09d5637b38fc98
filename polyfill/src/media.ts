/**
 * Pictures to tensors, and tensors to canvases, on the GPU alone.
 *
 *     import { TensorImages } from "webnpu/media";
 *
 *     const context = await navigator.ml.createContext(device);
 *     const images = new TensorImages(context, device);
 *     images.write(input, video, { fit: "cover" });
 *     context.dispatch(graph, { input }, { output });
 *     images.draw(output, canvas);
 */

import type { MLContext, MLTensor } from "./api/types.js";
import { invalidState } from "./core/errors.js";
import {
  type Canvas,
  type ImageOptions,
  type ImageSource,
  PARAMETER_BYTES,
  type Picture,
  pictureOf,
  type WriteOptions,
} from "./media/options.js";
import { drawing, writing } from "./media/shaders.js";
import { Sources } from "./media/sources.js";

export type { Canvas, ImageOptions, ImageSource, WriteOptions } from "./media/options.js";

/** UNIFORM and COPY_DST. */
const UNIFORM = 0x40 | 0x08;
const WORKGROUP = 64;
const MOST_WORKGROUPS = 65_535;

/** Writes pictures into the exportable tensors of a context, and draws such tensors; nothing passes through the host. */
export class TensorImages {
  readonly #sources: Sources;
  readonly #parameters: GPUBuffer;
  readonly #computing = new Map<string, GPUComputePipeline>();
  readonly #rendering = new Map<string, GPURenderPipeline>();
  readonly #canvases = new WeakMap<Canvas, GPUCanvasContext>();
  #isDestroyed = false;

  /**
   * @param context whose tensors they are
   * @param device the one that the tensors were made for; where the context was made from it too, no tensor is copied
   */
  constructor(
    private readonly context: MLContext,
    private readonly device: GPUDevice,
  ) {
    this.#sources = new Sources(device);
    this.#parameters = device.createBuffer({ label: "picture", size: PARAMETER_BYTES, usage: UNIFORM });
  }

  /**
   * Write a picture into a tensor of float32, float16 or uint8, by the size of the tensor.
   *
   * @param tensor [1, channels, height, width] or [1, height, width, channels] with 1 (grey), 3 or 4 channels, or the same
   *   without the 1; made by createExportableTensor
   * @param source the picture as it is now; colours are sRGB, not premultiplied by alpha
   * @throws TypeError where the tensor cannot hold a picture, or an option is none; InvalidStateError where the tensor is
   *   exported, or the source has no picture
   */
  write(tensor: MLTensor, source: ImageSource, options: WriteOptions = {}): void {
    const where = "TensorImages.write";
    const picture = this.#checked(tensor, options, where);
    const texture = this.#sources.texture(source, where);
    const isExternal = !("createView" in texture);
    const pipeline = this.#writer(picture.dataType, isExternal);
    const count = Math.ceil(picture.words / WORKGROUP);
    const across = Math.min(count, MOST_WORKGROUPS);
    this.#lent(tensor, picture, (buffer, encoder) => {
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, this.#bound(pipeline, buffer, isExternal ? texture : texture.createView()));
      pass.dispatchWorkgroups(across, Math.ceil(count / across));
      pass.end();
    });
  }

  /**
   * Draw a tensor over a whole canvas: what `write` wrote with the same options, looks as it did. Pages see it with their
   * next frame.
   *
   * @param tensor as for `write`
   * @param canvas a canvas without another context; its size is left as it is
   * @throws TypeError and InvalidStateError as `write` does, and where the canvas has another context
   */
  draw(tensor: MLTensor, canvas: Canvas, options: ImageOptions = {}): void {
    const where = "TensorImages.draw";
    const picture = this.#checked(tensor, options, where, [canvas.width, canvas.height]);
    const format = navigator.gpu.getPreferredCanvasFormat();
    const target = this.#target(canvas, format, where);
    const pipeline = this.#drawer(picture.dataType, format);
    this.#lent(tensor, picture, (buffer, encoder) => {
      const view = target.getCurrentTexture().createView();
      const pass = encoder.beginRenderPass({ colorAttachments: [{ view, loadOp: "clear", storeOp: "store" }] });
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, this.#bound(pipeline, buffer));
      pass.draw(3);
      pass.end();
    });
  }

  /** Give the memory back; the tensors, canvases and the device are left alone. */
  destroy(): void {
    this.#isDestroyed = true;
    this.#sources.destroy();
    this.#parameters.destroy();
  }

  #checked(tensor: MLTensor, options: WriteOptions, where: string, canvas?: readonly number[]): Picture {
    if (this.#isDestroyed) throw invalidState(`${where}: the TensorImages is destroyed`);
    if (tensor.gpuDevice !== this.device) {
      throw new TypeError(`${where}: expected a tensor that createExportableTensor made for this GPUDevice; got another`);
    }
    return pictureOf(tensor, options, where, canvas);
  }

  /** Encode and submit something while the tensor's memory is lent. */
  #lent(tensor: MLTensor, { parameters }: Picture, encode: (buffer: GPUBuffer, encoder: GPUCommandEncoder) => void): void {
    const buffer = this.context.exportToGPU(tensor);
    try {
      this.device.queue.writeBuffer(this.#parameters, 0, parameters);
      const encoder = this.device.createCommandEncoder({ label: "picture" });
      encode(buffer, encoder);
      this.device.queue.submit([encoder.finish()]);
    } finally {
      buffer.destroy(); // gives it back
    }
  }

  #bound(pipeline: GPUComputePipeline | GPURenderPipeline, buffer: GPUBuffer, texture?: GPUTextureView | GPUExternalTexture): GPUBindGroup {
    const resources: GPUBindingResource[] = [{ buffer: this.#parameters }, { buffer }, ...(texture ? [texture] : [])];
    const entries = resources.map((resource, binding) => ({ binding, resource }));
    return this.device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  }

  #writer(dataType: Picture["dataType"], isExternal: boolean): GPUComputePipeline {
    const key = `${dataType} ${isExternal}`;
    const known = this.#computing.get(key);
    if (known) return known;
    const module = this.device.createShaderModule({ label: "picture", code: writing(dataType, isExternal) });
    const made = this.device.createComputePipeline({ label: "picture", layout: "auto", compute: { module } });
    this.#computing.set(key, made);
    return made;
  }

  #drawer(dataType: Picture["dataType"], format: GPUTextureFormat): GPURenderPipeline {
    const known = this.#rendering.get(dataType);
    if (known) return known;
    const module = this.device.createShaderModule({ label: "picture", code: drawing(dataType) });
    const made = this.device.createRenderPipeline({
      label: "picture",
      layout: "auto",
      vertex: { module },
      fragment: { module, targets: [{ format }] },
    });
    this.#rendering.set(dataType, made);
    return made;
  }

  #target(canvas: Canvas, format: GPUTextureFormat, where: string): GPUCanvasContext {
    const known = this.#canvases.get(canvas);
    if (known) return known;
    const made = canvas.getContext("webgpu") as GPUCanvasContext | null;
    if (!made) throw invalidState(`${where}: the canvas has a context already that is not WebGPU's`);
    made.configure({ device: this.device, format, alphaMode: "premultiplied" });
    this.#canvases.set(canvas, made);
    return made;
  }
}
