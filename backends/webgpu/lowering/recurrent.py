"""Recurrent networks: one kernel walks the whole sequence; a cell is a sequence of one step."""

from __future__ import annotations

from math import prod
from typing import Any

from webnpu.operator import MLOperand
from webnpu.operators.recurrent import Gru, GruCell, Lstm, LstmCell

from ..formats import FORMATS
from ..plan import Operation, View
from ..planner import Planner, lowers
from ..views import view

_AREAS = 8
"""The parts of the state: hidden before and after a step, and two more, each as pairs of numbers."""

_ACTIVATIONS = ("relu", "sigmoid", "tanh")
"""In the order of the library's `activation_pair`."""


def _given(op: Any, plan: Planner, vectors: list[tuple[MLOperand | None, int]]) -> int:
    """The small operands one behind another in one buffer, as float32; zeros where one is absent."""
    buffer = plan.temporary("float32", sum(size for _, size in vectors))
    if any(operand is None for operand, _ in vectors):
        plan.clear(buffer)
    offset = 0
    for operand, size in vectors:
        if operand is not None:
            part = View(sizes=(size,), strides=(1,), offset=offset)
            plan.emit("place", buffer, {"x": operand}, constants={"SIZE": size}, views={"part": part})
        offset += size
    return buffer


def _walk(op: Any, plan: Planner, kernel: str, given: int, order: str, results: list[int], **more: int) -> None:
    """Run a kernel over the sequence, and take the outputs from its state: the parts ``results``, then the sequence."""
    steps, directions = getattr(op, "steps", 1), getattr(op, "directions", 1)
    batch, features = op.input.shape[-2:]
    state_size = directions * batch * op.hidden_size
    state = plan.temporary("float32", (_AREAS + steps) * state_size)
    functions = op.activations or op.default_activations
    plan.emit(
        kernel,
        state,
        {"x": op.input, "weight": op.weight, "recurrent": op.recurrent_weight, "given": given},
        constants={
            "STEPS": steps,
            "BATCH": batch,
            "HIDDEN": op.hidden_size,
            "FEATURES": features,
            "DIRECTIONS": directions,
            "BACKWARD": int(getattr(op, "direction", "forward") == "backward"),
            "ORDER": tuple(op.layout.index(gate) for gate in order),
            "ACTIVATIONS": tuple(_ACTIVATIONS.index(function) for function in functions),
            **more,
        },
        output_name="state",
    )
    # Each part is a pair; its sum is the number.
    for output, area in zip(op.outputs, [area + 2 * (steps % 2) if area == 0 else area for area in results], strict=False):
        _read(plan, output, state, [area * state_size, (area + 1) * state_size])
    if getattr(op, "return_sequence", False):
        _read(plan, op.outputs[-1], state, [_AREAS * state_size])


def _read(plan: Planner, output: MLOperand, state: int, offsets: list[int]) -> None:
    """The sum of the parts of the state that begin at the offsets."""
    size = prod(output.shape)
    views = {f"x{n}": view((size,), (1,), offset) for n, offset in enumerate(offsets)}
    function = "add_float" if len(offsets) == 2 else ""
    plan.emit(
        "elementwise",
        output,
        dict.fromkeys(views, state),
        views=views,
        aliases={"V": "u32"},
        chain=[Operation(function=function, arguments=tuple(views), rounding=FORMATS[output.data_type].rounding)],
    )


@lowers(Gru, GruCell)
def gru(op: Any, plan: Planner) -> None:
    directions, hidden = getattr(op, "directions", 1), op.hidden_size
    initial = op.hidden_state if isinstance(op, GruCell) else op.initial_hidden_state
    rows, state = directions * 3 * hidden, directions * op.input.shape[-2] * hidden
    given = _given(op, plan, [(op.bias, rows), (op.recurrent_bias, rows), (initial, state)])
    _walk(op, plan, "gru", given, "zrn", [0], RESET_AFTER=int(op.reset_after))


@lowers(Lstm, LstmCell)
def lstm(op: Any, plan: Planner) -> None:
    directions, hidden = getattr(op, "directions", 1), op.hidden_size
    cell = isinstance(op, LstmCell)
    initial = (op.hidden_state, op.cell_state) if cell else (op.initial_hidden_state, op.initial_cell_state)
    rows, state = directions * 4 * hidden, directions * op.input.shape[-2] * hidden
    vectors = [(op.bias, rows), (op.recurrent_bias, rows), (op.peephole_weight, directions * 3 * hidden)]
    given = _given(op, plan, [*vectors, *((operand, state) for operand in initial)])
    _walk(op, plan, "lstm", given, "iofg", [0, 4])
