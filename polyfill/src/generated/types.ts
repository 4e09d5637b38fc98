// Made by `python -m webnpu.generate` from the operators' classes; changes here are lost.

/** The words of every enumeration. */
export const ENUMERATIONS = {
  MLOperandDataType: ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8", "int4", "uint4"],
  MLInputOperandLayout: ["nchw", "nhwc"],
  MLConv2dFilterOperandLayout: ["oihw", "hwio", "ohwi", "ihwo"],
  MLConvTranspose2dFilterOperandLayout: ["iohw", "hwoi", "ohwi"],
  MLRoundingType: ["floor", "ceil"],
  MLGruWeightLayout: ["zrn", "rzn"],
  MLLstmWeightLayout: ["iofg", "ifgo"],
  MLRecurrentNetworkActivation: ["relu", "sigmoid", "tanh"],
  MLRecurrentNetworkDirection: ["forward", "backward", "both"],
  MLPaddingMode: ["constant", "edge", "reflection"],
  MLInterpolationMode: ["nearest-neighbor", "linear"],
} as const;
export type EnumerationName = keyof typeof ENUMERATIONS;

export type MLOperandDataType = (typeof ENUMERATIONS)["MLOperandDataType"][number];
export type MLInputOperandLayout = (typeof ENUMERATIONS)["MLInputOperandLayout"][number];
export type MLConv2dFilterOperandLayout = (typeof ENUMERATIONS)["MLConv2dFilterOperandLayout"][number];
export type MLConvTranspose2dFilterOperandLayout = (typeof ENUMERATIONS)["MLConvTranspose2dFilterOperandLayout"][number];
export type MLRoundingType = (typeof ENUMERATIONS)["MLRoundingType"][number];
export type MLGruWeightLayout = (typeof ENUMERATIONS)["MLGruWeightLayout"][number];
export type MLLstmWeightLayout = (typeof ENUMERATIONS)["MLLstmWeightLayout"][number];
export type MLRecurrentNetworkActivation = (typeof ENUMERATIONS)["MLRecurrentNetworkActivation"][number];
export type MLRecurrentNetworkDirection = (typeof ENUMERATIONS)["MLRecurrentNetworkDirection"][number];
export type MLPaddingMode = (typeof ENUMERATIONS)["MLPaddingMode"][number];
export type MLInterpolationMode = (typeof ENUMERATIONS)["MLInterpolationMode"][number];

/** Data types that WebNN lacks. */
export const EXTENSIONS: readonly MLOperandDataType[] = ["int4", "uint4"];

/** The largest dimension, and the largest number of elements. */
export const MAX_DIMENSION = 2147483647;
/** The most inputs of `concat` and outputs of `split`. */
export const MAX_TENSOR_COUNT = 8192;

/** WebNN's `bigint or unrestricted double`. */
export type MLNumber = number | bigint;

/** A value in a graph under construction. */
export interface MLOperand {
  readonly dataType: MLOperandDataType;
  readonly shape: readonly number[];
}

/** What every operator's options hold. */
export interface MLOperatorOptions {
  /** A name for this use of the operator, which error messages repeat. */
  label?: string;
}

export interface MLRankRange {
  min: number;
  max: number;
}

export interface MLTensorLimits {
  dataTypes: MLOperandDataType[];
  rankRange: MLRankRange;
}

export interface MLBinarySupportLimits {
  a?: MLTensorLimits;
  b?: MLTensorLimits;
  output?: MLTensorLimits;
}

export interface MLLogicalNotSupportLimits {
  a?: MLTensorLimits;
  output?: MLTensorLimits;
}

export interface MLSingleInputSupportLimits {
  input?: MLTensorLimits;
  output?: MLTensorLimits;
}

export interface MLClampOptions extends MLOperatorOptions {
  /** The lower bound, cast to the data type of input; absent, there is none. */
  minValue?: MLNumber;
  /** The upper bound, cast to the data type of input; absent, there is none. */
  maxValue?: MLNumber;
}

export interface MLWhereSupportLimits {
  condition?: MLTensorLimits;
  trueValue?: MLTensorLimits;
  falseValue?: MLTensorLimits;
  output?: MLTensorLimits;
}

export interface MLEluOptions extends MLOperatorOptions {
  /** The factor below zero. Default: `1.0`. */
  alpha?: number;
}

export interface MLHardSigmoidOptions extends MLOperatorOptions {
  /** The slope. Default: `0.2`. */
  alpha?: number;
  /** The value at zero. Default: `0.5`. */
  beta?: number;
}

export interface MLLeakyReluOptions extends MLOperatorOptions {
  /** The slope below zero. Default: `0.01`. */
  alpha?: number;
}

export interface MLLinearOptions extends MLOperatorOptions {
  /** The slope. Default: `1.0`. */
  alpha?: number;
  /** The value at zero. Default: `0.0`. */
  beta?: number;
}

export interface MLPreluSupportLimits {
  input?: MLTensorLimits;
  slope?: MLTensorLimits;
  output?: MLTensorLimits;
}

export interface MLConv2dOptions extends MLOperatorOptions {
  /** Rows and columns of zeros around the images: top, bottom, left, right. Default: `[0, 0, 0, 0]`. */
  padding?: readonly number[];
  /** How far the window moves: down, right. Default: `[1, 1]`. */
  strides?: readonly number[];
  /** How far the elements of the window are apart: down, right. Default: `[1, 1]`. */
  dilations?: readonly number[];
  /** How many groups the channels are divided into, each convolved by itself. Default: `1`. */
  groups?: number;
  /** The order of the dimensions of input and output. Default: `"nchw"`. */
  inputLayout?: MLInputOperandLayout;
  /** One number for each output channel, added to it. */
  bias?: MLOperand;
  /** The order of the dimensions of filter. Default: `"oihw"`. */
  filterLayout?: MLConv2dFilterOperandLayout;
}

export interface MLConv2dSupportLimits {
  input?: MLTensorLimits;
  filter?: MLTensorLimits;
  bias?: MLTensorLimits;
  output?: MLTensorLimits;
}

export interface MLConvTranspose2dOptions extends MLOperatorOptions {
  /** Rows and columns of zeros around the images: top, bottom, left, right. Default: `[0, 0, 0, 0]`. */
  padding?: readonly number[];
  /** How far the window moves: down, right. Default: `[1, 1]`. */
  strides?: readonly number[];
  /** How far the elements of the window are apart: down, right. Default: `[1, 1]`. */
  dilations?: readonly number[];
  /** How many groups the channels are divided into, each convolved by itself. Default: `1`. */
  groups?: number;
  /** The order of the dimensions of input and output. Default: `"nchw"`. */
  inputLayout?: MLInputOperandLayout;
  /** One number for each output channel, added to it. */
  bias?: MLOperand;
  /** Rows and columns added to the output's size, at the bottom and at the right. Default: `[0, 0]`. */
  outputPadding?: readonly number[];
  /** The height and width of the output, in place of outputPadding. */
  outputSizes?: readonly number[];
  /** The order of the dimensions of filter. Default: `"iohw"`. */
  filterLayout?: MLConvTranspose2dFilterOperandLayout;
}

export interface MLPool2dOptions extends MLOperatorOptions {
  /** The height and width of the window; by default those of the images. */
  windowDimensions?: readonly number[];
  /** Rows and columns around the images that no window counts: top, bottom, left, right. Default: `[0, 0, 0, 0]`. */
  padding?: readonly number[];
  /** How far the window moves: down, right. Default: `[1, 1]`. */
  strides?: readonly number[];
  /** How far the elements of the window are apart: down, right. Default: `[1, 1]`. */
  dilations?: readonly number[];
  /** The order of the dimensions of input and output. Default: `"nchw"`. */
  layout?: MLInputOperandLayout;
  /** How the output's size is rounded where windows do not fill the input. Default: `"floor"`. */
  outputShapeRounding?: MLRoundingType;
  /** The height and width of the output; outputShapeRounding is then ignored. */
  outputSizes?: readonly number[];
}

export interface MLArgMinMaxOptions extends MLOperatorOptions {
  /** Whether that dimension stays, with size 1. Default: `false`. */
  keepDimensions?: boolean;
  /** The data type of the positions: int32 or int64. Default: `"int32"`. */
  outputDataType?: MLOperandDataType;
}

export interface MLCumulativeSumOptions extends MLOperatorOptions {
  /** Whether a sum leaves out the element at its own place. Default: `false`. */
  exclusive?: boolean;
  /** Whether the sum runs from the end. Default: `false`. */
  reversed?: boolean;
}

export interface MLReduceOptions extends MLOperatorOptions {
  /** The dimensions to reduce; by default all. None of them reduces nothing, but the function is still applied. */
  axes?: readonly number[];
  /** Whether the reduced dimensions stay, with size 1. Default: `false`. */
  keepDimensions?: boolean;
}

export interface MLBatchNormalizationOptions extends MLOperatorOptions {
  /** What the normalised elements are multiplied by; by default 1. */
  scale?: MLOperand;
  /** What is then added; by default 0. */
  bias?: MLOperand;
  /** What is added to the variance, so that nothing is divided by zero; cast to the data type of input. Default: `1e-05`. */
  epsilon?: number;
  /** The dimension of the channels. Default: `1`. */
  axis?: number;
}

export interface MLBatchNormalizationSupportLimits {
  input?: MLTensorLimits;
  mean?: MLTensorLimits;
  variance?: MLTensorLimits;
  scale?: MLTensorLimits;
  bias?: MLTensorLimits;
  output?: MLTensorLimits;
}

export interface MLInstanceNormalizationOptions extends MLOperatorOptions {
  /** What the normalised elements are multiplied by; by default 1. */
  scale?: MLOperand;
  /** What is then added; by default 0. */
  bias?: MLOperand;
  /** What is added to the variance, so that nothing is divided by zero; cast to the data type of input. Default: `1e-05`. */
  epsilon?: number;
  /** The order of the dimensions of input. Default: `"nchw"`. */
  layout?: MLInputOperandLayout;
}

export interface MLNormalizationSupportLimits {
  input?: MLTensorLimits;
  scale?: MLTensorLimits;
  bias?: MLTensorLimits;
  output?: MLTensorLimits;
}

export interface MLLayerNormalizationOptions extends MLOperatorOptions {
  /** What the normalised elements are multiplied by: the input's dimensions at axes, in the order of axes. */
  scale?: MLOperand;
  /** What is then added: the input's dimensions at axes, in the order of axes. */
  bias?: MLOperand;
  /** What is added to the variance, so that nothing is divided by zero; cast to the data type of input. Default: `1e-05`. */
  epsilon?: number;
  /** The dimensions that are normalised together; by default all but the first. */
  axes?: readonly number[];
}

export interface MLGemmOptions extends MLOperatorOptions {
  /** What is added; broadcast to [M, N]. */
  c?: MLOperand;
  /** The factor of the product. Default: `1.0`. */
  alpha?: number;
  /** The factor of c. Default: `1.0`. */
  beta?: number;
  /** Whether a is transposed first. Default: `false`. */
  aTranspose?: boolean;
  /** Whether b is transposed first. Default: `false`. */
  bTranspose?: boolean;
}

export interface MLGemmSupportLimits {
  a?: MLTensorLimits;
  b?: MLTensorLimits;
  c?: MLTensorLimits;
  output?: MLTensorLimits;
}

export interface MLTriangularOptions extends MLOperatorOptions {
  /** Whether the upper triangle is kept, or the lower. Default: `true`. */
  upper?: boolean;
  /** Which diagonal bounds the triangle: 0 the main one, above 0 to the right of it, below 0 to the left. It is kept. Default: `0`. */
  diagonal?: number;
}

export interface MLGruOptions extends MLOperatorOptions {
  /** The bias of the input, [directions, gates * hiddenSize]; by default 0. */
  bias?: MLOperand;
  /** The bias of the hidden state, [directions, gates * hiddenSize]; by default 0. */
  recurrentBias?: MLOperand;
  /** The hidden state before the first step, [directions, batch, hiddenSize]; by default 0. */
  initialHiddenState?: MLOperand;
  /** Whether the hidden state after every step is an output too. Default: `false`. */
  returnSequence?: boolean;
  /** The direction in which the sequence is walked through. Default: `"forward"`. */
  direction?: MLRecurrentNetworkDirection;
  /** Whether the reset gate is applied after the product with the recurrent weights. Default: `true`. */
  resetAfter?: boolean;
  /** The order of the gates. Default: `"zrn"`. */
  layout?: MLGruWeightLayout;
  /** The functions of the update and reset gates, and of the new gate; by default sigmoid and tanh. */
  activations?: readonly MLRecurrentNetworkActivation[];
}

export interface MLGruSupportLimits {
  input?: MLTensorLimits;
  weight?: MLTensorLimits;
  recurrentWeight?: MLTensorLimits;
  bias?: MLTensorLimits;
  recurrentBias?: MLTensorLimits;
  initialHiddenState?: MLTensorLimits;
  output0?: MLTensorLimits;
  output1?: MLTensorLimits;
}

export interface MLGruCellOptions extends MLOperatorOptions {
  /** The bias of the input, [gates * hiddenSize]; by default 0. */
  bias?: MLOperand;
  /** The bias of the hidden state, [gates * hiddenSize]; by default 0. */
  recurrentBias?: MLOperand;
  /** Whether the reset gate is applied after the product with the recurrent weights. Default: `true`. */
  resetAfter?: boolean;
  /** The order of the gates. Default: `"zrn"`. */
  layout?: MLGruWeightLayout;
  /** The functions of the update and reset gates, and of the new gate; by default sigmoid and tanh. */
  activations?: readonly MLRecurrentNetworkActivation[];
}

export interface MLGruCellSupportLimits {
  input?: MLTensorLimits;
  weight?: MLTensorLimits;
  recurrentWeight?: MLTensorLimits;
  hiddenState?: MLTensorLimits;
  bias?: MLTensorLimits;
  recurrentBias?: MLTensorLimits;
  output?: MLTensorLimits;
}

export interface MLLstmOptions extends MLOperatorOptions {
  /** The bias of the input, [directions, gates * hiddenSize]; by default 0. */
  bias?: MLOperand;
  /** The bias of the hidden state, [directions, gates * hiddenSize]; by default 0. */
  recurrentBias?: MLOperand;
  /** The hidden state before the first step, [directions, batch, hiddenSize]; by default 0. */
  initialHiddenState?: MLOperand;
  /** Whether the hidden state after every step is an output too. Default: `false`. */
  returnSequence?: boolean;
  /** The direction in which the sequence is walked through. Default: `"forward"`. */
  direction?: MLRecurrentNetworkDirection;
  /** The weights of the cell state in the gates i, o, f, [directions, 3 * hiddenSize]; by default 0. */
  peepholeWeight?: MLOperand;
  /** The cell state before the first step, [directions, batch, hiddenSize]; by default 0. */
  initialCellState?: MLOperand;
  /** The order of the gates. Default: `"iofg"`. */
  layout?: MLLstmWeightLayout;
  /** The functions of the gates i, o, f, of the gate g, and of the cell state; by default sigmoid, tanh, tanh. */
  activations?: readonly MLRecurrentNetworkActivation[];
}

export interface MLLstmSupportLimits {
  input?: MLTensorLimits;
  weight?: MLTensorLimits;
  recurrentWeight?: MLTensorLimits;
  bias?: MLTensorLimits;
  recurrentBias?: MLTensorLimits;
  initialHiddenState?: MLTensorLimits;
  peepholeWeight?: MLTensorLimits;
  initialCellState?: MLTensorLimits;
  output0?: MLTensorLimits;
  output1?: MLTensorLimits;
  output2?: MLTensorLimits;
}

export interface MLLstmCellOptions extends MLOperatorOptions {
  /** The bias of the input, [gates * hiddenSize]; by default 0. */
  bias?: MLOperand;
  /** The bias of the hidden state, [gates * hiddenSize]; by default 0. */
  recurrentBias?: MLOperand;
  /** The weights of the cell state in the gates i, o, f, [3 * hiddenSize]; by default 0. */
  peepholeWeight?: MLOperand;
  /** The order of the gates. Default: `"iofg"`. */
  layout?: MLLstmWeightLayout;
  /** The functions of the gates i, o, f, of the gate g, and of the cell state; by default sigmoid, tanh, tanh. */
  activations?: readonly MLRecurrentNetworkActivation[];
}

export interface MLLstmCellSupportLimits {
  input?: MLTensorLimits;
  weight?: MLTensorLimits;
  recurrentWeight?: MLTensorLimits;
  hiddenState?: MLTensorLimits;
  cellState?: MLTensorLimits;
  bias?: MLTensorLimits;
  recurrentBias?: MLTensorLimits;
  peepholeWeight?: MLTensorLimits;
  output0?: MLTensorLimits;
  output1?: MLTensorLimits;
}

export interface MLConcatSupportLimits {
  inputs?: MLTensorLimits;
  output?: MLTensorLimits;
}

export interface MLPadOptions extends MLOperatorOptions {
  /** What is added. Default: `"constant"`. */
  mode?: MLPaddingMode;
  /** The value in mode constant, cast to the data type of input. Default: `0`. */
  value?: MLNumber;
}

export interface MLReverseOptions extends MLOperatorOptions {
  /** The dimensions to turn round; by default all. */
  axes?: readonly number[];
}

export interface MLSliceOptions extends MLOperatorOptions {
  /** How far its elements are apart in each dimension; by default 1. */
  strides?: readonly number[];
}

export interface MLSplitOptions extends MLOperatorOptions {
  /** The dimension that is cut. Default: `0`. */
  axis?: number;
}

export interface MLSplitSupportLimits {
  input?: MLTensorLimits;
  outputs?: MLTensorLimits;
}

export interface MLTransposeOptions extends MLOperatorOptions {
  /** Which dimension of input each dimension of the output is; by default they are reversed. */
  permutation?: readonly number[];
}

export interface MLGatherOptions extends MLOperatorOptions {
  /** The dimension that the indices point into. Default: `0`. */
  axis?: number;
}

export interface MLGatherSupportLimits {
  input?: MLTensorLimits;
  indices?: MLTensorLimits;
  output?: MLTensorLimits;
}

export interface MLScatterOptions extends MLOperatorOptions {
  /** The dimension that the indices point into. Default: `0`. */
  axis?: number;
}

export interface MLScatterSupportLimits {
  input?: MLTensorLimits;
  indices?: MLTensorLimits;
  updates?: MLTensorLimits;
  output?: MLTensorLimits;
}

export interface MLQuantizeDequantizeLinearSupportLimits {
  input?: MLTensorLimits;
  scale?: MLTensorLimits;
  zeroPoint?: MLTensorLimits;
  output?: MLTensorLimits;
}

export interface MLResample2dOptions extends MLOperatorOptions {
  /** How an element between those of the input is found. Default: `"nearest-neighbor"`. */
  mode?: MLInterpolationMode;
  /** The output's sizes as multiples of the input's; ignored where sizes is given. Default: `[1.0, 1.0]`. */
  scales?: readonly number[];
  /** The output's sizes along axes. */
  sizes?: readonly number[];
  /** The two dimensions that are resampled. Default: `[2, 3]`. */
  axes?: readonly number[];
}

/** The limits of each operator, as `opSupportLimits()` states them. */
export interface MLOperatorSupportLimits {
  add?: MLBinarySupportLimits;
  sub?: MLBinarySupportLimits;
  mul?: MLBinarySupportLimits;
  div?: MLBinarySupportLimits;
  max?: MLBinarySupportLimits;
  min?: MLBinarySupportLimits;
  pow?: MLBinarySupportLimits;
  equal?: MLBinarySupportLimits;
  notEqual?: MLBinarySupportLimits;
  greater?: MLBinarySupportLimits;
  greaterOrEqual?: MLBinarySupportLimits;
  lesser?: MLBinarySupportLimits;
  lesserOrEqual?: MLBinarySupportLimits;
  logicalNot?: MLLogicalNotSupportLimits;
  logicalAnd?: MLBinarySupportLimits;
  logicalOr?: MLBinarySupportLimits;
  logicalXor?: MLBinarySupportLimits;
  isNaN?: MLLogicalNotSupportLimits;
  isInfinite?: MLLogicalNotSupportLimits;
  abs?: MLSingleInputSupportLimits;
  ceil?: MLSingleInputSupportLimits;
  cos?: MLSingleInputSupportLimits;
  erf?: MLSingleInputSupportLimits;
  exp?: MLSingleInputSupportLimits;
  floor?: MLSingleInputSupportLimits;
  identity?: MLSingleInputSupportLimits;
  log?: MLSingleInputSupportLimits;
  neg?: MLSingleInputSupportLimits;
  reciprocal?: MLSingleInputSupportLimits;
  roundEven?: MLSingleInputSupportLimits;
  sin?: MLSingleInputSupportLimits;
  sign?: MLSingleInputSupportLimits;
  sqrt?: MLSingleInputSupportLimits;
  tan?: MLSingleInputSupportLimits;
  cast?: MLSingleInputSupportLimits;
  clamp?: MLSingleInputSupportLimits;
  where?: MLWhereSupportLimits;
  elu?: MLSingleInputSupportLimits;
  gelu?: MLSingleInputSupportLimits;
  hardSigmoid?: MLSingleInputSupportLimits;
  hardSwish?: MLSingleInputSupportLimits;
  leakyRelu?: MLSingleInputSupportLimits;
  linear?: MLSingleInputSupportLimits;
  prelu?: MLPreluSupportLimits;
  relu?: MLSingleInputSupportLimits;
  sigmoid?: MLSingleInputSupportLimits;
  softmax?: MLSingleInputSupportLimits;
  softplus?: MLSingleInputSupportLimits;
  softsign?: MLSingleInputSupportLimits;
  tanh?: MLSingleInputSupportLimits;
  conv2d?: MLConv2dSupportLimits;
  convTranspose2d?: MLConv2dSupportLimits;
  averagePool2d?: MLSingleInputSupportLimits;
  l2Pool2d?: MLSingleInputSupportLimits;
  maxPool2d?: MLSingleInputSupportLimits;
  argMin?: MLSingleInputSupportLimits;
  argMax?: MLSingleInputSupportLimits;
  cumulativeSum?: MLSingleInputSupportLimits;
  reduceL1?: MLSingleInputSupportLimits;
  reduceL2?: MLSingleInputSupportLimits;
  reduceLogSum?: MLSingleInputSupportLimits;
  reduceLogSumExp?: MLSingleInputSupportLimits;
  reduceMax?: MLSingleInputSupportLimits;
  reduceMean?: MLSingleInputSupportLimits;
  reduceMin?: MLSingleInputSupportLimits;
  reduceProduct?: MLSingleInputSupportLimits;
  reduceSum?: MLSingleInputSupportLimits;
  reduceSumSquare?: MLSingleInputSupportLimits;
  batchNormalization?: MLBatchNormalizationSupportLimits;
  instanceNormalization?: MLNormalizationSupportLimits;
  layerNormalization?: MLNormalizationSupportLimits;
  gemm?: MLGemmSupportLimits;
  matmul?: MLBinarySupportLimits;
  triangular?: MLSingleInputSupportLimits;
  gru?: MLGruSupportLimits;
  gruCell?: MLGruCellSupportLimits;
  lstm?: MLLstmSupportLimits;
  lstmCell?: MLLstmCellSupportLimits;
  concat?: MLConcatSupportLimits;
  expand?: MLSingleInputSupportLimits;
  pad?: MLSingleInputSupportLimits;
  reshape?: MLSingleInputSupportLimits;
  reverse?: MLSingleInputSupportLimits;
  slice?: MLSingleInputSupportLimits;
  split?: MLSplitSupportLimits;
  tile?: MLSingleInputSupportLimits;
  transpose?: MLSingleInputSupportLimits;
  gather?: MLGatherSupportLimits;
  gatherElements?: MLGatherSupportLimits;
  gatherND?: MLGatherSupportLimits;
  scatterElements?: MLScatterSupportLimits;
  scatterND?: MLScatterSupportLimits;
  dequantizeLinear?: MLQuantizeDequantizeLinearSupportLimits;
  quantizeLinear?: MLQuantizeDequantizeLinearSupportLimits;
  resample2d?: MLSingleInputSupportLimits;
}

/** The methods of `MLGraphBuilder` that add operators. */
export interface MLOperatorMethods {
  /** The sum of two tensors, broadcast: `a + b`. Integers wrap modulo their range. */
  add(a: MLOperand, b: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** The difference of two tensors, broadcast: `a - b`. Integers wrap modulo their range. */
  sub(a: MLOperand, b: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** The product of two tensors, broadcast: `a * b`. Integers wrap modulo their range. */
  mul(a: MLOperand, b: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** The quotient of two tensors, broadcast: `a / b`. Integers truncate toward zero. */
  div(a: MLOperand, b: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** The greater of two tensors, element by element, broadcast: `max(a, b)`. */
  max(a: MLOperand, b: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** The lesser of two tensors, element by element, broadcast: `min(a, b)`. */
  min(a: MLOperand, b: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** A tensor raised to the power of another, broadcast: `a ** b`. */
  pow(a: MLOperand, b: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** Whether two tensors are equal, element by element: `a == b`, as 1 or 0. */
  equal(a: MLOperand, b: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** Whether two tensors differ, element by element: `a != b`, as 1 or 0. */
  notEqual(a: MLOperand, b: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** Whether a is greater than b, element by element: `a > b`, as 1 or 0. */
  greater(a: MLOperand, b: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** Whether a is greater than or equal to b, element by element: `a >= b`, as 1 or 0. */
  greaterOrEqual(a: MLOperand, b: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** Whether a is less than b, element by element: `a < b`, as 1 or 0. */
  lesser(a: MLOperand, b: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** Whether a is less than or equal to b, element by element: `a <= b`, as 1 or 0. */
  lesserOrEqual(a: MLOperand, b: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** Whether an element is zero: `not a`, as 1 or 0. */
  logicalNot(a: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** Whether both elements are true: `a and b`, as 1 or 0. */
  logicalAnd(a: MLOperand, b: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** Whether any of the elements is true: `a or b`, as 1 or 0. */
  logicalOr(a: MLOperand, b: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** Whether exactly one of the elements is true: `a xor b`, as 1 or 0. */
  logicalXor(a: MLOperand, b: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** Whether an element is not a number: `isnan(a)`, as 1 or 0. */
  isNaN(a: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** Whether an element is positive or negative infinity: `isinf(a)`, as 1 or 0. */
  isInfinite(a: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** The absolute value: `|x|`. The least integer of a type is its own absolute value. */
  abs(input: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** The least integer that is not below the element: `ceil(x)`. */
  ceil(input: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** The cosine, of radians: `cos(x)`. */
  cos(input: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** The Gauss error function: `2/sqrt(pi) * integral from 0 to x of exp(-t**2)`. */
  erf(input: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** The exponential: `e ** x`. */
  exp(input: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** The greatest integer that is not above the element: `floor(x)`. */
  floor(input: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** The element itself: `x`. */
  identity(input: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** The natural logarithm: `log(x)`; NaN below zero. */
  log(input: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** The element with its sign changed: `-x`. The least integer of a type is its own negative. */
  neg(input: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** The multiplicative inverse: `1 / x`. */
  reciprocal(input: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** The nearest integer, ties to the even one: `round(x)`. */
  roundEven(input: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** The sine, of radians: `sin(x)`. */
  sin(input: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** -1 below zero, 1 above it, else the element itself: `sign(x)`. */
  sign(input: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** The square root: `sqrt(x)`; NaN below zero. */
  sqrt(input: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** The tangent, of radians: `tan(x)`. */
  tan(input: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** The same values in another data type. */
  cast(input: MLOperand, dataType: MLOperandDataType, options?: MLOperatorOptions): MLOperand;
  /** The element, or the nearest bound where it lies outside: `min(max(x, minValue), maxValue)`. NaN stays NaN. */
  clamp(input: MLOperand, options?: MLClampOptions): MLOperand;
  /** One of two values by a condition, broadcast: `trueValue if condition else falseValue`. */
  where(condition: MLOperand, trueValue: MLOperand, falseValue: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** The exponential linear unit: `max(0, x) + alpha * (exp(min(0, x)) - 1)`. */
  elu(input: MLOperand, options?: MLEluOptions): MLOperand;
  /** The Gaussian error linear unit: `0.5 * x * (1 + erf(x / sqrt(2)))`. */
  gelu(input: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** A sigmoid of straight lines: `max(0, min(1, alpha * x + beta))`. */
  hardSigmoid(input: MLOperand, options?: MLHardSigmoidOptions): MLOperand;
  /** A swish of straight lines: `x * max(0, min(6, x + 3)) / 6`. */
  hardSwish(input: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** A rectifier that leaks: `max(0, x) + alpha * min(0, x)`. */
  leakyRelu(input: MLOperand, options?: MLLeakyReluOptions): MLOperand;
  /** A straight line: `alpha * x + beta`. */
  linear(input: MLOperand, options?: MLLinearOptions): MLOperand;
  /** A rectifier with a slope of each element's own, broadcast: `max(0, x) + slope * min(0, x)`. */
  prelu(input: MLOperand, slope: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** The rectified linear unit: `max(0, x)`. */
  relu(input: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** The logistic function: `1 / (1 + exp(-x))`. */
  sigmoid(input: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** Exponentials along one axis, scaled to sum to one: `exp(x - max(x)) / sum(exp(x - max(x)))`. */
  softmax(input: MLOperand, axis: number, options?: MLOperatorOptions): MLOperand;
  /** A smooth rectifier: `log(1 + exp(x))`. */
  softplus(input: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** A smooth sign: `x / (1 + |x|)`. */
  softsign(input: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** The hyperbolic tangent: `(exp(2x) - 1) / (exp(2x) + 1)`. */
  tanh(input: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** The cross-correlation of images with filters, the filter unturned, plus bias. */
  conv2d(input: MLOperand, filter: MLOperand, options?: MLConv2dOptions): MLOperand;
  /** The transpose of `conv2d`: every input element spreads the filter over the output, plus bias. */
  convTranspose2d(input: MLOperand, filter: MLOperand, options?: MLConvTranspose2dOptions): MLOperand;
  /** The mean of the elements under each window; padding is not counted. */
  averagePool2d(input: MLOperand, options?: MLPool2dOptions): MLOperand;
  /** The Euclidean norm of the elements under each window: `sqrt(sum(x**2))`. */
  l2Pool2d(input: MLOperand, options?: MLPool2dOptions): MLOperand;
  /** The greatest of the elements under each window; padding never wins. */
  maxPool2d(input: MLOperand, options?: MLPool2dOptions): MLOperand;
  /** The position of the least element along an axis. Of equal ones, this specification takes the first. */
  argMin(input: MLOperand, axis: number, options?: MLArgMinMaxOptions): MLOperand;
  /** The position of the greatest element along an axis. Of equal ones, this specification takes the first. */
  argMax(input: MLOperand, axis: number, options?: MLArgMinMaxOptions): MLOperand;
  /** The running sum along an axis: `output[i] = sum(input[0..i])`. */
  cumulativeSum(input: MLOperand, axis: number, options?: MLCumulativeSumOptions): MLOperand;
  /** The sum of absolute values: `sum(|x|)`. Integers wrap modulo their range. */
  reduceL1(input: MLOperand, options?: MLReduceOptions): MLOperand;
  /** The Euclidean norm: `sqrt(sum(x**2))`. */
  reduceL2(input: MLOperand, options?: MLReduceOptions): MLOperand;
  /** The logarithm of the sum: `log(sum(x))`. */
  reduceLogSum(input: MLOperand, options?: MLReduceOptions): MLOperand;
  /** The logarithm of the sum of exponentials: `log(sum(exp(x)))`. */
  reduceLogSumExp(input: MLOperand, options?: MLReduceOptions): MLOperand;
  /** The greatest element: `max(x)`. */
  reduceMax(input: MLOperand, options?: MLReduceOptions): MLOperand;
  /** The mean: `sum(x) / n`. */
  reduceMean(input: MLOperand, options?: MLReduceOptions): MLOperand;
  /** The least element: `min(x)`. */
  reduceMin(input: MLOperand, options?: MLReduceOptions): MLOperand;
  /** The product: `prod(x)`. Integers wrap modulo their range. */
  reduceProduct(input: MLOperand, options?: MLReduceOptions): MLOperand;
  /** The sum: `sum(x)`. Integers wrap modulo their range. */
  reduceSum(input: MLOperand, options?: MLReduceOptions): MLOperand;
  /** The sum of squares: `sum(x**2)`. Integers wrap modulo their range. */
  reduceSumSquare(input: MLOperand, options?: MLReduceOptions): MLOperand;
  /** Normalisation of each channel by a given mean and variance: `(x - mean) / sqrt(variance + epsilon) * scale + bias`. */
  batchNormalization(input: MLOperand, mean: MLOperand, variance: MLOperand, options?: MLBatchNormalizationOptions): MLOperand;
  /** Normalisation of each channel of each image by its own mean and variance over height and width. */
  instanceNormalization(input: MLOperand, options?: MLInstanceNormalizationOptions): MLOperand;
  /** Normalisation by the mean and variance over some axes, by default all but the first. */
  layerNormalization(input: MLOperand, options?: MLLayerNormalizationOptions): MLOperand;
  /** The general product of two matrices: `alpha * A * B + beta * C`, with A and B transposed where asked. */
  gemm(a: MLOperand, b: MLOperand, options?: MLGemmOptions): MLOperand;
  /** The product of matrices, batch by batch: `output[..., m, n] = sum over k of a[..., m, k] * b[..., k, n]`. */
  matmul(a: MLOperand, b: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** The upper or lower triangle of matrices, zero elsewhere. */
  triangular(input: MLOperand, options?: MLTriangularOptions): MLOperand;
  /** A gated recurrent unit over a sequence: `gruCell` step by step. */
  gru(input: MLOperand, weight: MLOperand, recurrentWeight: MLOperand, steps: number, hiddenSize: number, options?: MLGruOptions): MLOperand[];
  /** One step of a gated recurrent unit. */
  gruCell(input: MLOperand, weight: MLOperand, recurrentWeight: MLOperand, hiddenState: MLOperand, hiddenSize: number, options?: MLGruCellOptions): MLOperand;
  /** A long short-term memory over a sequence: `lstmCell` step by step. */
  lstm(input: MLOperand, weight: MLOperand, recurrentWeight: MLOperand, steps: number, hiddenSize: number, options?: MLLstmOptions): MLOperand[];
  /** One step of a long short-term memory. */
  lstmCell(input: MLOperand, weight: MLOperand, recurrentWeight: MLOperand, hiddenState: MLOperand, cellState: MLOperand, hiddenSize: number, options?: MLLstmCellOptions): MLOperand[];
  /** Tensors joined along an axis. */
  concat(inputs: readonly MLOperand[], axis: number, options?: MLOperatorOptions): MLOperand;
  /** A tensor repeated along its dimensions of size 1, to a new shape. */
  expand(input: MLOperand, newShape: readonly number[], options?: MLOperatorOptions): MLOperand;
  /** A tensor with elements added around it. */
  pad(input: MLOperand, beginningPadding: readonly number[], endingPadding: readonly number[], options?: MLPadOptions): MLOperand;
  /** The same elements, in the same order, in another shape. */
  reshape(input: MLOperand, newShape: readonly number[], options?: MLOperatorOptions): MLOperand;
  /** The elements in the opposite order along some axes. */
  reverse(input: MLOperand, options?: MLReverseOptions): MLOperand;
  /** A part of a tensor: from `starts`, `sizes` long, every `strides`-th element. */
  slice(input: MLOperand, starts: readonly number[], sizes: readonly number[], options?: MLSliceOptions): MLOperand;
  /** A tensor cut into parts along an axis: so many equal ones, or ones of the sizes given. */
  split(input: MLOperand, splits: number | readonly number[], options?: MLSplitOptions): MLOperand[];
  /** A tensor repeated as a whole, so many times along each dimension. */
  tile(input: MLOperand, repetitions: readonly number[], options?: MLOperatorOptions): MLOperand;
  /** A tensor with its dimensions in another order: `output.shape[i] = input.shape[permutation[i]]`. */
  transpose(input: MLOperand, options?: MLTransposeOptions): MLOperand;
  /** Whole slices along an axis: `output[..., i..., ...] = input[..., indices[i...], ...]`. */
  gather(input: MLOperand, indices: MLOperand, options?: MLGatherOptions): MLOperand;
  /** Single elements along an axis: `output[i, j, k] = input[i, indices[i, j, k], k]` where axis is 1. */
  gatherElements(input: MLOperand, indices: MLOperand, options?: MLGatherOptions): MLOperand;
  /** Slices at coordinates: `output[i..., ...] = input[indices[i..., :], ...]`. */
  gatherND(input: MLOperand, indices: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** The input with single elements replaced along an axis: `output[i, indices[i, j, k], k] = updates[i, j, k]` where axis is 1. */
  scatterElements(input: MLOperand, indices: MLOperand, updates: MLOperand, options?: MLScatterOptions): MLOperand;
  /** The input with slices replaced at coordinates: `output[indices[i..., :], ...] = updates[i..., ...]`. */
  scatterND(input: MLOperand, indices: MLOperand, updates: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** Integers as real numbers: `(input - zeroPoint) * scale`. */
  dequantizeLinear(input: MLOperand, scale: MLOperand, zeroPoint: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** Real numbers as integers: `clamp(roundEven(input / scale) + zeroPoint)`, clamped to the range of the output. */
  quantizeLinear(input: MLOperand, scale: MLOperand, zeroPoint: MLOperand, options?: MLOperatorOptions): MLOperand;
  /** A tensor sampled anew along two axes. */
  resample2d(input: MLOperand, options?: MLResample2dOptions): MLOperand;
}
