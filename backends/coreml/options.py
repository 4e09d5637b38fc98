"""What decides how a model is written and where it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from webnpu.errors import MLTypeError

ComputeUnits = Literal["all", "cpu-only", "cpu-and-gpu", "cpu-and-neural-engine"]
Precision = Literal["as-is", "float16"]
Weights = Literal["as-is", "int8", "int4"]

_SPECIFICATIONS = {"iOS17": 8, "macOS14": 8, "iOS18": 9, "macOS15": 9}


@dataclass(frozen=True)
class Options:
    """How a graph becomes a package.

    Attributes:
        target: the oldest system that must run it: iOS17 or macOS14, iOS18 or macOS15.
        compute_units: what Core ML may run it on.
        precision: ``float16`` computes float32 graphs in float16, which the Neural Engine needs; the types of inputs
            and outputs stay.
        weights: ``int8`` and ``int4`` store float constants of two dimensions or more compressed: symmetric, one scale
            for each row of the first dimension. int4 needs iOS18 or macOS15.
    """

    target: str = "iOS17"
    compute_units: ComputeUnits = "all"
    precision: Precision = "as-is"
    weights: Weights = "as-is"

    def __post_init__(self) -> None:
        _one_of("target", self.target, tuple(_SPECIFICATIONS))
        _one_of("compute_units", self.compute_units, ComputeUnits.__args__)  # type: ignore[attr-defined]
        _one_of("precision", self.precision, Precision.__args__)  # type: ignore[attr-defined]
        _one_of("weights", self.weights, Weights.__args__)  # type: ignore[attr-defined]
        if self.weights == "int4" and self.specification < 9:
            raise MLTypeError(f"coreml: weights in int4 need the target iOS18 or macOS15; got {self.target}")

    @property
    def specification(self) -> int:
        """The version of the model format that the target reads."""
        return _SPECIFICATIONS[self.target]


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise MLTypeError(f"coreml: {name} must be one of {', '.join(allowed)}; got {value!r}")
