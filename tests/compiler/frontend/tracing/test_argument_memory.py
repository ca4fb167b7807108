"""Arguments that overlap, or are not row-major, are written as NumPy does."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tessel


def add_one_to_the_first(a, b):
    a[:] = a + 1
    return a + b


def double_into_the_second(a, b):
    b[:] = a * 2
    return b + 0


def write_both(a, b):
    a[0] = 7
    b[-1] = a[0] + a[1]
    a += b.sum()
    return a * b


def _memory() -> np.ndarray:
    return np.arange(24.0)


OVERLAPS: list[Callable[[np.ndarray], tuple[Any, Any]]] = [
    lambda m: (m, m),
    lambda m: (m[:-1], m[1:]),
    lambda m: (m[::-1], m),
    lambda m: (m.reshape(4, 6), m.reshape(4, 6)),
    lambda m: (m[:16].reshape(4, 4), m[:16].reshape(4, 4).T),
    lambda m: (m[::2], m[5:17]),
    lambda m: (m[:10].reshape(5, 2)[:, 0], m[1:11:2]),
    lambda m: (np.lib.stride_tricks.as_strided(m, (5, 3), (8, 16)), m[:3]),
]


@pytest.mark.parametrize("function", [add_one_to_the_first, double_into_the_second, write_both])
def test_arguments_that_overlap(function: Callable[..., Any]) -> None:
    """Each write is seen through the other argument, in results and in memory."""
    compiled = tessel.compile(function)
    for number, overlap in enumerate(OVERLAPS[:-1] if function is write_both else OVERLAPS):
        want_memory, got_memory = _memory(), _memory()
        if number == len(OVERLAPS) - 1 and function is double_into_the_second:
            continue
        try:
            want = function(*overlap(want_memory))
        except ValueError:
            with pytest.raises(ValueError):
                compiled(*overlap(got_memory))
            continue
        np.testing.assert_array_equal(compiled(*overlap(got_memory)), want)
        np.testing.assert_array_equal(got_memory, want_memory)


def test_one_program_serves_calls_that_overlap_and_others() -> None:
    """A call without overlap, one with, and the first again."""
    compiled = tessel.compile(add_one_to_the_first)
    p = _memory()
    assert compiled(_memory(), _memory())[3] == 7
    assert compiled(p, p)[3] == 8
    assert compiled(_memory(), _memory())[3] == 7
    assert compiled.stats.compiles == 2


def test_arrays_that_interleave_share_nothing() -> None:
    """Bounds that overlap are no overlap."""
    compiled = tessel.compile(add_one_to_the_first)
    m = _memory()
    np.testing.assert_array_equal(compiled(m[::2], m[1::2]), np.arange(0, 24, 2) * 2 + 2)
    assert compiled.stats.compiles == 1


def test_arrays_of_other_dtypes_that_overlap_are_refused() -> None:
    """One sentence, of ValueError."""
    m = _memory()
    with pytest.raises(ValueError, match="shares memory with another one as"):
        tessel.compile(add_one_to_the_first)(m, m.view(np.int64))


def test_overlap_with_a_read_only_array() -> None:
    """What is read-only may still be changed through another argument."""
    m = _memory()
    frozen = m[:]
    frozen.flags.writeable = False
    result = tessel.compile(add_one_to_the_first)(m, frozen)
    np.testing.assert_array_equal(result, 2 * np.arange(24) + 2)
    np.testing.assert_array_equal(m, np.arange(24) + 1)


def ravel_and_write(a):
    b = a.ravel()
    b[0] = 99
    return a + 0, b


def transposed_ravel_and_write(a):
    b = a.T.reshape(-1)
    b[1] = 99
    return b


def ravel_of_a_sum(a):
    b = a + 1
    b.ravel()[0] = 99
    return b


def ravel_of_a_transposed_sum(a):
    b = a * 2
    b.T.ravel()[1] = 99
    np.swapaxes(b, 0, 1).reshape(-1)[2] = 77
    return b


def in_order_of_memory(a):
    return a.ravel("K"), a.flatten("A"), np.reshape(a, (2, 6), "A")


ORDERS: list[Callable[[], np.ndarray]] = [
    lambda: _memory()[:12].reshape(3, 4),
    lambda: _memory()[:12].reshape(4, 3).T,
    lambda: _memory().reshape(3, 8)[:, ::2],
    lambda: _memory()[:12].reshape(3, 4)[::-1],
    lambda: _memory()[:12].reshape(1, 12),
    lambda: _memory()[::2].reshape(12, 1),
]


@pytest.mark.parametrize(
    "function",
    [
        ravel_and_write,
        transposed_ravel_and_write,
        ravel_of_a_sum,
        ravel_of_a_transposed_sum,
        in_order_of_memory,
    ],
)
@pytest.mark.parametrize("dynamic", [False, True])
def test_order_of_arguments(function: Callable[..., Any], dynamic: bool) -> None:
    """Whether a step is a view follows from an argument's strides."""
    compiled = tessel.compile(function, dynamic=dynamic)
    for order in ORDERS:
        want_array, got_array = order(), order()
        want, got = function(want_array), compiled(got_array)
        pairs = zip(want, got) if isinstance(want, tuple) else [(want, got)]
        for one, other in [*pairs, (want_array, got_array)]:
            np.testing.assert_array_equal(other, one)


def test_order_that_does_not_matter_compiles_once() -> None:
    """A program that writes to no reshaped array is one for all orders."""
    compiled = tessel.compile(lambda a: a.T.ravel() * 2)
    for order in ORDERS[:4]:
        np.testing.assert_array_equal(compiled(order()), order().T.ravel() * 2)
    assert compiled.stats.compiles == 1


OUT = [
    (np.zeros(3, np.float32), None),
    (np.zeros(6)[::2], None),
    (np.zeros(3)[::-1], None),
    (np.zeros(3, np.complex128), None),
    (np.zeros(3, int), TypeError),
    (np.zeros(4), ValueError),
    (np.zeros((1, 3)), ValueError),
    (np.broadcast_to(np.zeros(1), (3,)), ValueError),
    ("text", TypeError),
    ([0.0, 0.0, 0.0], ValueError),
    ((np.zeros(3), np.zeros(3)), ValueError),
]


@pytest.mark.parametrize(("out", "error"), OUT)
def test_out_of_a_call(out: Any, error: type[Exception] | None) -> None:
    """Results are cast where NumPy casts them; all else is refused in one sentence."""
    compiled = tessel.compile(lambda a: a + 0.5)
    if error is None:
        compiled(np.arange(3.0), out=out)
        np.testing.assert_array_equal(out, np.arange(3.0) + 0.5)
        return
    with pytest.raises(error, match="out="):
        compiled(np.arange(3.0), out=out)


def test_out_that_overlaps_the_argument() -> None:
    """The argument is read before it is written."""
    m = _memory()
    tessel.compile(lambda a: a[::-1] * 2)(m, out=m)
    np.testing.assert_array_equal(m, _memory()[::-1] * 2)


DTYPES = ["S3", "U3", "O", "M8[s]", "m8[s]", "V4", "longdouble", [("x", "f4")]]


@pytest.mark.parametrize("dtype", DTYPES)
def test_dtypes_that_are_not_compiled(dtype: Any) -> None:
    """As an argument, in a cast and in a creation function: one sentence, of TypeError."""
    with pytest.raises(TypeError, match="cannot be compiled|bytes-like"):
        tessel.compile(lambda a: a)(np.zeros(2, dtype))
    with pytest.raises(TypeError, match="cannot be compiled"):
        tessel.compile(lambda a: a.astype(dtype))(np.arange(2.0))
    with pytest.raises(TypeError, match="cannot be compiled|bytes-like"):
        tessel.compile(lambda a: a + np.zeros(2, dtype))(np.arange(2.0))


def test_arguments_of_the_other_byte_order() -> None:
    """They are read, and written, in place."""
    a = np.arange(3, dtype=">i4")
    np.testing.assert_array_equal(tessel.compile(add_one_to_the_first)(a, a.copy()), [1, 3, 5])
    np.testing.assert_array_equal(a, [1, 2, 3])
