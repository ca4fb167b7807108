"""`tessel-coarsen-workgroups`: threads have alike to do, each workgroup once; twice is once."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pass_programs import PROGRAMS, check_twice_is_once

import tessel
from tessel.compiler.passes.coarsen_workgroups import load_of, workgroups_per_dispatch

RNG = np.random.default_rng(0)
WEIGHT = RNG.standard_normal((64, 24 * 64)).astype(np.float32)


@pytest.mark.parametrize("threads", [2, 4, 16])
@pytest.mark.parametrize("total", [1, 8, 16, 17, 24, 31, 97, 127, 500, 5000])
def test_threads_have_alike_to_do(total: int, threads: int) -> None:
    """By IREE's rule, no thread has more than a workgroup in five too many."""
    load = load_of(total, workgroups_per_dispatch(total, threads), threads)
    assert load <= max(total / threads * 1.25, total / threads + 1)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: (np.sort(x), x @ WEIGHT),
        lambda x: (np.sort(x), tessel.nn.softmax(x @ WEIGHT)),
        lambda x: (np.sort(x), np.transpose((x @ WEIGHT).reshape(-1, 8, 192), (0, 2, 1))),
    ],
)
def test_equals_numpy(function: Callable[[Any], Any]) -> None:
    """The sort, which is no kernel, keeps the program from being shared."""
    x = RNG.standard_normal((64, 64)).astype(np.float32)
    for got, want in zip(tessel.compile(function)(x), function(x.astype(np.float64))):
        np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", PROGRAMS)
def test_twice_is_once(name: str) -> None:
    """A second run changes nothing."""
    first = ["tessel-attach-target{threads=2}", "tessel-decompose", "tessel-fuse-epilogues"]
    lower = ["tessel-select-kernels", "tessel-lower-kernels", "tessel-lower-to-linalg", "cse"]
    check_twice_is_once(name, [*first, *lower], ["tessel-coarsen-workgroups"])
