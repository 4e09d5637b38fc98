/**
 * Products of large matrices, through tiles in workgroup memory; convolutions are such products too (the counterpart of
 * `backends/webgpu/tiling.py`).
 */

import type { Operand } from "../core/operand.js";
import type { Constant, Draft } from "./drafts.js";
import type { View } from "./plan.js";
import type { Planner } from "./planner.js";
import { view } from "./views.js";

/** Invocations of a workgroup, as many as every device allows. */
const WORKGROUP = 256;
/** Below so many multiplications, sums are computed one by one, and exact. */
export const LITTLE_WORK = 2 ** 18;
/** So are sums of fewer terms: of fewer than the latter where workgroups have no memory, and tiles do not have to be filled. */
const FEW_TERMS = 32;
const VERY_FEW_TERMS = 8;
/** Products of at most so many rows wait for memory, not for arithmetic. */
const FEW_ROWS = 4;
/** The kernels, the sides of their tiles, and how many there must be: larger tiles read less, more of them keep a device busy. */
const SHAPES = [
  { kernel: "product", side: 128, least: 128 },
  { kernel: "product", side: 64, least: 256 },
  { kernel: "product_small", side: 32, least: 1 },
] as const;
/** So many workgroups are wanted where sums are split, and at least so many terms in each part of them. */
const SPLIT_GROUPS = 384;
const SPLIT_TERMS = 192;
/** Sums are split where they have more than so many terms for each workgroup: one dispatch more then costs less than it saves. */
const LONG = 6;
/** The same for products of few rows. */
const THIN_GROUPS = 512;
const THIN_TERMS = 3584;
/** The columns of a workgroup of theirs, and the terms that an invocation takes at once. */
const THIN_COLUMNS = 32;
const THIN_RUN = 8;

/** A matrix that is dequantised where it is read. */
export interface Quantized {
  readonly scale: Operand | number;
  readonly zero: Operand | number;
  /** Where scale and zero point of an element lie. */
  readonly blocks: View;
  /** The expressions that give four whole numbers of the matrix, and of its zero points, from the i-th on. */
  readonly fours: Readonly<Record<string, string>>;
  /** How many elements of a column, at least, share a scale. */
  readonly run: number;
  /** Whether the elements are rounded to float16. */
  readonly half: boolean;
}

/** One side of a product. */
export interface Factor {
  /** The matrix, or the buffer that holds it. */
  readonly operand: Operand | number;
  /** The expression that gives four of its elements. */
  readonly hook: string;
  /** Whether it reads four words at a time. */
  readonly vectors: boolean;
  /** How its elements follow from those that are stored. */
  readonly quantized?: Quantized;
}

/** Products of M x K and K x N matrices, and where their elements go. */
export interface Product {
  readonly left: Factor;
  readonly right: Factor;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batches: number;
  readonly place: string;
  readonly constants: Readonly<Record<string, Constant>>;
  readonly views?: Readonly<Record<string, View>>;
}

/** Whether tiles are worth their trouble. */
export function pays(m: number, n: number, k: number, batches: number, workgroupMemory: boolean): boolean {
  return k >= (workgroupMemory ? FEW_TERMS : VERY_FEW_TERMS) && m * n * k * batches >= LITTLE_WORK;
}

/**
 * How a product is shared out.
 *
 * A workgroup has 256 invocations, each of which fetches one four of either side of a tile; where the sums of a tile take
 * fewer invocations than that, they share its terms. Products of few rows have no tiles, nor have those on a device
 * without fast workgroup memory.
 */
export interface Tiling {
  readonly kernel: "product" | "product_small" | "product_thin" | "product_direct";
  /** Into how many parts the sums are split. */
  readonly splits: number;
  /** The terms of a tile, or those within which sums are not split. */
  readonly terms: number;
  /** The invocations of a workgroup. */
  readonly workgroup: number;
  /** Whether no invocation asks for factors outside the matrices; those of tiles do, one tile ahead. */
  readonly inside: boolean;
  /** The constants of the kernel that say how large its tiles are, and into how many parts their terms are shared out. */
  readonly constants: Readonly<Record<string, number>>;
}

/** The largest tiles of which there are enough to keep a device busy; sums are split where there are few tiles. */
export function tilingOf(m: number, n: number, k: number, batches: number, workgroupMemory: boolean): Tiling {
  const untiled = { terms: THIN_RUN, constants: {} };
  if (!workgroupMemory) return { ...untiled, kernel: "product_direct", splits: 1, workgroup: 16, inside: k % 4 === 0 };
  if (m <= FEW_ROWS) {
    const splits = parts(k, Math.ceil(n / THIN_COLUMNS) * batches, THIN_GROUPS, THIN_TERMS);
    return { ...untiled, kernel: "product_thin", splits, workgroup: WORKGROUP, inside: n % THIN_COLUMNS === 0 && k % THIN_RUN === 0 };
  }
  const groupsOf = (side: number): number => Math.ceil(m / side) * Math.ceil(n / side) * batches;
  const { kernel, side } = SHAPES.find((shape) => groupsOf(shape.side) >= shape.least) ?? SHAPES[SHAPES.length - 1];
  const groups = groupsOf(side);
  const splits = k > LONG * groups ? parts(k, groups, SPLIT_GROUPS, SPLIT_TERMS) : 1;
  const terms = (4 * WORKGROUP) / side;
  const slices = WORKGROUP / (side / (kernel === "product" ? 8 : 4)) ** 2;
  const constants = { TILE_M: side, TILE_N: side, TILE_K: terms, SLICES: slices };
  return { kernel, splits, terms, workgroup: WORKGROUP, inside: false, constants };
}

/** Into how many parts sums of so many terms are split, where there are so many workgroups and more are wanted. */
function parts(terms: number, groups: number, wanted: number, least: number): number {
  return Math.max(1, Math.min(Math.floor(wanted / groups), Math.floor(terms / least)));
}

/** Emit the steps of a product: one, or two where few tiles have long sums, which are then split. */
export function emit(plan: Planner, output: Operand, product: Product): Draft {
  const { left, right, m, n, k, batches } = product;
  const chosen = tilingOf(m, n, k, batches, plan.limits.workgroup_memory);
  const { quantized } = right;
  const constants: Record<string, Constant> = {
    BATCHES: batches,
    SPLITS: 1,
    M: m,
    N: n,
    K: k,
    SPLIT_K: k,
    QUADS: Number(n % 4 === 0),
    INSIDE: Number(chosen.inside),
    WORKGROUP: chosen.workgroup,
    ...chosen.constants,
    ...(quantized && { HALF: Number(quantized.half) }),
    ...product.constants,
  };
  const hooks = hooksOf(product, chosen);
  const splits = split(plan, chosen, constants, hooks, k);
  const target = splits === 1 ? output : plan.temporary("float32", splits * output.size);
  const draft = plan.emit(chosen.kernel, target, {
    inputs: { a: left.operand, b: right.operand, ...(quantized && { scale: quantized.scale, zero: quantized.zero }) },
    constants,
    views: { ...product.views, ...(quantized && { scale: quantized.blocks, zero: quantized.blocks }) },
    aliases: { V: "f32" },
    hooks,
    vectors: [...(left.vectors ? ["a"] : []), ...(right.vectors ? ["b"] : []), ...(quantized ? ["scale"] : [])],
    chain: [],
  });
  return splits === 1 ? draft : addParts(plan, output, target, splits);
}

/** Into how many parts sums are split at last: into more than were chosen, where an invocation would make too many turns. */
function split(plan: Planner, chosen: Tiling, constants: Record<string, Constant>, hooks: Record<string, string>, k: number): number {
  const { kernel, terms } = chosen;
  for (let wanted = chosen.splits; ; wanted += Math.ceil(wanted / 4)) {
    const part = Math.ceil(Math.ceil(k / wanted) / terms) * terms;
    const splits = Math.ceil(k / part);
    constants.SPLITS = splits;
    constants.SPLIT_K = part;
    if (splits >= Math.floor(k / terms) || plan.fits(kernel, constants, "float32", hooks)) return splits;
  }
}

function hooksOf({ left, right, place }: Product, { kernel }: Tiling): Record<string, string> {
  const hooks: Record<string, string> = { left4: left.hook, right4: right.hook, place };
  const { quantized } = right;
  if (kernel === "product_thin") {
    const together = quantized && quantized.run % THIN_RUN === 0;
    hooks.right8 = `eight_${together ? "dequantized" : "right"}(batch, k, n)`;
  }
  return { ...hooks, ...quantized?.fours };
}

/** Emit the step that adds the parts of split sums. */
function addParts(plan: Planner, output: Operand, split: Operand | number, splits: number): Draft {
  return plan.emit("reduce_rows", output, {
    inputs: { x: split },
    constants: { SIZE: splits },
    views: { row: view([output.size], [1]), item: view([splits], [output.size]) },
    aliases: { SUM: "vec2<f32>", V: "f32" },
    hooks: { start: "vec2<f32>(0.0, 0.0)", include: "add_pair(sum, vec2<f32>(x, 0.0))", result: "single(sum)" },
    chain: [],
  });
}
