"""Recurrent networks at size: hundreds of steps, hundreds of hidden features, millions of input features, many batches."""

from __future__ import annotations

import math
from typing import Any

from ...operators.recurrent import Gru, GruCell, Lstm, LstmCell
from ...types import FLOATS, DataType
from ..corpus.data import Fill, multiples, uniform
from .recipe import FLOAT16, FLOAT32, LONG, LONGER, LONGEST, SizeRecipe, SizeRecipes
from .tensors import Tiled, spread

ABSOLUTE = {FLOAT32: 2.0**-15, FLOAT16: 2.0**-7}
"""How far states between -1 and 1 may be off. Errors do not grow from step to step, since the weights make them smaller."""
GROWN = 4
"""The same in ULP, of cell states that peepholes let grow beyond that: each step rounds them once."""


def _recipe(
    op: Any,
    what: str,
    about: str,
    batch: int,
    features: int,
    hidden: int,
    steps: int = 0,
    data_type: DataType = FLOAT32,
    given: tuple[str, ...] = (),
    sums: Fill | None = None,
    **options: Any,
) -> SizeRecipe:
    """Weights so small that the gates stay half open; ``sums``: those of inputs that are few among zeros."""
    cell, rows = op in (GruCell, LstmCell), op.gates * hidden
    lead = () if cell else (2 if options.get("direction") == "both" else 1,)
    narrow = uniform(-1 / math.sqrt(hidden), 1 / math.sqrt(hidden))
    wide = sums or uniform(-1 / math.sqrt(features), 1 / math.sqrt(features))
    fill, period, _ = spread(1021) if sums else (uniform(-1, 1), 8191, ())
    state = Tiled(data_type, (*lead, batch, hidden), uniform(-1, 1))
    everything = {
        "input": Tiled(data_type, (batch, features) if cell else (steps, batch, features), fill, period),
        "weight": Tiled(data_type, (*lead, rows, features), wide),
        "recurrent_weight": Tiled(data_type, (*lead, rows, hidden), narrow),
        "hidden_state": state,
        "cell_state": state,
        "bias": Tiled(data_type, (*lead, rows), uniform(-0.5, 0.5)),
        "recurrent_bias": Tiled(data_type, (*lead, rows), uniform(-0.5, 0.5)),
        "initial_hidden_state": state,
        "peephole_weight": Tiled(data_type, (*lead, 3 * hidden), uniform(-0.5, 0.5)),
        "initial_cell_state": state,
    }
    required = {name for name in op.operand_limits if op.model_fields[name].is_required()}
    operands = {name: everything[name] for name in op.operand_limits if name in required | set(given)}
    constants = tuple(name for name in operands if given and ("weight" in name or "bias" in name))
    if not cell:
        options["steps"] = steps
    ulp = GROWN if "peephole_weight" in operands else None
    return SizeRecipe(op, what, about, operands, {"hidden_size": hidden, **options}, constants, ulp=ulp, absolute=ABSOLUTE[data_type])


def _sizes(op: Any) -> SizeRecipes:
    """What cells and networks have in common."""
    optional = tuple(name for name in op.operand_limits if not op.model_fields[name].is_required())
    once, twice = (0, 0) if op in (GruCell, LstmCell) else (1, 2)
    for data_type in FLOATS:
        yield _recipe(op, "batches", "More than 65,535 batches", LONG, 3, 2, twice, data_type)
        yield _recipe(op, "hidden", "Hundreds of hidden features", 3, 67, 389, twice, data_type, optional)
    for what, about, features, fraction in (
        ("features", "More than 65,535 features", LONG, 1 / 4),
        ("longer", "More than 2**20 features", LONGER, 1 / 8),
        ("longest", "More than 2**24 features", LONGEST, 1 / 32),
    ):
        yield _recipe(op, what, about, 1, features, 1, once, sums=multiples(fraction, -1, 1))
    if op in (GruCell, LstmCell):
        yield _recipe(op, "vast", "More than 128 MiB", LONG, 513, 2)
    else:
        yield _recipe(op, "vast", "More than 128 MiB, over hundreds of steps", LONG, 1, 1, 513)


def _sequences(op: Any) -> SizeRecipes:
    """Hundreds of steps."""
    optional = tuple(name for name in op.operand_limits if not op.model_fields[name].is_required())
    for data_type in FLOATS:
        yield _recipe(op, "steps", "Hundreds of steps", 1, 8, 128, 300, data_type, optional)
        yield _recipe(
            op,
            "steps-both",
            "Hundreds of steps, both ways, every state returned",
            2,
            16,
            67,
            321,
            data_type,
            optional,
            None,
            direction="both",
            return_sequence=True,
        )
    yield _recipe(op, "steps-backward", "A thousand steps backward", 1, 3, 131, 1009, direction="backward", return_sequence=True)
    yield _recipe(op, "steps-hidden", "Hundreds of steps of hundreds of hidden features", 1, 257, 261, 257, given=optional)
    if op is Gru:
        yield _recipe(op, "steps-reset-before", "Hundreds of steps, the reset gate before the product", 2, 16, 67, 321, reset_after=False)


def recipes() -> SizeRecipes:
    """The cases of this family."""
    for op in (Gru, GruCell, Lstm, LstmCell):
        yield from _sizes(op)
        if op in (Gru, Lstm):
            yield from _sequences(op)
