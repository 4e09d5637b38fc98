/** Products of matrices, the inside of matmul, gemm and convolutions. */

import type { Floats } from "./elements.js";
import { byRows, inPieces, type Pauses, PRODUCT } from "./pace.js";

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
  setRight(elements: Floats, start: number, rows: Int32Array, columnStride: number): Pauses;
  /** Multiplies the first rows of `left`. */
  multiply(rows: number): Pauses;
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
): Pauses {
  const fill = (panel: number, top: number, end: number): void => {
    const first = panel * width;
    const inside = Math.min(width, columns - first);
    for (let k = top, at = (panel * rows.length + top) * width; k < end; k++, at += width) {
      const from = start + rows[k] + first * columnStride;
      for (let n = 0; n < inside; n++) panels[at + n] = elements[from + n * columnStride];
    }
  };
  return byRows(Math.ceil(columns / width), rows.length, fill, width / 4);
}

/** The columns of a panel: with two rows, as many sums as registers hold. */
const WIDTH = 4;
/** So much of the depth is summed between two pauses. */
const CHUNK = 2 ** 14;

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

  setRight(elements: Floats, start: number, rows: Int32Array, columnStride: number): Pauses {
    return packPanels(this.#panels, WIDTH, this.columns, elements, start, rows, columnStride);
  }

  *multiply(rows: number): Pauses {
    const { depth, left, result, resultStride } = this;
    result.fill(0, 0, rows * resultStride);
    for (let k = 0; k < depth; k += CHUNK) {
      const chunk = Math.min(CHUNK, depth - k);
      yield* inPieces(resultStride / WIDTH, rows * chunk * WIDTH * PRODUCT, (panel, end) => {
        for (let first = panel * WIDTH; first < end * WIDTH; first += WIDTH) {
          const right = first * depth + k * WIDTH;
          let row = 0;
          for (; row + 1 < rows; row += 2)
            twoRows(left, row * depth + k, depth, this.#panels, right, chunk, result, row * resultStride + first, resultStride);
          if (row < rows) oneRow(left, row * depth + k, this.#panels, right, chunk, result, row * resultStride + first);
        }
      });
    }
  }
}

/** Adds the products of two rows by four columns: as many sums as registers hold. */
function twoRows(
  a: Float32Array,
  atA: number,
  strideA: number,
  b: Float32Array,
  atB: number,
  depth: number,
  y: Float64Array,
  atY: number,
  strideY: number,
): void {
  const atQ = atY + strideY;
  let [p0, p1, p2, p3] = [y[atY], y[atY + 1], y[atY + 2], y[atY + 3]];
  let [q0, q1, q2, q3] = [y[atQ], y[atQ + 1], y[atQ + 2], y[atQ + 3]];
  for (let k = 0; k < depth; k++) {
    const p = a[atA + k];
    const q = a[atA + strideA + k];
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
  y[atQ] = q0;
  y[atQ + 1] = q1;
  y[atQ + 2] = q2;
  y[atQ + 3] = q3;
}

function oneRow(a: Float32Array, atA: number, b: Float32Array, atB: number, depth: number, y: Float64Array, atY: number): void {
  let [p0, p1, p2, p3] = [y[atY], y[atY + 1], y[atY + 2], y[atY + 3]];
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
