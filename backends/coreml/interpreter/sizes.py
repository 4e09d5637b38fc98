"""How much an operation makes, told from its arguments before it makes anything.

A program declares the type of each result, but that is only what it says; a few bytes of arguments can ask for any amount.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from webnpu.types import Array

Arguments = Mapping[str, Any]
Tell = Callable[[Arguments], Any]

BYTES = 8
"""Floats are computed in float64."""


def elements(kind: str, arguments: Arguments) -> float:
    """How many elements an operation makes, inputs that are padded on the way included."""
    tell: Tell = _SIZES.get(kind, _broadcast if kind == "select" or "y" in arguments else _together)
    try:
        return float(tell(arguments))
    except (ValueError, TypeError, IndexError, KeyError, AttributeError, ArithmeticError):
        return 0.0  # the arguments do not fit; evaluating them says so


def _product(numbers: Iterable[float]) -> float:
    return float(math.prod(map(float, numbers)))


def _floats(values: Any) -> list[float]:
    return [float(value) for value in np.asarray(values).reshape(-1).tolist()]


def _arrays(arguments: Arguments) -> list[Array]:
    several = (value if isinstance(value, (tuple, list)) else (value,) for value in arguments.values())
    return [item for items in several for item in items if isinstance(item, np.ndarray) and item.dtype != object]


def _together(arguments: Arguments) -> float:
    return float(sum(array.size for array in _arrays(arguments)))


def _broadcast(arguments: Arguments) -> Any:
    try:
        shape = np.broadcast_shapes(*(array.shape for array in _arrays(arguments)))
    except ValueError:
        return _together(arguments)
    return max(_together(arguments), _product(map(float, shape)))


def _range(arguments: Arguments) -> Any:
    start, end, step = (float(arguments[name]) for name in ("start", "end", "step"))
    return max((end - start) / step, 0.0) if step else 0.0


def _pad(arguments: Arguments) -> Any:
    shape, pads = [float(size) for size in arguments["x"].shape], _floats(arguments["pad"])
    lead = len(shape) - len(pads) // 2
    return _product(size if at < lead else size + sum(pads[2 * (at - lead) : 2 * (at - lead) + 2]) for at, size in enumerate(shape))


def _window(arguments: Arguments) -> Any:
    """Convolutions and pools: what they pad, and what they give."""
    x, weight = arguments["x"], arguments.get("weight")
    pads, spatial = _floats(arguments.get("pad", ())), [float(size) for size in x.shape[2:]]
    padded = [size + sum(pads[2 * at : 2 * at + 2]) for at, size in enumerate(spatial)]
    channels = max(x.shape[1], weight.shape[0] if isinstance(weight, np.ndarray) else 1)
    return float(x.shape[0]) * channels * _product(padded)


def _conv_transpose(arguments: Arguments) -> Any:
    x, weight = arguments["x"], arguments["weight"]
    strides, dilations = (_floats(arguments[name]) for name in ("strides", "dilations"))
    sizes = [
        size * stride + kernel * dilation
        for size, stride, kernel, dilation in zip(x.shape[2:], strides, weight.shape[2:], dilations, strict=True)
    ]
    return float(x.shape[0]) * weight.shape[1] * float(arguments.get("groups", 1)) * _product(sizes)


def _matmul(arguments: Arguments) -> Any:
    x, y = arguments["x"], arguments["y"]
    rows = x.shape[-1 if bool(arguments["transpose_x"]) else -2] if x.ndim > 1 else 1
    columns = y.shape[-2 if bool(arguments["transpose_y"]) else -1] if y.ndim > 1 else 1
    return _product(map(float, np.broadcast_shapes(x.shape[:-2], y.shape[:-2]))) * rows * columns


def _einsum(arguments: Arguments) -> Any:
    inputs, _, output = str(arguments["equation"]).replace(" ", "").partition("->")
    sizes = {
        letter: float(size)
        for term, array in zip(inputs.split(","), arguments["values"], strict=True)
        for letter, size in zip(term, array.shape, strict=True)
    }
    return _product(sizes[letter] for letter in output)


def _gather(arguments: Arguments) -> Any:
    x, indices = arguments["x"], arguments["indices"]
    return float(x.size) / max(x.shape[int(arguments["axis"])], 1) * indices.size


def _gather_nd(arguments: Arguments) -> Any:
    x, indices = arguments["x"], arguments["indices"]
    named = indices.shape[-1] + int(arguments.get("batch_dims", 0) or 0)
    return float(indices.size) / max(indices.shape[-1], 1) * _product(map(float, x.shape[named:]))


def _resized(height: str, width: str) -> Tell:
    def tell(arguments: Arguments) -> Any:
        x = arguments["x"]
        rows, columns = (float(arguments[name]) for name in (height, width))
        lead = _product(map(float, x.shape[:-2]))
        return lead * max(rows, x.shape[-2]) * max(columns, x.shape[-1])

    return tell


def _crop_resize(arguments: Arguments) -> Any:
    boxes = next((arguments[name] for name in ("boxes", "roi") if name in arguments), np.ones(1))
    return _resized("target_height", "target_width")(arguments) * max(np.asarray(boxes).size, 1)


def _upsampled(arguments: Arguments) -> Any:
    return float(arguments["x"].size) * float(arguments["scale_factor_height"]) * float(arguments["scale_factor_width"])


def _resize(arguments: Arguments) -> Any:
    x, count = arguments["x"], int(arguments["resized_dims"])
    lead, sizes = x.shape[: x.ndim - count], x.shape[x.ndim - count :]
    wanted = _floats(arguments["shape"])[-count:] if count else []
    return _product(map(float, lead)) * _product(max(float(size), new) for size, new in zip(sizes, wanted, strict=True))


def _recurrent(arguments: Arguments) -> Any:
    """Every state of a sequence [steps, batch, features]."""
    hidden = arguments["weight_hh"].shape[-1]
    return _together(arguments) + _product(map(float, arguments["x"].shape[:-1])) * hidden


def _resample(arguments: Arguments) -> Any:
    x, places = arguments["x"], arguments["coordinates"]
    return _product(map(float, x.shape[:2])) * _product(map(float, places.shape[1:-1]))


def _space_to_batch(arguments: Arguments) -> Any:
    x, pads = arguments["x"], np.asarray(arguments["paddings"], np.float64)
    return _product(map(float, x.shape[:-2])) * _product(size + sum(pad) for size, pad in zip(x.shape[-2:], pads.tolist(), strict=True))


def _make_list(arguments: Arguments) -> Any:
    return float(arguments["init_length"]) * (
        64 + _product(_floats([n for each in _arrays({"s": arguments.get("elem_shape")}) for n in each.flat]))
    )


def _written(arguments: Arguments) -> Any:
    return max(_floats(arguments.get("index", arguments.get("indices")))) + float(np.asarray(arguments["value"]).size)


def _lut(arguments: Arguments) -> Any:
    if "shape" in arguments:
        return _product(_floats(arguments["shape"]))
    return float(arguments["indices"].size) * (8 + arguments["lut"].shape[-1])


_SIZES: dict[str, Tell] = {
    "fill": lambda a: _product(_floats(a["shape"])),
    "range_1d": _range,
    "tile": lambda a: float(a["x"].size) * _product(_floats(a["reps"])),
    "pad": _pad,
    "one_hot": lambda a: float(a["indices"].size) * float(a["one_hot_vector_size"]),
    **dict.fromkeys(("conv", "conv_quantized", "avg_pool", "max_pool", "l2_pool"), _window),
    "conv_transpose": _conv_transpose,
    "matmul": _matmul,
    "linear": lambda a: float(a["x"].size) / max(a["x"].shape[-1], 1) * a["weight"].shape[0],
    "einsum": _einsum,
    "gather": _gather,
    "gather_nd": _gather_nd,
    **dict.fromkeys(("resize_nearest_neighbor", "resize_bilinear"), _resized("target_size_height", "target_size_width")),
    **dict.fromkeys(("upsample_nearest_neighbor", "upsample_bilinear"), _upsampled),
    "resize": _resize,
    **dict.fromkeys(("lstm", "gru", "rnn"), _recurrent),
    "crop_resize": _crop_resize,
    "affine": _resized("output_height", "output_width"),
    "resample": _resample,
    "space_to_batch": _space_to_batch,
    "sliding_windows": lambda a: float(a["x"].size) * float(a["size"]),
    "make_list": _make_list,
    **dict.fromkeys(("list_write", "list_scatter"), _written),
    "constexpr_lut_to_dense": _lut,
    "constexpr_sparse_to_dense": lambda a: _product(_floats(a["shape"])) if "shape" in a else float(a["mask"].size),
}
"""How many elements operations make that can make much of little; others broadcast, or make what they hold."""
