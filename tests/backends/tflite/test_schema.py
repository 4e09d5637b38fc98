"""The numbers of the schema, against those that LiteRT publishes; and what is written, read back by its classes."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from tflite_graphs import part

schema_of_litert: Any = pytest.importorskip(
    "ai_edge_litert.schema_py_generated", reason="LiteRT publishes the schema that this compares with"
)
schema, flatbuffer = part("schema"), part("flatbuffer")


class Recorder:
    """Stands for a builder, and notes what a function of the schema writes."""

    def __getattr__(self, name: str) -> Any:
        return lambda slot, value, default=0: setattr(self, "noted", (name, slot, default))


def camel(name: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


@pytest.mark.parametrize("table", schema.TABLES)
def test_every_member_has_the_slot_the_type_and_the_default_of_the_schema(table: str) -> None:
    for member, field in schema.TABLES[table].items():
        recorder = Recorder()
        getattr(schema_of_litert, f"{table}Add{camel(member)}")(recorder, 0)
        name, slot, default = recorder.noted
        assert slot == field.slot, member
        kind = re.fullmatch("Prepend(.*)Slot", name)
        assert kind is not None
        assert kind[1] == (field.kind if field.kind[0].isupper() else "UOffsetTRelative"), member
        assert default == field.default, member


def test_numbers_of_operators_options_and_types() -> None:
    for name, kind in schema.KINDS.items():
        assert getattr(schema_of_litert.BuiltinOperator, name) == kind.code
        assert not kind.options or kind.options in schema.OPTIONS
    for name, number in schema.OPTIONS.items():
        assert getattr(schema_of_litert.BuiltinOptions, name) == number
    for name, number in schema.TENSOR_TYPES.items():
        assert getattr(schema_of_litert.TensorType, name.upper()) == number
    for name, number in schema.ACTIVATIONS.items():
        assert getattr(schema_of_litert.ActivationFunctionType, name.upper()) == number
    for name, number in schema.PADDINGS.items():
        assert getattr(schema_of_litert.Padding, name.upper()) == number


def small_model(weights: np.ndarray[Any, Any]) -> Any:
    model = flatbuffer.Model()
    x = model.inputs["x"] = flatbuffer.Tensor("float32", (2, weights.shape[1]), name="x")
    y = model.outputs["y"] = flatbuffer.Tensor("float32", (2, weights.shape[0]), name="y")
    model.steps.append(flatbuffer.Step("FULLY_CONNECTED", (x, model.constant(weights), None), (y,), {"keep_num_dims": True}))
    model.metadata["webnpu"] = b"{}"
    return model


def read(content: memoryview) -> Any:
    return schema_of_litert.ModelT.InitFromPackedBuf(bytearray(content), 0)


@pytest.mark.parametrize("transposed", [False, True])
def test_what_is_written_is_read_back(transposed: bool) -> None:
    weights = np.arange(200 * 300, dtype=np.float32).reshape(300, 200)
    model = small_model(weights.T if transposed else weights)
    content = model.write()
    assert bytes(content[4:8]) == schema.IDENTIFIER
    read_back = read(content)
    (graph,) = read_back.subgraphs
    assert read_back.version == schema.VERSION
    assert [read_back.operatorCodes[op.opcodeIndex].builtinCode for op in graph.operators] == [schema.KINDS["FULLY_CONNECTED"].code]
    assert graph.operators[0].inputs[2] == -1
    assert graph.operators[0].builtinOptions.keepNumDims
    kept = graph.tensors[graph.operators[0].inputs[1]]
    assert list(kept.shape) == list(model.steps[0].inputs[1].shape)
    stored = np.frombuffer(bytes(read_back.buffers[kept.buffer].data), np.float32)
    assert np.array_equal(stored.reshape(kept.shape), weights.T if transposed else weights)
    (signature,) = read_back.signatureDefs
    assert [(entry.name, entry.tensorIndex) for entry in (*signature.inputs, *signature.outputs)] == [
        (b"x", graph.inputs[0]),
        (b"y", graph.outputs[0]),
    ]
    assert bytes(read_back.buffers[read_back.metadata[0].buffer].data) == b"{}"


def test_constants_that_are_too_large_for_the_flatbuffer_stand_behind_it() -> None:
    weights = np.random.default_rng(0).standard_normal((64, 32)).astype(np.float32)
    content = small_model(weights).write(inline_limit=100)
    read_back = read(content)
    outside = [buffer for buffer in read_back.buffers if buffer.offset]
    assert [buffer.size for buffer in outside] == [weights.nbytes]
    offset = outside[0].offset
    assert offset % flatbuffer.ALIGNMENT == 0
    assert np.array_equal(np.frombuffer(content[offset : offset + weights.nbytes], np.float32).reshape(weights.shape), weights)
    interpreter = part("runtime").open_interpreter(1, model_content=bytes(content))
    x = np.ones((2, 32), np.float32)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
    interpreter.invoke()
    assert np.allclose(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]), x @ weights.T, atol=1e-5)


def test_offsets_beyond_what_32_bits_hold() -> None:
    huge = flatbuffer.Tensor("uint8", (3_000_000_000,), np.broadcast_to(np.uint8(1), (3_000_000_000,)))
    behind = flatbuffer.Tensor("float32", (2,), np.zeros(2, np.float32))
    places = flatbuffer._places([huge, behind], 1000)
    assert places[id(huge)] == (1008, 3_000_000_000)
    assert places[id(behind)] == (3_000_001_008, 8)


def test_equal_constants_are_stored_once_and_different_ones_are_not() -> None:
    model = flatbuffer.Model()
    first = np.zeros((100, 100), np.float32)
    assert model.constant(first) is model.constant(first.copy())
    assert model.constant(first) is not model.constant(np.negative(first))
    assert model.constant(first) is not model.constant(first.view(np.int32))
    assert model.constant(first) is not model.constant(first.reshape(50, 200))
    late = first.copy()
    late[99, 99] = 1
    assert model.constant(first) is not model.constant(late)


def test_constants_are_aligned_in_the_file() -> None:
    model = small_model(np.arange(35, dtype=np.float32).reshape(5, 7))
    content = bytes(model.write())
    at = content.index(np.arange(35, dtype=np.float32).tobytes())
    assert at % flatbuffer.ALIGNMENT == 0
