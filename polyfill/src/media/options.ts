/** How pictures lie in tensors. */

import type { MLTensor } from "../api/types.js";

/** What pictures are drawn from, and read from: whatever canvases take, and ImageData. */
export type ImageSource = CanvasImageSource | ImageData;

/** A canvas of a page or of a worker. */
export type Canvas = Extract<CanvasImageSource, { getContext: unknown }>;

/** How the elements of a tensor stand for a picture: element = (value - mean) / standardDeviation, the value being from 0 to 1. */
export interface ImageOptions {
  /** Where the channels are. Default: the place that has 1, 3 or 4 of them, the first of both. */
  readonly layout?: "nchw" | "nhwc";
  /** Which colour comes first. Default: `"rgb"`. */
  readonly order?: "rgb" | "bgr";
  /** Of each channel of the tensor, or of all. Default: 0. */
  readonly mean?: number | readonly number[];
  /** Of each channel of the tensor, or of all. Default: 1, but 1 / 255 for uint8, whose elements are thus from 0 to 255. */
  readonly standardDeviation?: number | readonly number[];
  /** `"linear"`, which averages where pixels become fewer as Pillow's bilinear filter does, or `"nearest"`. Default: `"linear"`. */
  readonly resize?: "linear" | "nearest";
}

/** How a picture is brought to the size of a tensor beside. */
export interface WriteOptions extends ImageOptions {
  /** As the CSS property `object-fit` has it; what `"contain"` leaves free is black. Default: `"fill"`, which stretches. */
  readonly fit?: "fill" | "contain" | "cover";
}

/** The data types that pictures lie in, with the elements of a word. */
export const PER_WORD = { float32: 1, float16: 2, uint8: 4 } as const;

/** A picture's place in a tensor, checked. */
export interface Picture {
  readonly dataType: keyof typeof PER_WORD;
  /** The tensor's words of four bytes. */
  readonly words: number;
  /** The uniform that the shaders know as `Parameters`. */
  readonly parameters: ArrayBuffer;
}

/** Has to be what `Parameters` in the shaders is. */
export const PARAMETER_BYTES = 80;

/**
 * The picture of a tensor.
 *
 * @param where the function that was called, for messages
 * @throws TypeError where the tensor cannot hold one, or an option is none
 */
export function pictureOf(tensor: MLTensor, options: WriteOptions, where: string, canvas: readonly number[] = [0, 0]): Picture {
  const { dataType, shape } = tensor;
  if (!isHeld(dataType)) throw new TypeError(`${where}: expected a tensor of ${Object.keys(PER_WORD).join(", ")}; got ${dataType}`);
  const { layout, order = "rgb", resize = "linear", fit = "fill" } = options;
  check(where, "layout", layout ?? "nchw", ["nchw", "nhwc"]);
  const dimensions = shape.length === 4 && shape[0] === 1 ? shape.slice(1) : shape;
  const isPicture = (found: "nchw" | "nhwc") => [1, 3, 4].includes(dimensions[found === "nchw" ? 0 : 2]) && (layout ?? found) === found;
  const found = dimensions.length === 3 && (["nchw", "nhwc"] as const).find(isPicture);
  if (!found) {
    const expected = `[1, channels, height, width] or [1, height, width, channels], of 1, 3 or 4 channels${layout ? `, in ${layout}` : ""}`;
    throw new TypeError(`${where}: expected a tensor of the shape ${expected}; got [${shape.join(", ")}]`);
  }
  const [channels, height, width] = found === "nchw" ? dimensions : [dimensions[2], dimensions[0], dimensions[1]];
  const means = each(where, "mean", options.mean ?? 0, channels, () => true);
  const usual = dataType === "uint8" ? 1 / 255 : 1;
  const deviations = each(where, "standardDeviation", options.standardDeviation ?? usual, channels, (value) => value !== 0);
  const words = Math.ceil((channels * height * width) / PER_WORD[dataType]);
  const parameters = new ArrayBuffer(PARAMETER_BYTES);
  new Float32Array(parameters).set([...means, ...deviations, ...canvas]);
  const kinds = [
    check(where, "fit", fit, ["fill", "contain", "cover"]),
    check(where, "resize", resize, ["nearest", "linear"]),
    found === "nchw" ? 1 : 0,
    check(where, "order", order, ["rgb", "bgr"]),
  ];
  new Uint32Array(parameters).set([width, height, channels, words, ...kinds], 10);
  return { dataType, words, parameters };
}

function isHeld(dataType: string): dataType is keyof typeof PER_WORD {
  return Object.hasOwn(PER_WORD, dataType);
}

/** The place of an option among those that there are. */
function check(where: string, name: string, value: string, all: readonly string[]): number {
  if (!all.includes(value)) throw new TypeError(`${where}: ${name}: expected ${all.join(", ")}; got ${JSON.stringify(value)}`);
  return all.indexOf(value);
}

/** A number of each channel, four in all. */
function each(where: string, name: string, given: number | readonly number[], channels: number, suits: (value: number) => boolean) {
  const values = typeof given === "number" ? Array<number>(channels).fill(given) : [...given];
  if (values.length !== channels || !values.every((value) => Number.isFinite(value) && suits(value))) {
    const wanted = suits(0) ? "numbers" : "numbers other than 0";
    throw new TypeError(`${where}: ${name}: expected one number, or ${channels} ${wanted}, finite; got [${values.join(", ")}]`);
  }
  return [...values, 1, 1, 1].slice(0, 4);
}
