/** Installs the polyfill where `navigator.ml` is missing or does not work, when this module is loaded. */

import type * as Face from "./api/types.js";
import { install } from "./install.js";

declare global {
  interface Navigator {
    readonly ml: Face.ML;
  }
  interface WorkerNavigator {
    readonly ml: Face.ML;
  }
  var ML: Face.Unconstructible<Face.ML>;
  var MLContext: Face.Unconstructible<Face.MLContext>;
  var MLGraph: Face.Unconstructible<Face.MLGraph>;
  var MLGraphBuilder: Face.MLGraphBuilderConstructor;
  var MLOperand: Face.Unconstructible<Face.MLOperand>;
  var MLTensor: Face.Unconstructible<Face.MLTensor>;
  type ML = Face.ML;
  type MLContext = Face.MLContext;
  type MLGraph = Face.MLGraph;
  type MLGraphBuilder = Face.MLGraphBuilder;
  type MLOperand = Face.MLOperand;
  type MLTensor = Face.MLTensor;
}

/** Whose WebNN the page has, once that is known. */
export const ready = install();
