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
  type MLArgMinMaxOptions = Face.MLArgMinMaxOptions;
  type MLBatchNormalizationOptions = Face.MLBatchNormalizationOptions;
  type MLBatchNormalizationSupportLimits = Face.MLBatchNormalizationSupportLimits;
  type MLBinarySupportLimits = Face.MLBinarySupportLimits;
  type MLClampOptions = Face.MLClampOptions;
  type MLConcatSupportLimits = Face.MLConcatSupportLimits;
  type MLContextLostInfo = Face.MLContextLostInfo;
  type MLContextOptions = Face.MLContextOptions;
  type MLConv2dFilterOperandLayout = Face.MLConv2dFilterOperandLayout;
  type MLConv2dOptions = Face.MLConv2dOptions;
  type MLConv2dSupportLimits = Face.MLConv2dSupportLimits;
  type MLConvTranspose2dFilterOperandLayout = Face.MLConvTranspose2dFilterOperandLayout;
  type MLConvTranspose2dOptions = Face.MLConvTranspose2dOptions;
  type MLCumulativeSumOptions = Face.MLCumulativeSumOptions;
  type MLDeviceType = Face.MLDeviceType;
  type MLEluOptions = Face.MLEluOptions;
  type MLGatherOptions = Face.MLGatherOptions;
  type MLGatherSupportLimits = Face.MLGatherSupportLimits;
  type MLGemmOptions = Face.MLGemmOptions;
  type MLGemmSupportLimits = Face.MLGemmSupportLimits;
  type MLGruCellOptions = Face.MLGruCellOptions;
  type MLGruCellSupportLimits = Face.MLGruCellSupportLimits;
  type MLGruOptions = Face.MLGruOptions;
  type MLGruSupportLimits = Face.MLGruSupportLimits;
  type MLGruWeightLayout = Face.MLGruWeightLayout;
  type MLHardSigmoidOptions = Face.MLHardSigmoidOptions;
  type MLInputOperandLayout = Face.MLInputOperandLayout;
  type MLInstanceNormalizationOptions = Face.MLInstanceNormalizationOptions;
  type MLInterpolationMode = Face.MLInterpolationMode;
  type MLLayerNormalizationOptions = Face.MLLayerNormalizationOptions;
  type MLLeakyReluOptions = Face.MLLeakyReluOptions;
  type MLLinearOptions = Face.MLLinearOptions;
  type MLLogicalNotSupportLimits = Face.MLLogicalNotSupportLimits;
  type MLLstmCellOptions = Face.MLLstmCellOptions;
  type MLLstmCellSupportLimits = Face.MLLstmCellSupportLimits;
  type MLLstmOptions = Face.MLLstmOptions;
  type MLLstmSupportLimits = Face.MLLstmSupportLimits;
  type MLLstmWeightLayout = Face.MLLstmWeightLayout;
  type MLNamedOperands = Face.MLNamedOperands;
  type MLNamedTensors = Face.MLNamedTensors;
  type MLNormalizationSupportLimits = Face.MLNormalizationSupportLimits;
  type MLNumber = Face.MLNumber;
  type MLOpSupportLimits = Face.MLOpSupportLimits;
  type MLOperandDataType = Face.MLOperandDataType;
  type MLOperandDescriptor = Face.MLOperandDescriptor;
  type MLOperatorOptions = Face.MLOperatorOptions;
  type MLOperatorSupportLimits = Face.MLOperatorSupportLimits;
  type MLPadOptions = Face.MLPadOptions;
  type MLPaddingMode = Face.MLPaddingMode;
  type MLPool2dOptions = Face.MLPool2dOptions;
  type MLPowerPreference = Face.MLPowerPreference;
  type MLPreluSupportLimits = Face.MLPreluSupportLimits;
  type MLQuantizeDequantizeLinearSupportLimits = Face.MLQuantizeDequantizeLinearSupportLimits;
  type MLRankRange = Face.MLRankRange;
  type MLRecurrentNetworkActivation = Face.MLRecurrentNetworkActivation;
  type MLRecurrentNetworkDirection = Face.MLRecurrentNetworkDirection;
  type MLReduceOptions = Face.MLReduceOptions;
  type MLResample2dOptions = Face.MLResample2dOptions;
  type MLReverseOptions = Face.MLReverseOptions;
  type MLRoundingType = Face.MLRoundingType;
  type MLScatterOptions = Face.MLScatterOptions;
  type MLScatterSupportLimits = Face.MLScatterSupportLimits;
  type MLSingleInputSupportLimits = Face.MLSingleInputSupportLimits;
  type MLSliceOptions = Face.MLSliceOptions;
  type MLSplitOptions = Face.MLSplitOptions;
  type MLSplitSupportLimits = Face.MLSplitSupportLimits;
  type MLTensorDescriptor = Face.MLTensorDescriptor;
  type MLTensorLimits = Face.MLTensorLimits;
  type MLTransposeOptions = Face.MLTransposeOptions;
  type MLTriangularOptions = Face.MLTriangularOptions;
  type MLWhereSupportLimits = Face.MLWhereSupportLimits;
}

/** Whose WebNN the page has, once that is known. */
export const ready = install();
