"""The elements of ONNX tensors, those beside the model mapped into memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from ..types import Array
from .errors import InvalidModel


def tensor_array(tensor: TensorProto, folder: Path | None) -> Array:
    """The elements of a tensor; external data are mapped into memory, not read."""
    try:
        if tensor.data_location == TensorProto.EXTERNAL:
            return _external(tensor, folder)
        return np.asarray(numpy_helper.to_array(tensor))
    except InvalidModel:
        raise
    except (ValueError, TypeError, KeyError, OverflowError, MemoryError, IndexError, AttributeError) as error:
        raise InvalidModel(f"the tensor {tensor.name!r} cannot be read: {error}") from error


def _external(tensor: TensorProto, folder: Path | None) -> Array:
    """Map the external data of a tensor. They must be a plain file inside the model's own folder."""
    where = f"the external data of tensor {tensor.name!r}"
    if folder is None:
        raise InvalidModel(f"{where} cannot be found: the model was not read from a file")
    entries = {entry.key: entry.value for entry in tensor.external_data}
    location = entries.get("location", "")
    root = folder.resolve()
    try:
        path = (root / location).resolve()
        inside = bool(location) and not Path(location).is_absolute() and path.is_relative_to(root)
        is_file = inside and path.is_file()
    except (OSError, ValueError, RuntimeError) as error:
        raise InvalidModel(f"{where}: {location!r} is no path: {error}") from error
    if not inside:
        raise InvalidModel(f"{where}: {location!r} leads out of the folder of the model")
    if not is_file:
        raise InvalidModel(f"{where}: there is no file {location!r} beside the model")
    dtype = helper.tensor_dtype_to_np_dtype(tensor.data_type)
    shape = tuple(int(size) for size in tensor.dims)
    if any(size < 0 for size in shape):
        raise InvalidModel(f"{where}: the shape {list(shape)} is not valid")
    count = 1
    for size in shape:
        count *= size
    bits = 4 if dtype.name in ("int4", "uint4", "float4_e2m1fn") else 8 * dtype.itemsize
    length, offset = (count * bits + 7) // 8, int(entries.get("offset", "0"))
    if offset < 0 or offset + length > path.stat().st_size:
        raise InvalidModel(f"{where}: expected {length} bytes at offset {offset}; {location!r} has {path.stat().st_size}")
    if "length" in entries and int(entries["length"]) != length:
        raise InvalidModel(f"{where}: expected {length} bytes for {dtype.name}{list(shape)}; got {entries['length']}")
    if not length:
        return np.empty(shape, dtype)
    stored = np.memmap(path, np.uint8, "r", offset, (length,))
    if bits == 4:  # packed; few and small, so they are read
        inline = TensorProto(data_type=tensor.data_type, dims=tensor.dims, raw_data=stored.tobytes())
        return np.asarray(numpy_helper.to_array(inline))
    return np.asarray(stored).view(dtype.newbyteorder("<")).reshape(shape)
