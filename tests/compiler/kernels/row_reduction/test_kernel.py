"""The row kernels equal NumPy in float64: passes, tails, kept values, indices, several results."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from kernel_levels import LEVELS

import tessel
from tessel import nn

WIDE: list[Callable[..., Any]] = [
    lambda x: np.exp(x - np.max(x, -1, keepdims=True)) / np.sum(np.exp(x), -1, keepdims=True),
    lambda x: np.sum(np.abs(np.tanh(x)), -1),
    lambda x: np.sqrt(np.mean(np.exp(x) ** 2, -1, keepdims=True)) + np.exp(x),
    lambda x: np.max(np.log1p(np.exp(x)), -1),
]
LENGTHS = [16, 17, 64, 100, 130, 257]
WEIGHT = np.random.default_rng(1).standard_normal(300).astype(np.float32)


def _layer_norm(x: Any) -> Any:
    return nn.layer_norm(x, WEIGHT[: x.shape[-1]], WEIGHT[: x.shape[-1]])


def _two_results(x: Any) -> Any:
    mean = np.mean(x, axis=-1, keepdims=True)
    return x - mean, mean


def _several_passes(x: Any) -> Any:
    y = np.exp(x - np.max(x, axis=-1, keepdims=True))
    z = y / np.sum(y, axis=-1, keepdims=True)
    return (z - np.mean(z, axis=-1, keepdims=True)) * np.tanh(y)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "softmax": nn.softmax,
    "log_softmax": nn.log_softmax,
    "layer_norm": _layer_norm,
    "rms_norm": lambda x: nn.rms_norm(x, WEIGHT[: x.shape[-1]]),
    "sum": lambda x: np.sum(x, axis=-1),
    "product": lambda x: np.prod(x / 2, axis=-1),
    "max": lambda x: np.max(x, axis=-1, keepdims=True),
    "min": lambda x: np.min(x, axis=-1),
    "std": lambda x: np.std(x, axis=-1),
    "two_results": _two_results,
    "several_passes": _several_passes,
    "argmax": lambda x: np.argmax(x, axis=-1),
    "argmin": lambda x: np.argmin(x, axis=-1),
}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_equals_float64(name: str, level: str):
    """Rows of every length in one program, as matrices and as parts of larger arrays."""
    rng = np.random.default_rng(2)
    inputs = [rng.standard_normal((33, length)).astype(np.float32) for length in LENGTHS]
    inputs.append(rng.standard_normal((3, 11, 40)).astype(np.float32))
    function = FUNCTIONS[name]
    compiled = tessel.compile(lambda inputs: tuple(function(x) for x in inputs), target=level)
    text = compiled.ir("fused", inputs)
    assert text.count("tessel.kernel = ") >= len(inputs)
    for x, result in zip(inputs, compiled(inputs)):
        check_close(result, function(x.astype(np.float64)))


def test_rows_of_several_dimensions():
    x = np.random.default_rng(3).standard_normal((20, 4, 3, 9)).astype(np.float32)

    def normalise(x):
        axes = (1, 2, 3)
        centred = x - np.mean(x, axis=axes, keepdims=True)
        return centred / np.sqrt(np.mean(centred * centred, axis=axes, keepdims=True) + 1e-5)

    compiled = tessel.compile(normalise)
    assert 'template = "rows"' in compiled.ir("fused", x)
    check_close(compiled(x), normalise(x.astype(np.float64)))


def test_rows_that_are_too_long_to_keep():
    """Values are computed again in each pass."""
    x = np.random.default_rng(4).standard_normal((17, 30_000)).astype(np.float32)
    compiled = tessel.compile(nn.softmax)
    assert "cached_values = 0" in compiled.ir("fused", x)
    check_close(compiled(x), nn.softmax(x.astype(np.float64)))


@pytest.mark.parametrize("length", [1000, 12_000, 20_000])
def test_several_values_are_worth_keeping(length: int):
    """As many are kept as the stack holds."""

    def function(x):
        y, z = np.exp(x / 4), np.tanh(x)
        total = np.sum(y, axis=-1, keepdims=True) + np.sum(z, axis=-1, keepdims=True)
        return (y * z + np.exp(z)) / total * np.max(np.exp(z), axis=-1, keepdims=True)

    x = np.random.default_rng(7).standard_normal((16, length)).astype(np.float32)
    compiled = tessel.compile(function)
    assert 'template = "rows"' in compiled.ir("fused", x)
    check_close(compiled(x), function(x.astype(np.float64)))


@pytest.mark.parametrize("level", LEVELS)
def test_exponentials_at_the_edges(level: str):
    """Infinities, NaN, what overflows, what is subnormal and what vanishes."""
    edges = [np.inf, -np.inf, np.nan, 88.72, 88.73, 1e30, -87.3, -87.4, -87.34, -90, -103, -103.9]
    edges += [-104, -104.1, -105, -300, -1e30, 0, 1e-30]
    x = np.repeat(np.array(edges, np.float32)[:, None], 37, axis=1)
    compiled = tessel.compile(lambda x: np.max(np.exp(x), axis=-1), target=level)
    assert 'template = "rows"' in compiled.ir("fused", x)
    with np.errstate(over="ignore"):
        expected = np.exp(x[:, 0].astype(np.float64)).astype(np.float32)
    smallest = float(np.finfo(np.float32).smallest_subnormal)
    np.testing.assert_allclose(compiled(x), expected, rtol=3e-7, atol=smallest)


@pytest.mark.parametrize("level", LEVELS)
def test_softmax_at_the_edges(level: str):
    """Numbers so far apart that differences overflow, infinities, NaN, and all the same."""
    largest = float(np.finfo(np.float32).max)
    ends = [(largest, -largest), (np.inf, 0), (0, -np.inf), (-np.inf, -np.inf), (np.nan, 1)]
    ends += [(largest, largest), (-largest, -largest), (0, -103), (0, -87.3), (1e30, 1e30), (0, 0)]
    x = np.repeat(np.array(ends, np.float32), 50, axis=1)
    compiled = tessel.compile(nn.softmax, target=level)
    assert 'template = "rows"' in compiled.ir("fused", x)
    with np.errstate(invalid="ignore"):
        expected = nn.softmax(x.astype(np.float64))
    expected[expected < np.finfo(np.float32).tiny] = 0
    np.testing.assert_allclose(compiled(x), expected, rtol=2e-5, atol=1e-37)


def test_only_differences_from_the_largest_are_never_positive():
    """exp(x - max(x)) is what has a shorter way; of others the arguments may be large."""
    x = np.random.default_rng(5).standard_normal((16, 96)).astype(np.float32)

    def function(x):
        least = np.exp(x - np.min(x, axis=-1, keepdims=True))
        other = np.exp(x - np.max(x * 0.25, axis=-1, keepdims=True))
        return np.sum(least, axis=-1), np.sum(other, axis=-1)

    for result, expected in zip(tessel.compile(function)(x), function(x.astype(np.float64))):
        np.testing.assert_allclose(result, expected, rtol=1e-6)


@pytest.mark.parametrize("columns", [1028, 1030])
@pytest.mark.parametrize("level", LEVELS)
def test_large_results_are_written_past_the_caches(level: str, columns: int):
    """From 4 MiB on, as an end and between kernels, wherever in memory IREE puts them."""

    def function(x):
        odd = np.exp(x[:, 0])
        y = nn.softmax(x * odd[:, None])
        return np.sum(nn.log_softmax(y), axis=-1), nn.softmax(x), odd

    x = np.random.default_rng(9).standard_normal((1030, columns)).astype(np.float32)
    compiled = tessel.compile(function, target=level)
    assert ("nontemporal" in compiled.ir("linalg", x)) == (columns % 4 == 0)
    assert "nontemporal" not in compiled.ir("linalg", x[:1000])
    for result, expected in zip(compiled(x), function(x.astype(np.float64))):
        check_close(result, expected)


@pytest.mark.parametrize("level", LEVELS)
def test_results_are_written_while_the_next_row_is_computed(level: str):
    """Where the last pass keeps what they need: stores stand twice in the kernel then."""

    def weights_and_total(x):
        y = np.exp(x - np.max(x, axis=-1, keepdims=True))
        total = np.sum(y, axis=-1, keepdims=True)
        return y, total

    def kept_early(x):
        y = np.exp(x - np.max(x, axis=-1, keepdims=True))
        z = y / np.sum(y, axis=-1, keepdims=True)
        return y * z / np.max(z * z, axis=-1, keepdims=True)

    def nothing_kept(x):
        return x / np.sum(x * x, axis=-1, keepdims=True)

    x = np.random.default_rng(10).standard_normal((1031, 1028)).astype(np.float32)
    cases = [(nn.softmax, 2), (weights_and_total, 2), (kept_early, 1), (nothing_kept, 1)]
    for function, copies in cases:
        compiled = tessel.compile(function, target=level)
        unroll = 4
        assert compiled.ir("linalg", x).count("nontemporal") == copies * unroll
        check_close(compiled(x), function(x.astype(np.float64)))
    # A group of one row has no next one.
    one = np.random.default_rng(11).standard_normal((1, 2 << 20)).astype(np.float32)
    check_close(tessel.compile(nn.softmax, target=level)(one), nn.softmax(one.astype(np.float64)))


def test_values_that_are_used_again_and_again():
    """Twenty steps that each read the last one three times: every op is looked at once."""

    def function(x):
        for _ in range(20):
            x = x + np.tanh(x) * x / 64
        return nn.softmax(x)

    x = np.random.default_rng(8).standard_normal((16, 64)).astype(np.float32)
    compiled = tessel.compile(function)
    assert 'template = "rows"' in compiled.ir("fused", x)
    check_close(compiled(x), function(x.astype(np.float64)))


@pytest.mark.parametrize("name", ["argmax", "argmin"])
def test_indices_of_equal_elements_and_of_nan(name: str):
    """The first of equal elements, the first NaN, rows of infinities."""
    x = np.round(np.random.default_rng(5).standard_normal((40, 130))).astype(np.float32)
    x[3, 70] = x[3, 99] = np.nan
    x[4], x[5], x[6] = np.inf, -np.inf, np.nan
    x[7, 129] = np.nan
    function = FUNCTIONS[name]
    np.testing.assert_array_equal(tessel.compile(function)(x), function(x))


@pytest.mark.parametrize("name", ["max", "min", "sum"])
def test_nan_in_a_row(name: str):
    x = np.ones((20, 50), np.float32)
    x[3, 49] = np.nan
    result = np.ravel(tessel.compile(FUNCTIONS[name])(x))
    assert np.isnan(result[3])
    assert not np.isnan(np.delete(result, 3)).any()


def test_other_axes_and_dtypes_have_no_kernel():
    """They are right all the same."""
    x = np.random.default_rng(6).standard_normal((40, 50)).astype(np.float32)
    for array, axis in ((x, 0), (x.astype(np.complex64), 1)):
        compiled = tessel.compile(lambda x, axis=axis: x - np.mean(x, axis=axis, keepdims=True))
        assert "tessel.kernel" not in compiled.ir("fused", array)
        check_close(compiled(array), array - np.mean(array, axis=axis, keepdims=True))


@pytest.mark.parametrize("level", LEVELS)
def test_float64(level: str):
    """The same kernels with vectors of half as many numbers."""
    x = np.random.default_rng(8).standard_normal((16, 257))
    x[3, 5] = -np.inf
    several = tessel.compile(lambda x: tuple(f(x) for f in WIDE), target=level)
    assert several.ir("fused", x).count('template = "rows"') >= len(WIDE)
    for got, function in zip(several(x), WIDE, strict=True):
        with np.errstate(invalid="ignore"):
            exact = np.float64(function(x.astype(np.longdouble)))
        np.testing.assert_allclose(got, exact, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("length", [1023, 1024 * 17, 70001])
def test_rows_in_blocks(length: int):
    """Long rows: whole blocks, turns and vectors that are left, more than one reduction at once."""
    x = np.random.default_rng(9).integers(-8, 8, (3, length)).astype(np.float32)
    compiled = tessel.compile(lambda x: (np.sum(x, -1), np.max(x * 2, -1), np.sum(x * x, -1)))
    assert compiled.ir("fused", x).count('template = "rows"') >= 2
    exact = x.astype(np.float64)
    for got, right in zip(compiled(x), (exact.sum(-1), 2 * x.max(-1), (exact**2).sum(-1))):
        np.testing.assert_array_equal(got, right)  # sums of small integers are exact


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_conditions(level: str, dtype: Any):
    """What is chosen by comparisons is summed by the same kernels; conditions stay in registers."""
    x = np.random.default_rng(6).integers(-8, 8, (5, 259)).astype(dtype)
    x[:, ::5] = np.nan

    def chosen(x: Any) -> Any:
        positive = np.where(x > 1, x, -x * x)
        return np.sum(np.where(np.isnan(x), 0, x), -1), np.max(np.where(x < 3, positive, 0), -1)

    compiled = tessel.compile(chosen, target=level)
    assert compiled.ir("fused", x).count('template = "rows"') == 2
    for got, right in zip(compiled(x), chosen(x), strict=True):
        np.testing.assert_array_equal(got, right)  # sums of small integers are exact


def check_close(results: Any, expected: Any) -> None:
    pairs = zip(results, expected) if isinstance(expected, tuple) else [(results, expected)]
    for result, want in pairs:
        np.testing.assert_allclose(result, want, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_row_beside_as_many_rows(dtype: Any) -> None:
    """`x[n, n] + y[n]`: y has the shape of what is reduced, and is one row all the same."""

    def of_squares(x: Any, y: Any, z: Any) -> Any:
        powers = np.exp(z + y - np.max(z + y, axis=-1, keepdims=True))
        return (
            np.sum(x[:, None] - y, axis=1),
            np.max(x[:, None] - y, axis=1, keepdims=True),
            np.mean(z * y, axis=-1),
            powers / np.sum(powers, axis=-1, keepdims=True),
            np.sum(z.reshape(8, 8, 64) * y.reshape(8, 8, 1), axis=-1),
            np.sum(z, axis=1) - y,
        )

    rng = np.random.default_rng(3)
    x, y, z = (rng.standard_normal(shape).astype(dtype) for shape in (64, 64, (64, 64)))
    expected = of_squares(*(one.astype(np.float64) for one in (x, y, z)))
    for got, want in zip(tessel.compile(of_squares)(x, y, z), expected, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-4)
