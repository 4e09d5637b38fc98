/** WebNN's objects, without installing them. */

import { MLGraphBuilder as builder } from "./builder.js";
import { MLContext as context } from "./context.js";
import { MLGraph as graph } from "./graph.js";
import { EntryPoint, ML as ml } from "./ml.js";
import { MLOperand as operand } from "./operand.js";
import { MLTensor as tensor } from "./tensor.js";
import type * as Face from "./types.js";

export const ML = ml.object as unknown as Face.Unconstructible<Face.ML>;
export type ML = Face.ML;
export const MLContext = context.object as unknown as Face.Unconstructible<Face.MLContext>;
export type MLContext = Face.MLContext;
export const MLGraph = graph.object as unknown as Face.Unconstructible<Face.MLGraph>;
export type MLGraph = Face.MLGraph;
export const MLGraphBuilder = builder.object as unknown as Face.MLGraphBuilderConstructor;
export type MLGraphBuilder = Face.MLGraphBuilder;
export const MLOperand = operand.object as unknown as Face.Unconstructible<Face.MLOperand>;
export type MLOperand = Face.MLOperand;
export const MLTensor = tensor.object as unknown as Face.Unconstructible<Face.MLTensor>;
export type MLTensor = Face.MLTensor;

/** The interfaces that a browser exposes as globals. */
export const INTERFACES = { ML, MLContext, MLGraph, MLGraphBuilder, MLOperand, MLTensor } as const;

/** An `ML` of this implementation, whatever the browser's own `navigator.ml` is. */
export function createML(): Face.ML {
  return ml.wrap(new EntryPoint());
}
