/** Resampling: the places and weights of the output's elements are tables, computed once in double precision. */

import type { Op } from "../../core/operator.js";
import type { Shape } from "../../core/types.js";
import type { MLInterpolationMode } from "../../generated/types.js";
import { FORMATS } from "../formats.js";
import { kindOf } from "../literals.js";
import type { View } from "../plan.js";
import type { Lowerings, Planner } from "../planner.js";
import { stridesOf, view } from "../views.js";

function resample2d(op: Op<"resample2d">, plan: Planner): void {
  const { input, output, mode, axes } = op;
  const strides = stridesOf(input.shape);
  const unsampled = strides.map((stride, axis) => (axes.includes(axis) ? 0 : stride));
  const views: Record<string, View> = { base: view(output.shape, unsampled) };
  const inputs: Record<string, typeof input | number> = { x: input };
  const constants: Record<string, number> = {};
  ["a", "b"].forEach((name, i) => {
    const axis = axes[i];
    const { places, weights } = table(input.shape[axis], output.shape[axis], mode);
    inputs[`places_${name}`] = plan.table(places, "uint32", places.length);
    inputs[`weights_${name}`] = plan.table(weights, "float32", weights.length);
    constants[`SIZE_${name.toUpperCase()}`] = input.shape[axis];
    constants[`STRIDE_${name.toUpperCase()}`] = strides[axis];
    views[`at_${name}`] = along(output.shape, axis);
  });
  const between = `between_${kindOf(input.dataType)}(a, b, c, d, across, down)`;
  plan.emit("resample", output, {
    inputs,
    constants,
    views,
    aliases: { V: FORMATS[input.dataType].value },
    hooks: { sampled: mode === "nearest-neighbor" ? "a" : between },
  });
}

function along(shape: Shape, axis: number): View {
  return view(
    shape,
    shape.map((_, own) => Number(own === axis)),
  );
}

/** For each element of the output, the lower of its two neighbours, and how far it is from there to the upper. */
function table(size: number, wanted: number, mode: MLInterpolationMode): { places: Uint32Array; weights: Float32Array } {
  const places = new Uint32Array(wanted);
  const weights = new Float32Array(wanted);
  for (let i = 0; i < wanted; i++) {
    const place = Math.min(Math.max((i + 0.5) * (size / wanted) - 0.5, 0), size - 1);
    places[i] = mode === "nearest-neighbor" ? Math.ceil(place - 0.5) : Math.floor(place);
    weights[i] = place - places[i];
  }
  return { places, weights };
}

export const resampling = { resample2d } satisfies Partial<Lowerings>;
