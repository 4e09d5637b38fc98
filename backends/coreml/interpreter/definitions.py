"""The published definitions of MIL's operations: their parameters, by version of the operation set.

They are those of coremltools, which Apple publishes with the format; nothing of them is restated here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any

from ..protos import version as _quietly_imported  # noqa: F401 -- the import that keeps coremltools quiet

# isort: split
from coremltools.converters.mil._deployment_compatibility import AvailableTarget
from coremltools.converters.mil.mil import input_type, types
from coremltools.converters.mil.mil.ops.registry import SSAOpRegistry

from .errors import PackageError

OPSETS = {f"CoreML{target.value - 1}": target for target in AvailableTarget if target.value >= 6}
"""The operation sets of mlprograms, and the deployment target of each."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an operation.

    Attributes:
        required: whether it must be given.
        constant: whether its value must be known before the program runs.
        several: whether it takes several values.
        dtypes: the data types that it may have; empty where it is no tensor.
        group: parameters of one group have one data type; '' for none.
    """

    required: bool
    constant: bool
    several: bool
    dtypes: tuple[str, ...]
    group: str


@dataclass(frozen=True)
class Definition:
    """An operation as one operation set defines it."""

    name: str
    parameters: Mapping[str, Parameter]
    _class: Any

    def defaulted(self, shapes: Mapping[str, tuple[int, ...]]) -> frozenset[str]:
        """The optional parameters that have a default which is not "none": a program must write them.

        Args:
            shapes: the shapes of the parameters that are given.
        """
        if self._class is None:
            return frozenset()
        probe = object.__new__(self._class)
        for name in self.parameters:
            shape = shapes.get(name, ())
            known = SimpleNamespace(rank=len(shape), shape=shape, dtype=types.fp32, val=None)
            setattr(probe, name, known if name in shapes else None)
        try:
            found = self._class.default_inputs(probe)
        except (AttributeError, IndexError, TypeError, ValueError):
            return frozenset()
        return frozenset(name for name, value in found.items() if value is not None)


_STORED_ONLY = {
    "write_state": {"input": Parameter(True, False, False, (), ""), "data": Parameter(True, False, False, (), "")},
}
"""Operations of saved programs that have no published definition: what coremltools writes for coreml_update_state."""


@cache
def names() -> frozenset[str]:
    """The names of all operations that are published."""
    return frozenset(name for name in SSAOpRegistry.core_ops if not name.startswith("_"))


@cache
def definition(name: str, opset: str) -> Definition:
    """The definition of an operation in an operation set.

    Raises:
        PackageError: the set has no such operation.
    """
    if name in _STORED_ONLY:
        return Definition(name, _STORED_ONLY[name], None)
    target = OPSETS[opset]
    versions = SSAOpRegistry.core_ops.get(name)
    if not versions or name.startswith("_"):
        raise PackageError(f"there is no operation {name!r} in MIL")
    since = [version for version in versions if version.value <= target.value]
    if not since:
        raise PackageError(f"operation {name!r} does not exist in {opset}; it came with CoreML{min(v.value for v in versions) - 1}")
    found = versions[max(since, key=lambda v: v.value)]
    domains = getattr(found, "type_domains", {})
    parameters = {key: _parameter(value, domains) for key, value in found.input_spec.input_types.items() if not key.startswith("_")}
    return Definition(name, parameters, found)


def _parameter(declared: Any, domains: Mapping[str, Any]) -> Parameter:
    dtypes: tuple[str, ...] = ()
    group = ""
    if isinstance(declared, input_type.TensorInputType):
        group = declared.type_domain_id or ""
        domain = domains.get(group, declared.type_domain) if group else declared.type_domain
        dtypes = tuple(types.builtin_to_string(item) for item in domain)
    several = isinstance(declared, input_type.TupleInputType)
    return Parameter(not declared.optional, declared.const, several, dtypes, group)
