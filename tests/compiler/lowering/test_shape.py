"""Compiled ops of `dialects/shape.py` equal their references, empty ones too."""

from typing import Any

import numpy as np
import pytest
from differential import Case, check_cases

import tessel
from tessel.dialects import shape as ops

RNG = np.random.default_rng(0)
X = RNG.random((5, 7))
NANS = X.copy()
NANS[[1, 3], 2] = np.nan
BYTES = (X * 200).astype(np.uint8)


def _ints(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def _int(value: int) -> np.ndarray:
    return np.array(value, np.int64)


def test_joins_pads_and_reversals() -> None:
    """Static and of dynamic size, with empty parts."""
    sides = {"low": (1, 0), "high": (2, 3)}
    check_cases(
        [
            Case(ops.Concatenate, [X, X[:, :2]], {"axis": 1}),
            Case(ops.Concatenate, [X, X[:0]], {"axis": 0}),
            Case(ops.Concatenate, [X[:, :0], X[:2, :0]], {"axis": 0}),
            Case(ops.Concatenate, [X, X], {"axis": 0}, dynamic=True),
            Case(ops.Pad, [X, np.array(3.0)], sides),
            Case(ops.Pad, [X[:0], np.array(3.0)], sides),
            Case(ops.Pad, [BYTES, np.array(3, np.uint8)], sides, dynamic=True),
            Case(ops.Reverse, [X], {"axes": (0,)}),
            Case(ops.Reverse, [X], {"axes": (0, 1)}, dynamic=True),
            Case(ops.Reverse, [X[:0]], {"axes": (0, 1)}, dynamic=True),
            Case(ops.Transpose, [BYTES], {"permutation": (1, 0)}, dynamic=True),
        ]
    )


def test_reshapes() -> None:
    """To and from rank 0, static and of dynamic size."""
    check_cases(
        [
            Case(ops.Reshape, [X, []], {"shape": (7, 5)}),
            Case(ops.Reshape, [X, []], {"shape": (7, 5)}, dynamic=True),
            Case(ops.Reshape, [X, [_int(7), _int(5)]], {"shape": (-1, -1)}, dynamic=True),
            Case(ops.Reshape, [X[:1, :1], []], {"shape": ()}),
            Case(ops.Reshape, [np.array(2.0), [_int(1)]], {"shape": (-1, 1)}),
            Case(ops.Reshape, [X[:0], [_int(0)]], {"shape": (-1, 3)}, dynamic=True),
            Case(ops.BroadcastTo, [X[:1], [_int(4)]], {"shape": (-1, 7)}),
        ]
    )


def test_a_row_that_a_loop_carries_and_a_kernel_reads() -> None:
    """A part of an argument without its dimensions of size 1, carried by the loop of a sort."""
    x = np.random.default_rng(0).standard_normal((3, 4, 5)).astype(np.float32)

    def function(x: Any) -> tuple[Any, ...]:
        return np.sort(x[0, 0]), x[0, 0] + 1, np.sort(x[2]), x[2] * 2, np.sort(x[:, 1:2, 3], 0)

    for actual, expected in zip(tessel.compile(function)(x), function(x), strict=True):
        np.testing.assert_array_equal(actual, expected)


def test_complex_pads_of_one_row_are_used() -> None:
    """Beside them kernels that read what was padded, for which IREE would fill 16-byte elements."""
    x = np.arange(2.0).reshape(1, 2) + 1j

    def program(x: Any) -> list[Any]:
        row, column = np.pad(x, ((0, 0), (0, 1))), np.pad(x[0, 0], 0)
        number = np.full((1, 1), x[0, 1])
        return [
            row.sum(1),
            row.real @ np.arange(9.0).reshape(3, 3),
            np.pad(x, ((1, 0), (0, 1)), constant_values=3j).prod(1),
            np.fft.ifftn(x.T, s=(3,), axes=[0]),
            np.pad(x[None], ((0, 0), (0, 0), (1, 2)))[:, 0, ::-1] * column,
            number + x,
        ]

    for found, expected in zip(tessel.compile(program)(x), program(x)):
        np.testing.assert_allclose(found, expected, rtol=1e-15, atol=1e-15)


def _edges(image: Any) -> Any:
    """Sobel's two filters, turned."""
    p = np.pad(image, ((1, 1), (2, 0)), mode="reflect")
    x = p[:-2, 2:] + 2 * p[1:-1, 2:] + p[2:, 2:] - p[:-2, :-2] - 2 * p[1:-1, :-2] - p[2:, :-2]
    y = p[2:, :-2] + 2 * p[2:, 1:-1] + p[2:, 2:] - p[:-2, :-2] - 2 * p[:-2, 1:-1] - p[:-2, 2:]
    size = np.sqrt(x * x + y * y)
    return np.rot90(size / size.max(), 3), size > size.mean()


def _sharpened(image: Any) -> Any:
    """What is left of Laplace's filter, mirrored, beside the image."""
    p = np.pad(image, 1, mode="wrap")
    rest = 4 * image - p[1:-1, 2:] - p[1:-1, :-2] - p[2:, 1:-1] - p[:-2, 1:-1]
    return np.fliplr(np.clip(image + rest / np.abs(rest).max(), 0, 5)), np.stack([image, rest])


def _thinned(image: Any) -> Any:
    """Colours last: differences of a padded image of float32, again and again, and a median."""
    p = image.astype(np.float32)[..., None] * np.float32([1, 0.5, 2])
    for _ in range(3):
        q = np.pad(p, ((1, 1), (1, 1), (0, 0)), mode="edge")
        p = np.maximum(q[1:-1, 1:-1] - q[:-2, 1:-1] / 2, q[1:-1, 2:] / 4)
    return np.rot90(p / p.max(), axes=(1, 0)), np.median(np.stack([p, p[::-1], p * 2]), axis=0)


@pytest.mark.parametrize("dynamic", [False, True])
def test_edges_of_images(dynamic: bool) -> None:
    """Pads, differences and turns: of some such IREE alone finds no order of the kernels."""
    image = np.arange(12.0 * 16).reshape(12, 16) % 7
    for function in (_edges, _sharpened, _thinned):
        results = tessel.compile(function, dynamic=dynamic)(image)
        for got, want in zip(results, function(image), strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-6 if got.dtype.itemsize < 8 else 1e-12)
