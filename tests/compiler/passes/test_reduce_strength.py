"""`tessel-reduce-strength`: norms, softmax and GELU, as people write them, are the ops' kernels."""

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pass_programs import program_tests

import tessel
from tessel import nn

RNG = np.random.default_rng(0)
X = RNG.standard_normal((24, 64)).astype(np.float32)
GAMMA, BETA = (RNG.standard_normal(64).astype(np.float32) for _ in range(2))

test_keeps_results, test_twice_is_once = program_tests(["cse"], ["tessel-reduce-strength"])

LAST = {"axis": -1, "keepdims": True}


def centered(x: Any) -> Any:
    return x - np.mean(x, **LAST)


def variance(x: Any) -> Any:
    return np.mean(centered(x) ** 2, **LAST)


def square(x: Any) -> Any:
    return np.mean(x * x, **LAST)


LAYER_NORMS: dict[str, Callable[[Any], Any]] = {
    "formula": lambda x: (x - x.mean(**LAST)) / np.sqrt(variance(x) + 1e-5) * GAMMA + BETA,
    "var": lambda x: centered(x) / np.sqrt(np.var(x, **LAST) + 1e-5) * GAMMA + BETA,
    "method": lambda x: centered(x) / np.sqrt(x.var(**LAST) + 1e-5) * GAMMA + BETA,
    "scale first": lambda x: GAMMA * (centered(x) / np.sqrt(variance(x) + 1e-5)) + BETA,
    "scale and x first": lambda x: GAMMA * centered(x) / np.sqrt(variance(x) + 1e-5) + BETA,
    "scale by root": lambda x: centered(x) * (GAMMA / np.sqrt(variance(x) + 1e-5)) + BETA,
    "bias first": lambda x: BETA + GAMMA * centered(x) / np.sqrt(1e-5 + variance(x)),
    "power": lambda x: centered(x) * (variance(x) + 1e-5) ** -0.5 * GAMMA + BETA,
    "np.power": lambda x: centered(x) * np.power(variance(x) + 1e-5, -0.5) * GAMMA + BETA,
    "by a power": lambda x: centered(x) / (variance(x) + 1e-5) ** 0.5 * GAMMA + BETA,
    "reciprocal": lambda x: centered(x) * (1 / np.sqrt(variance(x) + 1e-5)) * GAMMA + BETA,
    "np.reciprocal": lambda x: (
        centered(x) * np.reciprocal(np.sqrt(variance(x) + 1e-5)) * GAMMA + BETA
    ),
    "no keepdims": lambda x: (
        (x - x.mean(-1)[:, None]) / np.sqrt(x.var(-1)[:, None] + 1e-5) * GAMMA + BETA
    ),
    "root without keepdims": lambda x: (
        (x - x.mean(-1)[:, None]) / np.sqrt(x.var(-1) + 1e-5)[:, None] * GAMMA + BETA
    ),
    "sums": lambda x: (
        (x - x.sum(**LAST) / 64) / np.sqrt((centered(x) ** 2).sum(**LAST) / 64 + 1e-5) * GAMMA
        + BETA
    ),
    "np.square": lambda x: (
        centered(x) / np.sqrt(np.mean(np.square(centered(x)), **LAST) + 1e-5) * GAMMA + BETA
    ),
}
"""All mean `nn.layer_norm(x, GAMMA, BETA)`."""

RMS_NORMS: dict[str, Callable[[Any], Any]] = {
    "formula": lambda x: x / np.sqrt(square(x) + 1e-6) * GAMMA,
    "scale first": lambda x: GAMMA * x / np.sqrt(square(x) + 1e-6),
    "power": lambda x: x * (np.mean(x**2, **LAST) + 1e-6) ** -0.5 * GAMMA,
    "reciprocal": lambda x: GAMMA * (x * (1.0 / np.sqrt(square(x) + 1e-6))),
}
"""All mean `nn.rms_norm(x, GAMMA, epsilon=1e-6)`."""

NORMS: dict[str, Callable[[Any], Any]] = {
    "norm": lambda x: x / np.linalg.norm(x, **LAST),
    "norm and epsilon": lambda x: x / (np.linalg.norm(x, **LAST) + 1e-6),
    "at least epsilon": lambda x: x / np.maximum(np.linalg.norm(x, **LAST), 1e-6),
    "deviation": lambda x: centered(x) / np.std(x, **LAST),
    "deviation and epsilon": lambda x: centered(x) / (x.std(**LAST) + 1e-6),
    "one degree less": lambda x: centered(x) / x.std(ddof=1, **LAST),
}
"""Norms that are no op, whose division is the same."""


def weights(x: Any) -> Any:
    return np.exp(x - np.max(x, **LAST))


SOFTMAXES: dict[str, Callable[[Any], Any]] = {
    "formula": lambda x: weights(x) / np.sum(weights(x), **LAST),
    "methods": lambda x: (lambda e: e / e.sum(**LAST))(np.exp(x - x.max(**LAST))),
    "no keepdims": lambda x: (lambda e: e / e.sum(-1)[:, None])(np.exp(x - x.max(-1)[:, None])),
}

LOG_SOFTMAXES: dict[str, Callable[[Any], Any]] = {
    "of the op": lambda x: np.log(nn.softmax(x)),
    "of the formula": lambda x: np.log(weights(x) / np.sum(weights(x), **LAST)),
}

ROOT = math.sqrt(2 / math.pi)

GELUS: dict[str, Callable[[Any], Any]] = {
    "formula": lambda x: 0.5 * x * (1 + np.tanh(ROOT * (x + 0.044715 * x**3))),
    "products": lambda x: 0.5 * x * (1 + np.tanh(ROOT * (x + 0.044715 * x * x * x))),
    "half last": lambda x: x * (1 + np.tanh(ROOT * (x + 0.044715 * x**3))) * 0.5,
    "halved": lambda x: x * (1 + np.tanh(ROOT * (x + 0.044715 * x**3))) / 2,
    "half of x": lambda x: x / 2 * (np.tanh(ROOT * (x + 0.044715 * x**3)) + 1),
    "half inside": lambda x: x * (0.5 * (1.0 + np.tanh(ROOT * (x + 0.044715 * x**3)))),
    "halves inside": lambda x: x * (0.5 + 0.5 * np.tanh(ROOT * (x + 0.044715 * x**3))),
    "halves the other way": lambda x: (np.tanh(ROOT * (x + 0.044715 * x**3)) * 0.5 + 0.5) * x,
    "factored": lambda x: 0.5 * x * (1 + np.tanh(ROOT * x * (1 + 0.044715 * x * x))),
    "numbers": lambda x: 0.5 * x * (1 + np.tanh(0.7978845608 * (x + 0.044715 * np.power(x, 3)))),
    "numbers inside": lambda x: 0.5 * x * (1 + np.tanh(x * (0.7978845608 + 0.0356774081 * x * x))),
    "np.multiply": lambda x: np.multiply(
        np.multiply(0.5, x), np.add(1.0, np.tanh(ROOT * (x + 0.044715 * x**3)))
    ),
    "distributed": lambda x: 0.5 * (x * (1 + np.tanh(ROOT * (x + 0.044715 * x**3)))),
}
"""All mean `nn.gelu(x, approximate="tanh")`."""


def fused(function: Callable[[Any], Any], x: np.ndarray = X) -> str:
    return tessel.compile(function, target="x86-64-v3").ir("fused", x)


def count(text: str, op: str, shape: str = "") -> int:
    """How many ops of a kind give arrays of a shape."""
    return len(re.findall(rf'"tessel\.{op}".* -> tensor<{shape}', text))


def check(function: Callable[[Any], Any], expected: Callable[[np.ndarray], Any]) -> str:
    """One kernel; results near those in float64."""
    got = tessel.compile(function, target="x86-64-v3")(X)
    np.testing.assert_allclose(got, expected(X.astype(np.float64)), rtol=2e-5, atol=2e-6)
    text = fused(function)
    assert text.count("tessel.fusion") == 1
    return text


ALL_NORMS = {
    **{f"layer norm: {name}": one for name, one in LAYER_NORMS.items()},
    **{f"rms norm: {name}": one for name, one in RMS_NORMS.items()},
    **{f"norm: {name}": one for name, one in NORMS.items()},
}


@pytest.mark.parametrize("name", ALL_NORMS)
def test_norms_divide_once_a_row(name: str) -> None:
    """And take no powers."""
    text = check(ALL_NORMS[name], ALL_NORMS[name])
    assert count(text, "divide", "24x64x") == 0
    assert count(text, "divide", "24x1x") >= 1
    assert count(text, "power") == 0
    assert 'template = "rows"' in text


def test_the_same_results_as_the_ops() -> None:
    """Written out or not: the same arithmetic, but for its order."""
    norm = tessel.compile(lambda x: nn.layer_norm(x, GAMMA, BETA))(X)
    for function in LAYER_NORMS.values():
        np.testing.assert_allclose(tessel.compile(function)(X), norm, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("name", SOFTMAXES)
def test_softmax_divides_once_a_row(name: str) -> None:
    text = check(SOFTMAXES[name], SOFTMAXES["formula"])
    assert count(text, "divide", "24x64x") == 0
    assert count(text, "reduce_max") == 1


@pytest.mark.parametrize("name", LOG_SOFTMAXES)
def test_logarithms_of_softmax_take_no_logarithm_of_each_weight(name: str) -> None:
    function = LOG_SOFTMAXES[name]
    text = check(function, LOG_SOFTMAXES["of the formula"])
    assert count(text, "log", "24x64x") == 0
    far = np.array([[0.0] * 63 + [-200.0]] * 24, np.float32)
    assert np.isfinite(tessel.compile(function)(far)).all()


@pytest.mark.parametrize("name", GELUS)
def test_gelu_is_one_sigmoid(name: str) -> None:
    text = check(GELUS[name], GELUS["formula"])
    assert count(text, "tanh") == 0
    assert count(text, "sigmoid") == 1
    assert "5.000000e-01" not in text
    op = tessel.compile(lambda x: nn.gelu(x, approximate="tanh"))(X)
    np.testing.assert_allclose(tessel.compile(GELUS[name])(X), op, rtol=2e-5, atol=2e-6)


def test_gelu_far_from_zero() -> None:
    """Where tanh is 1 in float32, and where its argument overflows."""
    x = np.array([-1e20, -1e4, -12.0, -6.0, -0.0, 6.0, 1e4, 1e12, np.inf, np.nan], np.float32)
    got = tessel.compile(GELUS["formula"])(x)
    np.testing.assert_allclose(got[1:8], [0, 0, -0.0, 0, 6, 1e4, 1e12], rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(got[8:], [np.inf, np.nan])


DIVISIONS: dict[str, Callable[[Any], Any]] = {
    "sum": lambda x: x / np.sum(x, **LAST),
    "root of each": lambda x: x / np.sqrt(x * x + 1.0),
    "root less a number": lambda x: x / (np.linalg.norm(x, **LAST) - 1.5),
    "root and an array": lambda x: x / (np.linalg.norm(x, **LAST) + GAMMA),
    "large number": lambda x: x / (np.linalg.norm(x, **LAST) + 1e30),
    "sum of exponentials without maximum": lambda x: np.exp(x) / np.sum(np.exp(x), **LAST),
    "sum of other exponentials": lambda x: np.exp(x) / np.sum(weights(x), **LAST),
    "largest of another axis": lambda x: (lambda e: e / e.sum(**LAST))(
        np.exp(x - x.max(axis=0, keepdims=True))
    ),
    "largest of another array": lambda x: (lambda e: e / e.sum(**LAST))(
        np.exp(x - (x * 2.0).max(**LAST))
    ),
    "scaled sum": lambda x: weights(x) / (2.0 * np.sum(weights(x), **LAST)),
}


@pytest.mark.parametrize("name", DIVISIONS)
def test_other_divisions_stay(name: str) -> None:
    """Their divisors may be so large or small that the reciprocal is no number."""
    text = fused(DIVISIONS[name])
    assert count(text, "divide", "24x64x") == 1
    got = tessel.compile(DIVISIONS[name])(X)
    np.testing.assert_allclose(got, DIVISIONS[name](X.astype(np.float64)), rtol=1e-3, atol=1e-6)


TANHS: dict[str, Callable[[Any], Any]] = {
    "alone": lambda x: np.tanh(x),
    "less": lambda x: 1.0 - np.tanh(x),
    "another number": lambda x: 2.0 + np.tanh(x),
    "other halves": lambda x: 0.5 + 0.4995 * np.tanh(x),
    "and an array": lambda x: x + np.tanh(x),
    "used twice": lambda x: (lambda t: (1.0 + t) * t)(np.tanh(x)),
}


@pytest.mark.parametrize("name", TANHS)
def test_other_uses_of_tanh_stay(name: str) -> None:
    text = check(TANHS[name], TANHS[name]) if name != "alone" else fused(TANHS[name])
    assert count(text, "tanh") == 1
    assert count(text, "sigmoid") == 0


POWERS: dict[str, Callable[[Any], Any]] = {
    "of what may be negative": lambda x: np.mean(x, **LAST) ** -0.5,
    "another": lambda x: square(x) ** -0.25,
    "less a number": lambda x: (square(x) - 0.1) ** -0.5,
}


@pytest.mark.parametrize("name", POWERS)
def test_other_powers_stay(name: str) -> None:
    assert count(fused(POWERS[name]), "power") == 1


def test_other_variances_stay() -> None:
    """mean(x**2) - mean(x)**2 loses digits that the formula of the op keeps: it is not the same."""

    def short(x):
        mean = x.mean(**LAST)
        return (x - mean) / np.sqrt(square(x) - mean * mean + 1e-5)

    assert count(fused(short), "subtract", "24x1x") == 1


def test_half_precision_keeps_its_divisions() -> None:
    """A reciprocal that is rounded to 8 bits is one part in 256 wrong."""
    x = X.astype(np.float16)
    text = fused(lambda x: x / np.linalg.norm(x, **LAST), x)
    assert count(text, "divide", "24x64x") == 1


def test_softmax_that_is_also_returned_stays() -> None:
    def both(x):
        found = nn.softmax(x)
        return found, np.log(found)

    assert count(fused(both), "log", "24x64x") == 1


def test_exponentials_that_are_also_returned_stay() -> None:
    def both(x):
        found = weights(x)
        return found / found.sum(**LAST), found

    assert count(fused(both), "exp", "24x64x") == 1
    assert count(fused(both), "divide", "24x64x") == 1


FACTORS: dict[str, tuple[Callable[[Any], Any], int]] = {
    "halved and doubled": (lambda x: (x * 0.5) * (abs(x) * 2.0), 3),
    "doubled, then halved": (lambda x: (x * 2.0) * 0.5, 2),
    "doubled twice": (lambda x: (x * 2.0) * 2.0, 1),
    "halved twice": (lambda x: (x * 0.5) * 0.25, 1),
    "thirds": (lambda x: x * (abs(x) * 3.0), 2),
    "thrice, then doubled": (lambda x: (x * 3.0) * 2.0, 1),
    "too large together": (lambda x: (x * 1e30) * 4.0, 2),
    "too far from one": (lambda x: (x * 3.0) * 2.0**20, 2),
    "divided": (lambda x: x / 8.0, 1),
}
"""Products, and how many are left of them."""


@pytest.mark.parametrize("name", FACTORS)
def test_powers_of_two(name: str) -> None:
    """Results stay as they are, bit for bit."""
    function, left = FACTORS[name]
    text = fused(function)
    assert (count(text, "multiply"), count(text, "divide")) == (left, 0)
    np.testing.assert_array_equal(tessel.compile(function)(X), function(X))
