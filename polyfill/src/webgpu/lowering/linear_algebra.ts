/** Matrix products: small ones sum by sum, each exact but for one rounding; large ones through tiles. */

import type { Operand } from "../../core/operand.js";
import type { Op } from "../../core/operator.js";
import { bitsOf, castNumber, sizeOf } from "../../core/types.js";
import type { Completion } from "../drafts.js";
import { FORMATS } from "../formats.js";
import { arranged, literal } from "../literals.js";
import type { View } from "../plan.js";
import type { Lowerings, Planner } from "../planner.js";
import * as tiling from "../tiling.js";
import { blockView, broadcastView, view } from "../views.js";
import { pairs, reduceOver } from "./reduction.js";

/** A matrix of a batch: how far its rows and columns are apart, and how far the matrices are, batch by batch. */
interface Matrix {
  readonly operand: Operand | number;
  readonly row: number;
  readonly column: number;
  readonly batches: readonly number[];
  readonly quantized?: tiling.Quantized;
}

/** A matrix as a side of a product, whose rows are so long; in whole vectors where it is laid out so. */
function factor(matrix: Matrix, side: "left" | "right", length: number): tiling.Factor {
  const { operand, row, column, batches, quantized } = matrix;
  const whole = column === 1 && [row, length, ...batches].every((step) => step % 4 === 0);
  const places = side === "left" ? "batch, m, k" : "batch, k, n";
  const kind = quantized ? "_dequantized" : whole ? "_vector" : "";
  return { operand, hook: `matrix_${side}${kind}(${places})`, vectors: whole && !quantized, quantized };
}

function tiled(plan: Planner, output: Operand, a: Matrix, b: Matrix, k: number, after: readonly Completion[]): void {
  const [m, n] = output.shape.slice(-2);
  const batches = output.shape.slice(0, -2);
  const product: tiling.Product = {
    left: factor(a, "left", k),
    right: factor(b, "right", n),
    m,
    n,
    k,
    batches: sizeOf(batches),
    place: "(batch * M + m) * N + n",
    constants: { A_ROW: a.row, A_COLUMN: a.column, B_ROW: b.row, B_COLUMN: b.column },
    views: { left: view(batches, a.batches), right: view(batches, b.batches) },
  };
  plan.complete(tiling.emit(plan, output, product), output, after);
}

/** An invocation an element; of long sums, a workgroup. */
function exact(plan: Planner, output: Operand, a: Matrix, b: Matrix, k: number, scaled: string, c?: Operand): void {
  const { shape } = output;
  const inputs: Record<string, Operand | number> = { a: a.operand, b: b.operand };
  const left = view(shape, [...a.batches, a.row, 0]);
  const right = view(shape, [...b.batches, 0, b.column]);
  const views: Record<string, View> = { left, right };
  if (c) {
    inputs.c = c;
    views.c = broadcastView(c.shape, shape);
  }
  const constants = { K: k, A_STEP: a.column, B_STEP: b.row };
  if (!plan.fits("matmul", constants, output.dataType)) {
    const over = { rows: output.size, size: k, views: { row: left, item: view([k], [a.column]) } };
    const sum = pairs("add_product(sum, x, b_load(right_at(row) + k * B_STEP))", scaled.replaceAll("_at(i)", "_at(row)"));
    const finished: Record<string, Operand> = c ? { c } : {};
    const { left: _, ...others } = views;
    const more = { included: { b: b.operand }, finished, views: others, constants: { B_STEP: b.row } };
    reduceOver(plan, output, a.operand, over, sum, "f32", more);
    return;
  }
  plan.emit("matmul", output, { inputs, constants, views, aliases: { V: "f32" }, hooks: { scaled_sum: scaled } });
}

function matmul(op: Op<"matmul">, plan: Planner): void {
  const batches = op.output.shape.slice(0, -2);
  const matrix = (operand: Operand): Matrix => {
    const strides = plan.strides(operand);
    const outer = strides.slice(0, -2).map((stride, axis) => (operand.shape[axis] === 1 ? 0 : stride));
    const missing = Array<number>(batches.length - outer.length).fill(0);
    const [row, column] = strides.slice(-2);
    return { operand, row, column, batches: [...missing, ...outer] };
  };
  const [m, n] = op.output.shape.slice(-2);
  const k = op.a.shape[op.a.rank - 1];
  const large = tiling.pays(m, n, k, sizeOf(batches), plan.limits.workgroup_memory);
  if (large) tiled(plan, op.output, matrix(op.a), dequantized(plan, op.b, n) ?? matrix(op.b), k, []);
  else exact(plan, op.output, matrix(op.a), matrix(op.b), k, "single(sum)");
}

/** A matrix that only a product takes, dequantised there; of constants, one that was turned is packed as it is read. */
function dequantized(plan: Planner, b: Operand, n: number): Matrix | undefined {
  const [row, column] = plan.strides(b);
  const maker = plan.dequantizer(b);
  if (!maker || b.rank !== 2 || maker.input.rank !== 2 || bitsOf(maker.input.dataType) > 8 || n % 4 !== 0) return undefined;
  const stored = [maker.input, maker.scale, maker.zeroPoint];
  const turned = row !== n || column !== 1;
  if (turned && (row !== 1 || column !== b.shape[0] || !stored.every((operand) => operand.bytes))) return undefined;
  const shapes = stored.map(({ shape }) => (turned ? [shape[1], shape[0]] : shape));
  if (shapes.some((shape) => shape[1] !== n)) return undefined;
  plan.dropDequantizer(b);
  const [operand, scale, zero] = turned ? stored.map((constant) => turnedTable(plan, constant)) : stored;
  const { dataType } = maker.input;
  const four = (name: string): string => `vec4<f32>(four_${dataType}(${name}_word(i / ${FORMATS[dataType].lanes}u), i))`;
  const quantized = {
    scale,
    zero,
    blocks: blockView(shapes[1], shapes[0]),
    fours: { b_four: four("b"), zero_four: four("zero") },
    run: Math.floor(shapes[0][0] / shapes[1][0]),
    half: b.dataType === "float16",
  };
  return { operand, row: n, column: 1, batches: [], quantized };
}

/** A constant matrix, turned. */
function turnedTable(plan: Planner, { bytes = new Uint8Array(), dataType, shape, size }: Operand): number {
  return plan.table(arranged(bytes, dataType, view([shape[1], shape[0]], [1, shape[1]])), dataType, size);
}

/** `alpha` and `beta` enter before the sum is rounded. */
function gemm(op: Op<"gemm">, plan: Planner): void {
  const [m, n] = op.output.shape;
  const k = op.a.shape[op.aTranspose ? 0 : 1];
  const a: Matrix = { operand: op.a, row: op.aTranspose ? 1 : k, column: op.aTranspose ? m : 1, batches: [] };
  const b: Matrix = { operand: op.b, row: op.bTranspose ? 1 : n, column: op.bTranspose ? k : 1, batches: [] };
  const [alpha, beta] = [op.alpha, op.beta].map((scale) => literal(castNumber(scale, op.a.dataType), "float32"));
  if (tiling.pays(m, n, k, 1, plan.limits.workgroup_memory)) {
    const after: Completion[] = op.alpha === 1 ? [] : [["mul_float", undefined, alpha]];
    if (op.c) {
      const added = [op.c, broadcastView(op.c.shape, op.output.shape)] as const;
      after.push(op.beta === 1 ? ["add_float", added] : ["add_scaled_float", added, beta]);
    }
    tiled(plan, op.output, a, b, k, after);
    return;
  }
  let total = op.alpha === 1 ? "sum" : `mul_pair(sum, vec2<f32>(${alpha}, 0.0))`;
  if (op.c) {
    const added = "c_load(c_at(i))";
    total = op.beta === 1 ? `add_pair(${total}, vec2<f32>(${added}, 0.0))` : `add_product(${total}, ${beta}, ${added})`;
  }
  exact(plan, op.output, a, b, k, `single(${total})`, op.c);
}

export const linearAlgebra = { matmul, gemm } satisfies Partial<Lowerings>;
