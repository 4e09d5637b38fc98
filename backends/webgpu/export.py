"""Exported plans: one safetensors file, the plan as JSON in its metadata, the constants beside it as words.

The file holds all that a small runtime needs: it puts the prelude before the kernels, and dispatches the steps.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from webnpu.errors import FileError, GraphFileError
from webnpu.files import existing_file, replacing, told
from webnpu.graph_file import Descriptor
from webnpu.types import OperandDescriptor

from .checks import fail, quoted
from .literals import Words
from .members import FORMAT
from .plan import Plan
from .planner import Lowered
from .verification import MOST_MEMORY, MOST_WORK, check_exported


class Exported(BaseModel):
    """The metadata of an exported plan."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    inputs: dict[str, Descriptor]
    outputs: dict[str, Descriptor]
    plan: Plan


def save_plan(
    lowered: Lowered, inputs: Mapping[str, OperandDescriptor], outputs: Mapping[str, OperandDescriptor], path: str | Path
) -> dict[str, Any]:
    """Write a plan; a file of that name is replaced only once the new one is whole (see `webnpu.files`)."""
    exported = Exported(version=FORMAT, inputs=_described(inputs), outputs=_described(outputs), plan=lowered.plan)
    arrays = {name: np.asarray(array) for name, array in lowered.constants.items()}
    with replacing("export", path) as partial:
        try:
            save_file(arrays, partial, {"webnpu-plan": exported.model_dump_json()})
        except SafetensorError as error:
            raise FileError(f"{path} cannot be written: {error}") from error
        size = partial.stat().st_size
    weights = sum(array.nbytes for array in lowered.constants.values())
    return {"bytes": size, "weight_bytes": weights, "dispatches": lowered.plan.dispatches}


def load_plan(
    path: str | Path, memory: int = MOST_MEMORY, work: int = MOST_WORK
) -> tuple[Lowered, dict[str, OperandDescriptor], dict[str, OperandDescriptor]]:
    """Read a plan, its constants, and the descriptors of its inputs and outputs; nothing in the file is trusted.

    Args:
        path: the file.
        memory: the bytes that the plan may take on the device.
        work: the operations that a run may take, of which a multiplication with an addition is one.

    Raises:
        GraphFileError: the file is damaged, holds no plan, or one that asks for too much.
        FileError: it cannot be read; a MissingFileError where there is none.
    """
    path = existing_file("load", path, "exported plan")
    try:
        with told(path, "read"), safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
            if "webnpu-plan" not in metadata:
                raise GraphFileError("not an exported plan: its metadata have no member 'webnpu-plan'")
            check_exported(parsed(metadata["webnpu-plan"]), memory, work)
            exported = Exported.model_validate_json(metadata["webnpu-plan"])
            constants = _constants(file, exported.plan)
    except SafetensorError as error:
        raise GraphFileError(f"{path}: the file is damaged: {error}") from error
    except GraphFileError as error:
        raise GraphFileError(f"{path}: {error}") from None
    return Lowered(exported.plan, constants, is_trusted=False), _operands(exported.inputs), _operands(exported.outputs)


def parsed(text: str) -> dict[str, Any]:
    """The JSON of a plan; whole numbers are whole however they are written, as they are in JavaScript.

    Raises:
        GraphFileError: it is no JSON, or no object.
    """

    def whole(number: str) -> int | float:
        value = float(number)
        return int(value) if value.is_integer() else value

    def no_number(name: str) -> None:
        raise ValueError(name)

    try:
        value = json.loads(text, parse_float=whole, parse_constant=no_number)
    except (ValueError, RecursionError):
        raise GraphFileError("the file is damaged: the plan is no JSON") from None
    if not isinstance(value, dict):
        raise GraphFileError("the file is damaged: the plan is no JSON object")
    return value


def _constants(file: Any, plan: Plan) -> dict[str, Words]:
    """The words of the constants, each as long as the plan says."""
    known = set(file.keys())
    constants = {}
    for buffer in plan.buffers:
        if buffer.role != "constant":
            continue
        at = f"constant {quoted(buffer.name)}"
        if buffer.name not in known:
            fail(at, "words in the file", "none")
        stored = file.get_slice(buffer.name)
        data_type, length = stored.get_dtype(), 4 * prod(stored.get_shape())
        if data_type != "U32" or length != buffer.byte_length:
            fail(at, f"{buffer.byte_length} bytes of U32", f"{length} of {data_type}" if data_type == "U32" else str(data_type))
        constants[buffer.name] = file.get_tensor(buffer.name)
    return constants


def _described(operands: Mapping[str, OperandDescriptor]) -> dict[str, Descriptor]:
    return {name: Descriptor(dataType=d.data_type, shape=d.shape) for name, d in operands.items()}


def _operands(described: Mapping[str, Descriptor]) -> dict[str, OperandDescriptor]:
    return {name: OperandDescriptor(d.dataType, d.shape) for name, d in described.items()}
