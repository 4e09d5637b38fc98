/** What the demo does to pictures: graphs of convolutions and simple operators, with filters written by hand. */

import type { MLGraphBuilder } from "../../src/document/index.js";
import type { MLOperand, MLOperatorMethods } from "../../src/generated/types.js";

/** A builder with the methods of all operators. */
export type Builder = MLGraphBuilder & MLOperatorMethods;

/** A picture of three planes with values from 0 to 1, and what an effect keeps for the next frame. */
interface Effected {
  readonly picture: MLOperand;
  /** A picture that the effect is given again with the next frame. */
  readonly kept?: MLOperand;
}

/** An effect: a graph from a picture, and from what it kept of the frame before. */
export interface Effect {
  readonly title: string;
  readonly keeps?: boolean;
  apply(b: Builder, picture: MLOperand, kept: MLOperand): Effected;
}

const PLANES = 3;

function constant(b: Builder, shape: readonly number[], values: readonly number[]): MLOperand {
  return b.constant({ dataType: "float32", shape }, Float32Array.from(values));
}

function scalar(b: Builder, value: number): MLOperand {
  return constant(b, [], [value]);
}

/** Convolve each plane by itself with the same filter; the border is mirrored. */
function filtered(b: Builder, picture: MLOperand, size: readonly [number, number], values: readonly number[], label: string): MLOperand {
  const [height, width] = size;
  const [down, right] = [(height - 1) / 2, (width - 1) / 2];
  const planes = picture.shape[1];
  const filter = constant(b, [planes, 1, height, width], Array.from({ length: planes }, () => values).flat());
  const padded = b.pad(picture, [0, 0, down, right], [0, 0, down, right], { mode: "reflection" });
  return b.conv2d(padded, filter, { groups: planes, label });
}

/** Blur: a bell curve down, then across. */
function blurred(b: Builder, picture: MLOperand, radius: number): MLOperand {
  const bell = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-0.5 * ((2 * (i - radius)) / radius) ** 2));
  const sum = bell.reduce((a, value) => a + value);
  const curve = bell.map((value) => value / sum);
  return filtered(b, filtered(b, picture, [curve.length, 1], curve, "down"), [1, curve.length], curve, "across");
}

function grey(b: Builder, picture: MLOperand): MLOperand {
  return b.conv2d(picture, constant(b, [1, PLANES, 1, 1], [0.2126, 0.7152, 0.0722]), { label: "grey" });
}

/** The length of the gradient of the brightness, one plane. */
function gradient(b: Builder, picture: MLOperand): MLOperand {
  const smooth = blurred(b, grey(b, picture), 2);
  const across = filtered(b, smooth, [3, 3], [-1, 0, 1, -2, 0, 2, -1, 0, 1], "sobel x");
  const down = filtered(b, smooth, [3, 3], [-1, -2, -1, 0, 0, 0, 1, 2, 1], "sobel y");
  return b.sqrt(b.add(b.mul(across, across), b.mul(down, down)));
}

/** The effects, in the order in which they are offered. */
export const EFFECTS: Readonly<Record<string, Effect>> = {
  edges: {
    title: "Edges",
    apply: (b, picture) => ({ picture: b.mul(gradient(b, picture), constant(b, [1, PLANES, 1, 1], [0.35, 1, 0.85])) }),
  },
  pencil: {
    title: "Pencil",
    apply: (b, picture) => {
      const line = b.exp(b.mul(gradient(b, picture), scalar(b, -3)));
      const shade = b.add(b.mul(grey(b, picture), scalar(b, 0.35)), scalar(b, 0.65));
      return { picture: b.mul(b.mul(line, shade), constant(b, [1, PLANES, 1, 1], [1, 0.98, 0.93])) };
    },
  },
  blur: { title: "Soft focus", apply: (b, picture) => ({ picture: blurred(b, picture, 7) }) },
  sharpen: {
    title: "Sharpen",
    apply: (b, picture) => ({ picture: b.add(picture, b.mul(b.sub(picture, blurred(b, picture, 3)), scalar(b, 1.8))) }),
  },
  relief: {
    title: "Relief",
    apply: (b, picture) => {
      const slope = filtered(b, grey(b, picture), [3, 3], [-2, -1, 0, -1, 0, 1, 0, 1, 2], "slope");
      return { picture: b.mul(b.add(slope, scalar(b, 0.5)), constant(b, [1, PLANES, 1, 1], [1, 1, 1])) };
    },
  },
  trails: {
    title: "Trails",
    keeps: true,
    apply: (b, picture, kept) => {
      const trail = b.max(b.mul(blurred(b, kept, 2), scalar(b, 0.94)), picture);
      return { picture: trail, kept: trail };
    },
  },
  movement: {
    title: "Movement",
    keeps: true,
    apply: (b, picture, kept) => {
      const change = b.abs(b.sub(grey(b, picture), grey(b, kept)));
      const glow = b.clamp(b.mul(blurred(b, change, 3), scalar(b, 6)), { maxValue: 1 });
      const dim = b.mul(grey(b, picture), scalar(b, 0.25));
      return { picture: b.add(dim, b.mul(glow, constant(b, [1, PLANES, 1, 1], [1, 0.55, 0.1]))), kept: b.identity(picture) };
    },
  },
};

/** The operands of a whole effect: from the bytes of an image to those of another. */
export interface EffectGraph {
  readonly image: MLOperand;
  readonly kept?: MLOperand;
}

/**
 * Build the graph of an effect around its apply: bytes in, with the channels last, and bytes out.
 *
 * @param b the builder
 * @param effect what to do
 * @param size the height and width
 */
export function buildEffect(b: Builder, effect: Effect, size: number): EffectGraph {
  const image = b.input("image", { dataType: "uint8", shape: [1, size, size, 4] });
  const planes = b.transpose(b.slice(b.cast(image, "float32"), [0, 0, 0, 0], [1, size, size, PLANES]), { permutation: [0, 3, 1, 2] });
  const picture = b.mul(planes, scalar(b, 1 / 255));
  const before = effect.keeps ? b.input("kept", { dataType: "float32", shape: [1, PLANES, size, size] }) : picture;
  const { picture: made, kept } = effect.apply(b, picture, before);
  const bytes = b.clamp(b.mul(made, scalar(b, 255)), { minValue: 0, maxValue: 255 });
  const opaque = b.constant({ dataType: "float32", shape: [1, 1, size, size] }, new Float32Array(size * size).fill(255));
  const pixels = b.transpose(b.concat([bytes, opaque], 1), { permutation: [0, 2, 3, 1] });
  return { image: b.cast(pixels, "uint8"), kept };
}
