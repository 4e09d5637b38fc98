/** Work in pieces, with a pause after each, so that whoever drives it can give the event loop its turn. */

/** Pauses: what is behind the next one is computed when it is asked for. */
export type Pauses = Iterable<void>;

/**
 * How many elements are computed between two pauses: a millisecond at most, even by functions such as `erf` on a slow
 * machine, and enough of even the fastest that the pause costs nothing to speak of.
 */
export const PIECE = 2 ** 14;

/** What an element costs that is only copied, beside others. */
export const COPIED = 1 / 16;

/** What a product adds to a sum costs so much less than an element. */
export const PRODUCT = 1 / 16;

/** Computes so many items in pieces of consecutive ones; `each` is what one item costs, in elements. */
export function* inPieces(count: number, each: number, piece: (first: number, end: number) => void): Pauses {
  const most = Math.max(1, Math.floor(PIECE / each));
  for (let first = 0; first < count; first += most) {
    piece(first, Math.min(first + most, count));
    yield;
  }
}

/**
 * Visits rows of equal length: many short ones between two pauses, or a part of a long one.
 *
 * @param visit gets a row, and which of its elements to compute
 * @param each what one element costs, in elements of the cheap kind
 */
export function* byRows(count: number, length: number, visit: (row: number, from: number, to: number) => void, each = 1): Pauses {
  const part = Math.min(length, Math.max(1, Math.floor(PIECE / each)));
  const rows = Math.max(1, Math.floor(part / length));
  for (let first = 0; first < count; first += rows) {
    const end = Math.min(first + rows, count);
    for (let from = 0; from < length; from += part) {
      const to = Math.min(from + part, length);
      for (let row = first; row < end; row++) visit(row, from, to);
      yield;
    }
  }
}

/** Counts what is computed between pauses, for loops that cannot be cut evenly. */
export class Pace {
  #since = 0;

  /** Whether a pause is due, so many elements later. */
  due(elements: number): boolean {
    this.#since += elements;
    if (this.#since < PIECE) return false;
    this.#since = 0;
    return true;
  }
}

/** The parts of so many elements that are computed between two pauses. */
export function partsOf(length: number): (readonly [from: number, to: number])[] {
  return Array.from({ length: Math.ceil(length / PIECE) }, (_, i) => [i * PIECE, Math.min((i + 1) * PIECE, length)]);
}
