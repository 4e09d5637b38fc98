"""Resampling of images.

WebNN section: resample2d.
"""

from __future__ import annotations

from math import floor
from typing import Annotated, ClassVar, Literal

import numpy as np
from typing_extensions import TypeAliasType

from ..agreement import Agreement, Bound
from ..operator import Float, Limits, MLOperand, Operator, UInt, Verdict, constraint
from ..types import FLOATS, DataType, OperandDescriptor

MLInterpolationMode = TypeAliasType("MLInterpolationMode", Literal["nearest-neighbor", "linear"])
"""How an element between those of the input is found."""


class Resample2d(Operator):
    """A tensor sampled anew along two axes.

    Element ``i`` of the output lies at ``(i + 0.5) * input size / output size - 0.5`` of the input, clamped to it:
    linear between its two neighbours there, or the nearest of them, the lower one when halfway.
    """

    input: Annotated[MLOperand, Limits((*FLOATS, DataType.UINT8, DataType.INT8), 4)]
    """The images."""
    mode: MLInterpolationMode = "nearest-neighbor"
    """How an element between those of the input is found."""
    scales: tuple[Float, ...] = (1.0, 1.0)
    """The output's sizes as multiples of the input's; ignored where sizes is given."""
    sizes: tuple[UInt, ...] | None = None
    """The output's sizes along axes."""
    axes: tuple[UInt, ...] = (2, 3)
    """The two dimensions that are resampled."""

    agreement: ClassVar[Agreement] = Agreement(
        "ulp",
        "exact; linear: 84 ULP in float32 and float16, 1 in integers",
        lambda op, data_type: Bound(0 if op.mode != "linear" else 84 if data_type.is_float else 1),
    )

    @constraint("C1", "scales has 2 items, each above 0")
    def _scales(self) -> Verdict:
        return (len(self.scales) == 2 and min(self.scales) > 0) or f"{list(self.scales)}"

    @constraint("C2", "sizes has 2 items, each above 0")
    def _sizes(self) -> Verdict:
        return self.sizes is None or (len(self.sizes) == 2 and all(self.sizes)) or f"{list(self.sizes)}"

    @constraint("C3", "axes has 2 items, different and each below the rank of input")
    def _axes(self) -> Verdict:
        return (len(set(self.axes)) == len(self.axes) == 2 and max(self.axes) < self.input.rank) or f"{list(self.axes)}"

    def infer(self) -> OperandDescriptor:
        shape = list(self.input.shape)
        for i, axis in enumerate(self.axes):
            shape[axis] = self.sizes[i] if self.sizes else floor(shape[axis] * float(np.float32(self.scales[i])))
        return OperandDescriptor(self.input.data_type, tuple(shape))
