/** Products of matrices, the inside of matmul, gemm and convolutions. */

import type { Floats } from "./elements.js";

/**
 * A product of matrices whose right one, of `depth` rows and `columns` columns, is set less often than the left. The
 * left one is given in blocks of at most `blockRows` rows, written densely into `left`; their products stand in
 * `result` afterwards, each row `resultStride` after the one before.
 */
export interface Product {
  readonly blockRows: number;
  readonly left: Float32Array;
  readonly result: Floats;
  readonly resultStride: number;
  /** Copies the right matrix in: element (k, n) stands at `start + rows[k] + n * columnStride`. */
  setRight(elements: Floats, start: number, rows: Int32Array, columnStride: number): void;
  /** Multiplies the first rows of `left`. */
  multiply(rows: number): void;
}

/** How many rows make a block: as many as leave the block and its product in a cache. */
export function blockRowsOf(depth: number, columns: number): number {
  return Math.max(4, Math.min(64, Math.floor(2 ** 17 / Math.max(depth, columns)) & ~3));
}

/** Copies a right matrix into panels: `width` columns wide, row by row, the last one filled up with zeros. */
export function packPanels(
  panels: Float32Array,
  width: number,
  columns: number,
  elements: Floats,
  start: number,
  rows: Int32Array,
  columnStride: number,
): void {
  let at = 0;
  for (let first = 0; first < columns; first += width) {
    const inside = Math.min(width, columns - first);
    for (let k = 0; k < rows.length; k++) {
      const from = start + rows[k] + first * columnStride;
      for (let n = 0; n < inside; n++) panels[at + n] = elements[from + n * columnStride];
      at += width;
    }
  }
}

/** The columns of a panel: with two rows, as many sums as registers hold. */
const WIDTH = 4;

/** What the products of a program share that are summed in doubles: they are computed one at a time. */
export class DoubleMemory {
  left = new Float32Array(0);
  result = new Float64Array(0);

  product(depth: number, columns: number): Product {
    const product = new DoubleProduct(this, depth, columns);
    const [left, result] = [product.blockRows * depth, product.blockRows * product.resultStride];
    if (left > this.left.length) this.left = new Float32Array(left);
    if (result > this.result.length) this.result = new Float64Array(result);
    return product;
  }
}

class DoubleProduct implements Product {
  readonly blockRows: number;
  readonly resultStride: number;
  readonly #panels: Float32Array;

  constructor(
    readonly memory: DoubleMemory,
    readonly depth: number,
    readonly columns: number,
  ) {
    this.blockRows = blockRowsOf(depth, columns);
    this.resultStride = Math.ceil(columns / WIDTH) * WIDTH;
    this.#panels = new Float32Array(this.resultStride * depth);
  }

  get left(): Float32Array {
    return this.memory.left;
  }

  get result(): Float64Array {
    return this.memory.result;
  }

  setRight(elements: Floats, start: number, rows: Int32Array, columnStride: number): void {
    packPanels(this.#panels, WIDTH, this.columns, elements, start, rows, columnStride);
  }

  multiply(rows: number): void {
    const { depth, left, result, resultStride } = this;
    for (let first = 0; first < resultStride; first += WIDTH) {
      let row = 0;
      for (; row + 1 < rows; row += 2)
        twoRows(left, row * depth, this.#panels, first * depth, depth, result, row * resultStride + first, resultStride);
      if (row < rows) oneRow(left, row * depth, this.#panels, first * depth, depth, result, row * resultStride + first);
    }
  }
}

/** Two rows by four columns: as many sums as registers hold. */
function twoRows(
  a: Float32Array,
  atA: number,
  b: Float32Array,
  atB: number,
  depth: number,
  y: Float64Array,
  atY: number,
  strideY: number,
): void {
  let [p0, p1, p2, p3, q0, q1, q2, q3] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let k = 0; k < depth; k++) {
    const p = a[atA + k];
    const q = a[atA + depth + k];
    const at = atB + k * WIDTH;
    const b0 = b[at];
    const b1 = b[at + 1];
    const b2 = b[at + 2];
    const b3 = b[at + 3];
    p0 += p * b0;
    p1 += p * b1;
    p2 += p * b2;
    p3 += p * b3;
    q0 += q * b0;
    q1 += q * b1;
    q2 += q * b2;
    q3 += q * b3;
  }
  y[atY] = p0;
  y[atY + 1] = p1;
  y[atY + 2] = p2;
  y[atY + 3] = p3;
  y[atY + strideY] = q0;
  y[atY + strideY + 1] = q1;
  y[atY + strideY + 2] = q2;
  y[atY + strideY + 3] = q3;
}

function oneRow(a: Float32Array, atA: number, b: Float32Array, atB: number, depth: number, y: Float64Array, atY: number): void {
  let [p0, p1, p2, p3] = [0, 0, 0, 0];
  for (let k = 0; k < depth; k++) {
    const p = a[atA + k];
    const at = atB + k * WIDTH;
    p0 += p * b[at];
    p1 += p * b[at + 1];
    p2 += p * b[at + 2];
    p3 += p * b[at + 3];
  }
  y[atY] = p0;
  y[atY + 1] = p1;
  y[atY + 2] = p2;
  y[atY + 3] = p3;
}
