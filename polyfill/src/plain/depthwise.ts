/** Convolutions of single channels, each with filters of its own: sums without a matrix. */

import type { Op } from "../core/operator.js";
import type { Floats } from "./elements.js";
import type { Kernel, Setup } from "./evaluator.js";
import { arranged, type Image, imageOf, inside, type Window, windowOf } from "./image.js";
import { Pace, type Pauses, PRODUCT } from "./pace.js";
import { BLOCK, type SimdMemory, VECTORS } from "./simd.js";

/** One input channel a group. */
export function depthwise(op: Op<"conv2d">, setup: Setup): Kernel {
  const [image, out, window] = [imageOf(op.input, op.inputLayout), imageOf(op.output, op.inputLayout), windowOf(op)];
  const weights = arranged(op, "hwio", setup.constant(op.filter) as Floats | undefined);
  const multiplier = out.channels / op.groups;
  const memory = multiplier === 1 ? setup.simd(op.output.size * window.height * window.width) : undefined;
  const byPlace = op.inputLayout === "nhwc" && multiplier === 1 ? depthwiseByPlace : depthwiseByChannel;
  const convolve = (memory && depthwiseInBands(memory, image, out, window)) ?? byPlace;
  const none = new Float32Array(out.channels);
  return ([x, filter, bias]: [Floats, Floats, Floats?], [y]: [Floats]) => {
    return convolve(image, out, window, multiplier, x, weights(filter), bias ?? none, y);
  };
}

type Depthwise = (
  image: Image,
  out: Image,
  window: Window,
  multiplier: number,
  x: Floats,
  weights: Float32Array,
  bias: Floats,
  y: Floats,
) => Pauses;

/** Place by place, all channels at once: for channels that stand side by side. */
const depthwiseByPlace: Depthwise = function* (image, out, window, _, x, weights, bias, y) {
  const pace = new Pace();
  const { channels } = out;
  const sums = new Float64Array(channels);
  for (let place = 0; place < out.batches * out.height * out.width; place++) {
    const column = place % out.width;
    const line = (place - column) / out.width;
    const row = line % out.height;
    const start = ((line - row) / out.height) * image.strideN;
    sums.set(bias);
    const [top, left] = [row * window.strides[0] - window.top, column * window.strides[1] - window.left];
    const rows = inside(top, window.dilations[0], window.height, image.height);
    const columns = inside(left, window.dilations[1], window.width, image.width);
    for (let down = rows.begin; down < rows.end; down++) {
      const above = start + (top + down * window.dilations[0]) * image.strideH;
      for (let right = columns.begin; right < columns.end; right++) {
        const from = above + (left + right * window.dilations[1]) * image.strideW;
        addProducts(sums, x, from, weights, (down * window.width + right) * channels, channels);
        if (pace.due(channels * PRODUCT)) yield;
      }
    }
    y.set(sums, place * channels);
    if (pace.due(channels)) yield;
  }
};

function addProducts(sums: Float64Array, x: Floats, from: number, weights: Float32Array, tap: number, count: number): void {
  for (let c = 0; c < count; c++) sums[c] += x[from + c] * weights[tap + c];
}

/** Channel by channel, row by row: for rows whose places stand side by side, and for several filters a channel. */
const depthwiseByChannel: Depthwise = function* (image, out, window, multiplier, x, weights, bias, y) {
  const pace = new Pace();
  const sums = new Float64Array(out.width);
  const [step, reach] = [window.strides[1], window.dilations[1]];
  for (let plane = 0; plane < out.batches * out.channels; plane++) {
    const channel = plane % out.channels;
    const batch = (plane - channel) / out.channels;
    const start = batch * image.strideN + Math.floor(channel / multiplier) * image.strideC;
    for (let row = 0; row < out.height; row++) {
      sums.fill(bias[channel]);
      const top = row * window.strides[0] - window.top;
      const rows = inside(top, window.dilations[0], window.height, image.height);
      for (let down = rows.begin; down < rows.end; down++) {
        const above = top + down * window.dilations[0];
        for (let right = 0; right < window.width; right++) {
          const before = right * reach - window.left;
          const weight = weights[(down * window.width + right) * out.channels + channel];
          const from = start + above * image.strideH + before * image.strideW;
          const { begin, end } = inside(before, step, out.width, image.width);
          addScaled(sums, begin, end, x, from, step * image.strideW, weight);
          if (pace.due(1 + (end - begin) * PRODUCT)) yield;
        }
      }
      const to = batch * out.strideN + channel * out.strideC + row * out.strideH;
      for (let i = 0; i < out.width; i++) y[to + i * out.strideW] = sums[i];
      if (pace.due(out.width)) yield;
    }
  }
};

function addScaled(sums: Float64Array, begin: number, end: number, x: Floats, from: number, step: number, weight: number): void {
  for (let i = begin; i < end; i++) sums[i] += weight * x[from + i * step];
}

/** The most rows of the output whose window's rows, and which themselves, fit into the blocks of WebAssembly's memory. */
function bandOf(image: Image, out: Image, window: Window): number {
  const results = Math.floor(BLOCK / (out.width * out.channels));
  const seen = Math.floor(BLOCK / (image.width * image.channels));
  if (seen >= image.height) return results;
  const extent = (window.height - 1) * window.dilations[0] + 1;
  return Math.min(results, Math.floor((seen - extent) / window.strides[0]) + 1);
}

/** In WebAssembly, band by band, place by place, four channels at a time; undefined if not even one row fits. */
function depthwiseInBands(memory: SimdMemory, image: Image, out: Image, window: Window): Depthwise | undefined {
  const { channels } = out;
  const band = bandOf(image, out, window);
  const taps = window.height * window.width;
  const places = [taps * channels, channels, 2 * taps].map((floats) => memory.take(floats));
  if (band < 1 || places.includes(undefined)) return undefined;
  const [weightsAt, biasAt, tapsAt] = places as number[];
  const bytes = Math.ceil(channels / 4) * 16;
  function* sumRow(pace: Pace, row: number, first: number, top: number, table: Int32Array): Pauses {
    for (let column = 0; column < out.width; column++) {
      let count = 0;
      for (let tap = 0; tap < taps; tap++) {
        const above = row * window.strides[0] + Math.floor(tap / window.width) * window.dilations[0] - window.top;
        const before = column * window.strides[1] + (tap % window.width) * window.dilations[1] - window.left;
        if (above < 0 || above >= image.height || before < 0 || before >= image.width) continue;
        table[count++] = 4 * ((above - top) * image.width + before) * channels;
        table[count++] = weightsAt + 4 * tap * channels;
      }
      const to = memory.resultAddress + 4 * ((row - first) * out.width + column) * channels;
      memory.windowSum(tapsAt, tapsAt + 4 * count, biasAt, to, bytes);
      if (pace.due(taps * (1 + channels * VECTORS))) yield;
    }
  }
  return function* (_image, _out, _window, _multiplier, x, weights, bias, y) {
    const pace = new Pace();
    memory.floats(weightsAt, taps * channels).set(weights);
    memory.floats(biasAt, channels).set(bias);
    const table = memory.integers(tapsAt, 2 * taps);
    for (let batch = 0; batch < out.batches; batch++) {
      for (let first = 0; first < out.height; first += band) {
        const end = Math.min(first + band, out.height);
        const top = Math.max(0, first * window.strides[0] - window.top);
        const below = Math.min(image.height, (end - 1) * window.strides[0] - window.top + (window.height - 1) * window.dilations[0] + 1);
        if (below > top) copyRows(image, x, batch, top, below, memory.block((below - top) * image.width * channels), false);
        for (let row = first; row < end; row++) yield* sumRow(pace, row, first, top, table);
        copyRows(out, y, batch, first, end, memory.result((end - first) * out.width * channels), true);
        yield;
      }
    }
  };
}

/** Copies rows of an image to a block whose channels stand side by side, or back. */
function copyRows(image: Image, x: Floats, batch: number, top: number, below: number, block: Float32Array, back: boolean): void {
  const start = batch * image.strideN + top * image.strideH;
  const places = (below - top) * image.width;
  if (image.strideC === 1 && image.strideW === image.channels) {
    if (back) x.set(block, start);
    else block.set(x.subarray(start, start + block.length));
    return;
  }
  // some places at a time, so that the rows of the block stay in the cache while its columns are walked through
  for (let first = 0; first < places; first += 16) {
    const end = Math.min(first + 16, places);
    for (let c = 0; c < image.channels; c++) {
      const from = start + c * image.strideC;
      if (back) for (let i = first; i < end; i++) x[from + i] = block[i * image.channels + c];
      else for (let i = first; i < end; i++) block[i * image.channels + c] = x[from + i];
    }
  }
}
