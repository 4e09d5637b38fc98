/** Half-precision numbers as bits, with or without the browser's Float16Array. */

const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);
const double = new Float64Array(1);
const doubleWords = new Uint32Array(double.buffer); // the low word first: every browser's machine is little-endian

/** What brings a number of a binade to steps of one: float16 has 30 of them, the first with the subnormal numbers. */
const STEPS = Float64Array.from({ length: 30 }, (_, binade) => 2 ** (24 - binade));

/** The float16 nearest to a double, ties to even, as its 16 bits. */
export function toFloat16Bits(value: number): number {
  double[0] = value;
  const high = doubleWords[1];
  const sign = (high >>> 16) & 0x8000;
  const magnitude = Math.abs(value);
  if (!(magnitude < 65520)) return Number.isNaN(value) ? 0x7e00 : sign | 0x7c00;
  const binade = Math.max(((high >>> 20) & 0x7ff) - 1009, 0);
  return sign | ((binade << 10) + roundTiesToEven(magnitude * STEPS[binade]));
}

/** The number that 16 bits stand for. */
export function fromFloat16Bits(half: number): number {
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  const sign = half & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  singleBits[0] = ((exponent + 112) << 23) | (fraction << 13);
  return sign * single[0];
}

/** For numbers from 0 to 2 ** 52: beyond that a double has no fraction, and the hardware rounds it away as we want. */
function roundTiesToEven(value: number): number {
  return value + 2 ** 52 - 2 ** 52;
}
