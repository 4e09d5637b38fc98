"""The builder calls of web-platform-tests' validation tests, as data: replayed on our builder.

A test is a list of calls. A call with ``throws`` must be rejected with a TypeError whose message contains the
operator's label where ``messageContainsLabel`` says so; any other must succeed, with the descriptors that
``expect`` gives. What the data leave out is restored here: WebIDL's conversion of numbers to integers, the
names that options had before they were renamed, and that a test which makes an input anew does so in a new builder.
"""

from __future__ import annotations

import itertools
import json
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from ..backend import ForeignBuilder
from ..builder import MLGraphBuilder
from ..errors import WebNPUError
from ..operator import MLOperand, Operator
from ..operators import OPERATORS
from .cases import CaseFileError
from .disputes import Dispute, Use, dispute_of
from .verdicts import VALIDATION, Result, described
from .wpt import arguments, number

CORPUS = "wpt-validation"
"""What the ids of these tests start with."""

BUFFERS = {
    "Float32Array": np.float32,
    "Float16Array": np.float16,
    "Int32Array": np.int32,
    "Uint32Array": np.uint32,
    "BigInt64Array": np.int64,
    "BigUint64Array": np.uint64,
    "Int8Array": np.int8,
    "Uint8Array": np.uint8,
    "Int16Array": np.int16,
    "Uint16Array": np.uint16,
    "Float64Array": np.float64,
    "Uint8ClampedArray": np.uint8,
}
"""JavaScript's typed arrays; any other buffer is bytes."""

RENAMED = {"roundingType": "outputShapeRounding"}
"""Options by the name that they once had."""


def is_wpt_validation(members: Any) -> bool:
    """Whether a parsed file holds validation tests of web-platform-tests rather than our own."""
    return isinstance(members, list)


@dataclass(frozen=True)
class ValidationTest:
    """One test: its id, and its calls in order."""

    id: str
    group: str
    """The operator that it is about, or the name of its file."""
    calls: Sequence[Mapping[str, Any]]


def read_tests(path: Path, members: Sequence[Mapping[str, Any]]) -> list[ValidationTest]:
    """The tests of one file.

    Args:
        path: its name, for ids and messages.
        members: what it holds.
    """
    seen: Counter[str] = Counter()
    tests = []
    for index, entry in enumerate(members):
        try:
            name, calls = entry["name"], entry["calls"]
            operators = [call["op"] for call in calls if call["op"] in OPERATORS]
        except (KeyError, TypeError) as error:
            raise CaseFileError(f"{path}: test {index}: {type(error).__name__}: {error}") from error
        seen[name] += 1
        suffix = f" ({seen[name]})" if seen[name] > 1 else ""
        tests.append(ValidationTest(f"{CORPUS}/{path.stem}/{name}{suffix}", operators[0] if operators else path.stem, calls))
    return tests


def judge_calls(test: ValidationTest, disputes: Sequence[Dispute] = (), builder: ForeignBuilder | None = None) -> Result:
    """Replay the calls of a test on a builder, by default ours; it is disputed if every call that goes wrong is."""
    wrong: list[tuple[str, Dispute | None]] = []
    for index, (call, fault) in enumerate(zip(test.calls, _foreign_faults(test, builder) if builder else _faults(test), strict=True)):
        if fault:
            wrong.append((f"call {index}, {call['op']}: {fault}", dispute_of(test.id, [_use(call)], disputes)))
    if not wrong:
        return Result(id=test.id, operator=test.group, type=VALIDATION, verdict="pass", required=True)
    undisputed = [fault for fault, dispute in wrong if dispute is None]
    more = f" (and {len(undisputed or wrong) - 1} more)" if len(undisputed or wrong) > 1 else ""
    reason = undisputed[0] + more if undisputed else f"{wrong[0][1]}: {wrong[0][0]}{more}"
    return Result(
        id=test.id, operator=test.group, type=VALIDATION, verdict="fail" if undisputed else "disputed", reason=reason, required=True
    )


def _faults(test: ValidationTest) -> Iterator[str]:
    """What is wrong with the outcome of each call on our builder, or ''."""
    replay = _Replay()
    for call in test.calls:
        try:
            yield replay.call(call)
        except Exception as error:  # of the builder, or of what it was given: either way the test is not passed
            yield f"raised {described(error)}"


def _foreign_faults(test: ValidationTest, builder: ForeignBuilder) -> Iterator[str]:
    """The same of another implementation's builder; WebIDL's conversions are its own."""
    try:
        outcomes = builder.replay([_renamed(call) for call in test.calls])
    except Exception as error:  # whatever another implementation throws is its verdict
        yield from itertools.repeat(f"raised {described(error)}", len(test.calls))
        return
    for call, outcome in zip(test.calls, outcomes, strict=True):
        yield _foreign_fault(call, outcome)


def _renamed(call: Mapping[str, Any]) -> dict[str, Any]:
    """A call with the options under their names of today."""
    positional, options = _split(call["args"])
    if call["op"] not in OPERATORS or not options:
        return dict(call)
    return {**call, "args": [*positional, {RENAMED.get(name, name): value for name, value in options.items()}]}


def _foreign_fault(call: Mapping[str, Any], outcome: Mapping[str, Any]) -> str:
    thrown = outcome.get("thrown")
    if thrown is None:
        return _fault_of_success(call, outcome["outputs"])
    said = f"{thrown['name']}: {thrown['message']}"
    if "throws" not in call:
        return f"must succeed; got {said}"
    if thrown["name"] != call["throws"]:
        return f"must raise {call['throws']}; got {said}"
    options = next((item for item in call["args"] if isinstance(item, Mapping) and "label" in item), {})
    return _fault_of_message(call, str(options.get("label", "")), thrown["message"])


def _fault_of_success(call: Mapping[str, Any], got: Sequence[Mapping[str, Any]]) -> str:
    if "throws" in call:
        return f"must raise {call['throws']}; it succeeds"
    return f"expected {call['expect']}; got {got}" if call.get("expect", got) != got else ""


def _fault_of_message(call: Mapping[str, Any], label: str, message: str) -> str:
    wanted = call.get("messageContainsLabel") and f"[{label}]" not in message
    return f"the message must contain [{label}]; got {message}" if wanted else ""


def _use(call: Mapping[str, Any]) -> Use:
    first = next(iter(call["args"]), None)
    described = first.get("$operand", first) if isinstance(first, Mapping) else {}
    given = _arguments(call) if call["op"] in OPERATORS else {str(i): value for i, value in enumerate(call["args"])}
    return Use(call["op"], given, described.get("dataType", ""))


def _arguments(call: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of an operator's method by their names, as they stand in the data."""
    positional, options = _split(call["args"])
    given = arguments(call["op"], positional, {RENAMED.get(name, name): value for name, value in options.items()})
    return {name: value if isinstance(value, Mapping) and "$operand" in value else number(value) for name, value in given.items()}


@cache
def _integer_fields(operator: type[Operator]) -> frozenset[str]:
    """The arguments of an operator that are integers, or lists of them."""
    properties = operator.model_json_schema()["properties"]
    return frozenset(
        name for name, schema in properties.items() if '"integer"' in json.dumps(schema) and '"number"' not in json.dumps(schema)
    )


def _integers(value: Any) -> Any:
    """WebIDL's conversion to integers: what is behind the point is dropped."""
    if isinstance(value, Mapping):
        return {name: _integers(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_integers(item) for item in value]
    return math.trunc(value) if isinstance(value, float) and math.isfinite(value) else value


class _Replay:
    """A builder, and what the calls on it gave."""

    def __init__(self) -> None:
        self.builder, self.other = MLGraphBuilder(), MLGraphBuilder()
        self.outputs: list[tuple[MLOperand, ...]] = []
        self.taken: set[str] = set()
        self.names: Iterator[int] = itertools.count()

    def call(self, call: Mapping[str, Any]) -> str:
        """Make one call. Returns what is wrong with its outcome, or ''."""
        label = ""
        self.outputs.append(())
        method, label = self._method(call)
        try:
            self.outputs[-1] = method()
        except TypeError as error:
            if not isinstance(error, WebNPUError):
                return f"raised a TypeError that is not of this library: {error}"
            if "throws" not in call:
                return f"must succeed; got {error}"
            return _fault_of_message(call, label, str(error))
        return _fault_of_success(call, [{"dataType": o.data_type.value, "shape": list(o.shape)} for o in self.outputs[-1]])

    def _method(self, call: Mapping[str, Any]) -> tuple[Callable[[], tuple[MLOperand, ...]], str]:
        """What makes the call, its operands at hand; and the label."""
        op, args = call["op"], call["args"]
        if op == "input":
            name, descriptor = args[0], _integers(args[1])
            if name in self.taken and "throws" not in call:
                self.builder, self.taken = MLGraphBuilder(), set()
            self.taken.add(name)
            return lambda: (self.builder.input(name, descriptor),), ""
        if op == "constant":
            values = [_integers(args[0]), *(self._value(value) for value in args[1:])]
            return lambda: (self.builder.constant(*values),), ""
        if op == "build":
            outputs = {name: self._value(value) for name, value in args[0].items()}
            return lambda: tuple(self.builder.finish(outputs).outputs.values()), ""
        operator = OPERATORS[op]
        given = {name: self._value(value) for name, value in _arguments(call).items()}
        given.update({name: _integers(value) for name, value in given.items() if name in _integer_fields(operator)})
        return lambda: self.builder.apply(operator, given), str(given.get("label", ""))

    def _value(self, value: Any) -> Any:
        """An argument, with operands and buffers for what stands for them."""
        if isinstance(value, list):
            return [self._value(item) for item in value]
        if not isinstance(value, Mapping):
            return value
        if "$operand" in value:
            return self._operand(value)
        if "$ref" in value:
            return self.outputs[value["$ref"]][value.get("output", 0)]
        if "$buffer" in value:
            dtype = BUFFERS.get(value["$buffer"])
            return bytes(value["byteLength"]) if dtype is None else np.zeros(value["byteLength"] // np.dtype(dtype).itemsize, dtype)
        return number(value)

    def _operand(self, value: Mapping[str, Any]) -> MLOperand:
        builder = self.other if value.get("fromAnotherBuilder") else self.builder
        operand = builder.input(f"operand {next(self.names)}", _integers(value["$operand"]))
        if not value["$operand"].get("constant"):
            return operand
        return builder.constant(operand.descriptor, np.zeros(operand.shape, operand.data_type.numpy), copy=False)


def _split(args: Sequence[Any]) -> tuple[list[Any], Mapping[str, Any]]:
    """The positional arguments of an operator's method, and its options."""
    last = args[-1] if args else None
    if isinstance(last, Mapping) and not any(name.startswith("$") for name in last):
        return list(args[:-1]), last
    return list(args[: len(args) - (last is None)]), {}
