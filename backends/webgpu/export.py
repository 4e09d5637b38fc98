"""Exported plans: one safetensors file, the plan as JSON in its metadata, the constants beside it as words.

The file holds all that a small runtime needs: it puts the prelude before the kernels, and dispatches the steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from webnpu.errors import FileError, GraphFileError
from webnpu.files import existing_file, replacing, told
from webnpu.graph_file import Descriptor
from webnpu.types import OperandDescriptor

from .plan import Plan
from .planner import Lowered

FORMAT = 2
"""The version of the file format."""


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


def load_plan(path: str | Path) -> tuple[Lowered, dict[str, OperandDescriptor], dict[str, OperandDescriptor]]:
    """Read a plan, its constants, and the descriptors of its inputs and outputs.

    Raises:
        GraphFileError: the file is damaged, or holds no plan.
        FileError: it cannot be read; a MissingFileError where there is none.
    """
    path = existing_file("load", path, "exported plan")
    try:
        with told(path, "read"), safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
            if "webnpu-plan" not in metadata:
                raise GraphFileError(f"{path}: not an exported plan: its metadata have no member 'webnpu-plan'")
            exported = Exported.model_validate_json(metadata["webnpu-plan"])
            constants = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 -- not a mapping
    except (SafetensorError, ValidationError) as error:
        raise GraphFileError(f"{path}: the file is damaged: {error}") from error
    for buffer in exported.plan.buffers:
        if buffer.role == "constant" and (buffer.name not in constants or constants[buffer.name].nbytes != buffer.byte_length):
            raise GraphFileError(f"{path}: constant {buffer.name!r} is missing, or not {buffer.byte_length} bytes long")
    return Lowered(exported.plan, constants), _operands(exported.inputs), _operands(exported.outputs)


def _described(operands: Mapping[str, OperandDescriptor]) -> dict[str, Descriptor]:
    return {name: Descriptor(dataType=d.data_type, shape=d.shape) for name, d in operands.items()}


def _operands(described: Mapping[str, Descriptor]) -> dict[str, OperandDescriptor]:
    return {name: OperandDescriptor(d.dataType, d.shape) for name, d in described.items()}
