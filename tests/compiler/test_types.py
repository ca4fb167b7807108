"""What type checkers know of compiled functions: `make types` checks the assertions below."""

from collections.abc import Callable
from typing import assert_type

import numpy as np

import tessel

Array = np.ndarray


@tessel.compile
def plain(x: Array, n: int = 2) -> Array:
    return x * n


@tessel.compile(dynamic=True)
def with_options(x: Array) -> tuple[Array, Array]:
    return x, x + 1


class Layer:
    @tessel.compile
    def method(self, x: Array) -> Array:
        return x * 2


def test_types_are_kept() -> None:
    """Parameters and results, also of methods and with options."""
    x = np.ones(2)
    assert_type(plain(x, n=3), Array)
    assert_type(with_options(x), tuple[Array, Array])
    assert_type(Layer().method(x), Array)
    function: Callable[[Array], Array] = plain
    assert function(x)[0] == 2
