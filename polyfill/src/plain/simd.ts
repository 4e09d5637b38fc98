/** Sums of products in WebAssembly, four floats at a time, where the browser has it. */

import { warnOnce } from "../core/warnings.js";
import type { Floats } from "./elements.js";
import { inPieces, type Pauses } from "./pace.js";
import { blockRowsOf, type Product, packPanels } from "./product.js";
import { add, atLeast, type Code, constant, get, load, loopWhile, moduleOf, set, subtract, vector, type WasmFunction } from "./wasm.js";

/** The columns of a panel of the right matrix: two vectors. */
const WIDTH = 8;
const PANEL_ROW = 4 * WIDTH;
/** So many terms are summed in float32 before they are added to the whole, which keeps the error small. */
const CHUNK = 256;

/** The parameters and locals of the product of matrices; the chunk and strides are in bytes. */
enum Local {
  left,
  right,
  result,
  rows,
  chunk,
  panels,
  leftStride,
  panelStride,
  resultStride,
  a,
  b,
  end,
  y,
  row,
  vectors,
}
const PARAMETERS = Local.a;

/** What makes a block of so many rows of one panel: `y += a * b`, and moves a and y behind the block. */
function blockOf(rows: number): Code {
  const sums = (row: number, half: number): number => Local.vectors + 2 * row + half;
  const each = <T>(make: (row: number) => T): T[] => Array.from({ length: rows }, (_, row) => make(row));
  const [first, second, value] = [sums(4, 0), sums(4, 1), sums(5, 0)];
  const leftRow = (row: number): Code => Array.from({ length: row }).reduce<Code>((at) => add(at, get(Local.leftStride)), get(Local.a));
  const accumulate = (row: number): Code => [
    ...set(value, vector.loadSplat(leftRow(row))),
    ...set(sums(row, 0), vector.add(get(sums(row, 0)), vector.multiply(get(value), get(first)))),
    ...set(sums(row, 1), vector.add(get(sums(row, 1)), vector.multiply(get(value), get(second)))),
  ];
  const store = (row: number): Code => [
    ...[0, 1].flatMap((half) => {
      const sum = vector.add(vector.load(get(Local.y), 16 * half), get(sums(row, half)));
      return vector.store(get(Local.y), sum, 16 * half);
    }),
    ...set(Local.y, add(get(Local.y), get(Local.resultStride))),
  ];
  return [
    ...each((row) => [0, 1].flatMap((half) => set(sums(row, half), vector.zero))).flat(),
    ...set(Local.b, get(Local.right)),
    ...set(Local.end, add(get(Local.a), get(Local.chunk))),
    ...loopWhile(
      subtract(get(Local.end), get(Local.a)),
      set(first, vector.load(get(Local.b))),
      set(second, vector.load(get(Local.b), 16)),
      ...each(accumulate),
      set(Local.a, add(get(Local.a), constant(4))),
      set(Local.b, add(get(Local.b), constant(PANEL_ROW))),
    ),
    ...each(store).flat(),
    // a stands at the end of its chunk in the first row of the block
    ...set(Local.a, subtract(leftRow(rows), get(Local.chunk))),
    ...set(Local.row, subtract(get(Local.row), constant(rows))),
  ];
}

/** Adds the product of a chunk of the left matrix's columns and of the right one's rows to the result. */
function multiplication(): Code {
  return loopWhile(
    get(Local.panels),
    set(Local.a, get(Local.left)),
    set(Local.y, get(Local.result)),
    set(Local.row, get(Local.rows)),
    loopWhile(atLeast(get(Local.row), constant(4)), blockOf(4)),
    loopWhile(get(Local.row), blockOf(1)),
    set(Local.right, add(get(Local.right), get(Local.panelStride))),
    set(Local.result, add(get(Local.result), constant(PANEL_ROW))),
    set(Local.panels, subtract(get(Local.panels), constant(1))),
  );
}

/** The parameters and locals of the function of windows; a tap is the address of elements and that of their weights. */
enum Seen {
  taps,
  tapsEnd,
  bias,
  result,
  channels,
  channel,
  tap,
  sum,
}
const WINDOW_PARAMETERS = Seen.channel;

/** The sum over some taps of elements times weights, plus the bias, for all channels. */
function windowSum(): Code {
  const at = (address: Code): Code => vector.load(add(address, get(Seen.channel)));
  const product = vector.multiply(at(load(get(Seen.tap))), at(load(get(Seen.tap), 4)));
  return loopWhile(
    subtract(get(Seen.channels), get(Seen.channel)),
    set(Seen.sum, at(get(Seen.bias))),
    set(Seen.tap, get(Seen.taps)),
    loopWhile(
      subtract(get(Seen.tapsEnd), get(Seen.tap)),
      set(Seen.sum, vector.add(get(Seen.sum), product)),
      set(Seen.tap, add(get(Seen.tap), constant(8))),
    ),
    vector.store(add(get(Seen.result), get(Seen.channel)), get(Seen.sum)),
    set(Seen.channel, add(get(Seen.channel), constant(16))),
  );
}

/** The parameters and locals of the function that clamps; the bounds are the addresses of floats. */
enum Bounded {
  at,
  end,
  low,
  high,
  lowest,
  highest,
}

/** Clamps floats in place; NaN stays NaN. */
function clamping(): Code {
  const bounded = vector.min(vector.max(vector.load(get(Bounded.at)), get(Bounded.lowest)), get(Bounded.highest));
  return [
    ...set(Bounded.lowest, vector.loadSplat(get(Bounded.low))),
    ...set(Bounded.highest, vector.loadSplat(get(Bounded.high))),
    ...loopWhile(
      subtract(get(Bounded.end), get(Bounded.at)),
      vector.store(get(Bounded.at), bounded),
      set(Bounded.at, add(get(Bounded.at), constant(16))),
    ),
  ];
}

const FUNCTIONS: readonly WasmFunction[] = [
  { name: "multiply", parameters: PARAMETERS, integers: Local.vectors - PARAMETERS, vectors: 11, code: multiplication() },
  { name: "windowSum", parameters: WINDOW_PARAMETERS, integers: Seen.sum - WINDOW_PARAMETERS, vectors: 1, code: windowSum() },
  { name: "clamp", parameters: Bounded.lowest, integers: 0, vectors: 2, code: clamping() },
];

let compiled: Promise<WebAssembly.Module | undefined> | undefined;

/** The module, or undefined where WebAssembly or its vectors are missing or forbidden. */
export function simdModule(): Promise<WebAssembly.Module | undefined> {
  compiled ??= compile();
  return compiled;
}

/** An instance is tried too: WebKit lets a module be compiled where a policy forbids it to run. */
async function compile(): Promise<WebAssembly.Module | undefined> {
  try {
    const module = await WebAssembly.compile(moduleOf(FUNCTIONS));
    new WebAssembly.Instance(module, { env: { memory: new WebAssembly.Memory({ initial: 0 }) } });
    return module;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    warnOnce(
      `large sums are computed in JavaScript, several times slower than by WebAssembly, which cannot be used here; a content ` +
        `security policy must allow 'wasm-unsafe-eval'. ${reason}`,
    );
    return undefined;
  }
}

/** A block of a left matrix, or of images, and what comes of it, lie in places of these sizes, in floats. */
export const BLOCK = 2 ** 17;
const SLACK = 64 * WIDTH;
const RESULT = 4 * BLOCK;
const PAGE = 2 ** 16;

/** What a product of two numbers costs, in elements (see `pace.ts`): vectors are fast. */
export const VECTORS = 1 / 128;

type Run = (...integers: number[]) => void;

/** The memory of a program's sums: a block of what is multiplied, a block of results, then weights. */
export class SimdMemory {
  readonly multiply: Run;
  readonly windowSum: Run;
  readonly clamp: Run;
  readonly #memory: WebAssembly.Memory;
  #end = RESULT + 4 * (BLOCK + SLACK);

  /** @param growing is told of bytes before they are taken; what it throws is let through */
  constructor(
    module: WebAssembly.Module,
    readonly growing: (bytes: number) => void = () => undefined,
  ) {
    growing(this.#end);
    this.#memory = new WebAssembly.Memory({ initial: Math.ceil(this.#end / PAGE) });
    const { multiply, windowSum, clamp } = new WebAssembly.Instance(module, { env: { memory: this.#memory } }).exports;
    this.multiply = multiply as Run;
    this.windowSum = windowSum as Run;
    this.clamp = clamp as Run;
  }

  /** A place for weights, as its address, or undefined if there is no more memory. Vectors may reach a little beyond it. */
  take(floats: number): number | undefined {
    const address = this.#end;
    const end = address + 4 * (Math.ceil(floats / 16) * 16 + 16);
    const missing = end - this.#memory.buffer.byteLength;
    this.growing(end - address);
    try {
      if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE));
    } catch {
      return undefined;
    }
    this.#end = end;
    return address;
  }

  /** Floats at an address. A memory that grows gets a new buffer, so that views do not last. */
  floats(address: number, count: number): Float32Array {
    return new Float32Array(this.#memory.buffer, address, count);
  }

  /** Integers at an address. */
  integers(address: number, count: number): Int32Array {
    return new Int32Array(this.#memory.buffer, address, count);
  }

  /** The first floats of the block that is multiplied; it begins at address 0. */
  block(count: number): Float32Array {
    return this.floats(0, count);
  }

  /** The first floats of the results. */
  result(count: number): Float32Array {
    return this.floats(this.resultAddress, count);
  }

  get resultAddress(): number {
    return RESULT;
  }

  /** A product, or undefined if its matrices are too large. */
  product(depth: number, columns: number): Product | undefined {
    if (Math.max(depth, columns) > BLOCK / 4) return undefined;
    const right = this.take(Math.ceil(columns / WIDTH) * WIDTH * depth);
    return right === undefined ? undefined : new SimdProduct(this, right, depth, columns);
  }
}

class SimdProduct implements Product {
  readonly blockRows: number;
  readonly resultStride: number;

  constructor(
    readonly memory: SimdMemory,
    readonly right: number,
    readonly depth: number,
    readonly columns: number,
  ) {
    this.blockRows = blockRowsOf(depth, columns);
    this.resultStride = Math.ceil(columns / WIDTH) * WIDTH;
  }

  get left(): Float32Array {
    return this.memory.block(this.blockRows * this.depth);
  }

  get result(): Float32Array {
    return this.memory.result(this.blockRows * this.resultStride);
  }

  setRight(elements: Floats, start: number, rows: Int32Array, columnStride: number): Pauses {
    const panels = this.memory.floats(this.right, this.depth * this.resultStride);
    return packPanels(panels, WIDTH, this.columns, elements, start, rows, columnStride);
  }

  *multiply(rows: number): Pauses {
    const { depth, resultStride, memory } = this;
    memory.result(rows * resultStride).fill(0);
    for (let k = 0; k < depth; k += CHUNK) {
      const chunk = Math.min(CHUNK, depth - k);
      yield* inPieces(resultStride / WIDTH, rows * chunk * WIDTH * VECTORS, (panel, end) =>
        memory.multiply(
          4 * k,
          this.right + (panel * depth + k) * PANEL_ROW,
          memory.resultAddress + 4 * panel * WIDTH,
          rows,
          4 * chunk,
          end - panel,
          4 * depth,
          depth * PANEL_ROW,
          4 * resultStride,
        ),
      );
    }
  }
}
