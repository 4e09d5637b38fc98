/** Gathering and scattering by computed indices, which are clamped so that nothing outside a tensor is touched. */

import type { Operand } from "../../core/operand.js";
import type { Op } from "../../core/operator.js";
import { type Shape, sizeOf } from "../../core/types.js";
import { FORMATS, moved } from "../formats.js";
import { kindOf } from "../literals.js";
import type { View } from "../plan.js";
import type { Lowerings, Planner } from "../planner.js";
import { broadcastView, stridesOf, view, wholeView } from "../views.js";

/** Where indices point: `base` plus one stride for each of them; they begin at `index`, and are clamped to `sizes`. */
interface Places {
  readonly base: View;
  readonly index: View;
  readonly sizes: readonly number[];
  readonly strides: readonly number[];
}

function gatherFrom(op: Op<"gather" | "gatherElements" | "gatherND">, plan: Planner, places: Places): void {
  const format = moved(op.input.dataType);
  plan.emit("gather", op.output, {
    inputs: { x: op.input, indices: op.indices },
    constants: { DEPTH: places.sizes.length, SIZES: places.sizes, STRIDES: places.strides },
    views: { base: places.base, index: places.index },
    hooks: placeHook(op.indices),
    formats: { x: format, y: format },
    aliases: { V: FORMATS[format].value },
    chain: [],
  });
  plan.seal(op.output);
}

function placeHook(indices: Operand): Record<string, string> {
  return { place: `place_${kindOf(indices.dataType)}(index, size)` };
}

/** The strides of a tensor, but 0 along an axis. */
function inside(shape: Shape, axis: number): number[] {
  return stridesOf(shape).map((stride, own) => (own === axis ? 0 : stride));
}

function zeros(shape: Shape): number[] {
  return shape.map(() => 0);
}

function gather(op: Op<"gather">, plan: Planner): void {
  const { shape } = op.input;
  const { axis, indices } = op;
  const strides = stridesOf(shape);
  const before = shape.slice(0, axis);
  const after = shape.slice(axis + 1);
  gatherFrom(op, plan, {
    base: view(op.output.shape, [...strides.slice(0, axis), ...zeros(indices.shape), ...strides.slice(axis + 1)]),
    index: view(op.output.shape, [...zeros(before), ...stridesOf(indices.shape), ...zeros(after)]),
    sizes: [shape[axis]],
    strides: [strides[axis]],
  });
}

function gatherElements(op: Op<"gatherElements">, plan: Planner): void {
  const { shape } = op.input;
  gatherFrom(op, plan, {
    base: view(op.output.shape, inside(shape, op.axis)),
    index: broadcastView(op.indices.shape, op.output.shape),
    sizes: [shape[op.axis]],
    strides: [stridesOf(shape)[op.axis]],
  });
}

function gatherND(op: Op<"gatherND">, plan: Planner): void {
  const { shape } = op.input;
  const batch = op.indices.shape.slice(0, -1);
  const depth = op.indices.shape[batch.length];
  const strides = stridesOf(shape);
  gatherFrom(op, plan, {
    base: view(op.output.shape, [...zeros(batch), ...strides.slice(depth)]),
    index: view(op.output.shape, [...stridesOf(batch).map((stride) => depth * stride), ...zeros(shape.slice(depth))]),
    sizes: shape.slice(0, depth),
    strides: strides.slice(0, depth),
  });
}

/**
 * Find the last update of each slice, then take each element from it or from the input.
 *
 * Several updates may meet in one place; which of them a device writes last is not defined, so each place asks.
 */
function scatterTo(op: Op<"scatterElements" | "scatterND">, plan: Planner, updates: number, sliceSize: number, places: Places): void {
  const winner = plan.temporary("uint32", op.input.size / sliceSize);
  plan.clear(winner);
  plan.emit("scatter_mark", winner, {
    inputs: { indices: op.indices },
    constants: { UPDATES: updates, DEPTH: places.sizes.length, SIZES: places.sizes, STRIDES: places.strides },
    views: { base: places.base, index: places.index },
    hooks: placeHook(op.indices),
    outputName: "winner",
  });
  const format = moved(op.input.dataType);
  plan.emit("scatter_pick", op.output, {
    inputs: { x: op.input, updates: op.updates, winner },
    constants: { SLICE: sliceSize },
    formats: { x: format, updates: format, y: format },
    aliases: { V: FORMATS[format].value },
    chain: [],
  });
  plan.seal(op.output);
}

function scatterElements(op: Op<"scatterElements">, plan: Planner): void {
  const { shape } = op.input;
  scatterTo(op, plan, op.indices.size, 1, {
    base: view(op.indices.shape, inside(shape, op.axis)),
    index: wholeView(op.indices.shape),
    sizes: [shape[op.axis]],
    strides: [stridesOf(shape)[op.axis]],
  });
}

function scatterND(op: Op<"scatterND">, plan: Planner): void {
  const { shape } = op.input;
  const batch = op.indices.shape.slice(0, -1);
  const depth = op.indices.shape[batch.length];
  const updates = sizeOf(batch);
  const outer = shape.slice(0, depth);
  scatterTo(op, plan, updates, sizeOf(shape.slice(depth)), {
    base: view([], []),
    index: view([updates], [depth]),
    sizes: outer,
    strides: stridesOf(outer),
  });
}

export const indexing = { gather, gatherElements, gatherND, scatterElements, scatterND } satisfies Partial<Lowerings>;
