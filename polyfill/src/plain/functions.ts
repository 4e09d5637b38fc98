/** Functions that JavaScript lacks, in doubles (the counterpart of `webnpu/reference/functions.py`). */

const TWO_OVER_SQRT_PI = 1.1283791670955126;

/**
 * `log(erfc(x) / t) + x * x` for `t = 2 / (2 + x)` from 0.05 to 1, as a polynomial in u, which is t brought to the range
 * from -1 to 1: the coefficients of even powers and of odd ones, the highest first, so that the two are summed side by
 * side. They were computed with mpmath from its own erfc, by way of a Chebyshev series; the error is below 1e-13.
 */
const ERFC_EVEN = new Float64Array([
  -2.6706110700584797e-7, 2.6715320840441644e-6, -1.3611726782839552e-5, 4.6071397477986824e-5, -0.00010588647503943259,
  9.486352472632121e-5, 0.000687009533902254, -0.006199040572783877, 0.036255280182852616, -0.6380494854628717,
]);
const ERFC_ODD = new Float64Array([
  1.5035506546655143e-7, -9.98568517236205e-7, 2.0991064315684007e-6, 6.2291632217867385e-6, -7.225970487327328e-5, 0.00038132735381700715,
  -0.001637912036284935, 0.007141195887299927, -0.04170755748689206, 0.6431701210582795,
]);

/** `1 - erf(x)`, which keeps its digits where erf is near one. */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return x;
  const magnitude = Math.abs(x);
  if (magnitude > 38) return x > 0 ? 0 : 2;
  const t = 2 / (2 + magnitude);
  const u = (2 * (t - 0.05)) / 0.95 - 1;
  const square = u * u;
  let even = 0;
  let odd = 0;
  for (let i = 0; i < 10; i++) {
    even = even * square + ERFC_EVEN[i];
    odd = odd * square + ERFC_ODD[i];
  }
  const tail = t * Math.exp(even + odd * u - magnitude * magnitude);
  return x < 0 ? 2 - tail : tail;
}

/** The Gauss error function. */
export function erf(x: number): number {
  const magnitude = Math.abs(x);
  if (!(magnitude < 0.5)) return x < 0 ? erfc(-x) - 1 : 1 - erfc(x);
  const square = x * x;
  let term = 1;
  let sum = 1;
  for (let n = 1; n < 12; n++) {
    term *= -square / n;
    sum += term / (2 * n + 1);
  }
  return TWO_OVER_SQRT_PI * x * sum;
}

/** `1 / (1 + exp(-x))`, without overflow. */
export function sigmoid(x: number): number {
  const small = Math.exp(-Math.abs(x));
  return (x < 0 ? small : 1) / (1 + small);
}

/** `log(1 + exp(x))`, without overflow. */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** `max(0, x)`. */
export function relu(x: number): number {
  return Math.max(x, 0);
}

/** The nearest integer, ties to even; zero keeps the sign of x. */
export function roundEven(x: number): number {
  if (Math.abs(x) >= 2 ** 51) return x;
  const rounded = x + 1.5 * 2 ** 52 - 1.5 * 2 ** 52;
  return rounded === 0 ? x * 0 : rounded;
}

/** `a` to the power of `b` as C has it: 1 to any power, and -1 to an infinite one, is 1. */
export function pow(a: number, b: number): number {
  return a === 1 || (a === -1 && Math.abs(b) === Number.POSITIVE_INFINITY) ? 1 : a ** b;
}

/** WebNN's MLRecurrentNetworkActivation. */
export const ACTIVATIONS = { relu, sigmoid, tanh: Math.tanh };
