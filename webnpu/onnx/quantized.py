"""ONNX Runtime's operators on quantised tensors: real numbers, or sums of integers, in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..operator import MLOperand
from ..types import DataType
from .activation import softmax_along
from .attention import attention_of
from .linear_algebra import centred, integer_matmul
from .pooling import average_pool
from .quantization import dequantized, dynamically_quantized, q_linear_conv, quantized, zeros
from .registry import MICROSOFT, Import, Node, imports
from .values import Value

Compute = Callable[[Node, list[MLOperand]], MLOperand]


def _through_reals(operands: int, compute: Compute) -> Import:
    """Operands each with scale and zero point, then those of the result."""

    def call(node: Node) -> MLOperand:
        reals = [dequantized(node, node.x(3 * i), node.x(3 * i + 1), node.optional(3 * i + 2)) for i in range(operands)]
        y = compute(node, reals)
        at = 3 * operands
        zero = node.optional(at + 1)
        if zero is None:
            zero = zeros(node, node.x(0).data_type, ())
        return quantized(node, y, node.x(at), zero)

    return call


def _average(node: Node, x: list[MLOperand]) -> MLOperand:
    if node.attribute("channels_last", 0):
        node.refuse("its channels stand last")
    return node.b.average_pool2d(x[0])


imports("QLinearAdd", domain=MICROSOFT)(_through_reals(2, lambda node, x: node.b.add(x[0], x[1])))
imports("QLinearMul", domain=MICROSOFT)(_through_reals(2, lambda node, x: node.b.mul(x[0], x[1])))
imports("QLinearSigmoid", domain=MICROSOFT)(_through_reals(1, lambda node, x: node.b.sigmoid(x[0])))
imports("QLinearLeakyRelu", domain=MICROSOFT)(
    _through_reals(1, lambda node, x: node.b.leaky_relu(x[0], alpha=float(node.attribute("alpha", 0.01))))
)
imports("QLinearGlobalAveragePool", domain=MICROSOFT)(_through_reals(1, _average))


@imports("QLinearConcat", domain=MICROSOFT)
def q_linear_concat(node: Node) -> MLOperand:
    reals = [dequantized(node, node.x(i), node.x(i + 1), node.optional(i + 2)) for i in range(2, len(node), 3)]
    y = node.b.concat(reals, node.axis(reals[0].rank, 0))
    return quantized(node, y, node.x(0), node.x(1))


def _of_node(node: Node, x: MLOperand, compute: Callable[[Node], Any]) -> MLOperand:
    """An importer of one input, run on another operand than the node's own."""
    inner = Node(node.importer, node.proto, [Value(operand=x)], node.opset)
    return compute(inner)  # type: ignore[no-any-return]


def _average_of_windows(node: Node, x: list[MLOperand]) -> MLOperand:
    if node.attribute("channels_last", 0):
        node.refuse("its channels stand last")
    return _of_node(node, x[0], average_pool)


imports("QLinearAveragePool", domain=MICROSOFT)(_through_reals(1, _average_of_windows))


def _softmax(node: Node, x: list[MLOperand]) -> MLOperand:
    """Along one axis since operator set 13, over all from the axis on before that; which, an attribute says."""
    inner = Node(node.importer, node.proto, [Value(operand=x[0])], int(node.attribute("opset", 13)))
    return softmax_along(inner, "softmax")


imports("QLinearSoftmax", domain=MICROSOFT)(_through_reals(1, _softmax))


@imports("QLinearWhere", domain=MICROSOFT)
def q_linear_where(node: Node) -> MLOperand:
    x, y = (dequantized(node, node.x(i), node.x(i + 1), node.optional(i + 2)) for i in (1, 4))
    return quantized(node, node.b.where(node.x(0), x, y), node.x(7), node.x(8))


@imports("QLinearConv", domain=MICROSOFT)
def microsoft_q_linear_conv(node: Node) -> MLOperand:
    if node.attribute("channels_last", 0):
        node.refuse("its channels stand last")
    return q_linear_conv(node)


def _scale(node: Node, index: int) -> MLOperand:
    """A scale in float32, one for all or one for each column."""
    scale = node.cast(node.x(index), DataType.FLOAT32)
    return node.reshape(scale, []) if scale.descriptor.size == 1 else scale


@imports("QGemm", domain=MICROSOFT)
def q_gemm(node: Node) -> MLOperand:
    """A product of integers and a bias in the scale of the product; without a scale of its own the result stays real."""
    b = node.b
    x, weights = node.x(0), node.x(3)
    left = centred(node, b.transpose(x) if node.attribute("transA", 0) else x, node.optional(2))
    right = centred(node, b.transpose(weights) if node.attribute("transB", 0) else weights, node.optional(5))
    total = integer_matmul(node, left, right)
    total = b.add(total, node.x(6)) if node.has(6) else total
    factor = b.mul(_scale(node, 1), _scale(node, 4))
    alpha = float(node.attribute("alpha", 1.0))
    factor = factor if alpha == 1 else b.mul(factor, node.number(factor, alpha))
    y = b.mul(b.cast(total, DataType.FLOAT32), factor)
    if not node.has(7):
        return y
    return quantized(node, y, node.x(7), node.x(8) if node.has(8) else zeros(node, node.x(0).data_type, ()))


@imports("QAttention", domain=MICROSOFT)
def q_attention(node: Node) -> Any:
    """Attention whose projection is a product of integers."""
    total = integer_matmul(node, centred(node, node.x(0), node.optional(6)), centred(node, node.x(1), node.optional(7)))
    projected = node.b.mul(node.b.cast(total, DataType.FLOAT32), node.b.mul(_scale(node, 3), _scale(node, 4)))
    return attention_of(node, node.b.add(projected, node.x(2)), mask=5, past=8)


@imports("MatMulIntegerToFloat", domain=MICROSOFT)
def mat_mul_integer_to_float(node: Node) -> MLOperand:
    total = integer_matmul(node, centred(node, node.x(0), node.optional(4), rows=True), centred(node, node.x(1), node.optional(5)))
    y = node.b.mul(node.b.cast(total, DataType.FLOAT32), node.b.mul(_scale(node, 2), _scale(node, 3)))
    return node.b.add(y, node.x(6)) if node.has(6) else y


@imports("DynamicQuantizeMatMul", domain=MICROSOFT)
def dynamic_quantize_mat_mul(node: Node) -> MLOperand:
    """The left operand is quantised by its own range first."""
    x, scale, point = dynamically_quantized(node, node.x(0))
    total = integer_matmul(node, centred(node, x, point), centred(node, node.x(1), node.optional(3)))
    y = node.b.mul(node.b.cast(total, DataType.FLOAT32), node.b.mul(scale, _scale(node, 2)))
    return node.b.add(y, node.x(4)) if node.has(4) else y
