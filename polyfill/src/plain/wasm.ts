/** Writes small WebAssembly modules: functions on an imported memory, their code put together from the pieces below. */

/** Instructions, as bytes. */
export type Code = readonly number[];

const VOID = 0x40;
const I32 = 0x7f;
const V128 = 0x7b;

/** A number in LEB128, the sign kept where it is asked for. */
function leb(value: number, signed = false): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; ) {
    const low = rest & 0x7f;
    rest = signed ? rest >> 7 : rest >>> 7;
    const done = signed ? (rest === 0 && low < 0x40) || (rest === -1 && low >= 0x40) : rest === 0;
    if (done) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

const simd = (opcode: number, ...rest: number[]): Code => [0xfd, ...leb(opcode), ...rest];

/** Pieces of code; those that take operands expect them as code too. */
export const get = (local: number): Code => [0x20, ...leb(local)];
export const set = (local: number, value: Code): Code => [...value, 0x21, ...leb(local)];
export const constant = (value: number): Code => [0x41, ...leb(value, true)];
export const add = (a: Code, b: Code): Code => [...a, ...b, 0x6a];
export const subtract = (a: Code, b: Code): Code => [...a, ...b, 0x6b];
export const load = (address: Code, offset = 0): Code => [...address, 0x28, 2, ...leb(offset)];
export const atLeast = (a: Code, b: Code): Code => [...a, ...b, 0x4e];
/** Repeats its body while the condition holds; it is tested first. */
export const loopWhile = (condition: Code, ...body: readonly Code[]): Code => {
  return [0x02, VOID, 0x03, VOID, ...condition, 0x45, 0x0d, 1, ...body.flat(), 0x0c, 0, 0x0b, 0x0b];
};
/** Four floats. */
export const vector = {
  zero: simd(0x0c, ...new Array<number>(16).fill(0)),
  load: (address: Code, offset = 0): Code => [...address, ...simd(0x00, 2, ...leb(offset))],
  /** One float, four times. */
  loadSplat: (address: Code): Code => [...address, ...simd(0x09, 2, 0)],
  store: (address: Code, value: Code, offset = 0): Code => [...address, ...value, ...simd(0x0b, 2, ...leb(offset))],
  add: (a: Code, b: Code): Code => [...a, ...b, ...simd(0xe4)],
  multiply: (a: Code, b: Code): Code => [...a, ...b, ...simd(0xe6)],
  min: (a: Code, b: Code): Code => [...a, ...b, ...simd(0xe8)],
  max: (a: Code, b: Code): Code => [...a, ...b, ...simd(0xe9)],
};

const section = (id: number, ...content: readonly Code[]): Code => {
  const bytes = content.flat();
  return [id, ...leb(bytes.length), ...bytes];
};
const name = (text: string): Code => [text.length, ...[...text].map((letter) => letter.charCodeAt(0))];

/** A function of integers without a result. Its locals are the parameters, further integers, then vectors. */
export interface WasmFunction {
  readonly name: string;
  readonly parameters: number;
  readonly integers: number;
  readonly vectors: number;
  readonly code: Code;
}

/** A module that imports `env.memory` and exports functions. */
export function moduleOf(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters }) => [0x60, parameters, ...new Array<number>(parameters).fill(I32), 0]);
  const bodies = functions.map(({ integers, vectors, code }) => [2, ...leb(integers), I32, ...leb(vectors), V128, ...code, 0x0b]);
  const count = [functions.length];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, count, ...types),
    ...section(2, [1], name("env"), name("memory"), [0x02, 0x00, 0]),
    ...section(3, count, [...functions.keys()]),
    ...section(7, count, ...functions.map((f, index) => [...name(f.name), 0x00, index])),
    ...section(10, count, ...bodies.map((body) => [...leb(body.length), ...body])),
  ]);
}
