"""Matrix products: small ones sum by sum, each exact but for one rounding; large ones through tiles."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from webnpu.operator import MLOperand
from webnpu.operators.linear_algebra import Gemm, Matmul
from webnpu.types import DataType, cast_number

from .. import tiling
from ..formats import FORMATS
from ..literals import literal
from ..plan import View
from ..planner import Planner, lowers
from ..views import block_view, broadcast_view, view
from .reduction import pairs, reduce_over


@dataclass(frozen=True)
class _Matrix:
    """A matrix of a batch: how far its rows and columns are apart, and how far the matrices are, batch by batch."""

    operand: MLOperand | int
    row: int
    column: int
    batches: tuple[int, ...] = ()
    quantized: tiling.Quantized | None = None

    def factor(self, name: str, k: int, n: int) -> tiling.Factor:
        """As a side of a product; in whole vectors where it is laid out so."""
        whole = self.column == 1 and not any(step % 4 for step in (self.row, k if name == "left" else n, *self.batches))
        arguments = "batch, m, k" if name == "left" else "batch, k, n"
        kind = "_dequantized" if self.quantized else "_vector" if whole else ""
        hook = f"matrix_{name}{kind}({arguments})"
        return tiling.Factor(self.operand, hook, whole and self.quantized is None, self.quantized)


Operations = list[tuple[str, tuple[MLOperand, View] | None, str]]


def _tiled(plan: Planner, output: MLOperand, a: _Matrix, b: _Matrix, k: int, after: Operations) -> None:
    m, n = output.shape[-2:]
    batches = output.shape[:-2]
    product = tiling.Product(
        a.factor("left", k, n),
        b.factor("right", k, n),
        m,
        n,
        k,
        prod(batches),
        "(batch * M + m) * N + n",
        {"A_ROW": a.row, "A_COLUMN": a.column, "B_ROW": b.row, "B_COLUMN": b.column},
        {"left": view(batches, a.batches), "right": view(batches, b.batches)},
    )
    plan.complete(tiling.emit(plan, output, product), output, after)


def _exact(plan: Planner, output: MLOperand, a: _Matrix, b: _Matrix, k: int, scaled: str, c: MLOperand | None) -> None:
    """An invocation an element; of long sums, a workgroup."""
    shape = output.shape
    inputs = {"a": a.operand, "b": b.operand}
    views = {"left": view(shape, [*a.batches, a.row, 0]), "right": view(shape, [*b.batches, 0, b.column])}
    if c is not None:
        inputs["c"] = c
        views["c"] = broadcast_view(c.shape, shape)
    constants = {"K": k, "A_STEP": a.column, "B_STEP": b.row}
    if not plan.fits("matmul", constants, output.data_type):
        over = output.descriptor.size, k, {"row": views.pop("left"), "item": view((k,), (a.column,))}
        hooks = pairs("add_product(sum, x, b_load(right_at(row) + k * B_STEP))", scaled.replace("_at(i)", "_at(row)"))
        finished = {} if c is None else {"c": c}
        reduce_over(plan, output, a.operand, over, hooks, "f32", {"b": b.operand}, finished, views, {"B_STEP": b.row})
        return
    plan.emit(
        "matmul",
        output,
        inputs,
        constants=constants,
        views=views,
        aliases={"V": "f32"},
        hooks={"scaled_sum": scaled},
    )


@lowers(Matmul)
def matmul(op: Matmul, plan: Planner) -> None:
    batches = op.output.shape[:-2]

    def matrix(operand: MLOperand) -> _Matrix:
        missing = len(batches) - operand.rank + 2
        *outer, row, column = plan.strides(operand)
        steps = [0 if size == 1 else stride for size, stride in zip(operand.shape[:-2], outer, strict=True)]
        return _Matrix(operand, row, column, (*[0] * missing, *steps))

    (m, n), k = op.output.shape[-2:], op.a.shape[-1]
    if tiling.pays(m, n, k, prod(batches), plan.limits.workgroup_memory):
        _tiled(plan, op.output, matrix(op.a), _dequantized(plan, op.b, n) or matrix(op.b), k, [])
    else:
        _exact(plan, op.output, matrix(op.a), matrix(op.b), k, "single(sum)", None)


def _dequantized(plan: Planner, b: MLOperand, n: int) -> _Matrix | None:
    """A matrix that only a product takes, dequantised there; of constants, one that was turned is packed as it is read."""
    strides, maker = plan.strides(b), plan.dequantizer(b)
    if maker is None or b.rank != 2 or maker.input.rank != 2 or maker.input.data_type.bits > 8 or n % 4:
        return None
    turned = strides != (n, 1)
    stored = (maker.input, maker.scale, maker.zero_point)
    values = [operand.value for operand in stored if operand.value is not None]
    if turned and (strides != (1, b.shape[0]) or len(values) < len(stored)):
        return None
    shapes = [operand.shape[::-1] if turned else operand.shape for operand in stored]
    if any(shape[1] != n for shape in shapes):
        return None
    plan.drop_dequantizer(b)
    data, scale, zero = [plan.table(value.T) for value in values] if turned else stored
    format = maker.input.data_type
    lanes = FORMATS[format].lanes
    fours = {f"{name}_four": f"vec4<f32>(four_{format}({name}_word(i / {lanes}u), i))" for name in ("b", "zero")}
    quantized = tiling.Quantized(
        scale, zero, block_view(shapes[1], shapes[0]), fours, shapes[0][0] // shapes[1][0], b.data_type == DataType.FLOAT16
    )
    return _Matrix(data, n, 1, (), quantized)


@lowers(Gemm)
def gemm(op: Gemm, plan: Planner) -> None:
    """``alpha`` and ``beta`` enter before the sum is rounded."""
    (m, k), (_, n) = op.shapes
    a = _Matrix(op.a, 1 if op.a_transpose else k, m if op.a_transpose else 1)
    b = _Matrix(op.b, 1 if op.b_transpose else n, k if op.b_transpose else 1)
    alpha, beta = (literal(cast_number(factor, op.a.data_type), DataType.FLOAT32) for factor in (op.alpha, op.beta))
    if tiling.pays(m, n, k, 1, plan.limits.workgroup_memory):
        after: Operations = [("mul_float", None, alpha)] if op.alpha != 1 else []
        if op.c is not None:
            added = (op.c, broadcast_view(op.c.shape, op.output.shape))
            after.append(("add_float", added, "") if op.beta == 1 else ("add_scaled_float", added, beta))
        _tiled(plan, op.output, a, b, k, after)
        return
    total = "sum" if op.alpha == 1 else f"mul_pair(sum, vec2<f32>({alpha}, 0.0))"
    if op.c is not None:
        added_text = "c_load(c_at(i))"
        total = f"add_pair({total}, vec2<f32>({added_text}, 0.0))" if op.beta == 1 else f"add_product({total}, {beta}, {added_text})"
    _exact(plan, op.output, a, b, k, f"single({total})", op.c)
