"""Local functions: other operator sets, other domains, functions in functions, attributes by reference, optional inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from webnpu import BudgetExceeded
from webnpu.backend import load_backend
from webnpu.onnx import InvalidModel, UnsupportedModel, import_model

FLOAT = TensorProto.FLOAT


def referring(node: Any, **references: tuple[str, int]) -> Any:
    """A node some attributes of which are those of the function around it."""
    for name, (outer, kind) in references.items():
        attribute = node.attribute.add()
        attribute.name, attribute.ref_attr_name, attribute.type = name, outer, kind
    return node


def model(functions: list[Any], nodes: list[Any], outputs: list[str], shape: list[int], opset: int = 20, domain: str = "my") -> Any:
    infos = [helper.make_tensor_value_info(name, FLOAT, None) for name in outputs]
    graph = helper.make_graph(nodes, "g", [helper.make_tensor_value_info("x", FLOAT, shape)], infos)
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid(domain, 1)]
    return helper.make_model(graph, opset_imports=opsets, functions=functions, ir_version=10)


def test_a_function_is_read_in_its_own_operator_set() -> None:
    """ReduceSum took its axes as an attribute before operator set 13, Clip its bounds before 11, Split its sizes before 13."""
    nodes = [
        helper.make_node("ReduceSum", ["a"], ["s"], axes=[1], keepdims=0),
        helper.make_node("Split", ["a"], ["left", "right"], axis=1, split=[1, 2]),
        helper.make_node("ReduceMean", ["right"], ["m"], axes=[1], keepdims=0),
        helper.make_node("Add", ["s", "m"], ["b"]),
    ]
    old = helper.make_function("my", "Old", ["a"], ["b"], nodes, [helper.make_opsetid("", 11)])
    new_nodes = [
        helper.make_node("Constant", [], ["axes"], value_ints=[1]),
        helper.make_node("ReduceMax", ["a", "axes"], ["b"], keepdims=0),
    ]
    new = helper.make_function("my", "New", ["a"], ["b"], new_nodes, [helper.make_opsetid("", 18)])
    calls = [helper.make_node("Old", ["x"], ["y"], domain="my"), helper.make_node("New", ["x"], ["z"], domain="my")]
    x = np.float32([[1, 2, 3], [4, 5, 7]])
    built = model([old, new], calls, ["y", "z"], [2, 3], opset=17)
    got = load_backend("reference").compile(import_model(built)).run({"x": x})
    np.testing.assert_array_equal(got["y"], [8.5, 22])
    np.testing.assert_array_equal(got["z"], [3, 7])


def test_functions_in_functions_with_attributes_by_reference() -> None:
    leaky = referring(helper.make_node("LeakyRelu", ["a"], ["b"]), alpha=("slope", onnx.AttributeProto.FLOAT))
    inner = helper.make_function("in", "Inner", ["a"], ["b"], [leaky], [helper.make_opsetid("", 16)], ["slope"])
    called = referring(helper.make_node("Inner", ["a"], ["h"], domain="in"), slope=("steep", onnx.AttributeProto.FLOAT))
    default = helper.make_attribute("steep", 0.5)
    outer = helper.make_function(
        "my", "Outer", ["a"], ["b"], [called, helper.make_node("Add", ["h", "h"], ["b"])],
        [helper.make_opsetid("", 15), helper.make_opsetid("in", 1)], attribute_protos=[default],
    )  # fmt: skip
    calls = [helper.make_node("Outer", ["x"], ["y"], domain="my"), helper.make_node("Outer", ["x"], ["z"], domain="my", steep=0.25)]
    built = model([inner, outer], calls, ["y", "z"], [3])
    built.opset_import.append(helper.make_opsetid("in", 1))
    got = load_backend("reference").compile(import_model(built)).run({"x": np.float32([-4, 0, 1])})
    np.testing.assert_array_equal(got["y"], [-4, 0, 2])
    np.testing.assert_array_equal(got["z"], [-2, 0, 2])
    assert next(operator.label for operator in import_model(built).operators) == "y/h/b"


def test_optional_inputs_and_outputs_of_a_function() -> None:
    """An input that is not given is absent inside as well, in a graph inside it too; an output need not be taken."""
    nodes = [
        helper.make_node("Clip", ["a", "low", "high"], ["b"]),
        helper.make_node("Split", ["a"], ["c", "d"], num_outputs=2),
    ]
    clip = helper.make_function("my", "Within", ["a", "low", "high"], ["b", "c", "d"], nodes, [helper.make_opsetid("", 18)])
    constant = helper.make_node("Constant", [], ["one"], value_float=1.0)
    calls = [
        constant,
        helper.make_node("Within", ["x", "", "one"], ["y"], domain="my"),
        helper.make_node("Within", ["x", "one"], ["", "", "z"], domain="my"),
    ]
    built = model([clip], calls, ["y", "z"], [4])
    got = load_backend("reference").compile(import_model(built)).run({"x": np.float32([-5, 0.5, 2, 3])})
    np.testing.assert_array_equal(got["y"], [-5, 0.5, 1, 1])
    np.testing.assert_array_equal(got["z"], [2, 3])


def test_a_function_goes_before_an_operator_of_its_name() -> None:
    gelu = helper.make_function(
        "com.microsoft", "Gelu", ["a"], ["b"], [helper.make_node("Neg", ["a"], ["b"])], [helper.make_opsetid("", 17)]
    )
    built = model([gelu], [helper.make_node("Gelu", ["x"], ["y"], domain="com.microsoft")], ["y"], [2], domain="com.microsoft")
    got = load_backend("reference").compile(import_model(built)).run({"x": np.float32([1, -2])})
    np.testing.assert_array_equal(got["y"], [-1, 2])


def test_what_is_refused_in_a_function_is_named_with_the_call() -> None:
    nodes = [helper.make_node("NonZero", ["a"], ["i"], name="where"), helper.make_node("Unique", ["a"], ["b"], name="kinds")]
    bad = helper.make_function("my", "Bad", ["a"], ["i", "b"], nodes, [helper.make_opsetid("", 17)])
    built = model([bad], [helper.make_node("Bad", ["x"], ["i", "y"], name="first", domain="my")], ["y"], [2])
    with pytest.raises(UnsupportedModel) as error:
        import_model(built)
    assert [refusal.node for refusal in error.value.refusals] == ["first/where", "first/kinds"]


def test_operator_sets_that_are_not_read() -> None:
    old = helper.make_function("my", "F", ["a"], ["b"], [helper.make_node("Relu", ["a"], ["b"])], [helper.make_opsetid("", 5)])
    with pytest.raises(InvalidModel, match="'F' uses operator set 5"):
        import_model(model([old], [helper.make_node("F", ["x"], ["y"], domain="my")], ["y"], [2]))


def test_functions_that_double_themselves_end() -> None:
    """Each of 40 functions calls the one before it twice."""
    functions = [helper.make_function("my", "F0", ["a"], ["b"], [helper.make_node("Relu", ["a"], ["b"])], [helper.make_opsetid("", 17)])]
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("my", 1)]
    for i in range(1, 40):
        twice = [
            helper.make_node(f"F{i - 1}", ["a"], ["m"], domain="my"),
            helper.make_node(f"F{i - 1}", ["m"], ["b"], domain="my"),
        ]
        functions.append(helper.make_function("my", f"F{i}", ["a"], ["b"], twice, opsets))
    with pytest.raises(BudgetExceeded, match=r"'F39'.* asks for [\d,]{15,} nodes.*--budget nodes="):
        import_model(model(functions, [helper.make_node("F39", ["x"], ["y"], domain="my")], ["y"], [2]))


def test_attributes_by_reference_in_a_graph_inside_a_function() -> None:
    """The branches of an If take the attributes, the inputs and the values of the function around them."""
    leaky = referring(helper.make_node("LeakyRelu", ["s"], ["u"]), alpha=("slope", onnx.AttributeProto.FLOAT))
    value = helper.make_tensor_value_info("u", FLOAT, None)
    then = helper.make_graph([leaky], "then", [], [value])
    other = helper.make_graph([helper.make_node("Neg", ["a"], ["u"])], "other", [], [value])
    nodes = [
        helper.make_node("Add", ["a", "a"], ["s"]),
        helper.make_node("If", ["c"], ["b"], then_branch=then, else_branch=other),
    ]
    chosen = helper.make_function("my", "Chosen", ["a", "c"], ["b"], nodes, [helper.make_opsetid("", 17)], ["slope"])
    flags = [
        helper.make_node("Constant", [], [name], value=onnx.numpy_helper.from_array(np.asarray(name == "on"))) for name in ("on", "off")
    ]
    calls = [helper.make_node("Chosen", ["x", flag], [f"y_{flag}"], domain="my", slope=0.25) for flag in ("on", "off")]
    got = load_backend("reference").compile(import_model(model([chosen], [*flags, *calls], ["y_on", "y_off"], [2])))
    results = got.run({"x": np.float32([-2, 3])})
    np.testing.assert_array_equal(results["y_on"], [-1, 6])
    np.testing.assert_array_equal(results["y_off"], [2, -3])
