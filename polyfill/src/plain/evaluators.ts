/** The evaluators of all operators. */

import { activation } from "./activation.js";
import { convolution } from "./convolution.js";
import { elementwise } from "./elementwise.js";
import type { Evaluators } from "./evaluator.js";
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
export const EVALUATORS: Evaluators = {
  ...elementwise,
  ...activation,
  ...convolution,
  ...pooling,
  ...reduction,
  ...normalization,
  ...linearAlgebra,
  ...recurrent,
  ...movement,
  ...indexing,
  ...quantization,
  ...resampling,
};
