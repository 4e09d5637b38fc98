"""Directed tests against ONNX Runtime, for what agreement on average does not notice: pads, ceilings, flags, epsilons."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="onnx is not installed")
onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

RANDOM = np.random.default_rng(5)


def expected(operator: str, inputs: dict[str, np.ndarray], **attributes: Any) -> np.ndarray:
    """One ONNX operator in ONNX Runtime; an input without elements is left out."""
    helper = onnx.helper
    node = helper.make_node(operator, [name if array.size else "" for name, array in inputs.items()], ["y"], **attributes)
    inputs = {name: array for name, array in inputs.items() if array.size}
    kinds = {
        np.dtype(np.float32): onnx.TensorProto.FLOAT,
        np.dtype(np.int32): onnx.TensorProto.INT32,
        np.dtype(np.int64): onnx.TensorProto.INT64,
    }
    given = [helper.make_tensor_value_info(name, kinds[array.dtype], array.shape) for name, array in inputs.items()]
    graph = helper.make_graph([node], "one", given, [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, None)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, inputs)[0]


def random(*shape: int) -> np.ndarray:
    return RANDOM.standard_normal(shape, np.float32)


def close(result: np.ndarray, wanted: np.ndarray) -> None:
    assert result.shape == wanted.shape
    np.testing.assert_allclose(result, wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("groups", [1, 2])
def test_conv_with_uneven_pads(one_operation: Callable[..., Any], rank: int, groups: int) -> None:
    before, after = [1, 0, 2][:rank], [2, 1, 0][:rank]
    strides, dilations = [2, 1, 1][:rank], [1, 2, 1][:rank]
    x, w, bias = random(2, 4, *[9, 7, 6][:rank]), random(6, 4 // groups, *[3, 2, 3][:rank]), random(6)
    wanted = expected("Conv", {"x": x, "w": w, "b": bias}, pads=before + after, strides=strides, dilations=dilations, group=groups)
    pairs = [count for pair in zip(before, after, strict=True) for count in pair]
    close(
        one_operation(
            "conv",
            {"x": x},
            ("fp32", wanted.shape),
            weight=w,
            bias=bias,
            strides=strides,
            pad_type="custom",
            pad=pairs,
            dilations=dilations,
            groups=groups,
        ),
        wanted,
    )


@pytest.mark.parametrize("kind", ["same", "same_lower"])
def test_conv_with_the_same_size(one_operation: Callable[..., Any], kind: str) -> None:
    x, w = random(1, 2, 7, 8), random(3, 2, 4, 3)
    wanted = expected("Conv", {"x": x, "w": w}, auto_pad="SAME_UPPER" if kind == "same" else "SAME_LOWER", strides=[2, 2])
    result = one_operation(
        "conv", {"x": x}, ("fp32", wanted.shape), weight=w, strides=[2, 2], pad_type=kind, pad=[0] * 4, dilations=[1, 1], groups=1
    )
    close(result, wanted)


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("output_padding", [[0, 0], [1, 0]])
def test_conv_transpose_with_uneven_pads(one_operation: Callable[..., Any], groups: int, output_padding: list[int]) -> None:
    x, w = random(1, 4, 5, 4), random(4, 3, 3, 2)
    wanted = expected(
        "ConvTranspose", {"x": x, "w": w}, pads=[1, 0, 1, 1], strides=[2, 3], dilations=[1, 2], group=groups, output_padding=output_padding
    )
    result = one_operation(
        "conv_transpose",
        {"x": x},
        ("fp32", wanted.shape),
        weight=w,
        strides=[2, 3],
        pad_type="custom",
        pad=[1, 1 - output_padding[0], 0, 1 - output_padding[1]],
        output_shape=list(wanted.shape),
        dilations=[1, 2],
        groups=groups,
    )
    close(result, wanted)


@pytest.mark.parametrize("ceil_mode", [False, True])
@pytest.mark.parametrize("operator", ["MaxPool", "AveragePool", "AveragePool with padding"])
def test_pools(one_operation: Callable[..., Any], operator: str, ceil_mode: bool) -> None:
    x = random(1, 2, 8, 7) - 5  # below zero, where padding with zeros would win
    options = {"kernel_shape": [3, 2], "strides": [2, 2], "pads": [1, 0, 1, 0], "ceil_mode": int(ceil_mode)}
    counts = {"count_include_pad": int("with" in operator)} if "Average" in operator else {}
    wanted = expected(operator.split()[0], {"x": x}, **options, **counts)
    parameters = {"exclude_padding_from_average": "with" not in operator} if counts else {}
    result = one_operation(
        "avg_pool" if counts else "max_pool",
        {"x": x},
        ("fp32", wanted.shape),
        kernel_sizes=[3, 2],
        strides=[2, 2],
        pad_type="custom",
        pad=[1, 1, 0, 0],
        ceil_mode=ceil_mode,
        **parameters,
    )
    close(result, wanted)


@pytest.mark.parametrize("exclusive", [False, True])
@pytest.mark.parametrize("reverse", [False, True])
def test_cumsum(one_operation: Callable[..., Any], exclusive: bool, reverse: bool) -> None:
    x = random(3, 4)
    wanted = expected("CumSum", {"x": x, "axis": np.array(1)}, exclusive=int(exclusive), reverse=int(reverse))
    close(one_operation("cumsum", {"x": x}, ("fp32", x.shape), axis=1, exclusive=exclusive, reverse=reverse), wanted)


@pytest.mark.parametrize("epsilon", [1e-5, 0.5])
def test_layer_norm(one_operation: Callable[..., Any], epsilon: float) -> None:
    x, gamma, beta = random(2, 3, 4), random(3, 4), random(3, 4)
    wanted = expected("LayerNormalization", {"x": x, "g": gamma, "b": beta}, axis=1, epsilon=epsilon)
    result = one_operation(
        "layer_norm", {"x": x}, ("fp32", x.shape), axes=[1, 2], gamma=gamma, beta=beta, epsilon=np.array(epsilon, np.float32)
    )
    close(result, wanted)


@pytest.mark.parametrize("epsilon", [1e-5, 0.5])
def test_instance_norm(one_operation: Callable[..., Any], epsilon: float) -> None:
    x, gamma, beta = random(2, 3, 4, 5), random(3), random(3)
    wanted = expected("InstanceNormalization", {"x": x, "g": gamma, "b": beta}, epsilon=epsilon)
    result = one_operation("instance_norm", {"x": x}, ("fp32", x.shape), gamma=gamma, beta=beta, epsilon=np.array(epsilon, np.float32))
    close(result, wanted)


def test_batch_norm(one_operation: Callable[..., Any]) -> None:
    x, gamma, beta, mean, variance = random(2, 3, 4), random(3), random(3), random(3), np.abs(random(3))
    wanted = expected("BatchNormalization", {"x": x, "g": gamma, "b": beta, "m": mean, "v": variance}, epsilon=0.25)
    parameters = {"gamma": gamma, "beta": beta, "mean": mean, "variance": variance}
    close(one_operation("batch_norm", {"x": x}, ("fp32", x.shape), **parameters, epsilon=np.array(0.25, np.float32)), wanted)


@pytest.mark.parametrize("size", [3, 5])
def test_local_response_norm(one_operation: Callable[..., Any], size: int) -> None:
    x = random(1, 6, 3, 3)
    wanted = expected("LRN", {"x": x}, size=size, alpha=0.5, beta=0.6, bias=1.5)
    numbers = {"alpha": np.array(0.5, np.float32), "beta": np.array(0.6, np.float32), "k": np.array(1.5, np.float32)}
    close(one_operation("local_response_norm", {"x": x}, ("fp32", x.shape), size=size, **numbers), wanted)


@pytest.mark.parametrize(
    ("mode", "onnx_mode"), [("UNALIGN_CORNERS", "half_pixel"), ("STRICT_ALIGN_CORNERS", "align_corners"), ("DEFAULT", "asymmetric")]
)
def test_resize_bilinear(one_operation: Callable[..., Any], mode: str, onnx_mode: str) -> None:
    x = random(1, 2, 4, 5)
    sizes = np.array([1, 2, 7, 3], np.int64)
    empty = np.zeros(0, np.float32)
    wanted = expected(
        "Resize", {"x": x, "roi": empty, "scales": empty, "sizes": sizes}, mode="linear", coordinate_transformation_mode=onnx_mode
    )
    result = one_operation(
        "resize_bilinear", {"x": x}, ("fp32", wanted.shape), target_size_height=7, target_size_width=3, sampling_mode=mode
    )
    close(result, wanted)


@pytest.mark.parametrize("block", [2, 3])
def test_depth_and_space(one_operation: Callable[..., Any], block: int) -> None:
    deep, wide = random(1, 2 * block * block, 2, 3), random(1, 2, 2 * block, 3 * block)
    wanted = expected("DepthToSpace", {"x": deep}, blocksize=block)
    close(one_operation("depth_to_space", {"x": deep}, ("fp32", wanted.shape), block_size=block), wanted)
    shuffled = expected("DepthToSpace", {"x": deep}, blocksize=block, mode="CRD")
    close(one_operation("pixel_shuffle", {"x": deep}, ("fp32", shuffled.shape), upscale_factor=block), shuffled)
    back = expected("SpaceToDepth", {"x": wide}, blocksize=block)
    close(one_operation("space_to_depth", {"x": wide}, ("fp32", back.shape), block_size=block), back)


@pytest.mark.parametrize("reverse", [False, True])
def test_gru_with_the_reset_gate_before(one_operation: Callable[..., Any], reverse: bool) -> None:
    """ONNX orders the gates z, r, h; MIL r, o, z. In reverse ONNX gives the order of time."""
    steps, batch, features, hidden = 4, 2, 3, 5
    x, w, r, bias, initial = random(steps, batch, features), random(15, features), random(15, hidden), random(15), random(batch, hidden)
    order = np.concatenate([np.arange(10, 15), np.arange(0, 5), np.arange(5, 10)])  # z, r, h of MIL's r, o, z
    inputs = {"x": x, "w": w[order][None], "r": r[order][None], "b": np.concatenate([bias[order], np.zeros(15, np.float32)])[None]}
    inputs |= {"lens": np.full(batch, steps, np.int32), "h": initial[None]}
    wanted = expected("GRU", inputs, hidden_size=hidden, direction="reverse" if reverse else "forward")[:, 0]
    sequence, last = one_operation(
        "gru",
        {"x": x, "initial_h": initial},
        ("fp32", (steps, batch, hidden)),
        ("fp32", (batch, hidden)),
        weight_ih=w,
        weight_hh=r,
        bias=bias,
        direction="reverse" if reverse else "forward",
        output_sequence=True,
        recurrent_activation="sigmoid",
        activation="tanh",
    )
    close(sequence, wanted[::-1] if reverse else wanted)
    close(last, wanted[0] if reverse else wanted[-1])
