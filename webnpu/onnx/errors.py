"""What can be wrong with a model: it is damaged, or it says what WebNN cannot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import NotSupportedError, WebNPUError


class InvalidModel(WebNPUError, ValueError):
    """A file is no ONNX model, or one that contradicts itself."""


@dataclass(frozen=True)
class Refusal:
    """One node that cannot be imported.

    Attributes:
        node: its name, or that of its first output.
        operator: its ONNX operator, with the domain where that is not ONNX's own.
        reason: why, as a sentence.
        inputs: the inputs of the model that would have to be known for it to be imported.
        options: the options of the command that say what is missing.
    """

    node: str
    operator: str
    reason: str
    inputs: frozenset[str] = frozenset()
    options: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.operator} {self.node!r}: {self.reason}"


class UnsupportedModel(NotSupportedError):
    """A model holds nodes that WebNN cannot express.

    Attributes:
        refusals: every one of them.
    """

    def __init__(self, refusals: Iterable[Refusal]) -> None:
        self.refusals = tuple(refusals)
        several = len(self.refusals) != 1
        if all(refusal.options for refusal in self.refusals):
            header = f"{len(self.refusals)} input{'s' if several else ''} of the model {'have' if several else 'has'} open dimensions"
        else:
            header = f"WebNN cannot express {len(self.refusals)} node{'s' if several else ''} of the model"
        lines = [f"{header}:", *(f"  {refusal}" for refusal in self.refusals)]
        options = dict.fromkeys(option for refusal in self.refusals for option in refusal.options)
        if several and len(options) > 1:
            lines.append(f"  all at once: {' '.join(options)}")
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[type[UnsupportedModel], tuple[tuple[Refusal, ...]]]:
        return UnsupportedModel, (self.refusals,)

    @property
    def inputs(self) -> frozenset[str]:
        """The inputs of the model that would have to be known, so that no refusal stays that asks for one."""
        return frozenset().union(*(refusal.inputs for refusal in self.refusals))


class Refused(Exception):
    """An importer cannot express its node."""

    def __init__(self, reason: str, inputs: frozenset[str] = frozenset(), options: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.reason, self.inputs, self.options = reason, inputs, options
