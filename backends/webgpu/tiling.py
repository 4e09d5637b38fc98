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

_WORKGROUP = 256
"""Invocations of a workgroup, as many as every device allows."""
LITTLE_WORK = 2**18
"""Below so many multiplications, sums are computed one by one, and exact."""
_FEW_TERMS, _VERY_FEW_TERMS = 32, 8
"""So are sums of fewer terms: of fewer than the latter where workgroups have no memory, and tiles do not have to be filled."""
_FEW_ROWS = 4
"""Products of at most so many rows wait for memory, not for arithmetic."""
_SHAPES = (("product", 128, 128), ("product", 64, 256), ("product_small", 32, 1))
"""The kernels, the sides of their tiles, and how many there must be: larger tiles read less, more of them keep a device busy."""
_SPLIT_GROUPS, _SPLIT_TERMS = 384, 192
"""So many workgroups are wanted where sums are split, and at least so many terms in each part of them."""
_LONG = 6
"""Sums are split where they have more than so many terms for each workgroup: one dispatch more then costs less than it saves."""
_THIN_GROUPS, _THIN_TERMS = 512, 3584
"""The same for products of few rows."""
_THIN_COLUMNS, _THIN_RUN = 32, 8
"""The columns of a workgroup of theirs, and the terms that an invocation takes at once."""


@dataclass(frozen=True)
class Quantized:
    """A matrix that is dequantised where it is read.

    Attributes:
        scale: the scales.
        zero: the zero points.
        blocks: where scale and zero point of an element lie.
        fours: the expressions that give four whole numbers of the matrix, and of its zero points, from the i-th on.
        run: how many elements of a column, at least, share a scale.
        half: whether the elements are rounded to float16.
    """

    scale: MLOperand | int
    zero: MLOperand | int
    blocks: View
    fours: Mapping[str, str]
    run: int
    half: bool


@dataclass(frozen=True)
class Factor:
    """One side of a product.

    Attributes:
        operand: the matrix, or the buffer that holds it.
        hook: the expression that gives four of its elements.
        vectors: whether it reads four words at a time.
        quantized: how its elements follow from those that are stored.
    """

    operand: MLOperand | int
    hook: str
    vectors: bool = False
    quantized: Quantized | None = None


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


def pays(m: int, n: int, k: int, batches: int, workgroup_memory: bool) -> bool:
    """Whether tiles are worth their trouble."""
    return k >= (_FEW_TERMS if workgroup_memory else _VERY_FEW_TERMS) and m * n * k * batches >= LITTLE_WORK


@dataclass(frozen=True)
class Tiling:
    """How a product is shared out: a kernel, the side of its square tiles, and into how many parts its sums are split.

    A workgroup has 256 invocations, each of which fetches one four of either side of a tile; where the sums of a tile
    take fewer invocations than that, they share its terms. Products of few rows have no tiles, nor have
    those on a device without fast workgroup memory.
    """

    kernel: str
    side: int
    splits: int

    @property
    def workgroup(self) -> int:
        """The invocations of a workgroup; without memory to share they need no company."""
        return 16 if self.kernel == "product_direct" else _WORKGROUP

    @property
    def slices(self) -> int:
        """Into how many parts the invocations of a workgroup share the terms of a tile."""
        own = 8 if self.kernel == "product" else 4
        return _WORKGROUP // (self.side // own) ** 2

    @property
    def terms(self) -> int:
        """The terms of a tile, or those within which sums are not split."""
        return 4 * _WORKGROUP // self.side if self.side else _THIN_RUN

    def inside(self, n: int, k: int) -> bool:
        """Whether no invocation asks for factors outside the matrices; those of tiles do, one tile ahead."""
        if self.kernel == "product_direct":
            return k % 4 == 0
        return self.kernel == "product_thin" and n % _THIN_COLUMNS == 0 and k % _THIN_RUN == 0

    @property
    def constants(self) -> dict[str, int]:
        """The constants of the kernel that say so."""
        if not self.side:
            return {}
        return {"TILE_M": self.side, "TILE_N": self.side, "TILE_K": self.terms, "SLICES": self.slices}


def tiling(m: int, n: int, k: int, batches: int, workgroup_memory: bool) -> Tiling:
    """The largest tiles of which there are enough to keep a device busy; sums are split where there are few tiles."""
    if not workgroup_memory:
        return Tiling("product_direct", 0, 1)
    if m <= _FEW_ROWS:
        groups = -(-n // _THIN_COLUMNS) * batches
        return Tiling("product_thin", 0, max(1, min(_THIN_GROUPS // groups, k // _THIN_TERMS)))
    counted = [(-(-m // side) * -(-n // side) * batches, least, kernel, side) for kernel, side, least in _SHAPES]
    groups, _, kernel, side = next(shape for shape in counted if shape[0] >= shape[1])
    splits = max(1, min(_SPLIT_GROUPS // groups, k // _SPLIT_TERMS)) if k > _LONG * groups else 1
    return Tiling(kernel, side, splits)


def emit(plan: Planner, output: MLOperand, product: Product) -> Draft:
    """Emit the steps of a product: one, or two where few tiles have long sums, which are then split."""
    chosen = tiling(product.m, product.n, product.k, product.batches, plan.limits.workgroup_memory)
    size = prod(output.shape)
    inputs, views = {"a": product.left.operand, "b": product.right.operand}, dict(product.views)
    hooks = {"left4": product.left.hook, "right4": product.right.hook, "place": product.place}
    vectors = [name for name, factor in (("a", product.left), ("b", product.right)) if factor.vectors]
    constants: dict[str, int | tuple[int, ...]] = dict(chosen.constants)
    if chosen.kernel == "product_thin":
        hooks["right8"] = "eight_right(batch, k, n)"
    if quantized := product.right.quantized:
        inputs |= {"scale": quantized.scale, "zero": quantized.zero}
        views |= {"scale": quantized.blocks, "zero": quantized.blocks}
        hooks |= quantized.fours
        vectors.append("scale")
        constants["HALF"] = int(quantized.half)
        if chosen.kernel == "product_thin" and quantized.run % _THIN_RUN == 0:
            hooks["right8"] = "eight_dequantized(batch, k, n)"
    constants = {
        "BATCHES": product.batches,
        "SPLITS": 1,
        "M": product.m,
        "N": product.n,
        "K": product.k,
        "SPLIT_K": product.k,
        "QUADS": int(product.n % 4 == 0),
        "INSIDE": int(chosen.inside(product.n, product.k)),
        "WORKGROUP": chosen.workgroup,
        **constants,
        **product.constants,
    }
    splits = _split(plan, chosen, constants, hooks, product.k)
    target: MLOperand | int = output if splits == 1 else plan.temporary("float32", splits * size)
    draft = plan.emit(
        chosen.kernel,
        target,
        inputs,
        constants=constants,
        views=views,
        aliases={"V": "f32"},
        hooks=hooks,
        vectors=vectors,
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


def _split(plan: Planner, chosen: Tiling, constants: dict[str, int | tuple[int, ...]], hooks: Mapping[str, str], k: int) -> int:
    """Into how many parts sums are split at last: into more than were chosen, where an invocation would make too many turns."""
    wanted = chosen.splits
    while True:
        part = -(-k // wanted // chosen.terms) * chosen.terms
        splits = -(-k // part)
        constants |= {"SPLITS": splits, "SPLIT_K": part}
        if splits >= k // chosen.terms or plan.fits(chosen.kernel, constants, "float32", hooks):
            return splits
        wanted += -(-wanted // 4)
