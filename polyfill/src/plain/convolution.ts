/** Convolutions: what the filter sees of the input as rows of a matrix, times the filters; channel by channel where each has its own. */

import { depthwise } from "./depthwise.js";
import type { Floats } from "./elements.js";
import type { Evaluator } from "./evaluator.js";
import { arranged, filterAxes, type Image, imageOf, inside, type Window, windowOf } from "./image.js";
import { COPIED, inPieces, Pace, type Pauses, PRODUCT } from "./pace.js";
import { multiples, offsetSums } from "./walk.js";

const conv2d: Evaluator<"conv2d"> = (op, setup) => {
  const perGroup = op.filter.shape[op.filterLayout.indexOf("i")];
  if (perGroup === 1 && op.groups > 1) return depthwise(op, setup);
  const constant = setup.constant(op.filter) as Floats | undefined;
  const [image, out, window] = [imageOf(op.input, op.inputLayout), imageOf(op.output, op.inputLayout), windowOf(op)];
  const [filters, inputs, rows, columns] = filterAxes(op.filter, op.filterLayout, "oihw");
  const groupFilters = filters[0] / op.groups;
  const depth = rows[0] * columns[0] * perGroup;
  // the rows of the right matrix are the taps, each with its channels
  const taps = offsetSums([multiples(...rows), multiples(...columns), multiples(...inputs)]);
  const product = setup.product(out.batches * out.height * out.width, depth, groupFilters);
  const setFilter = (filter: Floats, group: number): Pauses => {
    return product.setRight(filter, group * groupFilters * filters[1], taps, filters[1]);
  };
  const once = constant !== undefined && op.groups === 1;
  if (once) setup.prepare(setFilter(constant, 0));
  const patches = patchesOf(image, out, window, perGroup, product.blockRows);
  return function* ([x, filter, bias]: [Floats, Floats, Floats?], [y]: [Floats]) {
    for (let group = 0; group < op.groups; group++) {
      if (!once) yield* setFilter(filter, group);
      const firstFilter = group * groupFilters;
      for (let batch = 0; batch < image.batches; batch++) {
        for (let first = 0; first < out.height * out.width; first += product.blockRows) {
          const count = Math.min(product.blockRows, out.height * out.width - first);
          yield* patches(x, batch * image.strideN + group * perGroup * image.strideC, first, count, product.left);
          yield* product.multiply(count);
          storeRows(product.result, product.resultStride, out, y, batch, first, count, firstFilter, groupFilters, bias);
          yield;
        }
      }
    }
  };
};

/** Fills rows with what the window sees at so many places of the output, taps first, then channels; zero outside the input. */
type Patches = (x: Floats, start: number, first: number, count: number, rows: Float32Array) => Pauses;

function patchesOf(image: Image, out: Image, window: Window, channels: number, blockRows: number): Patches {
  const depth = window.height * window.width * channels;
  const seen = new Int32Array(blockRows);
  const dense =
    depth === channels &&
    channels === image.channels &&
    image.strideC === 1 &&
    out.height === image.height &&
    out.width === image.width &&
    window.strides[0] === 1 &&
    window.strides[1] === 1 &&
    window.top === 0 &&
    window.left === 0;
  if (dense) {
    return (x, start, first, count, rows) => {
      const from = start + first * depth;
      return inPieces(count * depth, COPIED, (at, end) => rows.set(x.subarray(from + at, from + end), at));
    };
  }
  return function* (x, start, first, count, rows) {
    const pace = new Pace();
    for (let tap = 0; tap < window.height * window.width; tap++) {
      seenFrom(image, out, window, tap, first, count, seen);
      fillTap(x, start, image.strideC, channels, seen, count, rows, tap * channels, depth);
      if (pace.due(count * channels)) yield;
    }
  };
}

/** Fills what one tap sees from so many places into rows. */
function fillTap(
  x: Floats,
  start: number,
  strideC: number,
  channels: number,
  seen: Int32Array,
  count: number,
  rows: Float32Array,
  at: number,
  depth: number,
): void {
  if (strideC === 1) {
    for (let p = 0; p < count; p++) {
      const [to, from] = [p * depth + at, start + seen[p]];
      if (seen[p] < 0) rows.fill(0, to, to + channels);
      else for (let c = 0; c < channels; c++) rows[to + c] = x[from + c];
    }
    return;
  }
  for (let c = 0; c < channels; c++) {
    const [to, from] = [at + c, start + c * strideC];
    for (let p = 0; p < count; p++) rows[to + p * depth] = seen[p] < 0 ? 0 : x[from + seen[p]];
  }
}

/** The offsets of what one tap of the window sees from places of the output, -1 outside the input. */
function seenFrom(image: Image, out: Image, window: Window, tap: number, first: number, count: number, seen: Int32Array): void {
  const down = Math.floor(tap / window.width) * window.dilations[0] - window.top;
  const right = (tap % window.width) * window.dilations[1] - window.left;
  let column = first % out.width;
  let row = (first - column) / out.width;
  for (let p = 0; p < count; p++) {
    const [y, x] = [row * window.strides[0] + down, column * window.strides[1] + right];
    seen[p] = y >= 0 && y < image.height && x >= 0 && x < image.width ? y * image.strideH + x * image.strideW : -1;
    if (++column === out.width) {
      column = 0;
      row++;
    }
  }
}

/** Stores rows of sums, one a place of the output, with the bias added. */
function storeRows(
  sums: Floats,
  stride: number,
  out: Image,
  y: Floats,
  batch: number,
  first: number,
  count: number,
  firstChannel: number,
  channels: number,
  bias: Floats | undefined,
): void {
  const start = batch * out.strideN + firstChannel * out.strideC + first * out.strideW; // rows follow one another in any layout
  if (out.strideC === 1) {
    for (let p = 0; p < count; p++) {
      const [to, from] = [start + p * out.strideW, p * stride];
      if (bias) for (let c = 0; c < channels; c++) y[to + c] = sums[from + c] + bias[firstChannel + c];
      else for (let c = 0; c < channels; c++) y[to + c] = sums[from + c];
    }
    return;
  }
  for (let c = 0; c < channels; c++) {
    const added = bias ? bias[firstChannel + c] : 0;
    const to = start + c * out.strideC;
    for (let p = 0; p < count; p++) y[to + p] = sums[p * stride + c] + added;
  }
}

/** Every element of the input spreads the filter over the output. */
const convTranspose2d: Evaluator<"convTranspose2d"> = (op, setup) => {
  const [image, out, window] = [imageOf(op.input, op.inputLayout), imageOf(op.output, op.inputLayout), windowOf(op)];
  const weights = arranged(op, "ihwo", setup.constant(op.filter) as Floats | undefined);
  const sums = new Float64Array(out.height * out.width * out.channels);
  return function* ([x, filter, bias]: [Floats, Floats, Floats?], [y]: [Floats]) {
    const inOrder = weights(filter);
    for (let batch = 0; batch < image.batches; batch++) {
      yield* inPieces(sums.length, COPIED, (first, end) => sums.fill(0, first, end));
      yield* spread(image, out, window, op.groups, x, batch * image.strideN, inOrder, sums);
      yield* inPieces(out.height * out.width, out.channels, (first, end) => {
        const rows = sums.subarray(first * out.channels, end * out.channels);
        storeRows(rows, out.channels, out, y, batch, first, end - first, 0, out.channels, bias);
      });
    }
  };
};

function* spread(
  image: Image,
  out: Image,
  window: Window,
  groups: number,
  x: Floats,
  start: number,
  weights: Float32Array,
  sums: Float64Array,
): Pauses {
  const pace = new Pace();
  const [inputs, outputs] = [image.channels / groups, out.channels / groups];
  const taps = window.height * window.width;
  for (let row = 0; row < image.height; row++) {
    for (let column = 0; column < image.width; column++) {
      const from = start + row * image.strideH + column * image.strideW;
      const [top, left] = [row * window.strides[0] - window.top, column * window.strides[1] - window.left];
      const rows = inside(top, window.dilations[0], window.height, out.height);
      const columns = inside(left, window.dilations[1], window.width, out.width);
      if (pace.due(PRODUCT)) yield;
      for (let down = rows.begin; down < rows.end; down++) {
        for (let right = columns.begin; right < columns.end; right++) {
          const place = (top + down * window.dilations[0]) * out.width + left + right * window.dilations[1];
          const tap = down * window.width + right;
          for (let c = 0; c < image.channels; c++) {
            const to = place * out.channels + Math.floor(c / inputs) * outputs;
            addScaled(sums, to, weights, (c * taps + tap) * outputs, outputs, x[from + c * image.strideC]);
            if (pace.due(1 + outputs * PRODUCT)) yield;
          }
        }
      }
    }
  }
}

/** Adds so many weights times a value to sums. */
function addScaled(sums: Float64Array, to: number, weights: Float32Array, from: number, count: number, value: number): void {
  for (let i = 0; i < count; i++) sums[to + i] += value * weights[from + i];
}

/** The evaluators of this family. */
export const convolution = { conv2d, convTranspose2d };
