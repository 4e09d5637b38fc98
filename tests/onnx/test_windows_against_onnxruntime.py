"""Convolutions and pools over one, two and three dimensions, with options by chance: every backend agrees with ONNX Runtime."""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from webnpu.backend import backend_names, load_backend
from webnpu.onnx import UnsupportedModel, import_model

sys.path.insert(0, str(Path(__file__).parent))
from agreement import normal

BACKENDS = [name for name in backend_names() if name != "browser"]
SEEDS = range(4)


def options(rng: Random, rank: int, sizes: list[int], *, pads: bool = True) -> dict[str, Any]:
    """A window over images of some sizes, into which it fits."""
    window = [rng.choice((1, 2, 3)) for _ in range(rank)]
    dilations = [rng.choice((1, 1, 2)) for _ in range(rank)]
    found: dict[str, Any] = {"kernel_shape": window, "dilations": dilations, "strides": [rng.choice((1, 2, 3)) for _ in range(rank)]}
    kind = rng.choice(("NOTSET", "NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER")) if pads else "VALID"
    if kind == "NOTSET":
        found["pads"] = [rng.randrange(width) for width in window * 2]
    else:
        found["auto_pad"] = kind
        if kind.startswith("SAME"):
            found["dilations"] = [1] * rank
            # Where a stride is longer than the window ONNX Runtime leaves out the end, or wants a negative padding.
            found["strides"] = [min(pair) for pair in zip(found["strides"], window, strict=True)]
    return found


def agree(model: Any, inputs: dict[str, np.ndarray], runtime: Any, name: str, tolerance: float = 2e-5) -> None:
    backend = load_backend(name)
    if not backend.available().ok:
        pytest.skip(f"backend {name} cannot run here: {backend.available().reason}")
    graph = import_model(model)
    got = backend.compile(graph).run({key: inputs[key] for key in graph.inputs})
    for key, want in runtime(model, inputs).items():
        assert got[key].shape == want.shape
        np.testing.assert_allclose(got[key], want, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("seed", SEEDS)
def test_convolutions(seed: int, rank: int, name: str, maker: Any, runtime: Any) -> None:
    rng = Random(100 * rank + seed)
    m = maker(seed=seed)
    groups = rng.choice((1, 1, 2, 4))
    sizes = [rng.randrange(6, 12) for _ in range(rank)]
    over = options(rng, rank, sizes)
    x = m.input("x", shape=(2, 4, *sizes))
    bias = [m.weight(8)] if rng.random() < 0.5 else []
    y = m("Conv", x, m.weight(8, 4 // groups, *over["kernel_shape"]), *bias, group=groups, **over)
    agree(m.model(y), {"x": normal(2, 4, *sizes)}, runtime, name)


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("seed", SEEDS)
def test_transposed_convolutions(seed: int, rank: int, name: str, maker: Any, runtime: Any) -> None:
    rng = Random(200 * rank + seed)
    m = maker(seed=seed)
    groups = rng.choice((1, 1, 2))
    sizes = [rng.randrange(3, 7) for _ in range(rank)]
    over = options(rng, rank, sizes)
    if "auto_pad" not in over:
        over["output_padding"] = [rng.randrange(stride) for stride in over["strides"]]
    bias = [m.weight(6)] if rng.random() < 0.5 else []
    x = m.input("x", shape=(2, 4, *sizes))
    y = m("ConvTranspose", x, m.weight(4, 6 // groups, *over["kernel_shape"]), *bias, group=groups, **over)
    agree(m.model(y), {"x": normal(2, 4, *sizes)}, runtime, name)


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("kind", ["MaxPool", "AveragePool", "LpPool"])
@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("seed", SEEDS)
def test_pools(seed: int, rank: int, kind: str, name: str, maker: Any, runtime: Any) -> None:
    rng = Random(300 * rank + seed)
    m = maker(opset=22, seed=seed)
    sizes = [rng.randrange(7, 13) for _ in range(rank)]
    over = options(rng, rank, sizes)
    if "auto_pad" not in over:
        over["ceil_mode"] = rng.randrange(2)
    if kind == "AveragePool":
        over["count_include_pad"] = rng.randrange(2)
    if kind == "LpPool":
        over["p"] = rng.choice((1, 2, 3))
    y = m(kind, m.input("x", shape=(2, 3, *sizes)), **over)
    agree(m.model(y), {"x": normal(2, 3, *sizes)}, runtime, name)


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("kind", ["MaxPool", "AveragePool", "LpPool"])
@pytest.mark.parametrize(
    ("sizes", "window", "strides"), [((10, 9), (3, 2), (3, 3)), ((9, 10), (2, 3), (3, 3)), ((8, 10, 9), (2, 3, 2), (2, 3, 3))]
)
@pytest.mark.parametrize("pads", [0, 1])
def test_pools_that_round_up_along_some_dimensions_only(
    pads: int, sizes: tuple[int, ...], window: tuple[int, ...], strides: tuple[int, ...], kind: str, name: str, maker: Any, runtime: Any
) -> None:
    """Rounding up makes no window that begins after the image."""
    m = maker(opset=22)
    over = {"kernel_shape": window, "strides": strides, "ceil_mode": 1, "pads": [pads] * len(sizes) * 2}
    agree(m.model(m(kind, m.input("x", shape=(2, 3, *sizes)), **over)), {"x": normal(2, 3, *sizes)}, runtime, name)


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("kind", ["GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_global_pools(rank: int, kind: str, name: str, maker: Any, runtime: Any) -> None:
    m = maker()
    shape = (2, 3, *[9, 7, 5][:rank])
    agree(m.model(m(kind, m.input("x", shape=shape))), {"x": normal(*shape)}, runtime, name)


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("seed", range(3))
def test_positions_of_the_greatest(seed: int, rank: int, name: str, maker: Any, runtime: Any) -> None:
    """What a pool finds is put back where it was."""
    rng = Random(400 * rank + seed)
    m = maker(seed=seed)
    sizes = [rng.randrange(7, 11) for _ in range(rank)]
    over = options(rng, rank, sizes, pads=False)
    over["storage_order"] = rng.randrange(2)
    x = m.input("x", shape=(2, 3, *sizes))
    y, places = m("MaxPool", x, outputs=2, **over)
    agree(m.model({y: 1, places: 7}), {"x": normal(2, 3, *sizes)}, runtime, name)
    m = maker(seed=seed)
    x = m.input("x", shape=(2, 3, *[8] * rank))
    y, places = m("MaxPool", x, outputs=2, kernel_shape=[2] * rank, strides=[2] * rank)
    back = m("MaxUnpool", y, places, kernel_shape=[2] * rank, strides=[2] * rank)
    agree(m.model(back), {"x": normal(2, 3, *[8] * rank)}, runtime, name)


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("kind", ["ConvInteger", "QLinearConv"])
@pytest.mark.parametrize("rank", [1, 3])
def test_convolutions_of_integers(rank: int, kind: str, name: str, maker: Any, runtime: Any) -> None:
    m = maker()
    sizes, rng = [7, 8, 9][:rank], np.random.default_rng(0)
    x = m.input("x", 2, (1, 4, *sizes))
    filter = rng.integers(-20, 20, (6, 2, *[3] * rank)).astype(np.int8)
    over: dict[str, Any] = {"group": 2, "pads": [1] * (2 * rank), "strides": [2] * rank}
    if kind == "ConvInteger":
        if rank == 3:
            pytest.skip("ONNX Runtime has ConvInteger of images only")
        y = m(kind, x, m.constant(filter), m.constant(np.uint8(7)), **over)
        outputs = {y: 6}
    else:
        f = [m.constant(np.asarray(value, np.float32)) for value in (0.02, 0.03, 0.1)]
        z = [m.constant(np.uint8(7)), m.constant(np.int8(0)), m.constant(np.uint8(120))]
        y = m(kind, x, f[0], z[0], m.constant(filter), f[1], z[1], f[2], z[2], **over)
        outputs = {y: 2}
    agree(m.model(outputs), {"x": rng.integers(0, 255, (1, 4, *sizes)).astype(np.uint8)}, runtime, name, 1.0 if rank == 3 else 1e-6)


def test_windows_of_real_size(maker: Any, runtime: Any) -> None:
    """A block of a video network: 3 x 3 x 3 with a stride, depthwise, and back up again."""
    m = maker()
    x = m.input("x", shape=(1, 8, 9, 40, 36))
    h = m("Relu", m("Conv", x, m.weight(16, 8, 3, 3, 3), pads=[1] * 6, strides=[1, 2, 2]))
    h = m("Conv", h, m.weight(16, 1, 3, 5, 5), group=16, pads=[1, 2, 2, 1, 2, 2])
    h = m("MaxPool", h, kernel_shape=[2, 2, 2], strides=[2, 2, 2], ceil_mode=1)
    y = m("ConvTranspose", h, m.weight(16, 4, 4, 4, 4), strides=[2, 2, 2], pads=[1] * 6)
    agree(m.model(y), {"x": normal(1, 8, 9, 40, 36)}, runtime, "reference")


@pytest.mark.parametrize(
    ("kind", "attributes", "words"),
    [
        ("MaxPool", {"kernel_shape": [9, 9, 9]}, "its window spans 9 elements of an image of 5"),
        ("AveragePool", {"kernel_shape": [0, 1, 1]}, "must be 1 or more"),
        ("MaxPool", {"kernel_shape": [2, 2]}, "are not all for 3 spatial dimensions"),
        ("MaxPool", {"kernel_shape": [2, 2, 2], "strides": [0, 1, 1]}, "must be 1 or more"),
        ("MaxPool", {"kernel_shape": [2, 2, 2], "auto_pad": "SAME"}, "auto_pad 'SAME' is not known"),
        ("LpPool", {"kernel_shape": [2, 2, 2], "p": 0}, "its p must be above 0"),
    ],
)
def test_windows_that_do_not_fit_are_refused_with_their_sizes(kind: str, attributes: dict[str, Any], words: str, maker: Any) -> None:
    m = maker()
    with pytest.raises(UnsupportedModel, match=words):
        import_model(m.model(m(kind, m.input("x", shape=(1, 2, 5, 5, 5)), **attributes)))
