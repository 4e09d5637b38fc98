"""How backends are described: lowerings, refusals with reasons, and support limits that are computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from webnpu import OPERATORS, MLGraphBuilder, NotSupportedError, Unsupported
from webnpu.backend import HostTensor, Lowerings, backend_names, load_backend
from webnpu.operators.activation import Relu, Softmax
from webnpu.operators.elementwise import Add, Cast, Ceil, Floor
from webnpu.operators.movement import Split
from webnpu.operators.quantization import DequantizeLinear
from webnpu.reference import ReferenceBackend
from webnpu.types import ANY, DataType, OperandDescriptor

F32, F16, I32, U8 = DataType.FLOAT32, DataType.FLOAT16, DataType.INT32, DataType.UINT8
Lower = Callable[..., Any]


@pytest.fixture
def lowers(monkeypatch: pytest.MonkeyPatch) -> Lowerings[Lower]:
    monkeypatch.setattr(Lowerings, "tables", {})
    return Lowerings("toy", types=(F32, I32, U8), max_rank=4)


def lower(op: Any, plan: Any) -> str:
    return str(op.name)


def operand(builder: MLGraphBuilder, data_type: DataType = F32, rank: int = 2) -> Any:
    return builder.input(f"{data_type}{rank}", {"dataType": data_type, "shape": [2] * rank})


def test_registered_function_is_found_by_the_use(lowers: Lowerings[Lower], builder: MLGraphBuilder) -> None:
    assert lowers(Relu, Softmax)(lower) is lower
    assert lowers.of(builder.relu(operand(builder)).operator).function is lower
    assert Softmax in lowers
    assert Add not in lowers


def test_rows_make_one_function_each(lowers: Lowerings[Lower], builder: MLGraphBuilder) -> None:
    lowers.rows({Ceil: "CEIL", Floor: "FLOOR"}, lambda spelled: lambda op, plan: spelled, types={"input": (F32,)})
    op = builder.floor(operand(builder)).operator
    assert lowers.of(op).function(op, None) == "FLOOR"
    assert lowers.table[Ceil].types == {"input": (F32,)}


def test_operator_is_registered_once(lowers: Lowerings[Lower]) -> None:
    lowers(Relu)(lower)
    with pytest.raises(TypeError, match="toy: relu is lowered twice"):
        lowers(Relu)(lower)


def test_operator_that_is_not_registered_is_refused(lowers: Lowerings[Lower], builder: MLGraphBuilder) -> None:
    with pytest.raises(Unsupported, match=r"relu \[here\] is refused: the toy backend does not lower it") as caught:
        lowers.of(builder.relu(operand(builder), label="here").operator)
    assert caught.value.operator.name == "relu"


@pytest.mark.parametrize(("limits", "data_type", "rank", "reason"), [
    ({}, F16, 2, "input has data type float16; toy does float32, int32, uint8"),
    ({"types": {"input": (F32,)}, "reason": "the kernel has no other"}, I32, 2,
     "input has data type int32; toy does float32 (the kernel has no other)"),
    ({"types": {"output": (F32,)}}, I32, 2, "output has data type int32; toy does float32"),
    ({}, F32, 5, "input has rank 5; toy does up to 4"),
    ({"max_rank": 2, "reason": "it loops twice"}, F32, 3, "input has rank 3; toy does up to 2 (it loops twice)"),
])  # fmt: skip
def test_use_beyond_the_limits_is_refused_with_the_reason(
    lowers: Lowerings[Lower], builder: MLGraphBuilder, limits: dict[str, Any], data_type: DataType, rank: int, reason: str
) -> None:
    lowers(Relu, **limits)(lower)
    with pytest.raises(Unsupported) as caught:
        lowers.of(builder.relu(operand(builder, data_type, rank)).operator)
    assert caught.value.reason == reason


def test_limits_name_only_what_can_be_computed(lowers: Lowerings[Lower]) -> None:
    lowers(Relu, Add)(lower)
    limits = lowers.support_limits(ReferenceBackend())
    computed = {name for name in limits if name in OPERATORS}
    assert {"relu", "add"} <= computed
    assert computed - {"relu", "add"} == {name for name, op in OPERATORS.items() if op.has_emulation()} - {"relu"}
    lowers.emulates = False
    assert {name for name in lowers.support_limits(ReferenceBackend()) if name in OPERATORS} == {"relu", "add"}


def test_limits_are_the_operators_own_narrowed_to_the_backends(lowers: Lowerings[Lower]) -> None:
    lowers(Softmax)(lower)
    lowers(Cast, types={"input": (F32, I32), "output": (U8,)}, max_rank=3)(lower)
    lowers(Split)(lower)
    lowers(Add)(lower)
    limits = lowers.support_limits(ReferenceBackend())
    rank = {"min": 0, "max": 3}
    assert limits["softmax"] == {name: {"dataTypes": ["float32"], "rankRange": {"min": 1, "max": 4}} for name in ("input", "output")}
    assert limits["cast"] == {
        "input": {"dataTypes": ["float32", "int32"], "rankRange": rank},
        "output": {"dataTypes": ["uint8"], "rankRange": rank},
    }
    assert limits["split"].keys() == {"input", "outputs"}
    assert limits["add"]["b"] == limits["add"]["a"]


def test_limits_of_a_dependent_operand_follow_the_other(lowers: Lowerings[Lower]) -> None:
    lowers(DequantizeLinear)(lower)
    member = lowers.support_limits(ReferenceBackend())["dequantizeLinear"]
    assert member["zeroPoint"]["dataTypes"] == member["input"]["dataTypes"] == ["uint8", "int32"]
    assert member["output"]["dataTypes"] == ["float32"]


def test_what_is_narrowed_for_one_operand_is_narrowed_for_those_that_follow_it(lowers: Lowerings[Lower]) -> None:
    lowers(Add, types={"a": (F32,)})(lower)
    member = lowers.support_limits(ReferenceBackend())["add"]
    assert [member[name]["dataTypes"] for name in ("a", "b", "output")] == [["float32"]] * 3


def test_limits_begin_with_those_of_the_context(lowers: Lowerings[Lower]) -> None:
    limits = lowers.support_limits(ReferenceBackend())
    assert limits["preferredInputLayout"] == "nchw"
    assert limits["maxTensorByteLength"] == 2**31 - 1
    assert limits["input"] == limits["constant"] == limits["output"]
    assert limits["input"] == {"dataTypes": ["float32", "int32", "uint8"], "rankRange": {"min": 0, "max": 4}}


def test_reference_supports_all_that_webnn_allows() -> None:
    limits = ReferenceBackend().support_limits()
    assert set(OPERATORS) <= set(limits)
    assert limits["add"]["a"]["dataTypes"] == list(ANY)
    assert "int4" in limits["dequantizeLinear"]["input"]["dataTypes"]
    assert "int4" not in limits["identity"]["input"]["dataTypes"]


def test_reference_comes_first_among_the_backends() -> None:
    assert backend_names()[0] == "reference"
    assert isinstance(load_backend("reference"), ReferenceBackend)


def test_backend_whose_dependency_is_missing_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    class Point:
        def load(self) -> None:
            raise ImportError("No module named 'abacus'", name="abacus")

    monkeypatch.setattr("webnpu.backend.entry_points", lambda **_: [Point()])
    with pytest.raises(NotSupportedError, match=r"backend beads needs abacus, which is not installed: pip install 'webnpu\[beads\]'"):
        load_backend.__wrapped__("beads")


def test_host_tensor_keeps_what_was_read() -> None:
    tensor = HostTensor(OperandDescriptor(F32, (2,)))
    before = tensor.read()
    tensor.write(np.ones(2, np.float32))
    assert (before.tolist(), tensor.read().tolist()) == ([0, 0], [1, 1])
