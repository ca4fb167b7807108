"""Arrays side by side, each with its ops, are one kernel: axes, widths, operands, levels."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from kernel_levels import LEVELS

import tessel
from tessel import nn

RNG = np.random.default_rng(0)
BIAS = RNG.standard_normal(40).astype(np.float32)


def arrays(*shapes: tuple[int, ...]) -> list[np.ndarray]:
    return [RNG.standard_normal(shape).astype(np.float32) for shape in shapes]


def plain(axis: int) -> Callable[..., Any]:
    return lambda *xs: np.concatenate(xs, axis=axis)


def computed(axis: int) -> Callable[..., Any]:
    """Another op and another number for each piece."""

    def join(*xs):
        ops = (nn.relu, np.exp, np.negative, nn.sigmoid)
        pieces = [ops[i % 4](x) * float(i + 1) for i, x in enumerate(xs)]
        return np.concatenate(pieces, axis=axis)

    return join


def with_operands(x, y, column):
    """Rows, columns, whole arrays and a diamond."""
    left = x * BIAS + column
    right = y - np.tanh(y) * y + column
    return np.concatenate([left, right, x], axis=-1)


CASES = {
    "last axis": (plain(-1), arrays((5, 33), (5, 7), (5, 64))),
    "first axis, few rows": (plain(0), arrays((3, 130), (1, 130), (40, 130))),
    "middle axis": (plain(1), arrays((6, 2, 24), (6, 5, 24))),
    "eight computed": (computed(-1), arrays(*((37, 16 + 5 * i) for i in range(8)))),
    "eight rows computed": (computed(0), arrays(*((1 + i, 29) for i in range(8)))),
    "one row": (computed(-1), arrays((1, 300), (1, 1000), (1, 17))),
    "vectors": (computed(0), arrays((300,), (1001,))),
    "four dimensions": (computed(1), arrays((2, 3, 5, 7), (2, 8, 5, 7))),
    "operands": (with_operands, arrays((24, 40), (24, 31), (24, 1))),
}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", CASES)
def test_equals_numpy_in_one_kernel(name: str, level: str) -> None:
    function, inputs = CASES[name]
    compiled = tessel.compile(function, target=level)
    np.testing.assert_allclose(compiled(*inputs), function(*inputs), rtol=3e-6, atol=3e-6)
    (kernel,) = compiled.explain(*inputs).splitlines()[1:-1]
    assert "concatenation lanes=" in kernel


def test_eight_computed_pieces_are_one_dispatch() -> None:
    function, inputs = CASES["eight computed"]
    compiled = tessel.compile(function, target="x86-64-v3")
    assert compiled.ir("iree", *inputs).count("flow.dispatch @") == 1


def test_too_many_arrays_are_computed_before() -> None:
    """A kernel reads at most 24: what does not fit keeps its own."""
    inputs = arrays(*((8, 16),) * 40)

    def join(*xs):
        return np.concatenate([xs[i] * xs[i + 1] for i in range(0, 40, 2)], axis=1)

    compiled = tessel.compile(join, target="x86-64-v3")
    np.testing.assert_allclose(compiled(*inputs), join(*inputs), rtol=1e-6)
    assert "concatenation lanes=" in compiled.explain(*inputs)


def test_narrow_pieces_are_left_to_iree() -> None:
    inputs = arrays((50, 1), (50, 2))
    compiled = tessel.compile(plain(-1), target="x86-64-v3")
    np.testing.assert_array_equal(compiled(*inputs), plain(-1)(*inputs))
    assert "concatenation lanes=" not in compiled.explain(*inputs)
