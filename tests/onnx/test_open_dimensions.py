"""Open dimensions: names, no names, and the expressions that exporters write."""

from __future__ import annotations

from typing import Any

import pytest
from onnx import TensorProto, helper

from webnpu.onnx import UnsupportedModel, import_model


def relus(*shapes: list[Any]) -> Any:
    names = [f"x{i}" for i in range(len(shapes))]
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in zip(names, shapes, strict=True)]
    outputs = [helper.make_tensor_value_info(f"y{name}", TensorProto.FLOAT, None) for name in names]
    nodes = [helper.make_node("Relu", [name], [f"y{name}"]) for name in names]
    return helper.make_model(helper.make_graph(nodes, "g", inputs, outputs), opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


@pytest.mark.parametrize(
    ("shapes", "options", "expected"),
    [
        ([["2*s0", 3]], {"dimensions": {"s0": 4}}, [(8, 3)]),
        ([["s0 + 1", "s0//2", "Max(1, s0 - 9)"]], {"dimensions": {"s0": 5}}, [(6, 2, 1)]),
        ([["floor(s0/2) + 1", "ceiling(s0/2)", "s0**2"]], {"dimensions": {"s0": 5}}, [(3, 3, 25)]),
        ([["Mod(s0, 3)*s1"], ["s0", "s1"]], {"dimensions": {"s0": 5, "s1": 4}}, [(8,), (5, 4)]),
        ([["-(-s0//2)"]], {"dimensions": {"s0": 5}}, [(3,)]),
        ([["2*s0"], ["s0"]], {"shapes": {"x0": (8,)}}, [(8,), (4,)]),
        ([["s0"], ["3*s0 + 1"]], {"shapes": {"x0": (8,)}}, [(8,), (25,)]),
        ([["s0 + s1"], ["s0"], ["s1"]], {"shapes": {"x0": (8,), "x1": (3,)}}, [(8,), (3,), (5,)]),
        ([["2*s0"], ["s0"]], {"dimensions": {"2*s0": 8}}, [(8,), (4,)]),
        ([["sequence-length", "time/2"]], {"dimensions": {"sequence-length": 7, "time/2": 3}}, [(7, 3)]),
        ([["all-past"], ["all"], ["past"]], {"dimensions": {"all": 7, "past": 3}}, [(4,), (7,), (3,)]),
        ([[-1, 3]], {"shapes": {"x0": (2, 3)}}, [(2, 3)]),
        ([["7", 3]], {}, [(7, 3)]),
        ([["s0"], ["s0"]], {"shapes": {"x0": (8,), "x1": (9,)}}, [(8,), (9,)]),
        ([["s0"], ["s0"]], {"dimensions": {"s0": 8}, "shapes": {"x0": (8,)}}, [(8,), (8,)]),
    ],
)
def test_sizes(shapes: list[list[Any]], options: dict[str, Any], expected: list[tuple[int, ...]]) -> None:
    graph = import_model(relus(*shapes), **options)
    assert [operand.shape for operand in graph.inputs.values()] == expected


@pytest.mark.parametrize(
    ("shapes", "options", "words"),
    [
        ([["2*s0"]], {}, r"its dimension 0, '2\*s0', is open; give s0, of which it is made \(--dim s0=SIZE, or dimensions={'s0': SIZE}\)"),
        ([["b", "t"]], {}, r"0, 'b', and 1, 't', are open; give their sizes \(--dim b=SIZE --dim t=SIZE"),
        ([[-1, 3]], {}, r"its dimension 0 is open and has no name; give its shape \(--shape x0=SIZE,3"),
        ([[-1, 3]], {"shapes": {"x0": (2, 4)}}, r"\[2, 4\] that was given for it does not fit what the model declares, \[\?, 3\]"),
        ([["s0 - 4"]], {"dimensions": {"s0": 2}}, "its dimension 0, 's0 - 4', would be -2 with s0 2"),
        ([["s0/2"]], {"dimensions": {"s0": 3}}, "'s0/2', has no value with s0 3: it is no integer"),
        ([["s0//0"]], {"dimensions": {"s0": 3}}, "it divides by zero"),
        ([["s0**s0"]], {"dimensions": {"s0": 99}}, "a power of 99"),
        (
            [["batch", 3]],
            {"dimensions": {"batch": 1}, "shapes": {"x0": (2, 3)}},
            "its dimension 0 is 2 in the shape that was given, but 'batch' was given as 1",
        ),
        ([["my size"]], {}, "--dim 'my size'=SIZE"),
    ],
)
def test_what_is_missing_or_wrong_is_said(shapes: list[list[Any]], options: dict[str, Any], words: str) -> None:
    with pytest.raises(UnsupportedModel, match=words):
        import_model(relus(*shapes), **options)


def test_all_open_dimensions_of_all_inputs_are_listed_at_once() -> None:
    with pytest.raises(UnsupportedModel) as error:
        import_model(relus(["batch", "seq"], ["batch", 3], [-1, 2]))
    assert str(error.value).startswith("3 inputs of the model have open dimensions:")
    assert str(error.value).endswith("all at once: --dim batch=SIZE --dim seq=SIZE --shape x2=SIZE,2")


@pytest.mark.parametrize("text", ["(" * 300, "9**9**9**9", "__import__('os')", "a.b", "x" * 10_000, "1/0", "\0", "lambda: 0", "[1]", "f()"])
def test_hostile_names_are_names(text: str) -> None:
    with pytest.raises(UnsupportedModel):
        import_model(relus([text]))
