"""Small ONNX models with all that can go wrong in them: control flow, functions, sequences, known shapes, quantised weights."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import AttributeProto, ModelProto, TensorProto, helper, numpy_helper

FLOAT, INT64, BOOL = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL


def info(name: str, element: int = FLOAT, shape: Any = None) -> Any:
    return helper.make_tensor_value_info(name, element, shape)


class Maker:
    """Writes the nodes of one model; values are their names."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self.inputs: list[Any] = []
        self.functions: list[Any] = []
        self.opsets = [helper.make_opsetid("", 18), helper.make_opsetid("my", 1)]

    def input(self, name: str, shape: tuple[Any, ...], element: int = FLOAT) -> str:
        self.inputs.append(info(name, element, shape))
        return name

    def known(self, value: Any, dtype: Any = np.int64) -> str:
        self.initializers.append(numpy_helper.from_array(np.asarray(value, dtype), f"c{len(self.initializers)}"))
        return self.initializers[-1].name  # type: ignore[no-any-return]

    def weight(self, *shape: int) -> str:
        return self.known(np.linspace(-1, 1, int(np.prod(shape))).reshape(shape), np.float32)

    def __call__(self, kind: str, *inputs: str, outputs: int = 1, domain: str = "", **attributes: Any) -> Any:
        names = [f"v{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, name=f"n{len(self.nodes)}", domain=domain, **attributes))
        return names[0] if outputs == 1 else names

    def model(self, *outputs: str) -> ModelProto:
        graph = helper.make_graph(self.nodes, "g", self.inputs, [info(name) for name in outputs], initializer=self.initializers)
        return helper.make_model(graph, opset_imports=self.opsets, ir_version=9, functions=self.functions)


def models() -> list[ModelProto]:
    """The models."""
    return [vision(), movement(), recurrent(), branches(), scans(), functions(), sequences(), quantised(), external(), *many()]


def vision() -> ModelProto:
    m = Maker()
    x = m.input("x", (1, 3, 8, 8))
    x = m("Relu", m("Conv", x, m.weight(4, 3, 3, 3), pads=[1] * 4, strides=[2, 2]))
    x = m("MaxPool", m("BatchNormalization", x, *(m.weight(4) for _ in range(4))), kernel_shape=[2, 2], ceil_mode=1)
    shape = m("Concat", m("Gather", m("Shape", x), m.known([0])), m.known([-1]), axis=0)
    return m.model(m("Softmax", m("Gemm", m("Reshape", x, shape), m.weight(36, 5)), axis=-1))


def movement() -> ModelProto:
    m = Maker()
    x = m.input("x", (4, 6))
    parts = m("Split", x, m.known([2, 4]), outputs=2, axis=1)
    sliced = m("Slice", parts[1], m.known([-1]), m.known([-100]), m.known([0]), m.known([-2]))
    padded = m("Pad", m("Tile", sliced, m.known([1, 2])), m.known([0, 1, 2, 0]), m.known(3, np.float32))
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["go_out"]), helper.make_node("Add", ["t", "t"], ["t_out"])], "body",
        [info("i", INT64, []), info("go", BOOL, []), info("t")], [info("go_out", BOOL, []), info("t_out")],
    )  # fmt: skip
    looped = m("Loop", m.known(3), "", padded, body=body)
    return m.model(looped, m("TopK", x, m.known([2]), outputs=2)[0], parts[0])


def recurrent() -> ModelProto:
    m = Maker()
    x = m.input("x", (3, 2, 4))
    y, _ = m("GRU", x, m.weight(1, 9, 4), m.weight(1, 9, 3), m.weight(1, 18), outputs=2, hidden_size=3)
    z = m("LSTM", x, m.weight(1, 12, 4), m.weight(1, 12, 3), outputs=3, hidden_size=3)[0]
    y = m("Einsum", m("Add", y, z), m.weight(3, 2), equation="sdbh,hk->sbk")
    return m.model(m("Resize", m("Unsqueeze", y, m.known([0])), "", m.known([1, 1, 2, 1.5], np.float32), mode="linear"))


def branches() -> ModelProto:
    m = Maker()
    x, c = m.input("x", (2, 3)), m.input("c", (), BOOL)
    sides = [helper.make_graph([helper.make_node(kind, ["x"], ["r"])], kind, [], [info("r")]) for kind in ("Neg", "Exp")]
    either = m("If", c, then_branch=sides[0], else_branch=sides[1])
    return m.model(m("If", m.known(True, bool), then_branch=sides[0], else_branch=sides[1]), m("Where", m.known(True, bool), either, x))


def scans() -> ModelProto:
    m = Maker()
    body = helper.make_graph(
        [helper.make_node("Add", ["s", "e"], ["t"]), helper.make_node("Identity", ["t"], ["o"])],
        "body", [info("s", FLOAT, [2]), info("e", FLOAT, [2])], [info("t", FLOAT, [2]), info("o", FLOAT, [2])],
    )  # fmt: skip
    last, each = m("Scan", m.weight(2), m.input("x", (4, 2)), outputs=2, body=body, num_scan_inputs=1)
    return m.model(m("Add", last, m("CumSum", each, m.known(0))))


def functions() -> ModelProto:
    m = Maker()
    inner = [helper.make_node("LeakyRelu", ["a"], ["t"]), helper.make_node("Mul", ["t", "t"], ["b"])]
    del inner[0].attribute[:]
    inner[0].attribute.append(helper.make_attribute_ref("alpha", AttributeProto.FLOAT, ref_attr_name="slope"))
    m.functions.append(helper.make_function("my", "F", ["a"], ["b"], inner, m.opsets, ["slope"]))
    outer = [helper.make_node("F", ["a"], ["m"], domain="my", slope=0.5), helper.make_node("F", ["m"], ["b"], domain="my", slope=0.25)]
    m.functions.append(helper.make_function("my", "G", ["a"], ["b"], outer, m.opsets))
    return m.model(m("G", m("Celu", m.input("x", (2, 2))), domain="my"))


def sequences() -> ModelProto:
    m = Maker()
    parts = m("SplitToSequence", m.input("x", (4, 2)), axis=0)
    second = m("SequenceAt", m("SequenceInsert", parts, m.weight(1, 2), m.known(0)), m.known(-1))
    return m.model(m("ConcatFromSequence", parts, axis=1), second, m("Cast", m("SequenceLength", parts), to=FLOAT))


def quantised() -> ModelProto:
    m = Maker()
    scale, zero = m.known([0.1, 0.2], np.float32), m.known([1, 2], np.int8)
    weights = m("DequantizeLinear", m.known([[1, 2, 3], [4, 5, 6]], np.int8), scale, zero, axis=0)
    x = m(
        "DequantizeLinear",
        m("QuantizeLinear", m.input("x", (1, 2)), m.known(0.1, np.float32), m.known(3, np.uint8)),
        m.known(0.1, np.float32),
        m.known(3, np.uint8),
    )
    return m.model(m("MatMul", x, weights))


def external() -> ModelProto:
    m = Maker()
    model = m.model(m("MatMul", m.input("x", (1, 4)), m.weight(4, 4)))
    tensor = model.graph.initializer[0]
    del tensor.float_data[:]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", "weights.bin"), ("offset", "0"), ("length", "64")):
        tensor.external_data.add(key=key, value=value)
    return model


def many() -> list[ModelProto]:
    """One operator each, of those whose importers read attributes or known inputs."""
    m: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
        "ConvTranspose": (((1, 2, 3, 3), (2, 1, 2, 2)), {"strides": [2, 2], "output_padding": [1, 1]}),
        "AveragePool": (((1, 2, 5, 5),), {"kernel_shape": [3, 3], "auto_pad": "SAME_UPPER"}),
        "LpPool": (((1, 2, 5, 5),), {"kernel_shape": [2, 2], "p": 3}),
        "Transpose": (((2, 3, 4),), {"perm": [2, 0, 1]}),
        "Gather": (((3, 4), [0, 2]), {"axis": 1}),
        "GatherND": (((2, 2), [[0, 1]]), {}),
        "ScatterElements": (((3, 3), [[0, 1, 2]], (1, 3)), {"axis": 0}),
        "OneHot": (((2, 3), 4, [0.0, 1.0]), {"axis": -1}),
        "Expand": (((3, 1), [2, 3, 4]), {}),
        "ReduceSum": (((2, 3), [1]), {"keepdims": 0}),
        "ReduceL2": (((2, 3), [0]), {}),
        "LayerNormalization": (((2, 6), (6,), (6,)), {"axis": -1}),
        "InstanceNormalization": (((1, 2, 4), (2,), (2,)), {}),
        "DepthToSpace": (((1, 8, 2, 2),), {"blocksize": 2, "mode": "CRD"}),
        "Trilu": (((3, 3), 1), {"upper": 0}),
        "LRN": (((1, 4, 2, 2),), {"size": 3}),
        "GridSample": (((1, 1, 4, 4), (1, 2, 2, 2)), {"mode": "bilinear"}),
        "PRelu": (((2, 3), (3,)), {}),
        "Clip": (((2, 3), -1.0, 1.0), {}),
        "Range": ((0, 4, 1), {}),
        "Attention": ((), {}),
    }
    built = []
    for kind, (operands, attributes) in m.items():
        maker = Maker()
        names = []
        for index, operand in enumerate(operands):
            if isinstance(operand, tuple):
                names.append(maker.input(f"x{index}", operand) if index == 0 else maker.weight(*operand))
            else:
                names.append(maker.known(operand, np.float32 if isinstance(np.asarray(operand).reshape(-1)[0].item(), float) else np.int64))
        if names:
            built.append(maker.model(maker("Cast", maker(kind, *names, **attributes), to=FLOAT)))
    return built[:-1]  # a range alone has no input
