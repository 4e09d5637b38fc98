"""Branches, loops, lists, states and flexible shapes, in programs that coremltools' builder and exporter made."""

import logging
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

logging.getLogger("coremltools").setLevel(logging.ERROR)
ct = pytest.importorskip("coremltools", reason="coremltools is not installed")

from coremltools.converters.mil.mil import Builder as mb  # noqa: E402, N813 -- what its users call it
from coremltools.converters.mil.mil import get_new_symbol, types  # noqa: E402

Loaded = Callable[..., Any]


@pytest.fixture
def loaded(coreml, tmp_path: Path) -> Loaded:
    """A program of coremltools' builder, saved as it is and loaded by the interpreter."""

    def load(program: Any, **options: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # coremltools' own
            model = ct.convert(
                program,
                convert_to="mlprogram",
                minimum_deployment_target=options.pop("target", ct.target.iOS17),
                compute_precision=ct.precision.FLOAT32,
                pass_pipeline=ct.PassPipeline.EMPTY,
                skip_model_load=True,
                **options,
            )
            model.save(str(tmp_path / "p.mlpackage"))
        return coreml("interpreter").load_package(tmp_path / "p.mlpackage")

    return load


def test_a_branch(loaded: Loaded) -> None:
    @mb.program(input_specs=[mb.TensorSpec(shape=(1,)), mb.TensorSpec(shape=(2,))])
    def program(a: Any, b: Any) -> Any:
        positive = mb.squeeze(x=mb.greater(x=a, y=np.float32(0)))
        return mb.cond(
            pred=positive, _true_fn=lambda: mb.mul(x=b, y=np.float32(2)), _false_fn=lambda: mb.add(x=b, y=np.float32(1)), name="y"
        )

    package = loaded(program)
    b = np.array([3, 5], np.float32)
    assert package.run({"a": np.array([1], np.float32), "b": b})["y"].tolist() == [6, 10]
    assert package.run({"a": np.array([-1], np.float32), "b": b})["y"].tolist() == [4, 6]


def test_a_loop(loaded: Loaded) -> None:
    @mb.program(input_specs=[mb.TensorSpec(shape=(1,))])
    def program(a: Any) -> Any:
        last = mb.while_loop(
            _cond=lambda value, count: mb.squeeze(x=mb.less(x=value, y=np.float32(100))),
            _body=lambda value, count: (mb.mul(x=value, y=np.float32(2)), mb.add(x=count, y=np.float32(1))),
            loop_vars=(a, mb.const(val=np.array([0], np.float32))),
        )
        return mb.identity(x=last[0], name="value"), mb.identity(x=last[1], name="count")

    results = loaded(program).run({"a": np.array([3], np.float32)})
    assert {name: value.tolist() for name, value in results.items()} == {"value": [192], "count": [6]}


def test_lists(loaded: Loaded) -> None:
    @mb.program(input_specs=[mb.TensorSpec(shape=(2, 3))])
    def program(x: Any) -> Any:
        items = mb.make_list(init_length=2, dynamic_length=True, elem_shape=(3,), dtype="fp32")
        items = mb.list_scatter(ls=items, indices=[1, 2], value=x)
        items = mb.list_write(ls=items, index=0, value=mb.list_read(ls=items, index=2))
        length = mb.cast(x=mb.list_length(ls=items), dtype="fp32")
        return mb.list_gather(ls=items, indices=[0, 1], name="y"), mb.expand_dims(x=length, axes=[0], name="length")

    results = loaded(program).run({"x": np.arange(6, dtype=np.float32).reshape(2, 3)})
    assert results["y"].tolist() == [[3, 4, 5], [0, 1, 2]]
    assert results["length"].tolist() == [3]


def test_a_state_is_kept_between_runs(loaded: Loaded) -> None:
    @mb.program(
        input_specs=[mb.TensorSpec(shape=(2,), dtype=types.fp16), mb.StateTensorSpec(shape=(2,), dtype=types.fp16)],
        opset_version=ct.target.iOS18,
    )
    def program(x: Any, total: Any) -> Any:
        return mb.coreml_update_state(state=total, value=mb.add(x=mb.read_state(input=total), y=x), name="y")

    package = loaded(program, target=ct.target.iOS18)
    x = np.array([1, 2], np.float16)
    assert [package.run({"x": x})["y"].tolist() for _ in range(2)] == [[1, 2], [2, 4]]
    package.reset()
    assert package.run({"x": x})["y"].tolist() == [1, 2]


def test_a_shape_that_varies(loaded: Loaded) -> None:
    @mb.program(input_specs=[mb.TensorSpec(shape=(2, get_new_symbol()))])
    def program(x: Any) -> Any:
        return mb.reduce_sum(x=x, axes=[1], keep_dims=False, name="y")

    package = loaded(program, inputs=[ct.TensorType(name="x", shape=(2, ct.RangeDim(1, 4)))])
    for size in (1, 4):
        assert package.run({"x": np.ones((2, size), np.float32)})["y"].tolist() == [size, size]
    with pytest.raises(TypeError, match=r"expected float32\[2, \?\]; got float32\[2, 5\]"):
        package.run({"x": np.ones((2, 5), np.float32)})


@pytest.mark.parametrize("bits", [1, 2, 4, 6, 8])
def test_palettes(loaded: Loaded, bits: int) -> None:
    """A look-up table with indices of less than a byte, packed."""
    random = np.random.default_rng(bits)
    indices = random.integers(0, 2**bits, (5, 7)).astype(np.uint8)
    table = random.standard_normal(2**bits).astype(np.float32)

    @mb.program(input_specs=[mb.TensorSpec(shape=(5, 7))], opset_version=ct.target.iOS18)
    def program(x: Any) -> Any:
        kind = types.nptype_from_builtin(types.string_to_builtin(f"uint{bits}"))
        weights = mb.constexpr_lut_to_dense(indices=indices.astype(kind), lut=table.reshape(1, 1, -1, 1))
        return mb.add(x=x, y=weights, name="y")

    package = loaded(program, target=ct.target.iOS18)
    np.testing.assert_array_equal(package.run({"x": np.zeros((5, 7), np.float32)})["y"], table[indices])


def test_sparse_weights(loaded: Loaded) -> None:
    mask = np.array([[1, 0, 1], [0, 0, 1]])
    kind = types.nptype_from_builtin(types.uint1)

    @mb.program(input_specs=[mb.TensorSpec(shape=(2, 3))], opset_version=ct.target.iOS18)
    def program(x: Any) -> Any:
        weights = mb.constexpr_sparse_to_dense(nonzero_data=np.array([3, 5, 7], np.float32), mask=mask.astype(kind))
        return mb.add(x=x, y=weights, name="y")

    assert loaded(program, target=ct.target.iOS18).run({"x": np.zeros((2, 3), np.float32)})["y"].tolist() == [[3, 0, 5], [0, 0, 7]]


def test_a_scalar_comes_out_with_a_dimension(loaded: Loaded) -> None:
    """As Core ML gives it: its multi-arrays have at least one."""

    @mb.program(input_specs=[mb.TensorSpec(shape=(3,))])
    def program(x: Any) -> Any:
        return mb.reduce_max(x=x, axes=[0], keep_dims=False, name="y")

    package = loaded(program)
    assert package.outputs["y"].shape == (1,)
    assert package.run({"x": np.array([1, 5, 2], np.float32)})["y"].tolist() == [5]


def test_a_classifier(loaded: Loaded) -> None:
    @mb.program(input_specs=[mb.TensorSpec(shape=(1, 3))])
    def program(x: Any) -> Any:
        return mb.softmax(x=x, axis=1, name="probabilities")

    results = loaded(program, classifier_config=ct.ClassifierConfig(["ant", "bee", "cat"])).run({"x": np.array([[1, 5, 2]], np.float32)})
    assert "bee" in results.values()
    (probabilities,) = (value for value in results.values() if isinstance(value, dict))
    assert max(probabilities, key=probabilities.get) == "bee"
