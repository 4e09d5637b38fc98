"""A program as it is run: checked when it is loaded, evaluated operation by operation.

Checked at load: names, the presence and the types of parameters, constants where constants are wanted, operation
sets and blocks, the agreement of the program with the model's description. Checked as it runs: that what an
operation computes is of the type and shape that the program declares for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np

from webnpu.budget import Meter

from . import definitions, sizes
from .chapters import evaluates
from .definitions import Definition, Parameter
from .errors import EvaluationError, MissingOperationError, PackageError
from .operations import Evaluation, narrowed, widened
from .reading import Weights, unpacked
from .types import BITS, NUMPY, OtherType, TensorType, Type, read_immediate, read_type

Scope = dict[str, Any]
_CONTROL = ("cond", "while_loop")
_FIRST_BLOBS = ("fp16", "fp32", "int8", "uint8")
"""The types that a file of weights may hold in every operation set."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a name before the program runs: its type, and whether its value is constant."""

    type: Type
    constant: bool


@dataclass(frozen=True, slots=True)
class Immediate:
    """A value that stands in the program itself."""

    value: Any
    type: Type


Argument = str | Immediate | tuple[str | Immediate, ...]


@dataclass(slots=True)
class Step:
    """One operation, ready to be evaluated."""

    type: str
    name: str
    arguments: dict[str, Argument]
    outputs: tuple[tuple[str, Type], ...]
    evaluation: Evaluation | None
    blocks: list[Body] = field(default_factory=list)
    dtypes: dict[str, str] = field(default_factory=dict)
    like: str = ""
    """The parameter whose type the result has; '' for the first that fits."""
    drops: tuple[str, ...] = ()
    """The values that nothing needs after this step."""

    def __str__(self) -> str:
        return f"{self.type} {self.name!r}"


@dataclass(slots=True)
class Body:
    """The operations of a block, what it takes and what it gives."""

    inputs: tuple[tuple[str, Type], ...]
    steps: list[Step]
    outputs: tuple[str, ...]


class Loader:
    """Reads one function of a program and checks it on the way."""

    def __init__(self, opset: str, weights: Weights, meter: Meter) -> None:
        if opset not in definitions.OPSETS:
            raise PackageError(f"operation set {opset!r} is not known; known are {', '.join(definitions.OPSETS)}")
        self.opset, self.weights, self.meter = opset, weights, meter

    def body(self, block: Any, inputs: tuple[tuple[str, Type], ...], outer: Mapping[str, Known]) -> Body:
        """The operations of a block, given the names that it can see."""
        known = dict(outer)
        for name, type_ in inputs:
            self._define(known, name, Known(type_, False), "an input")
        steps = [self._step(operation, known) for operation in block.operations]
        for name in block.outputs:
            if name not in known:
                raise PackageError(f"output {name!r} is not computed")
        body = Body(inputs, steps, tuple(block.outputs))
        _plan_drops(body)
        return body

    def _define(self, known: dict[str, Known], name: str, what: Known, where: str) -> None:
        if not name:
            raise PackageError(f"{where}: a value has no name")
        if name in known:
            raise PackageError(f"{where}: the name {name!r} is already taken")
        known[name] = what

    def _step(self, operation: Any, known: dict[str, Known]) -> Step:
        name = operation.outputs[0].name if operation.outputs else ""
        where = f"{operation.type} {name!r}"
        outputs = tuple((output.name, read_type(output.type, where)) for output in operation.outputs)
        if operation.type == "const":
            step = self._constant(operation, outputs, where)
            self._define(known, name, Known(outputs[0][1], True), where)
            return step
        evaluation = evaluates.table.get(operation.type)
        defined = definitions.definition(operation.type, self.opset)
        if evaluation is None and operation.type not in _CONTROL:
            raise MissingOperationError(f"{where}: the interpreter does not evaluate the operation {operation.type}")
        given = self._arguments(operation, known, where)
        arguments = {name: given[name] for name in (*defined.parameters, *given) if name in given}  # a protobuf map has no order
        step = Step(operation.type, name, arguments, outputs, evaluation)
        constant = self._check(step, defined, known)
        step.blocks = [self._block(block, known, where) for block in operation.blocks]
        if operation.type in _CONTROL and len(step.blocks) != 2:
            raise PackageError(f"{where}: it has 2 blocks; got {len(step.blocks)}")
        for output, type_ in outputs:
            self._define(known, output, Known(type_, constant), where)
        return step

    def _block(self, block: Any, known: Mapping[str, Known], where: str) -> Body:
        inputs = tuple((item.name, read_type(item.type, where)) for item in block.inputs)
        shadowed = {name: what for name, what in known.items() if name not in dict(inputs)}
        with self.meter.deeper(where):
            return self.body(block, inputs, shadowed)

    def _constant(self, operation: Any, outputs: tuple[tuple[str, Type], ...], where: str) -> Step:
        if "val" not in operation.attributes or len(outputs) != 1:
            raise PackageError(f"{where}: a constant has one attribute val and one output")
        value = self._value(operation.attributes["val"], where)
        if value.type != outputs[0][1]:
            raise PackageError(f"{where}: it is declared as {outputs[0][1]}, and holds {value.type}")
        return Step("const", outputs[0][0], {"val": value}, outputs, None)

    def _arguments(self, operation: Any, known: Mapping[str, Known], where: str) -> dict[str, Argument]:
        arguments: dict[str, Argument] = {}
        for name, attribute in operation.attributes.items():
            if name != "name":
                arguments[name] = self._value(attribute, f"{where}: {name}")
        for name, argument in operation.inputs.items():
            bindings = []
            for binding in argument.arguments:
                if binding.WhichOneof("binding") == "name":
                    if binding.name not in known:
                        raise PackageError(f"{where}: {name} is {binding.name!r}, which nothing before it computes")
                    bindings.append(binding.name)
                else:
                    bindings.append(self._value(binding.value, f"{where}: {name}"))
            if not bindings:
                raise PackageError(f"{where}: {name} is given without a value")
            arguments[name] = bindings[0] if len(bindings) == 1 else tuple(bindings)
        return arguments

    def _value(self, value: Any, where: str) -> Immediate:
        type_ = read_type(value.type, where)
        if not isinstance(type_, TensorType):
            items = [self._value(item, where).value for item in value.immediateValue.list.values]
            return Immediate(items, type_)
        if type_.shape is None or None in type_.shape:
            raise PackageError(f"{where}: a value must be of a known shape; got {type_}")
        shape = tuple(size or 0 for size in type_.shape)
        if value.WhichOneof("value") == "blobFileValue":
            blob = value.blobFileValue
            if type_.dtype not in _FIRST_BLOBS and definitions.OPSETS[self.opset].value < 9:
                raise PackageError(f"{where}: a file of weights holds {type_.dtype} only since CoreML8; the program is of {self.opset}")
            if BITS[type_.dtype] < 8:  # unpacked, a byte each; others are views of the file
                self.meter.spend("bytes", prod(map(float, shape)), where)
            return Immediate(self.weights.array(blob.fileName, blob.offset, type_.dtype, shape), type_)
        array = read_immediate(value.immediateValue.tensor, type_.dtype, shape, unpacked, where)
        return Immediate(array, type_)

    def _check(self, step: Step, defined: Definition, known: Mapping[str, Known]) -> bool:
        """Check the arguments of a step; whether it can be computed before the program runs."""
        groups: dict[str, tuple[str, str]] = {}
        constant, shapes, computed = True, {}, ""
        if unknown := step.arguments.keys() - defined.parameters.keys():
            raise PackageError(f"{step}: it has no parameter {', '.join(sorted(unknown))}; it has {', '.join(defined.parameters)}")
        for name, parameter in defined.parameters.items():
            argument = step.arguments.get(name)
            if argument is None:
                if parameter.required:
                    raise PackageError(f"{step}: the parameter {name} is missing")
                continue
            for item in argument if isinstance(argument, tuple) else (argument,):
                what = known[item] if isinstance(item, str) else Known(item.type, True)
                constant = constant and what.constant
                self._check_argument(step, name, parameter, what, groups)
                if isinstance(what.type, TensorType):
                    step.dtypes.setdefault(name, what.type.dtype)
                    computed = computed or ("" if what.constant else name)
                    shapes[name] = tuple(size or 1 for size in what.type.shape or ())
        if step.evaluation is not None:
            step.like = computed if step.evaluation.like_computed and computed else step.evaluation.like
        if forgotten := defined.defaulted(shapes) - step.arguments.keys():
            raise PackageError(f"{step}: parameters with a default must be written too; missing {', '.join(sorted(forgotten))}")
        return constant

    def _check_argument(self, step: Step, name: str, parameter: Parameter, what: Known, groups: dict[str, tuple[str, str]]) -> None:
        if parameter.constant and not what.constant:
            raise PackageError(f"{step}: {name} must be a constant")
        if not parameter.dtypes:
            return
        if not isinstance(what.type, TensorType):
            raise PackageError(f"{step}: {name} must be a tensor; got {what.type}")
        dtype = what.type.dtype
        if dtype not in parameter.dtypes:
            raise PackageError(f"{step}: {name} must be of {', '.join(parameter.dtypes)} in {self.opset}; got {what.type}")
        if parameter.group:
            first, wanted = groups.setdefault(parameter.group, (name, dtype))
            floats = parameter.constant and dtype.startswith("fp") and wanted.startswith("fp")  # coremltools writes its defaults so
            if dtype != wanted and not floats:
                raise PackageError(f"{step}: {name} must be of the type of {first}, {wanted}; got {what.type}")


def _plan_drops(body: Body) -> None:
    """Note after which step each value is of no more use."""
    last: dict[str, int] = {}
    for at, step in enumerate(body.steps):
        for name in _names(step):
            last[name] = at
    kept = set(body.outputs)
    own = {output for step in body.steps for output, _ in step.outputs}
    for name, at in last.items():
        if name in own and name not in kept:
            body.steps[at].drops = (*body.steps[at].drops, name)


def _names(step: Step) -> Iterator[str]:
    """All names that a step reads, those that its blocks read included."""
    for argument in step.arguments.values():
        for item in argument if isinstance(argument, tuple) else (argument,):
            if isinstance(item, str):
                yield item
    for block in step.blocks:
        yield from block.outputs
        for inner in block.steps:
            yield from _names(inner)


def run(body: Body, given: Mapping[str, Any], meter: Meter, outer: Mapping[str, Any] | None = None) -> tuple[Any, ...]:
    """Evaluate a block: its outputs, in order; a meter says how large results may be, and how long loops may go on."""
    scope: Scope = dict(outer or {})
    scope.update(given)
    for step in body.steps:
        results = _evaluate(step, scope, meter)
        for (name, type_), value in zip(step.outputs, results, strict=True):
            _check_result(step, name, type_, value)
            scope[name] = value
        for name in step.drops:
            scope.pop(name, None)
    return tuple(scope[name] for name in body.outputs)


def _evaluate(step: Step, scope: Scope, meter: Meter) -> tuple[Any, ...]:
    if step.type == "const":
        value = step.arguments["val"]
        assert isinstance(value, Immediate)
        return (value.value,)
    if step.type == "cond":
        chosen = step.blocks[0 if bool(_resolve(step.arguments["pred"], scope)) else 1]
        return run(chosen, {}, meter, scope)
    if step.type == "while_loop":
        return _loop(step, scope, meter)
    assert step.evaluation is not None
    arguments = {name: _resolve(argument, scope) for name, argument in step.arguments.items()}
    meter.check("bytes", sizes.BYTES * sizes.elements(step.type, arguments), str(step))
    prepared = {name: _prepared(value, step.evaluation.raw) for name, value in arguments.items()}
    try:
        with np.errstate(all="ignore"):
            results = narrowed(step.evaluation.function(**prepared), step.dtypes, step.like)
    except (EvaluationError, MissingOperationError) as error:
        raise type(error)(f"{step}: {error}") from error
    except (ValueError, IndexError, TypeError, KeyError, ArithmeticError, AttributeError, MemoryError) as error:
        raise EvaluationError(f"{step}: its operands do not fit: {error}") from error
    results = results if isinstance(results, tuple) else (results,)
    if len(results) < len(step.outputs):
        raise EvaluationError(f"{step}: it is declared with {len(step.outputs)} outputs, and computes {len(results)}")
    return results[: len(step.outputs)]


def _loop(step: Step, scope: Scope, meter: Meter) -> tuple[Any, ...]:
    variables = _resolve(step.arguments["loop_vars"], scope)
    variables = variables if isinstance(variables, tuple) else (variables,)
    condition, body = step.blocks
    while True:
        meter.check_time(str(step))
        (go_on,) = run(condition, dict(zip((name for name, _ in condition.inputs), variables, strict=True)), meter, scope)
        if not bool(go_on):
            return variables
        variables = run(body, dict(zip((name for name, _ in body.inputs), variables, strict=True)), meter, scope)


def _resolve(argument: Argument, scope: Scope) -> Any:
    if isinstance(argument, tuple):
        return tuple(_resolve(item, scope) for item in argument)
    return scope[argument] if isinstance(argument, str) else argument.value


def _prepared(value: Any, raw: bool) -> Any:
    """A value as evaluators take it: floats widened, scalars of text and of truth as Python's."""
    if isinstance(value, tuple):
        return tuple(_prepared(item, raw) for item in value)
    if isinstance(value, np.ndarray) and value.dtype == object and value.ndim == 0:
        return value.item()
    return value if raw else widened(value)


def _check_result(step: Step, name: str, type_: Type, value: Any) -> None:
    if isinstance(type_, OtherType):
        return
    array = np.asarray(value)
    expected = NUMPY.get(type_.dtype)
    found = next((known for known, dtype in NUMPY.items() if dtype == array.dtype), str(array.dtype))
    dtype = type_.dtype if array.dtype == expected or type_.dtype == "string" else found
    if not type_.admits(dtype, array.shape):
        computed = TensorType(dtype, array.shape)
        raise EvaluationError(f"{step}: {name!r} is declared as {type_}, but its definition gives {computed}")
