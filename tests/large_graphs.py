"""Graphs larger than what one invocation, one dispatch or one binding takes. Their operands are inputs: to plan them takes no data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from webnpu import DataType, MLGraphBuilder, OperandDescriptor
from webnpu.graph import Graph

_LONG = 2**24 + 5
"""More elements than a workgroup of 256 goes through in 2**15 turns each."""

FLOATS, NUMBERS = ("float32", "float16"), ("float32", "float16", "int32", "uint32", "int64", "uint64")


class Sketch:
    """A graph in the making, of operands that are given by their shapes."""

    def __init__(self) -> None:
        self.b: Any = MLGraphBuilder()
        self.inputs = 0

    def input(self, data_type: str, *shape: int) -> Any:
        self.inputs += 1
        return self.b.input(f"x{self.inputs}", OperandDescriptor(DataType(data_type), shape))


Make = Callable[[Sketch], Any]


def large_graphs() -> Iterator[tuple[str, Graph]]:
    """All of them, by name."""
    for name, make in (*_rows(), *_windows(), *_products(), *_recurrent(), *_moved()):
        sketch = Sketch()
        made = make(sketch)
        outputs = made if isinstance(made, list) else [made]
        yield name, sketch.b.finish({f"y{i}": output for i, output in enumerate(outputs)})


def _rows() -> Iterator[tuple[str, Make]]:
    for kind in ("sum", "l1", "l2", "max", "mean", "min", "product", "sum_square", "log_sum", "log_sum_exp"):
        types = FLOATS if kind in ("l2", "mean", "log_sum", "log_sum_exp") else NUMBERS
        for data_type in types if kind not in ("max", "min") else (*types, "int8", "uint8"):
            yield f"{kind} of {data_type}", lambda s, k=kind, t=data_type: getattr(s.b, f"reduce_{k}")(s.input(t, 2, _LONG // 2 * 2, 1))
        yield (
            f"{kind} of every other axis",
            lambda s, k=kind: getattr(s.b, f"reduce_{k}")(s.input("float32", 3000, 2, 3000, 1), axes=[0, 2]),
        )
    for kind, output in (("min", "int32"), ("max", "int64")):
        for data_type in ("float32", "uint8", "int64"):
            yield (
                f"position of the {kind} of {data_type}",
                lambda s, k=kind, o=output, t=data_type: getattr(s.b, f"arg_{k}")(s.input(t, _LONG, 2), 0, output_data_type=o),
            )
    for options in ({}, {"exclusive": True}, {"reversed": True}, {"exclusive": True, "reversed": True}):
        for data_type in ("float32", "float16", "int32", "int64"):
            yield (
                f"running sums of {data_type}, {options}",
                lambda s, o=options, t=data_type: s.b.cumulative_sum(s.input(t, 2, 2**21 + 9, 2), 1, **o),
            )
    for data_type in FLOATS:
        yield f"softmax of {data_type}", lambda s, t=data_type: s.b.softmax(s.input(t, 2, 2**22 + 1), 1)
        yield f"softmax of many rows of {data_type}", lambda s, t=data_type: s.b.relu(s.b.softmax(s.input(t, 16, 40000), 1))
        yield f"softmax down of {data_type}", lambda s, t=data_type: s.b.softmax(s.input(t, 2**22 + 1, 2), 0)
        yield (
            f"layer normalisation of {data_type}",
            lambda s, t=data_type: s.b.layer_normalization(
                s.input(t, 2, 2049, 2050), scale=s.input(t, 2050, 2049), bias=s.input(t, 2050, 2049), axes=[2, 1]
            ),
        )
        yield (
            f"layer normalisation of many rows of {data_type}",
            lambda s, t=data_type: s.b.layer_normalization(s.input(t, 16, 40000), axes=[1]),
        )
        yield (
            f"instance normalisation of {data_type}",
            lambda s, t=data_type: s.b.instance_normalization(s.input(t, 1, 2, 2049, 2050), scale=s.input(t, 2), bias=s.input(t, 2)),
        )


def _windows() -> Iterator[tuple[str, Make]]:
    for kind in ("average", "l2", "max"):
        for data_type in FLOATS if kind != "max" else (*FLOATS, "int8", "int64"):
            for layout, shape in (("nchw", (1, 2, 300, 300)), ("nhwc", (1, 300, 300, 2))):
                yield (
                    f"{kind} pool of {data_type}, {layout}",
                    lambda s, k=kind, t=data_type, o=layout, i=shape: getattr(s.b, f"{k}_pool2d")(s.input(t, *i), layout=o),
                )
        yield (
            f"{kind} pool with padding",
            lambda s, k=kind: getattr(s.b, f"{k}_pool2d")(
                s.input("float32", 1, 1, 400, 400), window_dimensions=[200, 211], padding=[50, 60, 70, 80], strides=[3, 7], dilations=[2, 1]
            ),
        )
        yield f"{kind} pool of a huge window", lambda s, k=kind: getattr(s.b, f"{k}_pool2d")(s.input("float32", 1, 1, 3000, 3001))
    for data_type in FLOATS:
        yield (
            f"depthwise filter of {data_type}",
            lambda s, t=data_type: s.b.conv2d(s.input(t, 1, 2, 300, 310), s.input(t, 2, 1, 300, 299), groups=2),
        )
        yield (
            f"dense filter of {data_type}",
            lambda s, t=data_type: s.b.relu(s.b.conv2d(s.input(t, 1, 64, 120, 120), s.input(t, 8, 64, 100, 100), bias=s.input(t, 8))),
        )
        yield f"one dense filter of {data_type}", lambda s, t=data_type: s.b.conv2d(s.input(t, 1, 16, 100, 100), s.input(t, 1, 16, 99, 100))
        yield (
            f"grouped filter of {data_type}",
            lambda s, t=data_type: s.b.conv2d(s.input(t, 1, 8, 130, 130), s.input(t, 6, 4, 128, 128), groups=2),
        )
        yield (
            f"transposed filter of {data_type}",
            lambda s, t=data_type: s.b.conv_transpose2d(
                s.input(t, 1, 3, 5, 6), s.input(t, 3, 2, 200, 200), strides=[2, 3], bias=s.input(t, 2)
            ),
        )
    yield (
        "dense filter of channels last",
        lambda s: s.b.conv2d(
            s.input("float32", 1, 120, 120, 65), s.input("float32", 8, 100, 100, 65), input_layout="nhwc", filter_layout="ohwi"
        ),
    )
    yield (
        "huge filter",
        lambda s: s.b.conv2d(s.input("float32", 1, 1, 3000, 3002), s.input("float32", 1, 1, 3000, 3001), bias=s.input("float32", 1)),
    )
    yield "long filter", lambda s: s.b.conv2d(s.input("float32", 1, 1, 1, 100000), s.input("float32", 2, 1, 1, 70000), strides=[1, 9])
    yield "spectrogram", lambda s: s.b.conv2d(s.input("float32", 1, 1, 1, 160000), s.input("float32", 1026, 1, 1, 1024), strides=[1, 256])
    yield (
        "many channels",
        lambda s: s.b.conv2d(s.input("float32", 1, 2048, 14, 14), s.input("float32", 64, 2048, 3, 3), padding=[1, 1, 1, 1]),
    )


def _products() -> Iterator[tuple[str, Make]]:
    for data_type in FLOATS:
        for m, n, k in ((1, 1, 2**17), (2, 3, 2**16 + 3), (1, 2, 2**24), (3, 200, 2**16 + 1), (64, 65, 2**18 + 2), (200, 300, 2**16)):
            yield (
                f"product {m} x {n} x {k} of {data_type}",
                lambda s, t=data_type, m=m, n=n, k=k: s.b.gelu(s.b.matmul(s.input(t, m, k), s.input(t, k, n))),
            )
        yield (
            f"gemm of {data_type}",
            lambda s, t=data_type: s.b.gemm(
                s.input(t, 2**17, 1), s.input(t, 2, 2**17), c=s.input(t, 2), alpha=0.5, beta=2, a_transpose=True, b_transpose=True
            ),
        )
        yield f"product of batches of {data_type}", lambda s, t=data_type: s.b.matmul(s.input(t, 2, 1, 1, 40000), s.input(t, 3, 40000, 1))
    yield "product of much work", lambda s: s.b.matmul(s.input("float32", 4096, 4096), s.input("float32", 4096, 4096))
    yield "product of many rows", lambda s: s.b.matmul(s.input("float32", 2**20, 64), s.input("float32", 64, 65))
    yield "product of many matrices", lambda s: s.b.matmul(s.input("float32", 70000, 4, 8), s.input("float32", 70000, 8, 4))


def _recurrent() -> Iterator[tuple[str, Make]]:
    def network(kind: str, steps: int, hidden: int, features: int, direction: str, **options: Any) -> Make:
        gates, ways = 3 if kind == "gru" else 4, 2 if direction == "both" else 1

        def make(s: Sketch) -> list[Any]:
            x = s.input("float32", steps, 2, features)
            weight, recurrent = s.input("float32", ways, gates * hidden, features), s.input("float32", ways, gates * hidden, hidden)
            given = {"initial_hidden_state": s.input("float32", ways, 2, hidden), "return_sequence": True, "direction": direction}
            return list(getattr(s.b, kind)(x, weight, recurrent, steps, hidden, **given, **options))

        return make

    for kind in ("gru", "lstm"):
        for steps, hidden, features in ((300, 128, 8), (7, 1100, 900), (2, 64, 12000), (2, 8, 70000), (3, 2048, 5000)):
            for direction in ("forward", "both"):
                options: list[dict[str, bool]] = [{"reset_after": True}, {"reset_after": False}] if kind == "gru" else [{}]
                for option in options:
                    name = f"{kind} of {steps} steps, {hidden} wide, {features} features, {direction}, {option}"
                    yield name, network(kind, steps, hidden, features, direction, **option)


def _moved() -> Iterator[tuple[str, Make]]:
    yield "sum of many", lambda s: s.b.add(s.input("float32", 2**24 + 1), s.input("float32", 1))
    yield "operands in pieces", lambda s: s.b.sub(s.input("float32", 2**25 + 8), s.input("float32", 2**25 + 8))
    yield "a long dimension gathered", lambda s: s.b.gather(s.input("float16", 70000, 33), s.input("int64", 70001))
    yield "a long dimension turned", lambda s: s.b.transpose(s.input("uint8", 70000, 100))
    yield "scattered far", lambda s: s.b.scatter_nd(s.input("float32", 70000, 3), s.input("int32", 80000, 1), s.input("float32", 80000, 3))
    yield "an upper triangle", lambda s: s.b.triangular(s.input("float32", 5000, 5000))
    yield "powers of whole numbers", lambda s: _chain(s.b.pow, s.input("int64", 1000), s.input("int64", 1000))
    yield (
        "powers of bytes behind a pool",
        lambda s: _chain(
            s.b.pow, s.b.max_pool2d(s.input("uint8", 1, 1, 200, 200), window_dimensions=[80, 90]), s.input("uint8", 1, 1, 121, 111)
        ),
    )


def _chain(function: Callable[[Any, Any], Any], x: Any, y: Any) -> Any:
    for _ in range(40):
        x = function(x, y)
    return x
