"""Products of large matrices, through tiles in workgroup memory; convolutions are such products too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod

from webnpu.operator import MLOperand

from .drafts import Draft
from .plan import View
from .planner import Planner
from .views import view

_FEW_TERMS, _LITTLE_WORK = 32, 2**18
"""Below so many terms a sum, or multiplications in all, sums are computed one by one, and exact."""
_ENOUGH_GROUPS = 128
"""So many workgroups keep a device busy."""
_LEAST_SPLIT = 64
"""The least terms of a part of a sum that is split."""
_SPLIT_GROUPS = 1024
"""So many workgroups are wanted where sums are split."""
_LONG = 1
"""Sums are split where they have more than so many terms for each workgroup: one dispatch more then costs less than it saves."""


@dataclass(frozen=True)
class Factor:
    """One side of a product.

    Attributes:
        operand: the matrix, or the buffer that holds it.
        hook: the expression that gives four of its elements.
        vectors: whether it reads four words at a time.
    """

    operand: MLOperand | int
    hook: str
    vectors: bool = False


@dataclass(frozen=True)
class Product:
    """Products of M x K and K x N matrices, and where their elements go."""

    left: Factor
    right: Factor
    m: int
    n: int
    k: int
    batches: int
    place: str
    constants: Mapping[str, int | tuple[int, ...]] = field(default_factory=dict)
    views: Mapping[str, View] = field(default_factory=dict)


def pays(m: int, n: int, k: int, batches: int) -> bool:
    """Whether tiles are worth their trouble."""
    return k >= _FEW_TERMS and m * n * k * batches >= _LITTLE_WORK


def tiles(m: int, n: int, batches: int) -> tuple[str, int, int]:
    """The kernel and the tile for a problem: the largest of which there are enough to keep a device busy."""
    for kernel, side in (("product", 128), ("product", 64)):
        if -(-m // side) * -(-n // side) * batches >= _ENOUGH_GROUPS:
            return kernel, side, side
    return "product_small", 32, 32


def emit(plan: Planner, output: MLOperand, product: Product) -> Draft:
    """Emit the steps of a product: one, or two where few tiles have long sums, which are then split."""
    kernel, tile_m, tile_n = tiles(product.m, product.n, product.batches)
    groups = -(-product.m // tile_m) * -(-product.n // tile_n) * product.batches
    splits = max(1, min(_SPLIT_GROUPS // groups, product.k // _LEAST_SPLIT)) if product.k > _LONG * groups else 1
    part = -(-product.k // splits // 16) * 16
    splits = -(-product.k // part)
    size = prod(output.shape)
    target: MLOperand | int = output if splits == 1 else plan.temporary("float32", splits * size)
    side = 8 if kernel == "product" else 4
    draft = plan.emit(
        kernel,
        target,
        {"a": product.left.operand, "b": product.right.operand},
        constants={
            "BATCHES": product.batches,
            "SPLITS": splits,
            "M": product.m,
            "N": product.n,
            "K": product.k,
            "SPLIT_K": part,
            "TILE_M": tile_m,
            "TILE_N": tile_n,
            "QUADS": int(product.n % 4 == 0),
            "WORKGROUP": tile_m * tile_n // side**2,
            **product.constants,
        },
        views=product.views,
        aliases={"V": "f32"},
        hooks={"left4": product.left.hook, "right4": product.right.hook, "place": product.place},
        vectors=[name for name, factor in (("a", product.left), ("b", product.right)) if factor.vectors],
        chain=[],
    )
    if splits == 1:
        return draft
    return plan.emit(
        "reduce_rows",
        output,
        {"x": target},
        constants={"SIZE": splits},
        views={"row": view((size,), (1,)), "item": view((splits,), (size,))},
        aliases={"SUM": "vec2<f32>", "V": "f32"},
        hooks={"start": "vec2<f32>(0.0, 0.0)", "include": "add_pair(sum, vec2<f32>(x, 0.0))", "result": "single(sum)"},
        chain=[],
    )
