/** Lowering, one module for each family of operators; here all of them together. */

import type { Graph } from "../../core/graph.js";
import type { Op } from "../../core/operator.js";
import { DEFAULT_LIMITS, type Limits, type Lowered } from "../plan.js";
import { type Lowerings, Planner } from "../planner.js";
import { activation } from "./activation.js";
import { convolution } from "./convolution.js";
import { elementwise } from "./elementwise.js";
import { indexing } from "./indexing.js";
import { linearAlgebra } from "./linear_algebra.js";
import { movement } from "./movement.js";
import { normalization } from "./normalization.js";
import { pooling } from "./pooling.js";
import { quantization } from "./quantization.js";
import { recurrent } from "./recurrent.js";
import { reduction } from "./reduction.js";
import { resampling } from "./resampling.js";

/** Every operator has one: a missing row does not compile. */
const LOWERINGS: Lowerings = {
  ...activation,
  ...convolution,
  ...elementwise,
  ...indexing,
  ...linearAlgebra,
  ...movement,
  ...normalization,
  ...pooling,
  ...quantization,
  ...recurrent,
  ...reduction,
  ...resampling,
};

/** The plan of a graph, with its constants; needs no device. Throws Unsupported where an operator cannot be done right. */
export function lower(graph: Graph, limits: Limits = DEFAULT_LIMITS): Lowered {
  const planner = new Planner(graph, limits);
  graph.operators.forEach((op, number) => {
    planner.current = number;
    (LOWERINGS[op.name] as (op: Op, plan: Planner) => void)(op, planner);
  });
  return planner.finish();
}
