"""Cases for recurrent networks, whose results are exact although their bounds leave no room for a function's error.

Sums are whole numbers or simple fractions. What goes into a sigmoid or a tanh is zero, or so large that the
result is exactly 0, 1 or -1: the weights of such gates are multiplied by `SATURATING`.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

from ...operators.recurrent import Gru, GruCell, Lstm, LstmCell
from ...types import FLOATS, DataType, Shape
from .data import Fill, Tensor, listed, whole
from .recipe import Recipe, Recipes

SATURATING = {DataType.FLOAT32: 4096, DataType.FLOAT16: 256}
"""Times the least fraction that states have here, this still saturates, and does not overflow."""

BATCH, FEATURES, HIDDEN, STEPS = 2, 3, 2, 3

Weights = Mapping[str, Fill]


def _by_gate(op: Any, layout: str, activations: tuple[str, ...], data_type: DataType) -> list[float]:
    """The factor of each gate's weights, in the order of the layout."""
    gates = {"z": 0, "r": 0, "n": 1} if op.gates == 3 else {"i": 0, "o": 0, "f": 0, "g": 1}
    return [1.0 if activations[gates[gate]] == "relu" else float(SATURATING[data_type]) for gate in layout]


def _scaled(factors: list[float], rows: int, columns: int, values: Fill) -> Fill:
    """Whole numbers, the rows of each gate multiplied by its factor."""

    def fill(source: Any, data_type: DataType, count: int) -> list[float]:
        numbers = values(source, data_type, count)
        return [n * factors[(i // columns) % (rows * len(factors)) // rows] for i, n in enumerate(numbers)]

    return fill


def _operands(op: Any, data_type: DataType, optional: tuple[str, ...], options: Mapping[str, Any], features: int) -> dict[str, Tensor]:
    cell = op in (GruCell, LstmCell)
    directions = 2 if options.get("direction") == "both" else 1
    activations = options.get("activations") or op.default_activations
    layout = options.get("layout", op.model_fields["layout"].default)
    factors = _by_gate(op, layout, activations, data_type)
    hidden = options["hidden_size"]
    rows = op.gates * hidden
    lead: Shape = () if cell else (directions,)
    state = (*lead, BATCH, hidden)
    sparse = listed(1, 0, -1, 0, 0, 1, 0, 0, -1, 0, 1)

    def weights(*shape: int, columns: int, values: Fill, of: list[float] = factors) -> Tensor:
        return Tensor(data_type, (*lead, *shape), _scaled(of, hidden, columns, values))

    remembers = op.gates == 4 and activations[-1] != "relu"
    everything = {
        "input": Tensor(data_type, (BATCH, features) if cell else (options["steps"], BATCH, features), whole(-1, 2)),
        "weight": weights(rows, features, columns=features, values=whole(-1, 1)),
        "recurrent_weight": weights(rows, hidden, columns=hidden, values=sparse),
        "hidden_state": Tensor(data_type, state, whole(-2, 2)),
        "cell_state": Tensor(data_type, state, _cell_states(activations)),
        "bias": weights(rows, columns=1, values=_open(layout.index("f"), hidden) if remembers else whole(-1, 1)),
        "recurrent_bias": weights(rows, columns=1, values=whole(-1, 1)),
        "initial_hidden_state": Tensor(data_type, state, whole(-2, 2)),
        "peephole_weight": weights(3 * hidden, columns=1, values=listed(1, 0, -1, 1), of=factors[:1] * 3),
        "initial_cell_state": Tensor(data_type, state, _cell_states(activations)),
    }
    required = [name for name in op.operand_limits if op.model_fields[name].is_required()]
    return {name: everything[name] for name in (*required, *(name for name in op.operand_limits if name in optional))}


def _open(gate: int, hidden: int) -> Fill:
    """Biases that keep one gate open whatever the rest says, so that a large cell state stays large."""

    def fill(source: Any, data_type: DataType, count: int) -> list[int]:
        rest = source.whole(count, -1, 1)
        return [30 if i // hidden % 4 == gate else n for i, n in enumerate(rest)]

    return fill


def _cell_states(activations: tuple[str, ...]) -> Fill:
    """Where the cell state goes through a sigmoid or a tanh, so large that it stays saturated."""
    return whole(-2, 2) if activations[-1] == "relu" else listed(512, -512, 512, 1024)


def _recipe(
    op: Any, what: str, about: str, data_type: DataType, optional: tuple[str, ...], features: int = FEATURES, **options: Any
) -> Recipe:
    options = {"hidden_size": HIDDEN, **({} if op in (GruCell, LstmCell) else {"steps": STEPS}), **options}
    operands = _operands(op, data_type, optional, options, features)
    weights = tuple(name for name in operands if "weight" in name or "bias" in name)
    return Recipe(op, what, about, operands, options, () if what.endswith("computed-weights") else weights)


ALL_RELU = {3: ("relu", "relu"), 4: ("relu", "relu", "relu")}
MIXED = {3: ("sigmoid", "relu"), 4: ("sigmoid", "relu", "relu")}
"""Gates that open and close, and states that are not bounded."""


def _shared(op: Any, optional: tuple[str, ...]) -> Recipes:
    """What all four have in common: layouts, activations, optional operands."""
    mixed, relu = MIXED[op.gates], ALL_RELU[op.gates]
    saturated = tuple(name for name in optional if "cell" in name)
    layouts = ("zrn", "rzn") if op.gates == 3 else ("iofg", "ifgo")
    for data_type in FLOATS:
        yield _recipe(op, "all-operands", "Every optional operand", data_type, optional, activations=mixed)
        yield _recipe(op, "no-options", "No optional operand", data_type, (), activations=mixed)
        for name in optional:
            yield _recipe(
                op, f"with-{name.replace('_', '-')}", f"Of the optional operands {name} alone", data_type, (name,), activations=mixed
            )
            rest = tuple(other for other in optional if other != name)
            about = f"Every optional operand but {name}"
            yield _recipe(op, f"without-{name.replace('_', '-')}", about, data_type, rest, activations=mixed)
        for layout in layouts:
            yield _recipe(op, f"layout-{layout}", f"Gates in the order {layout}", data_type, optional, activations=mixed, layout=layout)
            about = f"Gates in the order {layout}, all relu"
            once = {} if op in (GruCell, LstmCell) else {"steps": 1}
            yield _recipe(op, f"layout-{layout}-relu", about, data_type, optional, activations=relu, layout=layout, **once)
        yield _recipe(op, "computed-weights", "Weights and biases are inputs of the graph", data_type, optional, activations=mixed)
        yield _recipe(op, "one-hidden", "A hidden size of 1", data_type, optional, activations=mixed, hidden_size=1)
        yield _recipe(op, "prime", "Five features, a hidden size of 3", data_type, optional, 5, activations=mixed, hidden_size=3)
        if op.gates == 3 or saturated or op is LstmCell:
            kept = ("bias", "recurrent_bias", *saturated) if op.gates == 4 else optional
            yield _recipe(op, "default-activations", "The activations by default", data_type, tuple(n for n in kept if n in optional))
    for activations in product(("relu", "sigmoid", "tanh"), repeat=len(mixed)):
        once = {} if op in (GruCell, LstmCell) else {"steps": 1}
        kept = tuple(name for name in optional if name != "peephole_weight" or activations[-1] == "relu")
        about = f"The activations {', '.join(activations)}"
        yield _recipe(op, f"activations-{'-'.join(activations)}", about, DataType.FLOAT32, kept, activations=activations, **once)


def _walks(op: Any, optional: tuple[str, ...]) -> Recipes:
    """What the two that walk a sequence have in common: directions, returned sequences, steps."""
    mixed = MIXED[op.gates]
    for data_type in FLOATS:
        for direction in ("forward", "backward", "both"):
            for returned in (False, True):
                what = f"{direction}{'-sequence' if returned else ''}"
                about = f"Direction {direction}{', every hidden state returned' if returned else ''}"
                options: dict[str, Any] = {"direction": direction, "return_sequence": returned, "activations": mixed}
                yield _recipe(op, what, about, data_type, optional, **options)
                yield _recipe(op, f"{what}-bare", f"{about}, no optional operand", data_type, (), **options)
        yield _recipe(op, "one-step", "One step", data_type, optional, steps=1, activations=mixed, return_sequence=True)
        yield _recipe(op, "two-steps-both", "Two steps, both directions", data_type, optional, steps=2, direction="both", activations=mixed)


def recipes() -> Recipes:
    """The cases of this family."""
    for op in (GruCell, Gru, LstmCell, Lstm):
        optional = tuple(name for name in op.operand_limits if not op.model_fields[name].is_required())
        yield from _shared(op, optional)
        if op in (Gru, Lstm):
            yield from _walks(op, optional)
        if op.gates == 3:
            for data_type in FLOATS:
                for after in (True, False):
                    where = "after" if after else "before"
                    about = f"The reset gate {where} the recurrent product"
                    yield _recipe(op, f"reset-{where}", about, data_type, optional, reset_after=after, activations=MIXED[3])
                    yield _recipe(
                        op, f"reset-{where}-bare", f"{about}, no optional operand", data_type, (), reset_after=after, activations=MIXED[3]
                    )
