"""For every operator, how a random graph uses it: operands that fit, and options; None where nothing fits.

What WebNN leaves to the implementation is kept out here: zero divisors, casts out of range, equal extremes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..operator import MLOperand
from ..operators import OPERATORS
from ..types import ANY, FLOATS, INDICES, SIGNED, Array, DataType
from .compose import Arguments, Composer

Maker = Callable[[Composer, str], Arguments | None]
FLOAT32, UINT8, INT32 = DataType.FLOAT32, DataType.UINT8, DataType.INT32

DOMAINS: dict[str, tuple[float, float]] = {
    "exp": (-4, 4),
    "log": (0.1, 1000),
    "sqrt": (0.01, 1000),
    "tan": (-1.2, 1.2),
    "sin": (-20, 20),
    "cos": (-20, 20),
}
"""The arguments of functions that are not for every number."""


def _values(c: Composer, operand: MLOperand) -> Array:
    return c.values[operand].astype(np.float64)


def _within(c: Composer, low: float, high: float) -> Callable[[MLOperand], bool]:
    return lambda operand: bool(((_values(c, operand) >= low) & (_values(c, operand) <= high)).all())


def _apart_from_zero(c: Composer) -> Callable[[MLOperand], bool]:
    return lambda operand: bool((np.abs(_values(c, operand)) > 0.1).all())


def _checked(operand: MLOperand, fits: Callable[[MLOperand], bool]) -> MLOperand | None:
    return operand if fits(operand) else None


def _types(name: str, operand: str) -> tuple[DataType, ...]:
    types = OPERATORS[name].operand_limits[operand].types
    return types if isinstance(types, tuple) else ANY


def _unary(c: Composer, name: str) -> Arguments | None:
    first = next(iter(OPERATORS[name].operand_limits))
    fits = _apart_from_zero(c) if name == "reciprocal" else _within(c, *DOMAINS.get(name, (-math.inf, math.inf)))
    x = _checked(c.pick(_types(name, first), fits=fits), fits)
    if x is None:
        return None
    options: Arguments = {}
    for option in ("alpha", "beta"):
        if option in OPERATORS[name].model_fields and c.random.random() < 0.5:
            options[option] = c.random.choice((0.25, 0.5, 1.5))
    return {first: x, **options}


def _binary(c: Composer, name: str) -> Arguments | None:
    types = FLOATS if name == "pow" else _types(name, "a")
    fits = _within(c, 0.1, 20) if name == "pow" else _within(c, -math.inf, math.inf)
    a = _checked(c.pick(types, fits=fits), fits)
    if a is None:
        return None
    b = c.like(a)
    if name == "div" and not _apart_from_zero(c)(b):
        b = c.leaf(a.data_type, a.shape, 1, 4)
    if name == "pow":
        b = c.leaf(a.data_type, (), -2, 2)
    return {"a": a, "b": b} if name in ("div", "pow") or c.random.random() < 0.7 else {"a": b, "b": a}


def _where(c: Composer, name: str) -> Arguments:
    true_value = c.pick(ANY)
    condition = c.leaf(UINT8, true_value.shape, 0, 1) if c.random.random() < 0.5 else c.leaf(UINT8, true_value.shape[-1:], 0, 1)
    return {"condition": condition, "true_value": true_value, "false_value": c.like(true_value)}


def _cast(c: Composer, name: str) -> Arguments:
    target = c.random.choice(ANY)
    fits = _within(c, float(target.minimum) if target.is_signed else 0, min(float(target.maximum), 2**20))
    x = c.pick(ANY, fits=fits)
    return {"input": x if fits(x) else c.leaf(x.data_type, x.shape, 0, 4), "data_type": target}


def _clamp(c: Composer, name: str) -> Arguments:
    low = c.random.choice((None, 0, 1))
    return {"input": c.pick(ANY), "min_value": low, "max_value": c.random.choice((None, 1, 3))}


def _prelu(c: Composer, name: str) -> Arguments:
    x = c.pick(SIGNED)
    return {"input": x, "slope": c.like(x)}


def _along(c: Composer, name: str) -> Arguments:
    """One axis: softmax, cumulativeSum."""
    x = c.pick(_types(name, "input"), 1)
    options: Arguments = {"axis": c.random.randrange(x.rank)}
    if name == "cumulativeSum":
        options |= {"exclusive": c.random.random() < 0.5, "reversed": c.random.random() < 0.5}
    return {"input": x, **options}


def _extreme(c: Composer, name: str) -> Arguments | None:
    """Of equal elements any may be found, so there are none."""
    x = c.pick(ANY, 1)
    axis = c.random.randrange(x.rank)
    ordered = np.sort(_values(c, x), axis=axis)
    if x.shape[axis] > 1 and (np.diff(ordered, axis=axis) == 0).any():
        return None
    return {"input": x, "axis": axis, "keep_dimensions": c.random.random() < 0.5}


def _reduction(c: Composer, name: str) -> Arguments | None:
    fits = _within(c, 0.1, 100) if "Log" in name else _within(c, -100, 100)
    x = _checked(c.pick(_types(name, "input"), fits=fits), fits)
    if x is None:
        return None
    return {"input": x, "axes": c.random.choice((None, c.axes(x.rank))), "keep_dimensions": c.random.random() < 0.5}


def _image(c: Composer) -> MLOperand:
    """Images of some kind."""
    return c.pick(FLOATS, 4, 4)


def _window(c: Composer, height: int, width: int) -> tuple[list[int], Arguments]:
    """A window that fits, with padding smaller than it, strides and dilations."""
    window = [c.random.randint(1, min(3, height)), c.random.randint(1, min(3, width))]
    sides = [c.random.randint(0, size - 1) for size in (window[0], window[0], window[1], window[1])]
    options: Arguments = {"padding": sides, "strides": [c.random.randint(1, 2), c.random.randint(1, 2)]}
    return window, options


def _pool(c: Composer, name: str) -> Arguments:
    x, nhwc = c.pick(_types(name, "input"), 4, 4), c.random.random() < 0.5
    height, width = x.shape[1:3] if nhwc else x.shape[2:]
    window, options = _window(c, height, width)
    return {"input": x, "window_dimensions": window, "layout": "nhwc" if nhwc else "nchw", **options}


def _convolution(c: Composer, name: str) -> Arguments:
    x, nhwc = _image(c), c.random.random() < 0.5
    channels, height, width = (x.shape[3], *x.shape[1:3]) if nhwc else x.shape[1:]
    groups = c.random.choice([n for n in range(1, channels + 1) if channels % n == 0])
    window, options = _window(c, height, width)
    out = c.random.randint(1, 3)
    if name == "conv2d":
        sizes = {"o": out * groups, "i": channels // groups, "h": window[0], "w": window[1]}
        layout = c.random.choice(("oihw", "hwio", "ohwi", "ihwo"))
    else:
        sizes = {"i": channels, "o": out, "h": window[0], "w": window[1]}
        layout = c.random.choice(("iohw", "hwoi", "ohwi"))
        options["padding"] = [0, 0, 0, 0]
    filter = c.leaf(x.data_type, tuple(sizes[letter] for letter in layout))
    bias = c.leaf(x.data_type, (out * groups,)) if c.random.random() < 0.5 else None
    layouts = {"input_layout": "nhwc" if nhwc else "nchw", "filter_layout": layout}
    return {"input": x, "filter": filter, "bias": bias, "groups": groups, **layouts, **options}


def _resample2d(c: Composer, name: str) -> Arguments:
    scales = [c.random.choice((1.0, 2.0, 3.0)) for _ in range(2)]
    axes = c.random.sample(range(4), 2)
    return {"input": _image(c), "scales": scales, "axes": axes, "mode": c.random.choice(("nearest-neighbor", "linear"))}


def _normalization(c: Composer, name: str) -> Arguments | None:
    if name == "batchNormalization":
        x = c.pick(FLOATS, 1)
        axis = c.random.randrange(x.rank)
        channels = (x.shape[axis],)
        moments = {"mean": c.leaf(x.data_type, channels), "variance": c.leaf(x.data_type, channels, 1, 3)}
        return {"input": x, **moments, "axis": axis, **_scale_and_bias(c, x, channels)}
    if name == "instanceNormalization":
        x = _image(c)
        nhwc = c.random.random() < 0.5
        axes: tuple[int, ...] = (1, 2) if nhwc else (2, 3)
        shape: tuple[int, ...] = (x.shape[3 if nhwc else 1],)
        options: Arguments = {"layout": "nhwc" if nhwc else "nchw"}
    else:
        x = c.pick(FLOATS, 1)
        axes = tuple(c.axes(x.rank)) or (x.rank - 1,)
        shape, options = tuple(x.shape[axis] for axis in axes), {"axes": list(axes)}
    if (_values(c, x).var(axis=axes) < 0.1).any():
        return None
    return {"input": x, **options, **_scale_and_bias(c, x, shape)}


def _scale_and_bias(c: Composer, x: MLOperand, shape: tuple[int, ...]) -> Arguments:
    return {name: c.leaf(x.data_type, shape) for name in ("scale", "bias") if c.random.random() < 0.6}


def _gemm(c: Composer, name: str) -> Arguments:
    a = c.pick(FLOATS, 2, 2)
    turned = {"a_transpose": c.random.random() < 0.5, "b_transpose": c.random.random() < 0.5}
    rows, inner = a.shape[::-1] if turned["a_transpose"] else a.shape
    columns = c.random.randint(1, 4)
    b = c.leaf(a.data_type, (columns, inner) if turned["b_transpose"] else (inner, columns))
    added = c.random.choice((None, (), (columns,), (rows, 1), (rows, columns)))
    return {"a": a, "b": b, "c": None if added is None else c.leaf(a.data_type, added), **turned, "alpha": c.random.choice((1.0, 0.5))}


def _matmul(c: Composer, name: str) -> Arguments:
    a = c.pick(FLOATS, 2)
    batches = a.shape[c.random.randint(0, a.rank - 2) : -2]
    return {"a": a, "b": c.leaf(a.data_type, (*batches, a.shape[-1], c.random.randint(1, 4)))}


def _triangular(c: Composer, name: str) -> Arguments:
    return {"input": c.pick(ANY, 2), "upper": c.random.random() < 0.5, "diagonal": c.random.randint(-2, 2)}


def _recurrent(c: Composer, name: str) -> Arguments:
    """Weights small enough that no gate is all open or all shut."""
    cell = name.endswith("Cell")
    gates, hidden = (3 if name.startswith("gru") else 4), c.random.randint(1, 3)
    x = c.pick(FLOATS, 2 if cell else 3, 2 if cell else 3, fits=_within(c, -4, 4))
    direction = "forward" if cell else c.random.choice(("forward", "backward", "both"))
    lead: tuple[int, ...] = () if cell else (2 if direction == "both" else 1,)
    batch, features = x.shape[-2:]
    options: Arguments = {} if cell else {"steps": x.shape[0], "direction": direction, "return_sequence": c.random.random() < 0.5}

    def leaf(*shape: int) -> MLOperand:
        return c.leaf(x.data_type, (*lead, *shape), -1, 1)

    if cell:
        options["hidden_state"] = leaf(batch, hidden)
    if name == "lstmCell":
        options["cell_state"] = leaf(batch, hidden)
    if c.random.random() < 0.5:
        options |= {"bias": leaf(gates * hidden), "recurrent_bias": leaf(gates * hidden)}
    weights = {"weight": leaf(gates * hidden, features), "recurrent_weight": leaf(gates * hidden, hidden)}
    return {"input": x, **weights, "hidden_size": hidden, **options}


def _concat(c: Composer, name: str) -> Arguments:
    x = c.pick(ANY, 1)
    axis = c.random.randrange(x.rank)
    shape = (*x.shape[:axis], c.random.randint(1, 3), *x.shape[axis + 1 :])
    return {"inputs": [x, c.leaf(x.data_type, shape), x][: c.random.randint(1, 3)], "axis": axis}


def _expand(c: Composer, name: str) -> Arguments:
    x = c.pick(ANY, high_rank=4)
    grown = [c.random.randint(1, 3) if size == 1 else size for size in x.shape]
    return {"input": x, "new_shape": [c.random.randint(1, 2)] * c.random.randint(0, 1) + grown}


def _pad(c: Composer, name: str) -> Arguments:
    x = c.pick(ANY)
    mode = c.random.choice(("constant", "edge", "reflection"))
    most = [size - 1 if mode == "reflection" else 2 for size in x.shape]
    sides = [[c.random.randint(0, min(2, limit)) for limit in most] for _ in range(2)]
    return {"input": x, "beginning_padding": sides[0], "ending_padding": sides[1], "mode": mode, "value": c.random.choice((0, 1, 3))}


def _reshape(c: Composer, name: str) -> Arguments:
    x = c.pick(ANY)
    rest, shape = x.descriptor.size, list[int]()
    while rest > 1 and len(shape) < 4:
        shape.append(c.random.choice([n for n in range(1, rest + 1) if rest % n == 0]))
        rest //= shape[-1]
    return {"input": x, "new_shape": [*shape, rest] if rest > 1 or not shape else shape}


def _reverse(c: Composer, name: str) -> Arguments:
    x = c.pick(ANY)
    return {"input": x, "axes": c.random.choice((None, c.axes(x.rank)))}


def _slice(c: Composer, name: str) -> Arguments:
    x = c.pick(ANY)
    starts = [c.random.randrange(size) for size in x.shape]
    sizes = [c.random.randint(1, size - start) for size, start in zip(x.shape, starts, strict=True)]
    return {"input": x, "starts": starts, "sizes": sizes, "strides": [c.random.randint(1, 2) for _ in sizes]}


def _split(c: Composer, name: str) -> Arguments:
    x = c.pick(ANY, 1)
    axis = c.random.randrange(x.rank)
    size = x.shape[axis]
    first = c.random.randint(1, size)
    return {"input": x, "splits": [part for part in (first, size - first) if part] if c.random.random() < 0.5 else size, "axis": axis}


def _tile(c: Composer, name: str) -> Arguments:
    x = c.pick(ANY)
    return {"input": x, "repetitions": [c.random.randint(1, 2) for _ in x.shape]}


def _transpose(c: Composer, name: str) -> Arguments:
    x = c.pick(ANY)
    return {"input": x, "permutation": c.random.choice((None, c.random.sample(range(x.rank), x.rank)))}


def _indices(c: Composer, shape: tuple[int, ...], size: int) -> MLOperand:
    index_type = c.random.choice(INDICES)
    return c.leaf(index_type, shape, -size if index_type.is_signed else 0, size - 1)


def _gather(c: Composer, name: str) -> Arguments:
    x = c.pick(ANY, 1)
    axis = c.random.randrange(x.rank)
    shape = c.shape(c.random.randint(0, 2)) if name == "gather" else (*x.shape[:axis], c.random.randint(1, 3), *x.shape[axis + 1 :])
    return {"input": x, "indices": _indices(c, shape, x.shape[axis]), "axis": axis}


def _gather_nd(c: Composer, name: str) -> Arguments:
    x = c.pick(ANY, 1)
    depth = c.random.randint(1, x.rank)
    return {"input": x, "indices": _indices(c, (*c.shape(1), depth), min(x.shape[:depth]))}


def _scatter(c: Composer, name: str) -> Arguments:
    """Every place is written once at most."""
    x = c.pick(ANY, 1)
    if name == "scatterND":
        rows = c.random.sample(range(x.shape[0]), c.random.randint(1, x.shape[0]))
        indices = c.given(np.array(rows, np.int32).reshape(-1, 1))
        return {"input": x, "indices": indices, "updates": c.leaf(x.data_type, (len(rows), *x.shape[1:]))}
    axis = c.random.randrange(x.rank)
    places = c.random.sample(range(x.shape[axis]), c.random.randint(1, x.shape[axis]))
    shape = (*x.shape[:axis], len(places), *x.shape[axis + 1 :])
    column = np.array(places, np.int32).reshape([-1 if i == axis else 1 for i in range(x.rank)])
    indices = c.given(np.ascontiguousarray(np.broadcast_to(column, shape)))
    return {"input": x, "indices": indices, "updates": c.leaf(x.data_type, shape), "axis": axis}


def _blocks(c: Composer, x: MLOperand) -> tuple[int, ...]:
    return tuple(c.random.choice([n for n in range(1, size + 1) if size % n == 0]) for size in x.shape)


def _quantization(c: Composer, name: str) -> Arguments:
    quantized = (UINT8, DataType.INT8, DataType.UINT32, INT32)
    if name == "dequantizeLinear":
        x = c.pick(quantized, fits=_within(c, -1000, 1000))
        blocks = _blocks(c, x)
        return {"input": x, "scale": c.leaf(FLOAT32, blocks, 0.25, 1), "zero_point": c.leaf(x.data_type, blocks, 0, 5)}
    x = c.pick(FLOATS, fits=_within(c, -50, 50))
    blocks, target = _blocks(c, x), c.random.choice(quantized)
    zero = c.leaf(target, blocks, 0, 9) if target.is_signed else c.leaf(target, blocks, 60, 100)
    return {"input": x, "scale": c.given(np.full(blocks, c.random.choice((0.5, 1.0, 2.0)), x.data_type.numpy)), "zero_point": zero}


_BY_FAMILY: dict[str, Maker] = {"pooling": _pool, "convolution": _convolution, "normalization": _normalization, "recurrent": _recurrent}
_BY_NAME: dict[str, Maker] = {
    "where": _where,
    "cast": _cast,
    "clamp": _clamp,
    "prelu": _prelu,
    "softmax": _along,
    "cumulativeSum": _along,
    "argMin": _extreme,
    "argMax": _extreme,
    "resample2d": _resample2d,
    "gemm": _gemm,
    "matmul": _matmul,
    "triangular": _triangular,
    "concat": _concat,
    "expand": _expand,
    "pad": _pad,
    "reshape": _reshape,
    "reverse": _reverse,
    "slice": _slice,
    "split": _split,
    "tile": _tile,
    "transpose": _transpose,
    "gather": _gather,
    "gatherElements": _gather,
    "gatherND": _gather_nd,
    "scatterElements": _scatter,
    "scatterND": _scatter,
    "quantizeLinear": _quantization,
    "dequantizeLinear": _quantization,
}


def _maker(name: str) -> Maker:
    operator: Any = OPERATORS[name]
    if name in _BY_NAME:
        return _BY_NAME[name]
    if operator.family in _BY_FAMILY:
        return _BY_FAMILY[operator.family]
    if operator.family == "reduction":
        return _reduction
    return _binary if "b" in operator.operand_limits else _unary


MAKERS: dict[str, Maker] = {name: _maker(name) for name in OPERATORS}
"""How each operator is used, by its name."""
