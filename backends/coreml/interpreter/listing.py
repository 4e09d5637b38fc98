"""A program in words: as text, an operation a line, and as the report of what runs each operation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from webnpu.backend import OperatorReport, Report

from .program import Body, Immediate, Step

if TYPE_CHECKING:
    from .package import LoadedPackage

DEVICE = "interpreter"
_SHORT = 6
"""Up to how many elements a constant is written out."""


def text(package: LoadedPackage) -> str:
    """The function of a package: inputs, operations and outputs, one a line; constants stand where they are used."""
    others = ", ".join(name for name in package.functions if name != package.function)
    lines = [f"{package.function} ({package.opset})" + (f", beside {others}" if others else "")]
    lines += [f"input {f.name}: {f}" + (f" = {f.default:g}" if f.optional else "") for f in package.inputs.values()]
    lines += [f"state {name}: {array.dtype.name}{list(array.shape)}" for name, array in package.state.items()]
    lines += _lines(package.body, "")
    lines += [f"output {feature.name}: {feature}" for feature in package.outputs.values()]
    return "\n".join(lines)


def report(package: LoadedPackage) -> Report:
    """What runs each operation: its evaluator."""
    steps = [step for step in _steps(package.body) if step.type != "const"]
    entries = tuple(OperatorReport(step.type, step.name, f"{step.type} of {package.opset}", DEVICE) for step in steps)
    weights = sum(_bytes(step) for step in _steps(package.body) if step.type == "const")
    note = "by Apple's documents, in float64 inside each operation; this is not Apple's runtime, and where that would run it is not known"
    return Report("coreml", DEVICE, entries, weights, (note,))


def _steps(body: Body) -> Iterator[Step]:
    for step in body.steps:
        yield step
        for block in step.blocks:
            yield from _steps(block)


def _bytes(step: Step) -> int:
    value = step.arguments["val"]
    return value.value.nbytes if isinstance(value, Immediate) and isinstance(value.value, np.ndarray) else 0


def _lines(body: Body, indent: str) -> Iterator[str]:
    constants = {step.name: step.arguments["val"] for step in body.steps if step.type == "const"}
    for step in body.steps:
        if step.type == "const":
            continue
        results = ", ".join(f"{name}: {type_}" for name, type_ in step.outputs)
        arguments = ", ".join(f"{name}={_argument(argument, constants)}" for name, argument in step.arguments.items())
        yield f"{indent}  {results + ' = ' if results else ''}{step.type}({arguments})"
        for block in step.blocks:
            yield f"{indent}    block({', '.join(f'{name}: {type_}' for name, type_ in block.inputs)})"
            yield from _lines(block, indent + "    ")
            yield f"{indent}    gives {', '.join(block.outputs)}"


def _argument(argument: object, constants: Mapping[str, object]) -> str:
    if isinstance(argument, tuple):
        return f"({', '.join(_argument(item, constants) for item in argument)})"
    if isinstance(argument, str):
        return _argument(constants[argument], {}) if argument in constants else argument
    assert isinstance(argument, Immediate)
    value = argument.value
    if isinstance(value, np.ndarray) and value.size <= _SHORT:
        return str(value.tolist())
    return str(argument.type) if isinstance(value, np.ndarray) else f"{argument.type}, {len(value)} of them"
