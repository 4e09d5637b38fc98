"""Known values that their operator does not allow: the message names the value, what is allowed, and the node."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from webnpu.onnx import UnsupportedModel, import_model


def ints(*values: int) -> np.ndarray:
    return np.asarray(values, np.int64)


def floats(*values: float) -> np.ndarray:
    return np.asarray(values, np.float32)


EMPTY = ""
CASES: list[tuple[str, tuple[int, ...], list[Any], dict[str, Any], int, str]] = [
    # operator, shape of its first input, the known ones after it, attributes, operator set, what is said
    ("Gather", (3,), [ints(7)], {}, 17, "its index 7 is out of range for axis 0, of size 3: from -3 to 2"),
    ("Gather", (2, 3), [ints(0, -4)], {"axis": 1}, 17, r"its index -4 at \[1\] is out of range for axis 1, of size 3"),
    ("Gather", (2, 3), [ints(0)], {"axis": 2}, 17, "its axis 2 is out of range for rank 2: from -2 to 1"),
    ("GatherElements", (3, 2), [ints(0, 3).reshape(1, 2)], {}, 17, r"its index 3 at \[0, 1\] is out of range for axis 0"),
    ("GatherElements", (3, 2), [ints(0, 1)], {}, 17, "its indices are of rank 1, its data of rank 2"),
    ("GatherND", (3, 4), [ints(0, 5).reshape(1, 2)], {}, 17, "its index 5 is out of range for axis 1, of size 4"),
    ("GatherND", (3, 4), [ints(0, 1, 2).reshape(1, 3)], {}, 17, r"its last dimension|their last dimension"),
    ("GatherND", (3, 4, 5), [ints(0, 4, 0).reshape(3, 1)], {"batch_dims": 1}, 17, r"its index 4 at \[1\] is out of range for axis 1"),
    ("ScatterElements", (3, 2), [ints(3, 0).reshape(1, 2), floats(1, 2).reshape(1, 2)], {}, 17, "its index 3 .* out of range for axis 0"),
    ("ScatterElements", (3, 2), [ints(0, 0).reshape(1, 2), floats(1).reshape(1, 1)], {}, 17, r"its updates \[1, 1\]"),
    ("ScatterND", (3, 2), [ints(-4).reshape(1, 1), floats(1, 2).reshape(1, 2)], {}, 17, "its index -4 is out of range for axis 0"),
    ("Slice", (4,), [ints(0), ints(4), ints(0), ints(0)], {}, 17, "its step along axis 0 is 0"),
    ("Slice", (4, 4), [ints(0), ints(4), ints(2)], {}, 17, "its axis 2 is out of range for rank 2"),
    ("Slice", (4, 4), [ints(0, 0), ints(4)], {}, 17, "are not equally many"),
    ("Slice", (4, 4), [ints(0, 0), ints(4, 4), ints(1, -1)], {}, 17, "name a dimension twice"),
    ("Slice", (4,), [], {"starts": [0], "ends": [1], "axes": [3]}, 9, "its axis 3 is out of range"),
    ("Split", (5,), [ints(2, 4)], {}, 17, "add up to 6; axis 0 has the size 5"),
    ("Split", (5,), [ints(6, -1)], {}, 17, "have a negative size, -1"),
    ("Split", (5,), [ints(2, 2, 1)], {}, 17, "it splits into 3 parts"),
    ("Split", (5,), [], {}, 17, "of size 5, does not divide into 2 equal parts"),
    ("Split", (5,), [], {"num_outputs": 3}, 18, "num_outputs is 3, but it has 2 outputs"),
    ("Split", (5,), [], {"split": [1, 1]}, 11, "add up to 2"),
    ("Reshape", (2, 3), [ints(4, 2)], {}, 17, r"\[2, 3\] has 6 elements, which the shape \[4, 2\] cannot hold"),
    ("Reshape", (2, 3), [ints(-1, -1)], {}, 17, "holds -1 2 times"),
    ("Reshape", (2, 3), [ints(-2, 3)], {}, 17, "holds -2"),
    ("Reshape", (2, 3), [ints(-1, 4)], {}, 17, "has 6 elements"),
    ("Reshape", (2, 3), [ints(2, 3, 0)], {}, 17, r"keeps dimension 2, which \[2, 3\] does not have"),
    ("Expand", (2, 3), [ints(2, 4)], {}, 17, r"\[2, 3\] does not broadcast to \[2, 4\]: 3 is neither 1 nor 4"),
    ("Expand", (2, 3), [ints(-1, 3)], {}, 17, "holds -1"),
    ("Tile", (2, 3), [ints(1, -2)], {}, 17, r"its repeats \[1, -2\] hold -2"),
    ("Tile", (2, 3), [ints(1)], {}, 17, "must be one for each of 2 dimensions"),
    ("Pad", (4,), [ints(-3, -2)], {}, 17, "its padding -3 and -2 cuts off more than axis 0 has, which is 4"),
    ("Pad", (4,), [ints(1, 1, 1)], {}, 17, "must be two for each of 1 axes"),
    ("Pad", (4,), [], {"pads": [-5, 0]}, 9, "cuts off more than axis 0 has, which is 4"),
    ("TopK", (4,), [ints(5)], {}, 17, "its k is 5; axis 0 has 4 elements"),
    ("TopK", (4,), [ints(-1)], {}, 17, "its k is -1"),
    ("TopK", (4,), [], {"k": 6}, 9, "its k is 6"),
    ("Resize", (1, 1, 4, 4), [EMPTY, floats(1, 1, -2, 2)], {}, 17, "its scale along axis 2 is -2; it must be above 0"),
    ("Resize", (1, 1, 4, 4), [EMPTY, floats(1, 1, 0, 2)], {}, 17, "its scale along axis 2 is 0; it must be above 0"),
    ("Resize", (1, 1, 4, 4), [EMPTY, floats(1, 1, 0.1, 2)], {}, 17, "is 0.1, which leaves nothing of 4 elements"),
    ("Resize", (1, 1, 4, 4), [EMPTY, EMPTY, ints(1, 1, 0, 2)], {}, 17, "its size along axis 2 is 0; it must be above 0"),
    ("Resize", (1, 1, 4, 4), [EMPTY, floats(1, 1, 2, 2), ints(1, 1, 9, 9)], {}, 17, r"both scales .* and sizes \[1, 1, 9, 9\]"),
    ("Resize", (1, 1, 4, 4), [EMPTY, floats(2, 2)], {}, 17, r"its scales \[2.0, 2.0\] must be one for each of 4 axes"),
    ("Resize", (1, 1, 4, 4), [floats(1, 1, np.nan, 2)], {}, 10, "its scale along axis 2 is nan"),
    ("Resize", (1, 1, 4, 4), [], {}, 17, "it has neither scales nor sizes"),
    ("Upsample", (1, 1, 4, 4), [floats(1, 1, -1, 2)], {}, 9, "its scale along axis 2 is -1"),
    ("Unsqueeze", (2, 3), [ints(4)], {}, 17, "its axis 4 is out of range for rank 3: from -3 to 2"),
    ("Unsqueeze", (2, 3), [ints(0, -4)], {}, 17, "name a dimension twice"),
    ("Squeeze", (2, 1), [ints(0)], {}, 17, r"axes \[0\] of \[2, 1\] are not all of size 1"),
    ("Squeeze", (2, 1), [ints(-3)], {}, 17, "its axis -3 is out of range for rank 2: from -2 to 1"),
    ("ReduceSum", (2, 3), [ints(2)], {}, 17, "its axis 2 is out of range for rank 2"),
    ("CumSum", (2, 3), [ints(-3)], {}, 17, "its axis -3 is out of range for rank 2"),
    ("Compress", (2, 3), [np.asarray([True] * 7)], {}, 17, "has 7 elements, more than the 6"),
    ("ReverseSequence", (4, 2), [ints(5, 1)], {}, 17, "its length 5 is out of range: sequences have up to 4 steps"),
    ("ReverseSequence", (4, 2), [ints(1)], {}, 17, "must be one for each of 2 sequences"),
    ("DepthToSpace", (1, 6, 2, 2), [], {"blocksize": 2}, 17, "6 channels do not make blocks of 2 by 2"),
    ("SpaceToDepth", (1, 6, 3, 2), [], {"blocksize": 2}, 17, "an image of 3 by 2 does not divide into blocks of 2 by 2"),
    ("Softmax", (2, 3), [], {"axis": 2}, 17, "its axis 2 is out of range for rank 2"),
    ("Concat", (2, 3), [floats(1, 2, 3).reshape(1, 3)], {"axis": -3}, 17, "its axis -3 is out of range for rank 2"),
    ("Flatten", (2, 3), [], {"axis": 3}, 17, "its axis 3 is out of range for rank 2"),
    ("Transpose", (2, 3), [], {"perm": [0, 2]}, 17, "its axis 2 is out of range for rank 2"),
    ("ArgMax", (2, 3), [], {"axis": -3}, 17, "its axis -3 is out of range for rank 2"),
    ("TensorScatter", (1, 4, 2), [floats(*range(4)).reshape(1, 2, 2), ints(3)], {}, 24, "it writes 2 rows from 3 on into a cache of 4"),
]


@pytest.mark.parametrize(("kind", "shape", "inputs", "attributes", "opset", "words"), CASES)
@pytest.mark.parametrize("folds", [False, True])
def test_the_value_is_named(
    kind: str, shape: tuple[int, ...], inputs: list[Any], attributes: dict[str, Any], opset: int, words: str, folds: bool, maker: Any
) -> None:
    """Whether the data come from an input or are known, and the node is folded."""
    m = maker(opset=opset)
    x = m.constant(np.zeros(shape, np.float32)) if folds else m.input("x", shape=shape)
    given = [value if isinstance(value, str) else m.constant(value) for value in inputs]
    outputs = 2 if kind in ("Split", "TopK") else 1
    y = m(kind, x, *given, outputs=outputs, **attributes)
    y = y if isinstance(y, str) else y[0]
    with pytest.raises(UnsupportedModel, match=words) as error:
        import_model(m.model({y: 7 if kind == "ArgMax" else 1}))
    assert error.value.refusals[0].node == "n0"
    assert error.value.refusals[0].operator == kind


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ((0.0, 5.0, 0.0), r"its step \(delta\) is 0"),
        ((0.0, np.inf, 1.0), "its limit is inf"),
        ((np.nan, 5.0, 1.0), "its start is nan"),
    ],
)
def test_ranges_without_an_end(numbers: tuple[float, ...], words: str, maker: Any) -> None:
    m = maker()
    with pytest.raises(UnsupportedModel, match=words):
        import_model(m.model(m("Range", *(m.constant(np.float32(number)) for number in numbers))))


def test_a_step_of_zero_is_named_even_where_the_ends_are_not_known(maker: Any) -> None:
    m = maker()
    start = m.input("start", shape=())
    with pytest.raises(UnsupportedModel, match="its step"):
        import_model(m.model(m("Range", start, m.constant(np.float32(3)), m.constant(np.float32(0)))))


@pytest.mark.parametrize("depth", [-1, 0])
def test_the_depth_of_one_hot(depth: int, maker: Any) -> None:
    m = maker()
    x = m.input("x", 7, (3,))
    with pytest.raises(UnsupportedModel, match=rf"its depth is \[{depth}\]; it must be one number, 1 or more"):
        import_model(m.model(m("OneHot", x, m.constant(np.asarray([depth])), m.constant(np.float32([0, 1])))))


@pytest.mark.parametrize("kind", ["ConstantOfShape"])
def test_shapes_below_zero(kind: str, maker: Any) -> None:
    m = maker()
    with pytest.raises(UnsupportedModel, match=r"its shape \[2, -3\] holds -3"):
        import_model(m.model(m(kind, m.ints(2, -3))))


def test_what_is_allowed_stays_so(maker: Any) -> None:
    """Indices from the end, bounds of slices beyond it, sizes that are kept, indices that are hot nowhere."""
    m = maker()
    x = m.input("x", shape=(2, 3))
    outputs = [
        m("Gather", x, m.ints(-3, 2), axis=1),
        m("Slice", x, m.ints(-100), m.ints(100), m.ints(1), m.ints(2)),
        m("Reshape", x, m.ints(0, -1)),
        m("Pad", x, m.ints(0, -1, 0, -1)),
        m("OneHot", m.constant(np.asarray([7, -9, 1])), m.ints(3), m.constant(np.float32([0, 1]))),
        m("TopK", x, m.ints(3), outputs=2)[0],
    ]
    assert import_model(m.model(dict.fromkeys(outputs, 1))).outputs
