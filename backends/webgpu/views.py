"""Index maps between tensors: for each element of one, where it lies in another."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from webnpu.types import Shape

from .plan import View


def strides_of(shape: Sequence[int]) -> list[int]:
    """How far the elements of a tensor are apart in each dimension, in C order."""
    strides = [1] * len(shape)
    for axis in range(len(shape) - 2, -1, -1):
        strides[axis] = strides[axis + 1] * shape[axis + 1]
    return strides


def view(sizes: Sequence[int], strides: Sequence[int], offset: int = 0) -> View:
    """A view with as few dimensions as say the same: those of size 1 dropped, neighbours joined where they can be."""
    joined: list[tuple[int, int]] = []
    for size, stride in zip(sizes, strides, strict=True):
        if size == 1:
            continue
        if joined and joined[-1][1] == stride * size:
            joined[-1] = joined[-1][0] * size, stride
        else:
            joined.append((size, stride))
    return View(sizes=tuple(size for size, _ in joined), strides=tuple(stride for _, stride in joined), offset=offset)


def broadcast_view(shape: Shape, target: Shape) -> View:
    """Where the elements of ``target`` lie in a tensor that is broadcast to it."""
    padded = (1,) * (len(target) - len(shape)) + tuple(shape)
    strides = [0 if size == 1 else stride for size, stride in zip(padded, strides_of(padded), strict=True)]
    return view(target, strides)


def block_view(shape: Shape, target: Shape) -> View:
    """Where the elements of ``target`` lie in a tensor of which each element stands for a block."""
    sizes, strides = [], []
    for size, stride, wanted in zip(shape, strides_of(shape), target, strict=True):
        sizes += [size, wanted // size]
        strides += [stride, 0]
    return view(sizes, strides)


def axes_view(shape: Shape, axes: Sequence[int]) -> View:
    """Where the elements of a tensor along some axes lie, the others at 0."""
    strides = strides_of(shape)
    return view([shape[axis] for axis in axes], [strides[axis] for axis in axes])


def is_identity(view: View) -> bool:
    """Whether every element lies where it is counted."""
    return view.offset == 0 and (not view.sizes or view.strides == (1,))


def is_constant(view: View) -> bool:
    """Whether all elements are one."""
    return not any(view.strides)


def wgsl(name: str, view: View) -> str:
    """The view as a function of WGSL."""
    terms = [f"{view.offset}u"] if view.offset else []
    below = prod(view.sizes)
    for position, (size, stride) in enumerate(zip(view.sizes, view.strides, strict=True)):
        below //= size
        if stride == 0:
            continue
        coordinate = "i" if below == 1 else f"i / {below}u"
        if position:
            coordinate = f"({coordinate}) % {size}u"
        terms.append(f"({coordinate}) * {stride % 2**32}u" if stride != 1 else f"({coordinate})")
    return f"fn {name}_at(i: u32) -> u32 {{ return {' + '.join(terms) or '0u'}; }}"
