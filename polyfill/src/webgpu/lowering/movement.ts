/** Data movement: an affine map of places where that is enough, a kernel where it is not. */

import type { Op } from "../../core/operator.js";
import { permuted } from "../../core/shapes.js";
import { castNumber, sizeOf } from "../../core/types.js";
import { partsOf, resolvedAxes, resolvedPermutation, resolvedStrides } from "../../operators/movement.js";
import { FORMATS, moved } from "../formats.js";
import { literal } from "../literals.js";
import type { View } from "../plan.js";
import type { Lowerings, Planner } from "../planner.js";
import { broadcastView, stridesOf, view } from "../views.js";

/** A buffer to be joined to others, and its extent along the axis. */
interface Part {
  readonly buffer: number;
  readonly extent: number;
}

const PADDING_MODES = { constant: 0, edge: 1, reflection: 2 } as const;

/** Nothing is moved where products read, or write, the other order themselves. */
function transpose(op: Op<"transpose">, plan: Planner): void {
  const strides = stridesOf(op.input.shape);
  const permutation = resolvedPermutation(op);
  const read = permuted(strides, permutation);
  const ordered = stridesOf(op.output.shape);
  const written = strides.map((_, axis) => ordered[permutation.indexOf(axis)]);
  if (!plan.lookThrough(op.output, op.input, read) && !plan.writeThrough(op.output, op.input, written)) {
    plan.move(op.output, op.input, view(op.output.shape, read));
  }
}

function slice(op: Op<"slice">, plan: Planner): void {
  const strides = stridesOf(op.input.shape);
  const steps = resolvedStrides(op).map((step, axis) => step * strides[axis]);
  const offset = strides.reduce((sum, stride, axis) => sum + op.starts[axis] * stride, 0);
  plan.move(op.output, op.input, view(op.output.shape, steps, offset));
}

function reverse(op: Op<"reverse">, plan: Planner): void {
  const strides = stridesOf(op.input.shape);
  const axes = resolvedAxes(op);
  const last = axes.reduce((sum, axis) => sum + (op.input.shape[axis] - 1) * strides[axis], 0);
  const turned = strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride));
  plan.move(op.output, op.input, view(op.input.shape, turned, last));
}

function split(op: Op<"split">, plan: Planner): void {
  const strides = stridesOf(op.input.shape);
  let start = 0;
  partsOf(op).forEach((part, i) => {
    plan.move(op.outputs[i], op.input, view(op.outputs[i].shape, strides, start * strides[op.axis]));
    start += part;
  });
}

/** Each dimension as two: which repetition, and which element of it. */
function tile(op: Op<"tile">, plan: Planner): void {
  const sizes = op.repetitions.flatMap((times, axis) => [times, op.input.shape[axis]]);
  const strides = stridesOf(op.input.shape).flatMap((stride) => [0, stride]);
  plan.move(op.output, op.input, view(sizes, strides));
}

/** As many inputs in one step as can be bound; where there are more, what a step joins is an input of the next. */
function concat(op: Op<"concat">, plan: Planner): void {
  let parts: Part[] = op.inputs.map((operand) => ({ buffer: plan.value(operand).buffer, extent: operand.shape[op.axis] }));
  let groups = bindable(plan, parts);
  while (groups.length > 1 && groups.length < parts.length) {
    parts = groups.map((group) => joined(op, plan, group));
    groups = bindable(plan, parts);
  }
  plan.hold(op.output, joined(op, plan, parts).buffer);
}

/** Parts in groups that can be bound at once, beside one piece of what they are joined to. */
function bindable(plan: Planner, parts: readonly Part[]): Part[][] {
  const groups: Part[][] = [];
  let room = 0;
  for (const part of parts) {
    const pieces = plan.piecesOf(part.buffer);
    if (pieces > room) {
      groups.push([]);
      room = Math.max(plan.limits.storage_buffers - 1, pieces);
    }
    groups[groups.length - 1].push(part);
    room -= pieces;
  }
  return groups;
}

/** Buffers joined by one step; those without a part in an element load one for nothing. */
function joined(op: Op<"concat">, plan: Planner, parts: readonly Part[]): Part {
  const format = moved(op.output.dataType);
  const [before, after] = [op.output.shape.slice(0, op.axis), op.output.shape.slice(op.axis + 1)];
  const inner = sizeOf(after);
  const ends = parts.map((_, last) => parts.slice(0, last + 1).reduce((sum, part) => sum + part.extent, 0));
  const extent = ends[ends.length - 1];
  const shape = [...before, extent, ...after];
  const target = plan.temporary(op.output.dataType, sizeOf(shape));
  const names = parts.map((_, number) => `x${number}`);
  const views: Record<string, View> = {};
  const loads = parts.map((part, number) => {
    const [name, start] = [names[number], ends[number] - part.extent];
    views[name] = view(shape, stridesOf([...before, part.extent, ...after]), (-start * inner) >>> 0);
    return `${name}_load(select(0u, ${name}_at(i), along >= ${start}u && along < ${ends[number]}u))`;
  });
  const picked = loads.reduceRight((rest, load, number) => `select(${rest}, ${load}, along < ${ends[number]}u)`);
  plan.emit("concat", target, {
    inputs: Object.fromEntries(parts.map(({ buffer }, number) => [names[number], buffer])),
    constants: { INNER: inner, EXTENT: extent },
    views,
    hooks: { part: picked },
    formats: Object.fromEntries([...names, "y"].map((name) => [name, format])),
  });
  return { buffer: target, extent };
}

function pad(op: Op<"pad">, plan: Planner): void {
  const { dataType, rank, shape } = op.input;
  if (rank === 0) {
    plan.alias(op.output, op.input);
    return;
  }
  plan.emit("pad", op.output, {
    inputs: { x: op.input },
    constants: {
      RANK: rank,
      MODE: PADDING_MODES[op.mode],
      SIZES: shape,
      STRIDES: stridesOf(shape),
      WANTED: op.output.shape,
      BEFORE: op.beginningPadding,
    },
    aliases: { V: FORMATS[dataType].value },
    hooks: { filling: literal(castNumber(op.value, dataType), dataType) },
  });
}

function triangular(op: Op<"triangular">, plan: Planner): void {
  const [rows, columns] = op.input.shape.slice(-2);
  const constants = { ROWS: rows, COLUMNS: columns, UPPER: Number(op.upper), DIAGONAL: op.diagonal >>> 0 };
  plan.emit("triangular", op.output, { inputs: { x: op.input }, constants, aliases: { V: FORMATS[op.input.dataType].value } });
}

export const movement = {
  reshape: (op, plan) => plan.alias(op.output, op.input),
  expand: (op, plan) => plan.move(op.output, op.input, broadcastView(op.input.shape, op.newShape)),
  transpose,
  slice,
  reverse,
  split,
  tile,
  concat,
  pad,
  triangular,
} satisfies Partial<Lowerings>;
