/** WebNPU's polyfill of WebNN, as a module without side effects. */

export { createML, ML, MLContext, MLGraph, MLGraphBuilder, MLOperand, MLTensor } from "./api/index.js";
export type * from "./api/types.js";
export { type InstallOptions, install, type Outcome } from "./install.js";
