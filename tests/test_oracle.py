"""The judge is judged: the reference against mpmath at 50 digits, longer floats, and Python's integers.

A result must be the correctly rounded value of the function. The reference rounds a float64, which is itself rounded;
so where the exact value lies within 2**-50 of a tie between two floats, relative to it, either of them will do.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

DIGITS = 50
NEARLY_A_TIE = 2.0**-50
INF, NAN = math.inf, math.nan

Compute = Callable[..., Any]


def sigmoid(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def softplus(x: Any) -> Any:
    return x + mp.log1p(mp.exp(-x)) if x > 0 else mp.log1p(mp.exp(x))


def gelu(x: Any) -> Any:
    return x * mp.erfc(-x / mp.sqrt(2)) / 2


def elu(x: Any) -> Any:
    return mp.expm1(x) if x < 0 else x


def hard_swish(x: Any) -> Any:
    return x * max(mpf(0), min(mpf(6), x + 3)) / 6


FUNCTIONS: dict[str, tuple[Callable[[Any], Any], float, float]] = {
    # method: the function, its value at minus infinity, its value at infinity
    "exp": (mp.exp, 0, INF),
    "log": (mp.log, NAN, INF),
    "sin": (mp.sin, NAN, NAN),
    "cos": (mp.cos, NAN, NAN),
    "tan": (mp.tan, NAN, NAN),
    "erf": (mp.erf, -1, 1),
    "sqrt": (mp.sqrt, NAN, INF),
    "reciprocal": (lambda x: 1 / x, 0, 0),
    "tanh": (mp.tanh, -1, 1),
    "sigmoid": (sigmoid, 0, 1),
    "softplus": (softplus, 0, INF),
    "softsign": (lambda x: x / (1 + abs(x)), -1, 1),
    "gelu": (gelu, 0, INF),
    "elu": (elu, -1, INF),
    "hard_swish": (hard_swish, NAN, INF),
}
SATURATES = {"exp": 120, "erf": 30, "tanh": 60, "sigmoid": 120, "softplus": 120, "gelu": 30, "elu": 120}
"""Where a function is constant, linear, or beyond all floats; beyond it, mpmath need not be asked at full size."""

AT_ZERO = {"log": -INF, "reciprocal": INF}
LINES: dict[str, tuple[dict[str, float], Callable[..., Any]]] = {
    "hard_sigmoid": ({"alpha": 0.3, "beta": -0.2}, lambda x, alpha, beta: max(mpf(0), min(mpf(1), alpha * x + beta))),
    "leaky_relu": ({"alpha": 0.3}, lambda x, alpha: alpha * x if x < 0 else x),
    "linear": ({"alpha": 0.3, "beta": -0.7}, lambda x, alpha, beta: alpha * x + beta),
    "elu": ({"alpha": 0.3}, lambda x, alpha: alpha * mp.expm1(max(x, mpf(-120))) if x < 0 else x),
}
LONG: dict[str, Callable[[Any], Any]] = {
    "exp": np.exp,
    "log": np.log,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "sqrt": np.sqrt,
    "reciprocal": lambda x: 1 / x,
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": lambda x: np.logaddexp(x, np.longdouble(0)),
    "softsign": lambda x: np.where(np.isinf(x), np.sign(x), x / (1 + np.abs(x))),
    "elu": lambda x: np.where(x < 0, np.expm1(np.minimum(x, 0)), x),
    "hard_swish": lambda x: x * np.clip(x + 3, 0, 6) / 6,
    "ceil": np.ceil,
    "floor": np.floor,
    "round_even": np.rint,
    "abs": np.abs,
    "neg": np.negative,
    "relu": lambda x: np.maximum(x, 0),
    "sign": np.sign,
    "identity": lambda x: x,
}


def rounded(value: Any, dtype: Any) -> Any:
    """An exact value rounded to nearest even, subnormals and overflow included."""
    if not mp.isfinite(value) or value == 0:
        return dtype(float(value))
    info = np.finfo(dtype)
    exponent = max(mp.frexp(value)[1] - 1, int(info.minexp))
    if exponent > info.maxexp:
        return dtype(INF if value > 0 else -INF)
    quantum = mp.ldexp(1, exponent - info.nmant)
    with np.errstate(over="ignore"):
        return dtype(float(mp.nint(value / quantum) * quantum))


def rounded_long(values: np.ndarray) -> np.ndarray:
    """Long floats rounded once to float16; NumPy itself would round them to float64 on the way."""
    exponent = np.clip(np.frexp(values)[1] - 1, -14, 16)
    quantum = np.ldexp(np.longdouble(1), exponent - 10)
    with np.errstate(all="ignore"):
        return (np.rint(values / quantum) * quantum).astype(np.float16)


def arguments(dtype: Any, count: int) -> np.ndarray:
    """Values of every magnitude, values near zero where functions bend, and the edges."""
    rng = np.random.default_rng(7)
    bits = np.dtype(f"u{np.dtype(dtype).itemsize}")
    everywhere = rng.integers(0, np.iinfo(bits).max, count, bits, endpoint=True).view(dtype)
    near = np.concatenate([rng.uniform(-1, 1, count // 2), rng.uniform(-20, 20, count // 2)]).astype(dtype)
    info = np.finfo(dtype)
    edges = [
        info.max,
        info.smallest_normal,
        info.smallest_subnormal,
        1,
        0.5,
        2.5,
        info.eps,
        1 + info.eps,
        math.pi / 2,
        math.pi,
        88.7,
        11.09,
    ]
    values = np.concatenate([everywhere, near, np.array([*edges, *(-e for e in map(float, edges))], dtype)])
    return values[np.isfinite(values) & (values != 0)]


def assert_between(got: np.ndarray, a: np.ndarray, b: np.ndarray, x: np.ndarray) -> None:
    agrees = (np.minimum(a, b) <= got) & (got <= np.maximum(a, b)) | (np.isnan(a) & np.isnan(got))
    if not agrees.all():
        worst = int(np.argmin(agrees))
        pytest.fail(f"{(~agrees).sum()} of {got.size} are wrong, such as at {x[..., worst]!r}: {got[worst]!r}, not {a[worst]!r}")


def assert_correctly_rounded(got: np.ndarray, exact: list[Any], x: np.ndarray) -> None:
    below, above = (np.array([rounded(value * (1 + side), got.dtype.type) for value in exact]) for side in (-NEARLY_A_TIE, NEARLY_A_TIE))
    assert_between(got, below, above, x)


@pytest.fixture(autouse=True)
def precision() -> Any:
    with mp.workdps(DIGITS):
        yield


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize("method", FUNCTIONS)
def test_function_is_correctly_rounded(compute: Compute, method: str, dtype: Any) -> None:
    function = FUNCTIONS[method][0]
    x = arguments(dtype, 2000)
    if method in ("log", "sqrt"):
        x = np.abs(x)
    bound = SATURATES.get(method, INF)
    exact = [
        function(mpf(float(v)) if abs(v) < bound or (v > 0 and method in ("softplus", "gelu", "elu")) else mpf(math.copysign(bound, v)))
        for v in x
    ]
    assert_correctly_rounded(compute(method, x), exact, x)


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize("method", LINES)
def test_line_with_options_is_correctly_rounded(compute: Compute, method: str, dtype: Any) -> None:
    options, function = LINES[method]
    x = arguments(dtype, 2000)
    cast = {name: mpf(float(dtype(value))) for name, value in options.items()}
    exact = [function(mpf(float(v)), **cast) for v in x]
    assert_correctly_rounded(compute(method, x, **options), exact, x)


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize("method", FUNCTIONS)
def test_function_at_infinities_zeros_and_nan(compute: Compute, method: str, dtype: Any) -> None:
    function, at_minus_infinity, at_infinity = FUNCTIONS[method]
    at_zero = AT_ZERO[method] if method in AT_ZERO else float(function(mpf(0)))
    got = compute(method, np.array([-INF, INF, 0, NAN], dtype))
    np.testing.assert_array_equal(got, np.array([at_minus_infinity, at_infinity, at_zero, NAN]).astype(dtype))


EVERY_FLOAT16 = np.arange(2**16, dtype=np.uint16).view(np.float16)


@pytest.mark.parametrize("method", LONG)
def test_function_of_every_float16(compute: Compute, method: str) -> None:
    x = EVERY_FLOAT16[np.isfinite(EVERY_FLOAT16)]
    with np.errstate(all="ignore"):
        exact = np.broadcast_to(LONG[method](x.astype(np.longdouble)), x.shape)
    below, above = (rounded_long(exact * (1 + np.longdouble(side))) for side in (-NEARLY_A_TIE, NEARLY_A_TIE))
    assert_between(compute(method, x), below, above, x)


@pytest.mark.parametrize("method", ["erf", "gelu"])
def test_error_function_of_every_float16_where_it_bends(compute: Compute, method: str) -> None:
    x = EVERY_FLOAT16[np.abs(EVERY_FLOAT16) < 7]
    with mp.workdps(20):
        assert_correctly_rounded(compute(method, x), [FUNCTIONS[method][0](mpf(float(v))) for v in x], x)


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_pow_is_correctly_rounded(compute: Compute, dtype: Any) -> None:
    rng = np.random.default_rng(3)
    base = np.exp(rng.uniform(-6, 6, 3000)).astype(dtype)
    exponent = rng.uniform(-12, 12, 3000).astype(dtype)
    whole = rng.integers(-5, 6, 3000).astype(dtype)
    bases, exponents = np.concatenate([base, -base]), np.concatenate([exponent, whole])
    exact = [mp.power(mpf(float(a)), int(b) if a < 0 else mpf(float(b))) for a, b in zip(bases, exponents, strict=True)]
    assert_correctly_rounded(compute("pow", bases, exponents), exact, np.stack([bases, exponents]))


@pytest.mark.parametrize(("base", "exponent", "expected"), [
    (2, 0.5, math.sqrt(2)), (0, 0, 1), (NAN, 0, 1), (1, NAN, 1), (-1, INF, 1), (0, -1, INF), (-0.0, -1, -INF), (-0.0, -2, INF),
    (-2, 0.5, NAN), (INF, -1, 0), (0.5, INF, 0), (0.5, -INF, INF), (-8, 3, -512), (NAN, 1, NAN),
])  # fmt: skip
def test_pow_at_its_edges(compute: Compute, base: float, exponent: float, expected: float) -> None:
    got = compute("pow", np.array([base], np.float32), np.array([exponent], np.float32))
    np.testing.assert_array_equal(got, np.array([expected], np.float32))


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize("method", ["add", "sub", "mul", "div"])
def test_arithmetic_is_correctly_rounded(compute: Compute, method: str, dtype: Any) -> None:
    x = arguments(dtype, 1500)
    y = np.random.default_rng(1).permutation(x)
    operation = {"add": Fraction.__add__, "sub": Fraction.__sub__, "mul": Fraction.__mul__, "div": Fraction.__truediv__}[method]
    fractions = [operation(Fraction(float(a)), Fraction(float(b))) for a, b in zip(x, y, strict=True)]
    exact = [mpf(v.numerator) / v.denominator for v in fractions]
    assert_correctly_rounded(compute(method, x, y), exact, np.stack([x, y]))


INTEGERS = [np.int64, np.uint64, np.int32, np.uint32, np.int8, np.uint8]


def edges_of(dtype: Any) -> np.ndarray:
    info = np.iinfo(dtype)
    whole = [info.min, info.min + 1, info.max, info.max - 1, 0, 1, 2, 3, 7, 100]
    wide = [2**53 + 1, 2**53 + 3, 2**62 + 1, 2**63 + 1] if info.bits == 64 else []
    return np.array([v for v in (*whole, *wide, *(-w for w in (1, 2, 3, 7, 100))) if info.min <= v <= info.max], dtype)


def wrapped(value: int, dtype: Any) -> int:
    info = np.iinfo(dtype)
    return (value - int(info.min)) % 2**info.bits + int(info.min)


INTEGER_OPERATIONS: dict[str, Callable[[int, int], int]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: 0 if b == 0 else abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1),
    "max": max,
    "min": min,
}


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("method", INTEGER_OPERATIONS)
def test_integer_arithmetic_is_exact_modulo_the_range(compute: Compute, method: str, dtype: Any) -> None:
    edges = edges_of(dtype)
    got = compute(method, edges[:, None], edges[None, :])
    expected = [[wrapped(INTEGER_OPERATIONS[method](int(a), int(b)), dtype) for b in edges] for a in edges]
    assert got.tolist() == expected


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integer_power_is_exact_modulo_the_range(compute: Compute, dtype: Any) -> None:
    bases, exponents = edges_of(dtype), np.array([0, 1, 2, 3, 9, 63, 64, 100], dtype)
    expected = [[wrapped(int(a) ** int(b), dtype) for b in exponents] for a in bases]
    assert compute("pow", bases[:, None], exponents[None, :]).tolist() == expected


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.int8])
def test_negative_integer_power_ends_and_truncates(compute: Compute, dtype: Any) -> None:
    bases, exponents = np.array([1, -1, 2, 0, 100], dtype), np.array([-1, -2, np.iinfo(dtype).min], dtype)
    expected = [[1, 1, 1], [-1, 1, 1], [0, 0, 0], [0, 0, 0], [0, 0, 0]]
    assert compute("pow", bases[:, None], exponents[None, :]).tolist() == expected


@pytest.mark.parametrize("dtype", [np.int64, np.uint64, np.int32, np.uint32])
def test_integer_sums_and_extremes_are_exact(compute: Compute, dtype: Any) -> None:
    edges = edges_of(dtype)
    values = edges.tolist()
    sums = [wrapped(sum(values[: i + 1]), dtype) for i in range(len(values))]
    assert compute("reduce_sum", edges).tolist() == sums[-1]
    assert compute("cumulative_sum", edges, 0).tolist() == sums
    assert compute("reduce_sum_square", edges).tolist() == wrapped(sum(v * v for v in values), dtype)
    assert compute("reduce_l1", edges).tolist() == wrapped(sum(abs(v) for v in values), dtype)
    assert compute("reduce_product", edges[edges != 0]).tolist() == wrapped(math.prod(v for v in values if v), dtype)
    assert (compute("reduce_max", edges).tolist(), compute("reduce_min", edges).tolist()) == (max(values), min(values))
    assert compute("arg_max", edges, 0).tolist() == values.index(max(values))


@pytest.mark.parametrize("to", INTEGERS)
@pytest.mark.parametrize("dtype", INTEGERS)
def test_cast_of_integers_keeps_the_low_bits(compute: Compute, dtype: Any, to: Any) -> None:
    edges = edges_of(dtype)
    assert compute("cast", edges, np.dtype(to).name).tolist() == [wrapped(int(v), to) for v in edges]


@pytest.mark.parametrize("to", [np.float32, np.float16])
@pytest.mark.parametrize("dtype", INTEGERS)
def test_cast_of_integers_to_floats_rounds_once(compute: Compute, dtype: Any, to: Any) -> None:
    info = np.iinfo(dtype)
    ties = [v for v in (2**24 + 1, 2**24 + 3, 2**60 + 2**36, 2**60 + 2**36 + 1, 2049, 2051, 65519, 65520) if v <= info.max]
    edges = np.concatenate([edges_of(dtype), np.array(ties, dtype)])
    assert compute("cast", edges, np.dtype(to).name).tolist() == [float(rounded(mpf(int(v)), to)) for v in edges]


@pytest.mark.parametrize("to", INTEGERS)
@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_cast_of_floats_to_integers_truncates_within_the_range(compute: Compute, dtype: Any, to: Any) -> None:
    info = np.iinfo(to)
    values = np.array([0.5, 0.99, 1.5, -0.5, -1.5, 127, 255, 2.0**31, 2.0**53, 2.0**62, 2.0**63, 1.8e19, -(2.0**63), -128.9]).astype(
        np.float32
    )
    with np.errstate(over="ignore"):
        x = values.astype(dtype)
    x = x[np.isfinite(x) & (np.trunc(x.astype(np.longdouble)) >= info.min) & (x.astype(np.longdouble) <= np.longdouble(info.max))]
    assert compute("cast", x, np.dtype(to).name).tolist() == [int(v) for v in x.tolist()]
