/** Pictures as textures, without the host where the browser has them on the GPU. */

import { invalidState } from "../core/errors.js";
import type { ImageSource } from "./options.js";

/** COPY_DST, TEXTURE_BINDING and RENDER_ATTACHMENT, which copies from images need. */
const USAGE = 0x02 | 0x04 | 0x10;

/** A video's picture, or a frame of one, which WebGPU can read where it is. */
function isVideo(source: ImageSource): source is Extract<CanvasImageSource, HTMLVideoElement | VideoFrame> {
  return /^\[object (HTMLVideoElement|VideoFrame)\]$/.test(Object.prototype.toString.call(source));
}

/** Width and height in pixels. */
function sizeOf(source: ImageSource): readonly [number, number] {
  const each = source as unknown as Record<string, number>;
  const has = (name: string) => name in source;
  if (has("displayWidth")) return [each.displayWidth, each.displayHeight];
  if (has("videoWidth")) return [each.videoWidth, each.videoHeight];
  if (has("naturalWidth")) return [each.naturalWidth, each.naturalHeight];
  return [each.width, each.height];
}

/** Turns pictures into textures of a device; the last texture is kept for the next picture. */
export class Sources {
  #texture: GPUTexture | undefined;

  constructor(private readonly device: GPUDevice) {}

  /**
   * The picture as it is now: a video's where the browser has it, another's in a texture.
   *
   * @throws InvalidStateError where there is no picture yet, or no longer
   */
  texture(source: ImageSource, where: string): GPUExternalTexture | GPUTexture {
    const [width, height] = sizeOf(source);
    if (!(width > 0 && height > 0)) throw invalidState(`${where}: the source has no picture, or not yet`);
    if (isVideo(source) && typeof this.device.importExternalTexture === "function") {
      try {
        return this.device.importExternalTexture({ source });
      } catch {
        // not of this kind, or not on this adapter: what cannot be copied either, says so below
      }
    }
    const texture = this.#sized(width, height);
    const { queue } = this.device;
    if ("data" in source && source.data instanceof Uint8ClampedArray && source.colorSpace === "srgb") {
      queue.writeTexture({ texture }, source.data as BufferSource, { bytesPerRow: 4 * width }, [width, height]);
    } else queue.copyExternalImageToTexture({ source: source as GPUCopyExternalImageSource }, { texture }, [width, height]);
    return texture;
  }

  #sized(width: number, height: number): GPUTexture {
    if (this.#texture?.width === width && this.#texture.height === height) return this.#texture;
    this.#texture?.destroy();
    this.#texture = this.device.createTexture({ label: "picture", size: [width, height], format: "rgba8unorm", usage: USAGE });
    return this.#texture;
  }

  destroy(): void {
    this.#texture?.destroy();
    this.#texture = undefined;
  }
}
