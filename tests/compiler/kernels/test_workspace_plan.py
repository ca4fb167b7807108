"""Arrays between kernels share slots where they are not alive at once."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import tessel
from tessel import nn
from tessel.runtime.size_expressions import number_of

RNG = np.random.default_rng(0)
ROWS = RNG.standard_normal((70, 96)).astype(np.float32)
SQUARE = RNG.standard_normal((96, 96)).astype(np.float32) / 10
WIDE = RNG.standard_normal((96, 160)).astype(np.float32) / 10


def bytes_between(function: Callable[[Any], Any], rows: int, *, dynamic: bool) -> int:
    compiled = tessel.compile(function, dynamic=dynamic)
    # One thread shares nothing, and tests run bound to one core too.
    compiled.target = replace(compiled.target, threads=2)
    compiled(ROWS)
    ((entry,),) = compiled._entries.values()
    shared = entry.executable.binary.persistent
    assert shared is not None
    return number_of(shared.memory, [(rows, 96)])


def chain(x: Any) -> Any:
    for _ in range(5):
        x = nn.relu(x @ SQUARE)
    return x


def of_two_widths(x: Any) -> Any:
    """Of 96, 160, 96 and 160 numbers a row: the last takes the slot of one before."""
    return nn.relu(nn.relu(nn.relu(nn.relu(x @ SQUARE) @ WIDE) @ WIDE.T) @ WIDE) @ WIDE.T


@pytest.mark.parametrize("dynamic", [False, True])
def test_what_has_been_read_is_written_again(dynamic: bool) -> None:
    assert bytes_between(chain, 70, dynamic=dynamic) == 2 * ROWS.nbytes


def test_dynamic_sizes() -> None:
    assert bytes_between(chain, 200, dynamic=True) == 2 * 200 * 96 * 4
    assert bytes_between(of_two_widths, 200, dynamic=True) == 200 * (96 + 160) * 4


def test_two_sizes() -> None:
    assert bytes_between(of_two_widths, 70, dynamic=False) == 70 * (96 + 160) * 4


def test_nothing_between() -> None:
    assert bytes_between(lambda x: x @ SQUARE, 70, dynamic=False) == 0
