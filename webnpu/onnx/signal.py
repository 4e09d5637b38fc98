"""Fourier transforms, as products with known matrices."""

from __future__ import annotations

import numpy as np

from ..operator import MLOperand
from .registry import Node, imports
from .resampling import along


@imports("DFT")
def dft(node: Node) -> MLOperand:
    """Of real or complex numbers, the latter as pairs along the last dimension.

    Real and imaginary parts are each multiplied by the cosines and sines of ``2 pi k n / N``.
    """
    b, x = node.b, node.floats_only(node.x(0))
    if node.opset < 20:
        axis = node.positive(int(node.attribute("axis", 1)), x.rank)
    else:
        axis = node.positive(node.integers(2, "axis")[0] if node.has(2) else -2, x.rank)
    inverse, onesided = bool(node.attribute("inverse", 0)), bool(node.attribute("onesided", 0))
    length = node.integers(1, "length")[0] if node.has(1) else x.shape[axis]
    if inverse and onesided:
        node.refuse("the inverse of a one-sided transform is not imported")
    node.limit(length * length)
    x = _fitted(node, x, axis, length)
    is_complex = x.shape[-1] == 2
    parts = [b.reshape(part, x.shape[:-1]) for part in b.split(x, x.shape[-1], axis=x.rank - 1)]
    count = length // 2 + 1 if onesided else length
    angles = 2 * np.pi * np.outer(np.arange(count), np.arange(length)) / length
    cosines, sines = np.cos(angles), np.sin(angles) * (1 if inverse else -1)
    if inverse:
        cosines, sines = cosines / length, sines / length
    real, imaginary = along(node, parts[0], axis, cosines), along(node, parts[0], axis, sines)
    if is_complex:
        real = b.sub(real, along(node, parts[1], axis, sines))
        imaginary = b.add(imaginary, along(node, parts[1], axis, cosines))
    return b.concat([b.reshape(part, [*part.shape, 1]) for part in (real, imaginary)], real.rank)


def _fitted(node: Node, x: MLOperand, axis: int, length: int) -> MLOperand:
    """Cut, or filled with zeros, to a length."""
    size = x.shape[axis]
    if size > length:
        return node.b.slice(x, [0] * x.rank, [length if i == axis else n for i, n in enumerate(x.shape)])
    if size < length:
        return node.b.pad(x, [0] * x.rank, [length - size if i == axis else 0 for i in range(x.rank)])
    return x


@imports("STFT")
def stft(node: Node) -> MLOperand:
    """Frames of the signal, each times the window, each transformed."""
    b, x = node.b, node.x(0)
    step = node.integers(1, "frame step")[0]
    length = node.integers(3, "frame length")[0] if node.has(3) else node.shape(2)[0]
    node.limit(length * length)
    if x.rank == 2:
        x = b.reshape(x, [*x.shape, 1])
    batch, size, parts = x.shape
    if parts != 1:
        node.refuse("a transform of complex signals is not imported")
    frames = (size - length) // step + 1
    places = np.arange(frames)[:, None] * step + np.arange(length)
    framed = b.gather(b.reshape(x, [batch, size]), node.integers_operand(places), axis=1)
    if node.has(2):
        framed = b.mul(framed, node.x(2))
    count = length // 2 + 1 if node.attribute("onesided", 1) else length
    angles = 2 * np.pi * np.outer(np.arange(count), np.arange(length)) / length
    transformed = [along(node, framed, 2, matrix) for matrix in (np.cos(angles), -np.sin(angles))]
    return b.concat([b.reshape(part, [*part.shape, 1]) for part in transformed], 3)
