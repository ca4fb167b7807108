"""Attributes and methods: flags, views of other dtypes, partitions; indices of other sequences."""

from typing import Any

import numpy as np
import pytest
from same_as_numpy import assert_same_as_numpy

import tessel

X = np.array([[0.5, -1.5, 2, 4], [3, 1, -7, 0.25], [9, 8, 6, 5]])
FLAGS = ("c_contiguous", "f_contiguous", "forc", "fnc", "aligned", "owndata", "writeable")


def flags(x: Any) -> list[Any]:
    views = [x, x.T, x[:, 1:], x[1], x.copy(order="F"), x[:, :1], x.ravel(), np.zeros((2, 3))]
    found = [getattr(one.flags, name) for one in views for name in FLAGS if name != "owndata"]
    found += [one.flags.owndata for one in (x + 1, x[1:], x.T)]
    return [*found, x.flags["C_CONTIGUOUS"], x.T.flags["F"], x[0, 0].flags.writeable]


def test_flags() -> None:
    plain = flags(X)
    assert tessel.compile(lambda x: x + 1 if flags(x) == plain else x)(X)[0, 0] == 1.5
    transposed = tessel.compile(lambda x: x + 1 if x.flags.f_contiguous else x)
    np.testing.assert_array_equal(transposed(X), X)
    np.testing.assert_array_equal(transposed(np.asfortranarray(X)), X + 1)
    with pytest.raises(KeyError):
        tessel.compile(lambda x: x.flags["X"])(X)
    with pytest.raises(tessel.TesselError, match=r"test_methods\.py:\d+: the flag writeable"):
        tessel.compile(lambda x: setattr(x.flags, "writeable", False))(X)


def _write_bits(x: Any) -> Any:
    bits = x.view(np.int64)
    bits &= 0x7FFFFFFFFFFFFFFF
    return x, bits


def _write_parts(z: Any) -> Any:
    parts = z.view(np.float64)
    parts[..., 1] = 7
    return z, parts


def _write_pairs(x: Any) -> Any:
    pairs = x.view(np.complex128)
    pairs *= 1j
    return x, pairs


VIEWED: list[Any] = [
    ("bits of floats", lambda x: x.view(np.uint64) >> 52, [X]),
    ("written bits", _write_bits, [X]),
    ("of a part", lambda x: x[1:, ::2].view(np.int64), [X]),
    ("of float32", lambda x: x.astype(np.float32).view(np.int32), [X]),
    ("of float16", lambda x: x.astype(np.float16).view(np.uint16), [X]),
    ("signs", lambda x: x.astype(np.int8).view(np.uint8), [X]),
    ("of booleans", lambda x: ((x > 1).view(np.uint8), (x > 1).view(np.int8)), [X]),
    ("to booleans", lambda x: (x > 1).view(np.uint8).view(bool), [X]),
    ("rank 0", lambda x: x[0, 0].view(np.int64), [X]),
    ("complex parts", lambda x: (x + 2j).view(np.float64), [X]),
    ("written parts", lambda x: _write_parts(x + 2j), [X]),
    ("pairs", lambda x: x.view(np.complex128), [X]),
    ("written pairs", _write_pairs, [X]),
    ("pairs that do not fit", lambda x: x[:, :3].copy().view(np.complex128), [X]),
    ("pairs apart", lambda x: x.T.view(np.complex128), [X]),
    ("nothing", lambda x: (x[:0].view(np.int64), x[:0].view(np.complex128)), [X]),
]


def test_views_of_other_dtypes() -> None:
    """They share memory; the dialect tests of `bitcast` have more values."""
    assert_same_as_numpy(VIEWED)
    with pytest.raises(tessel.TesselError, match="a view of float64.* as int32 cannot"):
        tessel.compile(lambda x: x.view(np.int32))(X)


def _partitioned(x: Any) -> Any:
    x.partition(1, axis=0)
    x[:, 3].partition(2)
    return x[1], x[2, 3]


def test_methods() -> None:
    cases: list[Any] = [
        ("partition", _partitioned, [X]),
        ("argpartition", lambda x: x[0][x[0].argpartition(1)[1]], [X]),
        ("compress", lambda x: x.compress([True, False, True], axis=0), [X]),
        ("nonzero", lambda x: x[(x > 3).nonzero()].sum(), [X]),
        ("copy mode", lambda x: np.array(x, copy=np._CopyMode.IF_NEEDED) + 1, [X]),
        ("copy mode, always", lambda x: np.asarray(x, copy=np._CopyMode.ALWAYS) + 1, [X]),
        ("copy mode, never", lambda x: np.array(x, np.float32, copy=np._CopyMode.NEVER), [X]),
        ("a range", lambda x: (x[range(2)], x[:, range(3, 0, -2)], x[range(0)]), [X]),
        ("tuples", lambda x: x[(0, 1), (2, 1)], [X]),
        ("a range as a list", lambda x: x[list(range(2)), range(2)], [X]),
        ("pad of nothing", lambda x: np.pad(x[:0], ((1, 0), (0, 0)), mode="edge"), [X]),
        ("no pad of nothing", lambda x: np.pad(x[:0], ((0, 0), (1, 1)), mode="edge"), [X]),
    ]
    assert_same_as_numpy(cases)


@pytest.mark.parametrize("size", [4, 2])
def test_dynamic(size: int) -> None:
    def all_of_them(x: Any) -> Any:
        y = x.copy()
        y.partition(1)
        signs = x.view(np.int64) < 0
        return y[:, 1], signs, (x * 1j).view(np.float64), x[range(2)], x.flags.c_contiguous * x

    x = X[:, :size].copy()
    for got, want in zip(tessel.compile(all_of_them, dynamic=True)(x), all_of_them(x), strict=True):
        np.testing.assert_array_equal(got, want)
