/** Half-precision numbers as bits, with or without the browser's Float16Array. */

const word = new Float32Array(1);
const bits = new Uint32Array(word.buffer);

/** The float16 nearest to a double, ties to even, as its 16 bits. */
export function toFloat16Bits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude >= 65520) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | roundTiesToEven(magnitude * 2 ** 24);
  const exponent = Math.floor(Math.log2(magnitude));
  // log2 may be off by one next to a power of two
  const scale = 2 ** exponent > magnitude ? exponent - 1 : 2 ** (exponent + 1) <= magnitude ? exponent + 1 : exponent;
  const significand = roundTiesToEven(magnitude * 2 ** (10 - scale));
  return sign | (((scale + 14) << 10) + significand);
}

/** The number that 16 bits stand for. */
export function fromFloat16Bits(half: number): number {
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  const sign = half & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  bits[0] = ((exponent + 112) << 23) | (fraction << 13);
  return sign * word[0];
}

function roundTiesToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
