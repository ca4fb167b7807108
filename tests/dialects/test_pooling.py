"""The definition of pooling: its constraints, result type and reference."""

from typing import Any

import numpy as np
from sampling import array_type, violates

from tessel.dialects.pooling import Pool

X = array_type("float32", 2, 3, 8, 8)


def attributes(axes: int, kind: str = "max", **changes: Any) -> dict[str, Any]:
    """A pool's attributes with a window of 2, some changed."""
    plain: dict[str, Any] = {"kind": kind, "window": (2,) * axes, "count_include_padding": False}
    plain |= {"strides": (1,) * axes, "dilation": (1,) * axes}
    return plain | {"padding_low": (0,) * axes, "padding_high": (0,) * axes} | changes


def test_pool_c1():
    violates(Pool, "C1", array_type("float32", 2, 3), **attributes(2))


def test_pool_c2():
    violates(Pool, "C2", X, **attributes(2, "median"))


def test_pool_c3():
    for name in ("window", "strides", "padding_low", "padding_high", "dilation"):
        violates(Pool, "C3", X, **attributes(2, **{name: (1,)}))


def test_pool_c4():
    for name in ("window", "strides", "dilation"):
        violates(Pool, "C4", X, **attributes(2, **{name: (1, 0)}))
    violates(Pool, "C4", X, **attributes(2, padding_low=(0, -1)))


def test_pool_c5():
    violates(Pool, "C5", array_type("complex64", 1, 1, 4), **attributes(1, "max"))
    violates(Pool, "C5", array_type("bool", 1, 1, 4), **attributes(1, "sum"))
    violates(Pool, "C5", array_type("int32", 1, 1, 4), **attributes(1, "average"))


def test_pool_infers_sizes():
    x = array_type("float32", 2, None, None, 9)
    changed = attributes(2, strides=(1, 2), dilation=(1, 3), padding_low=(0, 1))
    assert Pool.infer_types(x, **changed) == [array_type("float32", 2, None, None, 4)]


def test_padding_never_wins_and_counts_only_when_asked():
    x = np.array([[[-3.0, -1.0, -2.0]]], np.float32)
    around = {"padding_low": (1,), "padding_high": (1,)}
    largest = Pool.reference(x, **attributes(1, **around))
    np.testing.assert_array_equal(largest, [[[-3, -1, -1, -2]]])
    held = Pool.reference(x, **attributes(1, "average", **around))
    np.testing.assert_array_equal(held, [[[-3, -2, -1.5, -2]]])
    counted = attributes(1, "average", **around, count_include_padding=True)
    np.testing.assert_array_equal(Pool.reference(x, **counted), [[[-1.5, -2, -1.5, -1]]])


def test_a_window_of_padding_alone():
    x = np.zeros((1, 1, 1), np.float32)
    around = {"padding_low": (2,)}
    assert Pool.reference(x, **attributes(1, **around))[0, 0, 0] == -np.inf
    with np.errstate(invalid="ignore"):
        assert np.isnan(Pool.reference(x, **attributes(1, "average", **around))[0, 0, 0])
