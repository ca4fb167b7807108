"""Static values as keys: what one program serves, and what it does not."""

import enum
import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import tessel
from tessel.compiler.frontend.tracing.static_key import static_key


class Level(enum.IntEnum):
    ONE = 1


@dataclass(frozen=True)
class Setting:
    scale: Any


@dataclass
class Changeable:
    scale: float


DIFFERENT = [
    *(1, 1.0, True, 1 + 0j, "1", b"1", np.float32(1), np.float64(1), np.int64(1), Level.ONE),
    *(0.0, -0.0, 0, False, None, complex(0.0, -0.0), complex(-0.0, 0.0), np.float32(-0.0)),
    *((1,), (1.0,), (True,), [1], {1}, frozenset({1}), {1: 2}, {True: 2}, {1: 2.0}),
    *(((0.0,),), ((-0.0,),), slice(1), slice(1.0), range(1)),
    *(np.float32, np.dtype(np.float32), np.dtype(">f4"), float, "float32"),
    *(np.ones(2), np.ones(2, np.float32), np.ones((2, 1)), np.array([0.0]), np.array([-0.0])),
    *(np.array([1, None], object), np.array([1.0, None], object), np.array([True, None], object)),
    *(Setting(1), Setting(1.0), Setting(0.0), Setting(-0.0)),
]


def test_different_values_have_different_keys() -> None:
    """Also where Python's `==` says that they are equal."""
    for one, other in itertools.combinations(DIFFERENT, 2):
        assert static_key(one) != static_key(other), (one, other)


@pytest.mark.parametrize(
    "make",
    [
        lambda: float("nan"),
        lambda: (float("nan"), 1),
        lambda: np.array([1, "a", 2.5], object),
        lambda: np.array([np.nan, 1]),
        lambda: Setting(float("nan")),
        lambda: {"a": [1, 2.0]},
        lambda: slice(1, None, 2),
    ],
)
def test_equal_values_have_equal_keys(make: Any) -> None:
    """Two that were made apart are one key."""
    assert static_key(make()) == static_key(make())
    assert hash(static_key(make())) == hash(static_key(make()))


def test_objects_without_a_hash_are_themselves() -> None:
    """What is read of them is guarded; containers that may change are refused."""
    one, other = Changeable(1.0), Changeable(1.0)
    assert static_key(one) == static_key(one) != static_key(other)
    with pytest.raises(TypeError):
        static_key(bytearray(2))


def test_each_kind_of_one_compiles() -> None:
    """A static number decides the dtype of what it meets."""
    scaled = tessel.compile(lambda x, s: x * s[0], static_argnames="s")
    x = np.arange(3)
    for number in (1, 1.0, True, -0.0, 0.0, 0):
        got, want = scaled(x, (number,)), x * number
        assert got.dtype == want.dtype
        np.testing.assert_array_equal(np.signbit(got), np.signbit(want))
    assert scaled.stats.compiles == 6
