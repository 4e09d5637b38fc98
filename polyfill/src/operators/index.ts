import type { Definitions } from "../core/operator.js";
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

/** The rules of every operator that are not data; one that is missing does not compile. */
export const DEFINITIONS: Definitions = {
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
