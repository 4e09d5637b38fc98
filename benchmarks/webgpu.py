"""The WebGPU backend against ONNX Runtime's and PyTorch, on one GPU, in one run.

    python benchmarks/webgpu.py [--models MobileNetV2 ResNet-50] [--matmul 4096] [--layers 8] [--json FILE]

Matrix products are chained, so that the device more than the host is timed. Models are run host to host: arrays in, arrays
out. Decoding is the products of a language model's layers for one token, with weights of 4 bits. A peer that is not
installed is named as absent. A software driver says nothing about speed: without a GPU only the results are compared, with
those of ONNX Runtime's CPU provider.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from models import MODELS

from webnpu import MLGraphBuilder
from webnpu.backend import load_backend
from webnpu.graph import Graph
from webnpu.onnx import export_model
from webnpu.types import DataType, OperandDescriptor

BACKEND: Any = load_backend("webgpu")
CHAIN = 10
"""Products one after another in one graph."""


def module(name: str) -> Any:
    """A module of the backend."""
    return import_module(f"{type(BACKEND).__module__}.{name}")


def timed(run: Callable[[], Any], seconds: float = 3.0) -> dict[str, float]:
    """The least and the median time of a run in milliseconds, after three that do not count."""
    for _ in range(3):
        run()
    times: list[float] = []
    begin = time.perf_counter()
    while len(times) < 5 or time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        run()
        times.append(1000 * (time.perf_counter() - start))
    return {"least": min(times), "median": median(times)}


def products(size: int, data_type: str) -> Graph:
    """A chain of square matrix products."""
    b: Any = MLGraphBuilder()
    x = b.input("x", OperandDescriptor(DataType(data_type), (size, size)))
    weight = np.random.default_rng(0).standard_normal((size, size)) / np.sqrt(size)
    w = b.constant(weight.astype(data_type))
    for _ in range(CHAIN):
        x = b.matmul(x, w)
    graph: Graph = b.finish({"y": x})
    return graph


def inputs_of(graph: Graph) -> dict[str, np.ndarray]:
    """Normal numbers for each input."""
    random = np.random.default_rng(1)
    return {name: random.standard_normal(d.shape).astype(d.data_type.numpy) for name, d in graph.input_descriptors.items()}


def onnx_session(graph: Graph, provider: str) -> Any:
    """A session of ONNX Runtime, or None where it lacks the provider."""
    try:
        import onnxruntime
    except ImportError:
        return None
    if provider not in onnxruntime.get_available_providers():
        return None
    return onnxruntime.InferenceSession(export_model(graph).SerializeToString(), providers=[provider])


def ours_on_device(graph: Graph) -> dict[str, float]:
    """The time of dispatches from tensor to tensor: the graph alone, without copies from and to the host."""
    program = BACKEND.compile(graph)
    given = {name: BACKEND.create_tensor(d) for name, d in graph.input_descriptors.items()}
    wanted = {name: BACKEND.create_tensor(d) for name, d in graph.output_descriptors.items()}
    for name, array in inputs_of(graph).items():
        given[name].write(array)
    last = BACKEND.create_tensor(OperandDescriptor(DataType.FLOAT32, (1,)))

    def run() -> None:
        program.dispatch(given, wanted)
        last.read()  # waits for the queue

    figures = timed(run)
    program.destroy()
    for tensor in (*given.values(), *wanted.values(), last):
        tensor.destroy()
    return figures


def torch_products(size: int, data_type: str) -> dict[str, float] | None:
    """The same chain in PyTorch, without TF32."""
    torch = _torch()
    if torch is None:
        return None
    x, w = (torch.randn(size, size, device="cuda", dtype=getattr(torch, data_type)) / size**0.5 for _ in range(2))

    def run() -> None:
        y = x
        for _ in range(CHAIN):
            y = y @ w
        torch.cuda.synchronize()

    return timed(run)


def _torch() -> Any:
    try:
        import torch
    except ImportError:
        return None
    if not torch.cuda.is_available():
        return None
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    return torch


def torch_model(graph: Graph) -> dict[str, float] | None:
    """The same graph in PyTorch, as a CUDA graph between copies from and to the host."""
    torch = _torch()
    if torch is None:
        return None
    values = {c: torch.from_numpy(np.array(c.value)).cuda() for c in graph.constants}
    arrays = {name: torch.from_numpy(array).pin_memory() for name, array in inputs_of(graph).items()}
    given = {name: array.cuda() for name, array in arrays.items()}

    def compute() -> list[Any]:
        known = {**values, **{graph.inputs[name]: tensor for name, tensor in given.items()}}
        for op in graph.operators:
            known[op.output] = TORCH[op.name](torch, op, *(known[operand] for _, operand in op.operands()))
        return [known[operand] for operand in graph.outputs.values()]

    with torch.no_grad():
        for _ in range(3):
            compute()
        captured = torch.cuda.CUDAGraph()
        with torch.cuda.graph(captured):
            outputs = compute()

    def run() -> None:
        for name, tensor in given.items():
            tensor.copy_(arrays[name], non_blocking=True)
        captured.replay()
        for output in outputs:
            output.cpu()

    return timed(run)


def _torch_conv(torch: Any, op: Any, x: Any, filter: Any, bias: Any = None) -> Any:
    padding = (op.padding[0], op.padding[2])
    return torch.nn.functional.conv2d(x, filter, bias, op.strides, padding, op.dilations, op.groups)


TORCH: dict[str, Callable[..., Any]] = {
    "add": lambda torch, op, a, b: a + b,
    "mul": lambda torch, op, a, b: a * b,
    "relu": lambda torch, op, x: torch.relu(x),
    "gelu": lambda torch, op, x: torch.nn.functional.gelu(x),
    "matmul": lambda torch, op, a, b: a @ b,
    "conv2d": _torch_conv,
    "maxPool2d": lambda torch, op, x: torch.nn.functional.max_pool2d(x, op.window, op.strides, (op.padding[0], op.padding[2])),
    "averagePool2d": lambda torch, op, x: x.mean((2, 3), keepdim=True),
    "gemm": lambda torch, op, a, b, c: op.alpha * (a @ b) + op.beta * c,
    "softmax": lambda torch, op, x: torch.softmax(x, op.axis),
    "transpose": lambda torch, op, x: x.permute(op.resolved_permutation),
    "layerNormalization": lambda torch, op, x, *sb: torch.nn.functional.layer_norm(
        x, [x.shape[a] for a in op.resolved_axes], *sb, op.epsilon
    ),
    "reshape": lambda torch, op, x: x.reshape(op.new_shape),
    "clamp": lambda torch, op, x: torch.clamp(x, *op.bounds),
}
"""What the models use, in PyTorch."""


def compare_products(size: int, data_type: str) -> dict[str, Any]:
    """TFLOP/s of a chain of products: ours and ONNX Runtime's host to host, ours and PyTorch's on the device."""
    graph = products(size, data_type)
    work = 2e-9 * size**3 * CHAIN
    row: dict[str, Any] = {"matmul": size, "type": data_type, "ours_on_device": work / ours_on_device(graph)["least"]}
    inputs = inputs_of(graph)
    program = BACKEND.compile(graph)
    row["ours"] = work / timed(lambda: program.run(inputs))["least"]
    program.destroy()
    session = onnx_session(graph, "WebGpuExecutionProvider")
    row["onnxruntime_webgpu"] = None if session is None else work / timed(lambda: session.run(None, inputs))["least"]
    peer = torch_products(size, data_type)
    row["pytorch"] = None if peer is None else work / peer["least"]
    return row


def compare_model(name: str, is_cpu: bool) -> dict[str, Any]:
    """Milliseconds of a model, host to host, and how far the results are from ONNX Runtime's."""
    graph = MODELS[name]()
    inputs = inputs_of(graph)
    program = BACKEND.compile(graph)
    results = program.run(inputs)
    plan = program.plan
    row: dict[str, Any] = {"model": name, "dispatches": plan.dispatches, "arena_bytes": plan.arena_bytes, "least_bytes": lower_bound(plan)}
    oracle = onnx_session(graph, "CPUExecutionProvider")
    if oracle is not None:
        row["difference"] = max(float(np.abs(a - b).max()) for a, b in zip(results.values(), oracle.run(None, inputs), strict=True))
    if not is_cpu:
        row["ours"] = timed(lambda: program.run(inputs))
        row["on_device"] = ours_on_device(graph)
        session = onnx_session(graph, "WebGpuExecutionProvider")
        row["onnxruntime_webgpu"] = None if session is None else timed(lambda: session.run(None, inputs))
        row["pytorch"] = torch_model(graph)
        steps = zip(program.profile(inputs), (step.kernel for step in plan.steps), strict=True)
        row["slowest_steps"] = sorted(steps, reverse=True)[:10]
    program.destroy()
    return row


WIDTH, KEYS, HIDDEN, BLOCK = 4096, 1024, 14336, 32
"""The sizes of a layer of Llama 3 8B, and how many weights share a scale."""
PRODUCTS = {
    "q": (WIDTH, WIDTH),
    "k": (WIDTH, KEYS),
    "v": (WIDTH, KEYS),
    "o": (WIDTH, WIDTH),
    "gate": (WIDTH, HIDDEN),
    "up": (WIDTH, HIDDEN),
}
PRODUCTS["down"] = (HIDDEN, WIDTH)
"""The products of a layer: their terms and columns."""


def quantized_weights() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """For each product whole numbers from 0 to 15, about 8, and scales that keep the size of what is multiplied."""
    random = np.random.default_rng(0)
    return {
        name: (random.integers(0, 16, (k, n), np.uint8), np.full((k // BLOCK, n), 1 / (4.6 * np.sqrt(k)), np.float16))
        for name, (k, n) in PRODUCTS.items()
    }


def layered(x: Any, layers: int, product: Callable[[Any, str], Any], mul: Callable[[Any, Any], Any]) -> dict[str, Any]:
    """Layers of products, with nothing between them but what joins the branches; the last token's keys and values are outputs."""
    outputs = {}
    for layer in range(layers):
        outputs[f"k{layer}"], outputs[f"v{layer}"] = product(x, "k"), product(x, "v")
        x = product(product(x, "q"), "o")
        x = product(mul(product(x, "gate"), product(x, "up")), "down")
    return {**outputs, "x": x}


def decoding(layers: int, weights: dict[str, tuple[np.ndarray, np.ndarray]]) -> Graph:
    """One token through the products of some layers, in float16 with weights of 4 bits."""
    b: Any = MLGraphBuilder()

    def product(x: Any, name: str) -> Any:
        numbers, scale = weights[name]
        whole, middle = numbers.astype(DataType.UINT4.numpy), np.full(scale.shape, 8).astype(DataType.UINT4.numpy)
        matrix, zero = (b.constant(OperandDescriptor(DataType.UINT4, array.shape), array, copy=False) for array in (whole, middle))
        return b.matmul(x, b.dequantize_linear(matrix, b.constant(scale), zero))

    outputs = layered(b.input("token", OperandDescriptor(DataType.FLOAT16, (1, WIDTH))), layers, product, b.mul)
    graph: Graph = b.finish(outputs)
    return graph


def onnx_decoding(layers: int, weights: dict[str, tuple[np.ndarray, np.ndarray]]) -> Any:
    """The same as a session of ONNX Runtime, with its own operator for such weights, or None where it is absent."""
    try:
        import onnx
        import onnxruntime
    except ImportError:
        return None
    if "WebGpuExecutionProvider" not in onnxruntime.get_available_providers():
        return None
    nodes: list[Any] = []
    held: list[Any] = []
    packed = {}
    for name, (numbers, scale) in weights.items():
        nibbles = numbers.T.reshape(numbers.shape[1], -1, BLOCK)
        packed[name] = np.ascontiguousarray(nibbles[..., ::2] | nibbles[..., 1::2] << 4), np.ascontiguousarray(scale.T).reshape(-1)

    def product(x: str, name: str) -> str:
        k, n = PRODUCTS[name]
        made = f"y{len(nodes)}"
        operands = [f"{made}_weights", f"{made}_scale"]
        held.extend(onnx.numpy_helper.from_array(array, operand) for operand, array in zip(operands, packed[name], strict=True))
        options: Any = {"K": k, "N": n, "bits": 4, "block_size": BLOCK}
        nodes.append(onnx.helper.make_node("MatMulNBits", [x, *operands], [made], domain="com.microsoft", **options))
        return made

    def mul(a: str, b: str) -> str:
        nodes.append(onnx.helper.make_node("Mul", [a, b], [f"y{len(nodes)}"]))
        return f"y{len(nodes) - 1}"

    def value(name: str, size: int) -> Any:
        return onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT16, [1, size])

    sizes = {"k": KEYS, "v": KEYS, "x": WIDTH}
    outputs = [value(made, sizes[name[0]]) for name, made in layered("token", layers, product, mul).items()]
    graph = onnx.helper.make_graph(nodes, "decoding", [value("token", WIDTH)], outputs, held)
    opsets = [onnx.helper.make_opsetid("", 20), onnx.helper.make_opsetid("com.microsoft", 1)]
    model = onnx.helper.make_model(graph, opset_imports=opsets, ir_version=10)
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["WebGpuExecutionProvider"])


def compare_decoding(layers: int) -> dict[str, Any]:
    """Milliseconds a token, and how far the results are from ONNX Runtime's, relative to the greatest."""
    weights = quantized_weights()
    graph = decoding(layers, weights)
    inputs = inputs_of(graph)
    program = BACKEND.compile(graph)
    results = program.run(inputs)
    row: dict[str, Any] = {"decoding": layers, "dispatches": program.plan.dispatches, "weight_bytes": program.explain().weight_bytes}
    row["ours"] = timed(lambda: program.run(inputs))
    program.destroy()
    row["on_device"] = ours_on_device(graph)
    session = onnx_decoding(layers, weights)
    if session is not None:
        row["onnxruntime_webgpu"] = timed(lambda: session.run(None, inputs))
        greatest = max(float(np.abs(result).max()) for result in results.values())
        pairs = zip(results.values(), session.run(None, inputs), strict=True)
        row["difference"] = max(float(np.abs(a.astype("f4") - b.astype("f4")).max()) for a, b in pairs) / greatest
    return row


def lower_bound(plan: Any) -> int:
    """The largest sum of temporary bytes that live at one time."""
    arena = module("arena")
    touched: dict[int, list[int]] = {}
    for moment, step in enumerate(plan.steps):
        for binding in step.bindings.values():
            touched.setdefault(binding.buffer, []).append(moment)
    alive = [(plan.buffers[number], moments) for number, moments in touched.items() if plan.buffers[number].role == "temporary"]
    return int(arena.lower_bound([arena.Lifetime(buffer.byte_length, moments[0], moments[-1]) for buffer, moments in alive]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="*", default=list(MODELS), metavar="NAME", help=f"of {'; '.join(MODELS)}")
    parser.add_argument("--matmul", type=int, default=4096, help="the size of the matrices; 0 leaves them out")
    parser.add_argument("--layers", type=int, default=8, help="of the decoding; 0 leaves it out")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    device = module("device").device()
    print(f"device: {device.name} ({device.backend})")
    rows = []
    if device.is_cpu:
        print("a software driver: no times")
    else:
        for data_type in ("float32", "float16") if arguments.matmul else ():
            rows.append(compare_products(arguments.matmul, data_type))
            print("TFLOP/s", json.dumps(rows[-1]))
    for name in arguments.models:
        rows.append(compare_model(name, device.is_cpu))
        print("ms", json.dumps(rows[-1]))
    if arguments.layers and not device.is_cpu:
        rows.append(compare_decoding(arguments.layers))
        print("ms", json.dumps(rows[-1]))
    if arguments.json:
        arguments.json.write_text(json.dumps({"device": device.name, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
