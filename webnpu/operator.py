"""What an operator is: operands with limits, options, numbered constraints, a shape rule, an emulation.

A subclass of `Operator` in `webnpu.operators` is the whole specification of one WebNN operator. Builder
methods, JSON Schema, WebIDL, TypeScript types, spec pages, support limits and conformance cases are
derived from it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NoReturn, TypeVar
from weakref import ref

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler, WithJsonSchema, field_validator
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, PydanticCustomError, core_schema
from typing_extensions import TypeAliasType

from .agreement import EXACT, Agreement
from .errors import MLTypeError, OperatorError
from .naming import is_plain_text
from .spelling import spelt
from .types import Array, DataType, OperandDescriptor, Shape

if TYPE_CHECKING:
    from .builder import MLGraphBuilder
UInt = Annotated[int, Field(strict=True, ge=0, le=2**32 - 1)]
"""WebIDL's ``[EnforceRange] unsigned long``."""
Int = Annotated[int, Field(strict=True, ge=-(2**31), le=2**31 - 1)]
"""WebIDL's ``[EnforceRange] long``."""
Double = Annotated[float, Field(strict=True, allow_inf_nan=False)]
"""WebIDL's ``double``: finite."""
Float = Annotated[Double, Field(ge=-3.4028234663852886e38, le=3.4028234663852886e38)]
"""WebIDL's ``float``: finite in single precision."""
Bool = Annotated[bool, Field(strict=True)]


def _number_from_json(value: object) -> object:
    if isinstance(value, str):
        return {"NaN": np.nan, "Infinity": np.inf, "-Infinity": -np.inf}.get(value) or int(value)
    return value


MLNumber = TypeAliasType(
    "MLNumber",
    Annotated[
        Annotated[int, Field(strict=True)] | Annotated[float, Field(strict=True)],
        BeforeValidator(_number_from_json),
        WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "pattern": "^(-?[0-9]+|-?Infinity|NaN)$"}]}),
    ],
)
"""WebIDL's ``bigint or unrestricted double``. In JSON, what a double cannot hold is a string."""


class MLOperand:
    """A value in a graph under construction: an input, a constant, or an output of an operator.

    Attributes:
        descriptor: its data type and shape, which are attributes too.
        builder: the builder that made it, the only one that accepts it.
        name: the name of an input, else ''.
        value: the array of a constant, else None.
        operator: the operator that computes it, else None.
        index: which of that operator's outputs it is.
    """

    __slots__ = ("__weakref__", "builder", "data_type", "descriptor", "index", "name", "operator", "rank", "shape", "value")

    def __init__(
        self,
        builder: object,
        descriptor: OperandDescriptor,
        *,
        name: str = "",
        value: Array | None = None,
        operator: Operator | None = None,
        index: int = 0,
    ) -> None:
        self.builder, self.descriptor = builder, descriptor
        self.data_type: DataType = descriptor.data_type
        self.shape: Shape = descriptor.shape
        self.rank = len(descriptor.shape)
        self.name, self.value, self.operator, self.index = name, value, operator, index

    @property
    def is_input(self) -> bool:
        return self.operator is None and self.value is None

    @property
    def is_constant(self) -> bool:
        return self.value is not None

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise MLTypeError("MLOperand: it is nothing without its graph, and can be neither pickled nor copied; the Graph can")

    def __repr__(self) -> str:
        kind = "input " + spelt(self.name) if self.is_input else "constant" if self.operator is None else self.operator.name
        return f"<MLOperand {self.descriptor} {kind}>"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> CoreSchema:
        return core_schema.is_instance_schema(cls)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "title": "MLOperand"}


@dataclass(frozen=True, slots=True)
class Same:
    """A limit that another operand sets."""

    operand: str


def same(operand: str) -> Same:
    """The data type, or the rank, of another operand of the same operator."""
    return Same(operand)


Ranks = tuple[int, int | None]


@dataclass(frozen=True)
class Limits:
    """Which data types and ranks an operand may have, and which every implementation must support.

    Attributes:
        types: the allowed data types, or those of another operand.
        rank: the allowed rank: one, or from and to (None: no bound of its own), or that of another operand.
        required: the required data types; by default the floats among the allowed ones, or all if there are none.
        required_rank: the required ranks, from and to; by default 0 to 5, cut to the allowed ones.
        extension: data types that are allowed beyond WebNN.
    """

    types: tuple[DataType, ...] | Same
    rank: int | Ranks | Same = (0, None)
    required: tuple[DataType, ...] | None = None
    required_rank: Ranks | None = None
    extension: tuple[DataType, ...] = ()

    def ranks(self) -> Ranks:
        """The allowed ranks, from and to, that stand in the declaration itself."""
        if isinstance(self.rank, Same):
            return 0, None
        return (self.rank, self.rank) if isinstance(self.rank, int) else self.rank

    def described(self) -> dict[str, Any]:
        """The limits as JSON; another operand is ``{"sameAs": operand}`` under its WebNN name."""
        types = {"sameAs": to_camel(self.types.operand)} if isinstance(self.types, Same) else [t.value for t in self.types + self.extension]
        low, high = self.ranks()
        rank = {"sameAs": to_camel(self.rank.operand)} if isinstance(self.rank, Same) else {"min": low, "max": high}
        return {"dataTypes": types, "rank": rank}

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), **{f"webnn:{key}": value for key, value in self.described().items()}}


Verdict = bool | str
"""What a constraint finds: True, or in words what came instead."""

_Check = TypeVar("_Check", bound=Callable[[Any], Verdict])


@dataclass(frozen=True, slots=True)
class Constraint:
    """A numbered rule of an operator: the same label names the check, the message, the page and the test."""

    label: str
    text: str
    check: Callable[[Any], Verdict]


def constraint(label: str, text: str) -> Callable[[_Check], _Check]:
    """Mark a method of an operator as a numbered constraint.

    Args:
        label: ``C1``, ``C2``, ..., unique within the operator.
        text: the rule, as the page and the message say it.
    """

    def mark(check: _Check) -> _Check:
        check.__constraint__ = Constraint(label, text, check)  # type: ignore[attr-defined]
        return check

    return mark


def _snake(name: str) -> str:
    """``gatherND`` to ``gather_nd``, ``isNaN`` to ``is_nan``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.replace("NaN", "Nan")).lower()


class Operator(BaseModel):
    """One use of an operator in a graph: its operands and its options, checked.

    Fields without a default are the positional arguments of the builder's method, in order; the others
    are its options. Subclasses that define `infer` are operators; others are bases.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        use_attribute_docstrings=True,
        ignored_types=(Constraint,),
    )

    label: str = ""
    """A name for this use of the operator, which error messages repeat."""

    @field_validator("label")
    @classmethod
    def _fits_in_files(cls, label: str) -> str:
        if label and not is_plain_text(label):
            raise PydanticCustomError("label", "text without null characters and halves of surrogate pairs")
        return label

    name: ClassVar[str] = ""
    """WebNN's name of the operator: ``conv2d``."""
    method: ClassVar[str] = ""
    """The name of the builder's method: WebNN's in snake_case."""
    family: ClassVar[str] = ""
    """The chapter it stands in: the name of its module."""
    output_limits: ClassVar[Mapping[str, Limits]] = {"output": Limits(same("input"), same("input"))}
    """The limits of each output, under the names that ``opSupportLimits()`` uses."""
    agreement: ClassVar[Agreement] = EXACT
    constraints: ClassVar[tuple[Constraint, ...]] = ()
    operand_limits: ClassVar[Mapping[str, Limits]] = {}
    """The limits of each operand, those that must be given first."""

    __slots__ = ("_outputs",)  # a private attribute of pydantic's would cost as much as its checks

    @classmethod
    def __pydantic_init_subclass__(cls, **_: object) -> None:
        marked = {
            name: method for base in reversed(cls.__mro__) for name, method in vars(base).items() if hasattr(method, "__constraint__")
        }
        found = sorted((m.__constraint__ for m in marked.values()), key=lambda c: int(c.label[1:]))
        if [c.label for c in found] != [f"C{i + 1}" for i in range(len(found))]:
            raise TypeError(f"{cls.__name__}: constraints must be numbered C1, C2, ... without a gap, got {[c.label for c in found]}")
        cls.constraints = tuple(found)
        limits = {name: next((m for m in field.metadata if isinstance(m, Limits)), None) for name, field in cls.model_fields.items()}
        found_limits = [(name, limit) for name, limit in limits.items() if limit is not None]
        cls.operand_limits = dict(sorted(found_limits, key=lambda item: not cls.model_fields[item[0]].is_required()))
        cls.name = cls.__name__[0].lower() + cls.__name__[1:]
        cls.method = _snake(cls.name)
        cls.family = cls.__module__.rpartition(".")[2]

    def infer(self) -> OperandDescriptor | tuple[OperandDescriptor, ...]:
        """The descriptors of the outputs, once all limits and constraints hold."""
        raise TypeError(f"{type(self).__name__} is a base of operators, not an operator")

    def meaningless(self) -> str:
        """Why nothing can compute this use of the operator, though WebNN makes an operand of it; '' where that is not so.

        A graph with such an operator is refused when it is built, whatever the backend.
        """
        return ""

    def emulated_size(self) -> int:
        """How many operators `emulate` makes at least."""
        return 1

    def emulate(self, b: MLGraphBuilder) -> MLOperand | tuple[MLOperand, ...]:
        """The same outputs, computed by other operators (WebNN's emulation body)."""
        raise TypeError(f"{self.name} has no emulation")

    @classmethod
    def has_emulation(cls) -> bool:
        return cls.emulate is not Operator.emulate

    @property
    def outputs(self) -> tuple[MLOperand, ...]:
        """The operands that this operator computes; whoever holds one, or the graph, holds the operator.

        An operator holds its outputs weakly: graphs with large constants would else wait, when nobody holds them any more,
        for Python to look for cycles. An output that is gone was held by nobody, so that another one is as good.
        """
        found = tuple([output() for output in self._outputs])  # type: ignore[attr-defined]
        return found if None not in found else self._made_again(found)

    def _made_again(self, found: tuple[MLOperand | None, ...]) -> tuple[MLOperand, ...]:
        descriptors, builder = self.infer(), self.operands()[0][1].builder
        described = (descriptors,) if isinstance(descriptors, OperandDescriptor) else descriptors
        made = [o or MLOperand(builder, d, operator=self, index=i) for i, (o, d) in enumerate(zip(found, described, strict=True))]
        self.bind(tuple(made))
        return tuple(made)

    @property
    def output(self) -> MLOperand:
        """The first operand that this operator computes; most have one."""
        return self.outputs[0]

    def bind(self, outputs: tuple[MLOperand, ...]) -> None:
        """Say which operands this operator computes; the builder does, once it has checked the operator."""
        object.__setattr__(self, "_outputs", tuple([ref(output) for output in outputs]))

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise MLTypeError(f"{self.name}: an operator is nothing without its graph, and can be neither pickled nor copied; the Graph can")

    def __copy__(self) -> NoReturn:
        self.__reduce_ex__(2)

    def __deepcopy__(self, memo: Any = None) -> NoReturn:
        self.__reduce_ex__(2)

    def __eq__(self, other: object) -> bool:
        """Two uses of an operator are two, though all their arguments be the same."""
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def operands(self) -> list[tuple[str, MLOperand]]:
        """The operands that are there, each with the name of its field."""
        found: list[tuple[str, MLOperand]] = []
        for name in self.operand_limits:
            value = getattr(self, name)
            if isinstance(value, MLOperand):
                found.append((name, value))
            elif value is not None:
                found.extend((name, item) for item in value)
        return found

    def attributes(self) -> dict[str, Any]:
        """The arguments that are not operands, under their Python names, without those at their default."""
        fields = type(self).model_fields
        values = ((name, getattr(self, name)) for name in fields if name not in self.operand_limits)
        return {name: value for name, value in values if fields[name].is_required() or not _alike(value, fields[name].default)}

    def check(self) -> None:
        """Raise an OperatorError for the first limit or constraint that does not hold."""
        for name, operand in self.operands():
            self._check_limits(name, self.operand_limits[name], operand.descriptor)
        for rule in self.constraints:
            found = rule.check(self)
            if found is not True:
                raise self.error(rule.label, rule.text, str(found))

    def error(self, constraint: str, expected: str, got: str) -> OperatorError:
        """The error that says that this use of the operator is not valid."""
        field = type(self).model_fields.get(constraint)
        return OperatorError(self.name, self.label, field.alias or constraint if field else constraint, expected, got)

    def _check_limits(self, operand: str, limits: Limits, descriptor: OperandDescriptor) -> None:
        types, rank = limits.types, limits.rank
        if isinstance(types, Same):
            wanted = _first(getattr(self, types.operand)).data_type
            if descriptor.data_type is not wanted:
                raise self.error(operand, f"the data type of {to_camel(types.operand)}, {wanted}", str(descriptor))
        elif descriptor.data_type not in types and descriptor.data_type not in limits.extension:
            raise self.error(operand, f"a data type of {', '.join(types + limits.extension)}", str(descriptor))
        if isinstance(rank, int):
            if len(descriptor.shape) != rank:
                raise self.error(operand, f"a rank of {rank}", str(descriptor))
        elif isinstance(rank, Same):
            wanted_rank = _first(getattr(self, rank.operand)).rank
            if descriptor.rank != wanted_rank:
                raise self.error(operand, f"the rank of {to_camel(rank.operand)}, {wanted_rank}", str(descriptor))
        else:
            low, high = rank
            if len(descriptor.shape) < low or (high is not None and len(descriptor.shape) > high):
                allowed = f"at least {low}" if high is None else f"{low} to {high}"
                raise self.error(operand, f"a rank of {allowed}", str(descriptor))


def _alike(a: Any, b: Any) -> bool:
    """Whether two option values are the same; zero and negative zero are two."""
    return bool(a == b) and (a != 0 or math.copysign(1, a) == math.copysign(1, b))


def _first(value: MLOperand | tuple[MLOperand, ...]) -> MLOperand:
    return value if isinstance(value, MLOperand) else value[0]
