"""Normalisations. MIL's take constant parameters; with others, and in other shapes, the formula is written out."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from webnpu.operator import MLOperand
from webnpu.operators.normalization import BatchNormalization, InstanceNormalization, LayerNormalization
from webnpu.types import MAX_RANK

from ..mil import Argument, Var
from .convolution import from_nchw, nchw
from .model import Model, lowers


def _constant(*operands: MLOperand | None) -> bool:
    return all(operand is None or operand.value is not None for operand in operands)


def _affine(m: Model, op: Any, size: int) -> dict[str, Argument]:
    """Gamma and beta, both or neither: whether Core ML takes one without the other is not documented."""
    if op.scale is None and op.bias is None:
        return {}
    dtype = m.held(op.input.data_type)
    gamma = m.of(op.scale) if op.scale is not None else m.constant(np.ones(size), dtype)
    beta = m.of(op.bias) if op.bias is not None else m.constant(np.zeros(size), dtype)
    return {"gamma": gamma, "beta": beta}


def _formula(m: Model, op: Any, centred: Var, variance: Var, scale: Var | None, bias: Var | None) -> Var:
    """``centred / sqrt(variance + epsilon) * scale + bias``."""
    out = m.binary("mul", centred, m.unary("rsqrt", variance, epsilon=m.scalar(variance, op.resolved_epsilon)))
    out = m.binary("mul", out, scale) if scale is not None else out
    return m.binary("add", out, bias) if bias is not None else out


def _over_moments(m: Model, op: Any, x: Var, axes: Sequence[int], scale: Var | None, bias: Var | None) -> Var:
    """The formula, with mean and variance over some axes."""
    centred = m.binary("sub", x, m.reduce("reduce_mean", x, axes)) if axes else m.binary("sub", x, x)
    squares = m.binary("mul", centred, centred)
    variance = m.reduce("reduce_mean", squares, axes) if axes else squares
    return _formula(m, op, centred, variance, scale, bias)


@lowers(BatchNormalization, max_rank=MAX_RANK)
def batch_normalization(op: BatchNormalization, m: Model) -> Var:
    """As an image of four dimensions, the channels second: with five, Core ML fails on other processors than the CPU."""
    x, shape = m.of(op.input), op.input.shape
    before, channels, after = prod(shape[: op.axis]), shape[op.axis], prod(shape[op.axis + 1 :])
    direct = op.axis == 1 and x.rank in (3, 4)
    image = x if direct else m.reshape(x, (before, channels, after, 1))
    if _constant(op.mean, op.variance, op.scale, op.bias):
        parameters = {"mean": m.of(op.mean), "variance": m.of(op.variance), **_affine(m, op, channels)}
        out = m.unary("batch_norm", image, **parameters, epsilon=m.scalar(x, op.resolved_epsilon))
    else:
        along = (1, channels, *(1,) * (image.rank - 2))
        mean, variance, scale, bias = (
            None if operand is None else m.reshape(m.of(operand), along) for operand in (op.mean, op.variance, op.scale, op.bias)
        )
        assert mean is not None
        assert variance is not None
        out = _formula(m, op, m.binary("sub", image, mean), variance, scale, bias)
    return m.reshape(out, x.shape)


@lowers(InstanceNormalization)
def instance_normalization(op: InstanceNormalization, m: Model) -> Var:
    x = nchw(m, op, op.layout)
    if _constant(op.scale, op.bias):
        out = m.unary("instance_norm", x, **_affine(m, op, x.shape[1]), epsilon=m.scalar(x, op.resolved_epsilon))
    else:
        scale, bias = (None if o is None else m.reshape(m.of(o), (1, x.shape[1], 1, 1)) for o in (op.scale, op.bias))
        out = _over_moments(m, op, x, (2, 3), scale, bias)
    return from_nchw(m, out, op.layout)


def _is_native(op: LayerNormalization) -> bool:
    """MIL's layer_norm takes constants, and crashes in Core ML over axes that are no neighbours."""
    axes = sorted(op.resolved_axes)
    return bool(axes) and axes == list(range(axes[0], axes[-1] + 1)) and _constant(op.scale, op.bias)


@lowers(LayerNormalization)
def layer_normalization(op: LayerNormalization, m: Model) -> Var:
    x, axes = m.of(op.input), op.resolved_axes
    order = tuple(sorted(range(len(axes)), key=axes.__getitem__))
    if not _is_native(op):
        along = tuple(size if axis in axes else 1 for axis, size in enumerate(x.shape))
        scale, bias = (None if o is None else _along(m, o, order, along) for o in (op.scale, op.bias))
        return _over_moments(m, op, x, axes, scale, bias)
    parameters: dict[str, Argument] = {}
    if op.scale is not None or op.bias is not None:
        sizes = tuple(op.input.shape[axis] for axis in sorted(axes))
        for name, operand, absent in (("gamma", op.scale, 1.0), ("beta", op.bias, 0.0)):
            if operand is None or operand.value is None:
                parameters[name] = m.constant(np.full(sizes, absent), x.dtype)
            else:
                parameters[name] = m.constant(np.ascontiguousarray(operand.value.transpose(order)), x.dtype)
    return m.unary("layer_norm", x, axes=tuple(sorted(axes)), **parameters, epsilon=m.scalar(x, op.resolved_epsilon))


def _along(m: Model, operand: MLOperand, order: tuple[int, ...], shape: tuple[int, ...]) -> Var:
    """A parameter, its dimensions in the order of the axes, shaped to broadcast."""
    value = m.of(operand)
    return m.reshape(m.transpose(value, order) if operand.rank > 1 else value, shape)
