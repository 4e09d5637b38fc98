"""What the interpreter knows, that it is independent of the lowering, and what it refuses."""

import ast
from pathlib import Path

import numpy as np
import pytest

INTERPRETER = Path(__file__).parents[3] / "backends" / "coreml" / "interpreter"


def test_knows_nothing_of_the_lowering() -> None:
    files = sorted(INTERPRETER.glob("*.py"))
    assert len(files) > 15
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level == 2:
                assert node.module == "protos", f"{file.name} imports {node.module} of the backend"
            assert not (isinstance(node, ast.ImportFrom) and node.level > 2)
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
                assert not any(name.startswith(("webnpu.backends", "backends")) for name in names)


def test_evaluates_every_published_operation(coreml) -> None:
    published = coreml("interpreter.definitions").names()
    evaluated = set(coreml("interpreter.chapters").evaluates.table) | {"const", "cond", "while_loop"}
    assert len(published) >= 167
    assert published - evaluated == set()


def test_parameters_of_evaluators_are_those_published(coreml) -> None:
    """Every parameter that a program may write is one that the evaluator takes."""
    import inspect

    definitions, table = coreml("interpreter.definitions"), coreml("interpreter.chapters").evaluates.table
    for name in definitions.names() & table.keys():
        parameters = inspect.signature(table[name].function).parameters
        if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values()):
            continue
        for opset in definitions.OPSETS:
            try:
                published = definitions.definition(name, opset).parameters
            except ValueError:
                continue  # the operation came later
            assert published.keys() <= parameters.keys(), (name, opset)


def test_random_numbers_are_refused_by_name(coreml, one_operation) -> None:
    low, high = np.array(0, np.float32), np.array(1, np.float32)
    with pytest.raises(coreml("interpreter").MissingOperationError, match=r"random_uniform.*random numbers are not evaluated"):
        one_operation("random_uniform", {"shape": np.array([2], np.int32)}, ("fp32", (2,)), low=low, high=high, seed=1)


@pytest.mark.parametrize(
    ("indices", "target"), [([0, 3], 8), ([-1], 8), ([-4], 6)], ids=["beyond", "below zero from iOS 17 on", "far below zero before"]
)
def test_an_index_outside_is_an_error(coreml, one_operation, indices: list[int], target: int) -> None:
    parameters = {"validate_indices": False, "batch_dims": 0} if target >= 8 else {}
    with pytest.raises(coreml("interpreter").EvaluationError, match="an index lies outside 0 to 2"):
        one_operation(
            "gather",
            {"x": np.arange(3, dtype=np.float32), "indices": np.array(indices, np.int32)},
            ("fp32", (len(indices),)),
            target=target,
            axis=0,
            **parameters,
        )


def test_before_ios17_an_index_below_zero_counts_from_the_end(one_operation) -> None:
    x = np.arange(3, dtype=np.float32)
    assert one_operation("gather", {"x": x, "indices": np.array([-1], np.int32)}, ("fp32", (1,)), target=6, axis=0).tolist() == [2]


def test_a_cast_out_of_range_is_an_error(coreml, one_operation) -> None:
    with pytest.raises(coreml("interpreter").EvaluationError, match="outside the range of int32"):
        one_operation("cast", {"x": np.array([3e9], np.float32)}, ("int32", (1,)), dtype="int32")


def test_float16_is_rounded_after_each_operation(coreml, tmp_path: Path) -> None:
    """2048 + 1 is 2048 in float16, and again."""
    mil = coreml("mil")
    program = mil.Program()
    builder = mil.Builder(program)
    x = builder.input("x", "fp16", (1,))
    total = builder.binary("add", builder.binary("add", x, 1), 1)
    builder.output("y", total)
    saved = coreml("package").save(program, tmp_path / "m.mlpackage")
    assert coreml("interpreter").evaluate_package(saved, {"x": np.array([2048], np.float16)})["y"].tolist() == [2048]


@pytest.mark.parametrize(("x", "expected"), [(0.5, 0), (1.5, 2), (2.5, 2), (-0.5, -0.0)])
def test_round_takes_ties_to_even(one_operation, x: float, expected: float) -> None:
    assert one_operation("round", {"x": np.array([x], np.float32)}, ("fp32", (1,)))[0] == expected


def test_lstm_in_reverse_gives_the_order_of_processing(one_operation) -> None:
    """With all weights 0 but the cell's, each step adds its input: the sequence starts with the last step."""
    x = np.array([1, 2, 3], np.float32).reshape(3, 1, 1)
    weight = np.array([[0], [0], [0], [1]], np.float32)
    bias = np.array([20, 20, 20, 0], np.float32)
    hidden, last, cell = one_operation(
        "lstm",
        {"x": x, "initial_h": np.zeros((1, 1), np.float32), "initial_c": np.zeros((1, 1), np.float32)},
        ("fp32", (3, 1, 1)),
        ("fp32", (1, 1)),
        ("fp32", (1, 1)),
        weight_ih=weight,
        weight_hh=np.zeros((4, 1), np.float32),
        bias=bias,
        direction="reverse",
        output_sequence=True,
        recurrent_activation="sigmoid",
        cell_activation="linear",
        activation="linear",
    )
    np.testing.assert_allclose(hidden.ravel(), [3, 5, 6], rtol=1e-6)
    np.testing.assert_allclose([last.item(), cell.item()], [6, 6], rtol=1e-6)
