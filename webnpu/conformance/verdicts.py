"""The verdict on one case: whether a backend computes it right, refuses it, or fails.

- ``pass``: every output is within its bound.
- ``fail``: some output is not. A wrong number.
- ``refused``: the backend declares, when it compiles the graph, that it cannot do it right.
- ``error``: anything else came: another exception, a crash, no answer in time.
- ``disputed``: the case contradicts the text of WebNN, or is known not to be settled; see `disputes`.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from ..agreement import Bound
from ..backend import Backend, ForeignBuilder
from ..errors import OperatorError, Unsupported, WebNPUError
from ..graph import Graph
from ..graph_file import from_document
from ..types import Array
from .cases import Judged, Rejection
from .comparison import Comparison, compare
from .required import is_required

Verdict = Literal["pass", "fail", "refused", "error", "disputed"]

VALIDATION = "validation"
"""What stands for the data type of cases that the builder judges, where nothing is computed."""


class Result(BaseModel):
    """What became of one case on one backend."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, validate_by_name=True, validate_by_alias=True)

    id: str
    operator: str
    type: str
    verdict: Verdict
    ulp: int | None = None
    """The largest measured distance; None where nothing was measured."""
    absolute: float | None = None
    """The largest measured absolute difference; None where nothing was measured, or it is infinite."""
    bound: int | None = None
    """The bound in ULP of the output that is nearest to it."""
    absolute_bound: float | None = None
    """Its absolute bound; an output is right within either."""
    reason: str = ""
    """Why it is not a pass."""
    required: bool = False
    """Whether WebNN requires every implementation to support the graph."""

    @property
    def counts_as_failure(self) -> bool:
        """Whether it stands in the way of conformance: a refusal does where support is required."""
        return self.verdict in ("fail", "error") or (self.verdict == "refused" and self.required)


def judge(backend: Backend, case: Judged) -> Result:
    """Run a case on a backend, in this process."""
    try:
        graph, inputs = case.made()
    except WebNPUError as error:
        return result(case, "error", f"the builder rejects the graph: {error}")
    except Exception as error:
        return result(case, "error", described(error))
    required = is_required(graph)
    try:
        program = backend.compile(graph)
    except Unsupported as refusal:
        return result(case, "refused", f"{refusal.operator.name}: {refusal.reason}", required=required)
    except Exception as error:  # whatever a backend throws is its verdict, not the end of the run
        return result(case, "error", described(error), required=required)
    try:
        outputs = program.run(inputs)
    except Exception as error:
        return result(case, "error", described(error), required=required)
    finally:
        program.destroy()
    try:
        return _compared(case, graph, inputs, outputs, required)
    except Exception as error:
        return result(case, "error", described(error), required=required)


def _compared(case: Judged, graph: Graph, inputs: dict[str, Array], outputs: dict[str, Array], required: bool) -> Result:
    compared: list[tuple[str, Bound, Comparison]] = []
    for name, wanted, bound in case.expected(graph, inputs):
        if name not in outputs:
            return result(case, "error", f"output {name!r} is missing; got {', '.join(outputs) or 'none'}", required=required)
        compared.append((name, bound, compare(outputs[name], wanted, bound)))
    name, bound, worst = max(compared, key=_badness)
    several = f"output {name!r}: " if len(compared) > 1 else ""
    return Result(
        id=case.id,
        operator=case.operator,
        type=case.type,
        verdict="pass" if worst.agrees else "fail",
        ulp=worst.ulp,
        absolute=worst.absolute if worst.absolute < float("inf") else None,
        bound=bound.ulp,
        absolute_bound=bound.absolute,
        reason="" if worst.agrees else several + worst.reason,
        required=required,
    )


def _badness(compared: tuple[str, Bound, Comparison]) -> tuple[bool, float]:
    """What orders outputs from good to bad: those that disagree last, then by how much of the bound is used up."""
    _, bound, comparison = compared
    if bound.absolute and not bound.ulp:
        return not comparison.agrees, comparison.absolute / bound.absolute
    ulp = float("inf") if comparison.ulp is None else comparison.ulp
    return not comparison.agrees, ulp / max(bound.ulp, 1)


def judge_rejection(case: Rejection, builder: ForeignBuilder | None = None) -> Result:
    """Whether a builder, by default ours, rejects a graph by the rule that it violates."""
    if builder is not None:
        return _foreign_rejection(case, builder)
    label = case.document["operators"][-1].get("label", "")
    wanted = f"expected {case.constraint} of {case.operator}"
    verdict: Verdict = "fail"
    try:
        from_document(case.document, {})
    except WebNPUError as error:
        cause = error.__cause__
        if not isinstance(cause, OperatorError) or (cause.operator, cause.constraint) != (case.operator, case.constraint):
            reason = f"{wanted}; got {error}"
        elif label and f"[{label}]" not in str(cause):
            reason = f"the message must contain [{label}]; got {cause}"
        else:
            verdict, reason = "pass", ""
    except Exception as error:
        verdict, reason = "error", described(error)
    else:
        reason = f"{wanted}; the builder accepts the graph"
    return Result(id=case.id, operator=case.operator, type=VALIDATION, verdict=verdict, reason=reason, required=True)


def _foreign_rejection(case: Rejection, builder: ForeignBuilder) -> Result:
    verdict: Verdict = "pass"
    try:
        if reason := builder.fault(case.model_dump(mode="json", by_alias=True)):
            verdict = "fail"
    except Exception as error:  # whatever another implementation throws is its verdict
        verdict, reason = "error", described(error)
    return Result(id=case.id, operator=case.operator, type=VALIDATION, verdict=verdict, reason=reason, required=True)


def result(case: Judged, verdict: Verdict, reason: str, *, required: bool = False) -> Result:
    """The result of a case of which nothing was measured."""
    return Result(id=case.id, operator=case.operator, type=case.type, verdict=verdict, reason=reason, required=required)


def described(error: BaseException) -> str:
    """An exception in one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:500]}"
