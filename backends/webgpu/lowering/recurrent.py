"""Recurrent networks: one kernel walks the whole sequence, or some steps of it; a cell is a sequence of one step."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

from webnpu.operator import MLOperand
from webnpu.operators.recurrent import Gru, GruCell, Lstm, LstmCell

from ..cost import WORKGROUP
from ..formats import FORMATS
from ..plan import Operation, View
from ..planner import Planner, lowers
from ..views import view
from .reduction import KEPT_PAIR, pairs, reduce_over

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


def _walk(op: Any, plan: Planner, kernel: str, given: int, order: str, initial: Mapping[int, MLOperand | None], **more: int) -> None:
    """Run a kernel over the sequence, and take the outputs from its state: the parts that begin as ``initial``, then the sequence."""
    steps, directions = getattr(op, "steps", 1), getattr(op, "directions", 1)
    batch, features = op.input.shape[-2:]
    state_size = directions * batch * op.hidden_size
    state = plan.temporary("float32", (_AREAS + steps) * state_size)
    functions = op.activations or op.default_activations
    constants = {
        "STEPS": steps,
        "CHUNK": steps,
        "BATCH": batch,
        "HIDDEN": op.hidden_size,
        "FEATURES": features,
        "DIRECTIONS": directions,
        "BLOCKS": 1,
        "BACKWARD": int(getattr(op, "direction", "forward") == "backward"),
        "ORDER": tuple(op.layout.index(gate) for gate in order),
        "ACTIVATIONS": tuple(_ACTIVATIONS.index(function) for function in functions),
        "STARTS": 1,
        **more,
    }
    inputs = {"x": op.input, "weight": op.weight, "recurrent": op.recurrent_weight, "given": given}
    hooks = {"begun": "0u", "with_input": f"with_features(sum, direction * {len(order)}u * HIDDEN + row, input)"}
    if plan.fits(kernel, constants, "float32", hooks):
        plan.emit(kernel, state, inputs, constants=constants, hooks=hooks, output_name="state")
    else:
        plan.clear(state)
        for area, operand in initial.items():
            if operand is not None:
                part = View(sizes=(state_size,), strides=(1,), offset=area * state_size)
                plan.emit("place", state, {"x": operand}, constants={"SIZE": state_size}, views={"part": part})
        _walk_long(op, plan, kernel, state, inputs, constants | {"STARTS": 0}, hooks)
    # Each part is a pair; its sum is the number.
    for output, area in zip(op.outputs, [area + 2 * (steps % 2) if area == 0 else area for area in initial], strict=False):
        _read(plan, output, state, [area * state_size, (area + 1) * state_size])
    if getattr(op, "return_sequence", False):
        _read(plan, op.outputs[-1], state, [_AREAS * state_size])


Constants = dict[str, Any]


def _walk_long(
    op: Any, plan: Planner, kernel: str, state: int, inputs: dict[str, MLOperand | int], constants: Constants, hooks: dict[str, str]
) -> None:
    """As many steps a dispatch as an invocation may take; of networks so wide that it takes none, one by many workgroups."""

    def fits(*parts: Constants) -> bool:
        return all(plan.fits(kernel, part, "float32", hooks) for part in parts)

    ways = _parts_of_a_step(constants)
    if not fits(*ways[-1]):
        gates = len(constants["ORDER"])
        place = f"(input / FEATURES * DIRECTIONS + direction) * {gates}u * HIDDEN + row"
        inputs = {"recurrent": inputs["recurrent"], "given": inputs["given"], "projected": _projected(op, plan, gates)}
        hooks = hooks | {"with_input": f"add_pair(sum, bitcast<vec2<f32>>(projected_load({place})))"}
    chunk = 0
    while fits(constants | {"CHUNK": chunk + 1}):
        chunk += 1
    parts = [constants | {"CHUNK": chunk}] if chunk else next((way for way in ways if fits(*way)), ways[-1])
    hooks = hooks | {"begun": "begin_load(0u)"}
    for step in range(0, constants["STEPS"], max(chunk, 1)):
        for part in parts:
            plan.emit(kernel, state, {**inputs, "begin": plan.word(step)}, constants=part, hooks=hooks, output_name="state")


def _parts_of_a_step(constants: Constants) -> list[list[Constants]]:
    """The dispatches of one step by many workgroups, in few or in more of them: gate by gate, if the kernel can."""
    blocks = constants | {"CHUNK": 1, "BLOCKS": -(-constants["HIDDEN"] // WORKGROUP)}
    if "END_GATE" not in constants:
        return [[blocks]]
    together = [(0, 3)] if constants["RESET_AFTER"] else [(0, 2), (2, 3)]
    return [[blocks | {"FIRST_GATE": first, "END_GATE": end} for first, end in way] for way in (together, [(0, 1), (1, 2), (2, 3)])]


def _projected(op: Any, plan: Planner, gates: int) -> int:
    """The products of all rows of the weights with the features of all steps, as pairs."""
    rows, features = getattr(op, "directions", 1) * gates * op.hidden_size, op.input.shape[-1]
    times = op.input.descriptor.size // features
    products = plan.temporary("uint64", times * rows)
    over = times * rows, features, {"row": view((times, rows), (0, features)), "item": view((features,), (1,))}
    hooks = pairs("add_product(sum, x, inputs_load(row / WEIGHTS * FEATURES + k))", KEPT_PAIR)
    more = {"WEIGHTS": rows, "FEATURES": features}
    reduce_over(plan, products, op.weight, over, hooks, "vec2<u32>", {"inputs": op.input}, constants=more)
    return products


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
    _walk(op, plan, "gru", given, "zrn", {0: initial}, RESET_AFTER=int(op.reset_after), FIRST_GATE=0, END_GATE=3)


@lowers(Lstm, LstmCell)
def lstm(op: Any, plan: Planner) -> None:
    directions, hidden = getattr(op, "directions", 1), op.hidden_size
    cell = isinstance(op, LstmCell)
    initial = (op.hidden_state, op.cell_state) if cell else (op.initial_hidden_state, op.initial_cell_state)
    rows, state = directions * 4 * hidden, directions * op.input.shape[-2] * hidden
    vectors = [(op.bias, rows), (op.recurrent_bias, rows), (op.peephole_weight, directions * 3 * hidden)]
    given = _given(op, plan, [*vectors, *((operand, state) for operand in initial)])
    _walk(op, plan, "lstm", given, "iofg", {0: initial[0], 4: initial[1]})
