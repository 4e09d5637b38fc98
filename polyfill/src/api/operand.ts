/** MLOperand (WebNN: MLOperand interface): a core operand, seen from a page. */

import type { Operand } from "../core/operand.js";
import type * as Face from "../generated/types.js";
import { Interface } from "./interface.js";

export const MLOperand = new Interface<Operand, Face.MLOperand>("MLOperand", {
  attributes: {
    dataType: { get: (operand) => operand.dataType },
    shape: { get: (operand) => Object.freeze(operand.shape) },
  },
});
