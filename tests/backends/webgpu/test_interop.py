"""Tensors lent to WebGPU: to the context's own device, where nothing is copied, and to another one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from webnpu import ML, InvalidStateError, MLContext, MLGraphBuilder, MLTypeError, NotSupportedError
from webnpu.backend import load_backend

wgpu = pytest.importorskip("wgpu", reason="wgpu is not installed")
BOTH = {"dataType": "float32", "shape": [4], "readable": True, "writable": True}


@pytest.fixture(scope="module")
def devices() -> tuple[Any, Any]:
    """Two devices, the first for the context."""
    availability = load_backend("webgpu").available()
    if not availability.ok:
        pytest.skip(f"webgpu cannot run here: {availability.reason}")
    return wgpu.gpu.request_adapter_sync().request_device_sync(), wgpu.gpu.request_adapter_sync().request_device_sync()


@pytest.fixture
def context(devices: tuple[Any, Any]) -> MLContext:
    return ML().create_context(devices[0])


@pytest.mark.parametrize("own", [True, False])
def test_what_webgpu_writes_is_computed_with_and_what_is_computed_it_reads(context: MLContext, devices: tuple[Any, Any], own: bool) -> None:
    device = devices[0 if own else 1]
    b = MLGraphBuilder(context)
    x = b.input("x", {"dataType": "float32", "shape": [4]})
    graph = b.build({"y": b.add(x, x)})
    given, doubled = (context.create_exportable_tensor(BOTH, device) for _ in range(2))
    assert given.gpu_device is device
    context.write_tensor(given, np.array([1, 2, 3, 4], np.float32))
    buffer = context.export_to_gpu(given)
    assert isinstance(buffer, wgpu.GPUBuffer)
    assert (buffer.size, buffer.usage) == (16, wgpu.BufferUsage.STORAGE | wgpu.BufferUsage.COPY_SRC | wgpu.BufferUsage.COPY_DST)
    uses: list[Any] = [
        lambda: context.export_to_gpu(given),
        lambda: context.read_tensor(given),
        lambda: context.write_tensor(given, np.zeros(4, np.float32)),
        lambda: context.dispatch(graph, {"x": given}, {"y": doubled}),
        lambda: context.dispatch(graph, {"x": doubled}, {"y": given}),
    ]
    for use in uses:
        with pytest.raises(InvalidStateError, match="exported to WebGPU"):
            use()
    device.queue.write_buffer(buffer, 4, np.array([20], np.float32))
    buffer.destroy()
    buffer.destroy()  # which is nothing
    context.dispatch(graph, {"x": given}, {"y": doubled})
    lent = context.export_to_gpu(doubled)  # while the work is pending
    assert np.frombuffer(device.queue.read_buffer(lent), np.float32).tolist() == [2, 40, 6, 8]
    lent.destroy()
    assert context.read_tensor(doubled).tolist() == [2, 40, 6, 8]
    context.destroy()
    device.create_buffer(size=16, usage=wgpu.BufferUsage.STORAGE)  # the caller's device goes on


def test_what_cannot_be_lent_is_refused(context: MLContext, devices: tuple[Any, Any]) -> None:
    with pytest.raises(MLTypeError, match="was not made by createExportableTensor"):
        context.export_to_gpu(context.create_tensor(BOTH))
    with pytest.raises(MLTypeError, match=r"expected a wgpu\.GPUDevice; got object"):
        context.create_exportable_tensor(BOTH, object())
    with pytest.raises(MLTypeError, match=r"expected a wgpu\.GPUDevice; got str"):
        ML().create_context("gpu")
    reference = ML().create_context(backend="reference")
    with pytest.raises(NotSupportedError, match="backend reference does not compute on WebGPU"):
        reference.create_exportable_tensor(BOTH, devices[0])
    tensor = context.create_exportable_tensor(BOTH, devices[0])
    tensor.destroy()
    with pytest.raises(MLTypeError, match="destroyed"):
        context.export_to_gpu(tensor)
