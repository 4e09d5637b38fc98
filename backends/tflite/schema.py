"""The TensorFlow Lite schema, as far as this backend writes it: numbers that every runtime has agreed on.

The runtimes do not all bring the schema along, so what is needed of it stands here as data. Its members never
change their numbers; a test compares them with the schema that LiteRT publishes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from webnpu.types import DataType

VERSION = 3
"""The version of the schema."""
IDENTIFIER = b"TFL3"
"""The four bytes that mark a file, behind its first four."""

TENSOR_TYPES = {
    "float32": 0,
    "float16": 1,
    "int32": 2,
    "uint8": 3,
    "int64": 4,
    "bool": 6,
    "int8": 9,
    "uint64": 12,
    "uint32": 15,
}
"""TensorType, under NumPy's names."""

STORED_AS = {DataType.INT4: "int8", DataType.UINT4: "uint8"}
"""Data types without a tensor type of their own that every kernel knows: one element a byte."""


def tensor_type(data_type: DataType) -> str:
    """The tensor type of an operand at the edge of a model."""
    return STORED_AS.get(data_type, data_type.value)


DEEP_RANK = 7
"""More dimensions than XNNPACK takes: how a step is kept from it."""

ACTIVATIONS = {"none": 0, "relu": 1, "relu6": 3}
"""ActivationFunctionType."""
PADDINGS = {"same": 0, "valid": 1}
"""Padding."""


class Field(NamedTuple):
    """A member of a table: its slot, how it is written, and the value that is left out."""

    slot: int
    kind: str
    default: Any = 0


def _fields(**fields: tuple[int, str] | tuple[int, str, Any]) -> dict[str, Field]:
    return {name: Field(*field) for name, field in fields.items()}


TABLES = {
    "Model": _fields(
        version=(0, "Uint32"),
        operator_codes=(1, "tables"),
        subgraphs=(2, "tables"),
        description=(3, "string"),
        buffers=(4, "tables"),
        metadata=(6, "tables"),
        signature_defs=(7, "tables"),
    ),
    "OperatorCode": _fields(deprecated_builtin_code=(0, "Int8"), version=(2, "Int32", 1), builtin_code=(3, "Int32")),
    "SubGraph": _fields(tensors=(0, "tables"), inputs=(1, "int32s"), outputs=(2, "int32s"), operators=(3, "tables"), name=(4, "string")),
    "Tensor": _fields(shape=(0, "int32s"), type=(1, "Int8"), buffer=(2, "Uint32"), name=(3, "string"), quantization=(4, "table")),
    "QuantizationParameters": _fields(scale=(2, "float32s"), zero_point=(3, "int64s"), quantized_dimension=(6, "Int32")),
    "Operator": _fields(
        opcode_index=(0, "Uint32"),
        inputs=(1, "int32s"),
        outputs=(2, "int32s"),
        builtin_options_type=(3, "Uint8"),
        builtin_options=(4, "table"),
    ),
    "Buffer": _fields(data=(0, "bytes"), offset=(1, "Uint64"), size=(2, "Uint64")),
    "Metadata": _fields(name=(0, "string"), buffer=(1, "Uint32")),
    "SignatureDef": _fields(inputs=(0, "tables"), outputs=(1, "tables"), signature_key=(2, "string"), subgraph_index=(4, "Uint32")),
    "TensorMap": _fields(name=(0, "string"), tensor_index=(1, "Uint32")),
    "AddOptions": _fields(fused_activation_function=(0, "Int8")),
    "ArgMaxOptions": _fields(output_type=(0, "Int8")),
    "ArgMinOptions": _fields(output_type=(0, "Int8")),
    "BatchMatMulOptions": _fields(adj_x=(0, "Bool"), adj_y=(1, "Bool")),
    "CastOptions": _fields(in_data_type=(0, "Int8"), out_data_type=(1, "Int8")),
    "ConcatenationOptions": _fields(axis=(0, "Int32")),
    "Conv2DOptions": _fields(
        padding=(0, "Int8"),
        stride_w=(1, "Int32"),
        stride_h=(2, "Int32"),
        fused_activation_function=(3, "Int8"),
        dilation_w_factor=(4, "Int32", 1),
        dilation_h_factor=(5, "Int32", 1),
    ),
    "CumsumOptions": _fields(exclusive=(0, "Bool"), reverse=(1, "Bool")),
    "DepthwiseConv2DOptions": _fields(
        padding=(0, "Int8"),
        stride_w=(1, "Int32"),
        stride_h=(2, "Int32"),
        depth_multiplier=(3, "Int32"),
        fused_activation_function=(4, "Int8"),
        dilation_w_factor=(5, "Int32", 1),
        dilation_h_factor=(6, "Int32", 1),
    ),
    "DivOptions": _fields(fused_activation_function=(0, "Int8")),
    "FullyConnectedOptions": _fields(fused_activation_function=(0, "Int8"), keep_num_dims=(2, "Bool")),
    "GatherOptions": _fields(axis=(0, "Int32"), batch_dims=(1, "Int32")),
    "LeakyReluOptions": _fields(alpha=(0, "Float32", 0.0)),
    "MirrorPadOptions": _fields(mode=(0, "Int8")),
    "MulOptions": _fields(fused_activation_function=(0, "Int8")),
    "Pool2DOptions": _fields(
        padding=(0, "Int8"),
        stride_w=(1, "Int32"),
        stride_h=(2, "Int32"),
        filter_width=(3, "Int32"),
        filter_height=(4, "Int32"),
        fused_activation_function=(5, "Int8"),
    ),
    "ReducerOptions": _fields(keep_dims=(0, "Bool")),
    "ResizeBilinearOptions": _fields(align_corners=(2, "Bool"), half_pixel_centers=(3, "Bool")),
    "SoftmaxOptions": _fields(beta=(0, "Float32", 0.0)),
    "StridedSliceOptions": _fields(begin_mask=(0, "Int32"), end_mask=(1, "Int32")),
    "SubOptions": _fields(fused_activation_function=(0, "Int8")),
    "TransposeConvOptions": _fields(
        padding=(0, "Int8"), stride_w=(1, "Int32"), stride_h=(2, "Int32"), fused_activation_function=(3, "Int8")
    ),
}
"""The tables that are written, each member with its slot."""

OPTIONS = {
    "Conv2DOptions": 1,
    "DepthwiseConv2DOptions": 2,
    "Pool2DOptions": 5,
    "FullyConnectedOptions": 8,
    "SoftmaxOptions": 9,
    "ConcatenationOptions": 10,
    "AddOptions": 11,
    "ResizeBilinearOptions": 15,
    "MulOptions": 21,
    "GatherOptions": 23,
    "ReducerOptions": 27,
    "SubOptions": 28,
    "DivOptions": 29,
    "StridedSliceOptions": 32,
    "CastOptions": 37,
    "ArgMaxOptions": 40,
    "TransposeConvOptions": 49,
    "ArgMinOptions": 57,
    "LeakyReluOptions": 75,
    "MirrorPadOptions": 77,
    "BatchMatMulOptions": 101,
    "CumsumOptions": 102,
}
"""BuiltinOptions: the number of each table of options."""


class Kind(NamedTuple):
    """An operator of the runtime: its number, the table of its options, and the version that is written."""

    code: int
    options: str = ""
    version: int = 1


KINDS = {
    "ABS": Kind(101),
    "ADD": Kind(0, "AddOptions"),
    "ARG_MAX": Kind(56, "ArgMaxOptions"),
    "ARG_MIN": Kind(79, "ArgMinOptions"),
    "AVERAGE_POOL_2D": Kind(1, "Pool2DOptions"),
    "BATCH_MATMUL": Kind(126, "BatchMatMulOptions"),
    "BITCAST": Kind(159),
    "BITWISE_XOR": Kind(160),
    "BROADCAST_TO": Kind(130, version=2),
    "CAST": Kind(53, "CastOptions"),
    "CEIL": Kind(104),
    "CONCATENATION": Kind(2, "ConcatenationOptions"),
    "CONV_2D": Kind(3, "Conv2DOptions"),
    "COS": Kind(108),
    "CUMSUM": Kind(128, "CumsumOptions"),
    "DEPTHWISE_CONV_2D": Kind(4, "DepthwiseConv2DOptions"),
    "DEQUANTIZE": Kind(6),
    "DIV": Kind(42, "DivOptions"),
    "ELU": Kind(111),
    "EQUAL": Kind(71),
    "EXP": Kind(47),
    "FLOOR": Kind(8),
    "FLOOR_DIV": Kind(90),
    "FLOOR_MOD": Kind(95),
    "FULLY_CONNECTED": Kind(9, "FullyConnectedOptions"),
    "GATHER": Kind(36, "GatherOptions"),
    "GATHER_ND": Kind(107),
    "GREATER": Kind(61),
    "GREATER_EQUAL": Kind(62),
    "HARD_SWISH": Kind(117),
    "LEAKY_RELU": Kind(98, "LeakyReluOptions"),
    "LESS": Kind(58),
    "LESS_EQUAL": Kind(63),
    "LOG": Kind(73),
    "LOGICAL_AND": Kind(86),
    "LOGICAL_NOT": Kind(87),
    "LOGICAL_OR": Kind(84),
    "LOGISTIC": Kind(14),
    "MAXIMUM": Kind(55),
    "MAX_POOL_2D": Kind(17, "Pool2DOptions"),
    "MEAN": Kind(40, "ReducerOptions"),
    "MINIMUM": Kind(57),
    "MIRROR_PAD": Kind(100, "MirrorPadOptions"),
    "MUL": Kind(18, "MulOptions"),
    "NEG": Kind(59),
    "NOT_EQUAL": Kind(72),
    "PAD": Kind(34),
    "PADV2": Kind(60),
    "POW": Kind(78),
    "PRELU": Kind(54),
    "QUANTIZE": Kind(114),
    "REDUCE_MAX": Kind(82, "ReducerOptions"),
    "REDUCE_MIN": Kind(89, "ReducerOptions"),
    "REDUCE_PROD": Kind(81, "ReducerOptions"),
    "RELU": Kind(19),
    "RELU6": Kind(21),
    "RESHAPE": Kind(22),
    "RESIZE_BILINEAR": Kind(23, "ResizeBilinearOptions"),
    "REVERSE_V2": Kind(105),
    "RIGHT_SHIFT": Kind(161),
    "ROUND": Kind(116),
    "RSQRT": Kind(76),
    "UNSORTED_SEGMENT_MAX": Kind(154),
    "SELECT_V2": Kind(123),
    "SIGN": Kind(158),
    "SIN": Kind(66),
    "SLICE": Kind(65),
    "SOFTMAX": Kind(25, "SoftmaxOptions"),
    "SQRT": Kind(75),
    "SQUARE": Kind(92),
    "STRIDED_SLICE": Kind(45, "StridedSliceOptions"),
    "SUB": Kind(41, "SubOptions"),
    "SUM": Kind(74, "ReducerOptions"),
    "TANH": Kind(28),
    "TILE": Kind(69),
    "TRANSPOSE": Kind(39),
    "TRANSPOSE_CONV": Kind(67, "TransposeConvOptions"),
}
"""BuiltinOperator."""
