"""The shapes of a model's inputs: open dimensions filled in, and the expressions worked out that exporters write for them.

An open dimension has a name (``batch``), no name (none at all, -1, or ``?``), or is an expression of names, as PyTorch's
exporter writes it: ``2*s0``, ``s0 + 1``, ``Max(1, s0//2)``.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..errors import MLTypeError
from ..spelling import spelt
from ..types import MAX_DIMENSION, Shape
from .errors import Refused

if TYPE_CHECKING:
    from onnx import TensorShapeProto, TypeProto, ValueInfoProto

_LONGEST = 500
"""More characters than this are no expression."""

_ROUNDS = 8

_NAMELESS = ("", "?", "None", "none", "unk")
"""What stands where a dimension has no name."""

_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}


def _whole(number: Fraction) -> int:
    if number.denominator != 1:
        raise ArithmeticError("it is no integer")
    return number.numerator


_FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "floor": (1, math.floor),
    "ceil": (1, math.ceil),
    "ceiling": (1, math.ceil),
    "CeilToInt": (1, math.ceil),
    "FloorToInt": (1, math.floor),
    "TruncToInt": (1, math.trunc),
    "trunc": (1, math.trunc),
    "Abs": (1, abs),
    "abs": (1, abs),
    "ToFloat": (1, lambda x: x),
    "Identity": (1, lambda x: x),
    "Max": (0, max),
    "max": (0, max),
    "Min": (0, min),
    "min": (0, min),
    "Mod": (2, operator.mod),
    "PythonMod": (2, operator.mod),
    "FloorDiv": (2, operator.floordiv),
    "CleanDiv": (2, operator.floordiv),
    "CeilDiv": (2, lambda x, y: -(-x // y)),
    "IntTrueDiv": (2, operator.truediv),
    "FloatTrueDiv": (2, operator.truediv),
}
"""Functions of sympy and of PyTorch's symbolic shapes, and how many arguments each takes; 0 for any number."""


@lru_cache(maxsize=1000)
def _parsed(text: str) -> ast.expr | None:
    """The expression that a dimension is, or None where it is a name."""
    if text.isidentifier() or len(text) > _LONGEST:
        return None
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return tree if _is_arithmetic(tree) else None


def _is_arithmetic(tree: ast.expr) -> bool:
    if isinstance(tree, ast.Constant):
        return type(tree.value) in (int, float)
    if isinstance(tree, ast.BinOp):
        parts, fits = [tree.left, tree.right], type(tree.op) in _OPERATORS or isinstance(tree.op, ast.Pow)
    elif isinstance(tree, ast.UnaryOp):
        parts, fits = [tree.operand], isinstance(tree.op, (ast.USub, ast.UAdd))
    elif isinstance(tree, ast.Call):
        parts, fits = tree.args, isinstance(tree.func, ast.Name) and tree.func.id in _FUNCTIONS and not tree.keywords
    else:
        return isinstance(tree, ast.Name)
    return fits and all(_is_arithmetic(part) for part in parts)


def _names(tree: ast.expr) -> list[str]:
    """The names of an expression, each once, in the order in which they stand."""
    functions = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return list(dict.fromkeys(node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in functions))


def _evaluated(tree: ast.expr, sizes: Mapping[str, int]) -> Fraction:
    """The value of an expression; ArithmeticError where it has none."""
    if isinstance(tree, ast.Constant):
        return Fraction(str(tree.value))
    if isinstance(tree, ast.Name):
        return Fraction(sizes[tree.id])
    if isinstance(tree, ast.UnaryOp):
        value = _evaluated(tree.operand, sizes)
        return -value if isinstance(tree.op, ast.USub) else value
    if isinstance(tree, ast.BinOp):
        left, right = _evaluated(tree.left, sizes), _evaluated(tree.right, sizes)
        if isinstance(tree.op, ast.Pow):
            if not 0 <= right <= 8 or right.denominator != 1:
                raise ArithmeticError(f"a power of {right}")
            return left ** int(right)
        if right == 0 and not isinstance(tree.op, (ast.Add, ast.Sub, ast.Mult)):
            raise ArithmeticError("it divides by zero")
        return Fraction(_OPERATORS[type(tree.op)](left, right))
    assert isinstance(tree, ast.Call)
    assert isinstance(tree.func, ast.Name)
    count, function = _FUNCTIONS[tree.func.id]
    if not tree.args or (count and len(tree.args) != count):
        raise ArithmeticError(f"{tree.func.id} of {len(tree.args)} arguments")
    return Fraction(function(*(_evaluated(argument, sizes) for argument in tree.args)))


class OpenDimensions:
    """The sizes of the dimensions that a model leaves open.

    Args:
        inputs: the model's inputs.
        given: sizes by name.
        shapes: the whole shapes of some inputs, which tell what their dimensions are.
    """

    def __init__(self, inputs: Iterable[ValueInfoProto], given: Mapping[str, int], shapes: Mapping[str, Sequence[Any]]) -> None:
        self._shapes = shapes
        self._sizes: dict[str, int] = {}
        inputs = self._inputs = list(inputs)
        self._given = given
        texts = {d.dim_param for info in inputs for d in info.type.tensor_type.shape.dim if d.dim_param}
        self._plain = {text for text in texts if _parsed(text) is None} | set(given)
        expressions: list[tuple[ast.expr, int]] = []
        for info in inputs:
            for dimension, size in zip(info.type.tensor_type.shape.dim, shapes.get(info.name, ()), strict=False):
                tree = self._tree(dimension.dim_param)
                if tree is not None:
                    expressions.append((tree, int(size)))
                elif dimension.dim_param not in _NAMELESS:
                    self._sizes.setdefault(dimension.dim_param, int(size))
        self._sizes |= {name: int(size) for name, size in given.items()}
        expressions += [(tree, self._sizes[text]) for text in texts if text in self._sizes and (tree := self._tree(text)) is not None]
        for _ in range(min(len(expressions), _ROUNDS)):  # what one tells may make the next one known
            solved = [self._solved(tree, size) for tree, size in expressions]
            if not any(solved):
                break

    def check_names(self, others: Iterable[ValueInfoProto]) -> None:
        """Check that the model knows each dimension that was given, in its inputs or in others of its values.

        A model that names no dimension has nothing that a wrong name could leave open, so that one set of names serves many.

        Raises:
            MLTypeError: it names others.
        """
        texts = {d.dim_param for info in (*self._inputs, *others) for d in _dimensions(info.type) if d.dim_param not in _NAMELESS}
        trees = [tree for tree in map(_parsed, texts) if tree is not None]
        named = texts.union(*map(_names, trees))
        if named and (unknown := [name for name in self._given if name not in named]):
            has = ", ".join(map(spelt, sorted(named)))
            raise MLTypeError(f"import_model: the model has no dimension {spelt(unknown[0])}; it has {has}")

    def given(self, name: str) -> Any:
        """The shape that was given for an input, or the shapes of its items; None where none was."""
        return self._shapes.get(name)

    def _tree(self, text: str) -> ast.expr | None:
        """The expression that a dimension is. ``a-b`` and ``a/b`` are names, unless their parts are names of dimensions as well."""
        tree = _parsed(text)
        if tree is None:
            return None
        unlike = isinstance(tree, ast.BinOp) and isinstance(tree.op, (ast.Sub, ast.Div)) and not any(c in text for c in " ()0123456789+*")
        return None if unlike and not all(name in self._plain for name in _names(tree)) else tree

    def _solved(self, tree: ast.expr, size: int) -> bool:
        """Whether an expression of one name that is not known yet tells its size; only where it is linear."""
        missing = [name for name in _names(tree) if name not in self._sizes]
        if len(missing) != 1:
            return False
        [name] = missing
        try:
            low, high = (_evaluated(tree, self._sizes | {name: at}) for at in (0, 1))
            found = (size - low) / (high - low)
            if found.denominator != 1 or not 0 < found <= MAX_DIMENSION:
                return False
            if _evaluated(tree, self._sizes | {name: int(found)}) != size:
                return False
        except (ArithmeticError, ValueError):
            return False
        self._sizes[name] = int(found)
        return True

    def shape(self, info: ValueInfoProto) -> Shape:
        """The shape of an input.

        Raises:
            Refused: dimensions are open, all of which are named with the option that sets them, or what is given does not fit.
        """
        if not info.type.tensor_type.HasField("shape") and info.name not in self._shapes:
            raise Refused(f"the model does not declare its shape; {_whole_shape(info.name, ['1', '2', '3'])}")
        if info.name in self._shapes:
            return self._agreeing(info, fitting(info, self._shapes[info.name]))
        sizes: list[int | None] = []
        open_now: list[tuple[int, str, list[str]]] = []
        for axis, dimension in enumerate(info.type.tensor_type.shape.dim):
            if dimension.HasField("dim_value") and dimension.dim_value >= 0:
                sizes.append(int(dimension.dim_value))
                continue
            text = dimension.dim_param
            size, missing = self._size(axis, text)
            sizes.append(size)
            if size is None:
                open_now.append((axis, text, missing))
        if open_now:
            raise _wanted(info.name, sizes, open_now)
        return tuple(size for size in sizes if size is not None)

    def _agreeing(self, info: ValueInfoProto, shape: Shape) -> Shape:
        """A shape that was given for an input, whose dimensions were not given otherwise by name.

        Inputs may well disagree about a name, as exporters give one to sizes that only happened to be equal.
        """
        for axis, (dimension, size) in enumerate(zip(info.type.tensor_type.shape.dim, shape, strict=False)):
            named = self._given.get(dimension.dim_param, size)
            if named != size:
                raise Refused(
                    f"its dimension {axis} is {size} in the shape that was given, but {dimension.dim_param!r} was given as {named}"
                )
        return shape

    def _size(self, axis: int, text: str) -> tuple[int | None, list[str]]:
        """The size of an open dimension, or the names that it waits for."""
        if text in self._sizes:
            return self._sizes[text], []
        if text in _NAMELESS:
            return None, []
        tree = self._tree(text)
        if tree is None:
            return None, [text]
        missing = [name for name in _names(tree) if name not in self._sizes]
        if missing:
            return None, missing
        try:
            number = _evaluated(tree, self._sizes)
            size = _whole(number)
        except (ArithmeticError, ValueError) as error:
            raise Refused(f"its dimension {axis}, {text!r}, has no value{self._where(tree)}: {error}") from error
        if size < 0 and not _names(tree):
            return None, []
        if size < 0:
            raise Refused(f"its dimension {axis}, {text!r}, would be {size}{self._where(tree)}")
        return size, []

    def _where(self, tree: ast.expr) -> str:
        known = ", ".join(f"{name} {self._sizes[name]}" for name in _names(tree))
        return f" with {known}" if known else ""


def _dimensions(type: TypeProto) -> Iterator[TensorShapeProto.Dimension]:
    """The dimensions of a tensor, of the items of a sequence, or of a value that may be there."""
    kind = type.WhichOneof("value")
    if kind == "sequence_type":
        yield from _dimensions(type.sequence_type.elem_type)
    elif kind == "optional_type":
        yield from _dimensions(type.optional_type.elem_type)
    elif kind == "tensor_type":
        yield from type.tensor_type.shape.dim


def _whole_shape(name: str, sizes: Sequence[str]) -> str:
    return f"give its shape (--shape {quoted(name)}={','.join(sizes)}, or shapes={{{name!r}: [{', '.join(sizes)}]}})"


def _wanted(name: str, sizes: Sequence[int | None], open_now: Sequence[tuple[int, str, list[str]]]) -> Refused:
    """Which dimensions are open, and how to say what they are."""
    several = len(open_now) > 1
    listed = [str(axis) + (f", {text!r}," if text not in _NAMELESS else "") for axis, text, _ in open_now]
    which = f"its dimension{'s' if several else ''} {' and '.join(listed)} {'are' if several else 'is'} open"
    if any(not missing for *_, missing in open_now):
        have = "and has no name" if not several else "and have not all a name"
        shape = ["SIZE" if size is None else str(size) for size in sizes]
        return Refused(f"{which} {have}; {_whole_shape(name, shape)}", options=(f"--shape {quoted(name)}={','.join(shape)}",))
    names = list(dict.fromkeys(missing for *_, every in open_now for missing in every))
    what = "their sizes" if several else "its size"
    if names != [text for _, text, _ in open_now]:
        what = f"{' and '.join(names)}, of which {'they are' if several else 'it is'} made"
    options = tuple(f"--dim {quoted(missing)}=SIZE" for missing in names)
    in_python = ", ".join(f"{missing!r}: SIZE" for missing in names)
    return Refused(f"{which}; give {what} ({' '.join(options)}, or dimensions={{{in_python}}})", options=options)


def quoted(name: str) -> str:
    """A name as a shell takes it."""
    return name if all(c.isalnum() or c in "_-./" for c in name) else f"'{name}'"


def fitting(info: ValueInfoProto, shape: Sequence[int]) -> Shape:
    """A shape that is given for an input; one that contradicts what the model declares is refused."""
    tensor = info.type.tensor_type
    if tensor.HasField("shape"):
        declared = [d.dim_value if d.HasField("dim_value") and d.dim_value >= 0 else None for d in tensor.shape.dim]
        if len(shape) != len(declared) or any(have not in (None, int(size)) for have, size in zip(declared, shape, strict=True)):
            wanted = ", ".join(
                d.dim_param or "?" if have is None else str(have) for d, have in zip(tensor.shape.dim, declared, strict=True)
            )
            raise Refused(f"the shape {list(shape)} that was given for it does not fit what the model declares, [{wanted}]")
    return tuple(int(size) for size in shape)
