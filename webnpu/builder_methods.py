"""The methods of MLGraphBuilder that add operators, made from the operators' classes.

The fields of a class without a default are the positional arguments of its method, the others its keyword
options. ``builder_methods.pyi``, which is generated, tells type checkers and editors.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from .errors import MLTypeError
from .operator import MLOperand, Operator
from .operators import OPERATORS


class BuilderMethods:
    """One method for each operator."""

    def apply(self, operator: type[Operator], arguments: Mapping[str, Any]) -> tuple[MLOperand, ...]:
        """Add one use of an operator, by its class; `MLGraphBuilder.apply` does."""
        raise TypeError("only MLGraphBuilder adds operators")


def _method(operator: type[Operator]) -> Callable[..., Any]:
    """The builder's method for an operator."""
    fields = operator.model_fields
    positional = [name for name, field in fields.items() if field.is_required()]
    several = "outputs" in operator.output_limits or "output0" in operator.output_limits

    def method(self: BuilderMethods, *args: Any, **options: Any) -> MLOperand | tuple[MLOperand, ...]:
        if len(args) > len(positional):
            raise MLTypeError(f"{operator.name} takes {len(positional)} positional arguments ({', '.join(positional)}); got {len(args)}")
        for name, value in zip(positional, args, strict=False):
            if name in options:
                raise MLTypeError(f"{operator.name}: {name} is given twice")
            options[name] = value
        outputs = self.apply(operator, options)
        return outputs if several else outputs[0]

    method.__name__, method.__qualname__ = operator.method, f"MLGraphBuilder.{operator.method}"
    method.__doc__ = operator.__doc__
    kinds = {True: inspect.Parameter.POSITIONAL_OR_KEYWORD, False: inspect.Parameter.KEYWORD_ONLY}
    parameters = [
        inspect.Parameter(name, kinds[name in positional], default=inspect.Parameter.empty if name in positional else fields[name].default)
        for name in [*positional, *(name for name in fields if name not in positional)]
    ]
    self_parameter = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    method.__signature__ = inspect.Signature([self_parameter, *parameters])  # type: ignore[attr-defined]
    return method


for _operator in OPERATORS.values():
    setattr(BuilderMethods, _operator.method, _method(_operator))
