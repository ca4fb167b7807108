"""Calls that workers take part in, or come too late for."""

import math
import threading
import time

import numpy as np
import pytest

import tessel
from tessel.compiler.compile_ir import parse_module
from tessel.compiler.driver import compile_module
from tessel.compiler.targets.registry import resolve_target
from tessel.runtime.affinity import available_cores

RNG = np.random.default_rng(0)
WEIGHT = RNG.standard_normal((256, 512)).astype(np.float32)
ROWS = RNG.standard_normal((64, 256)).astype(np.float32)
LARGE = RNG.standard_normal((2048, 2048)).astype(np.float32)


@pytest.fixture(scope="module")
def product():
    return tessel.compile(lambda x: x @ WEIGHT)


def test_calls_in_a_row(product):
    """Each has counters of its own, while workers leave those of the last one."""
    for scale in range(1, 300):
        x = ROWS * np.float32(scale)
        np.testing.assert_allclose(product(x), x @ WEIGHT, rtol=1e-4, atol=1e-3 * scale)


def test_results_that_are_kept(product):
    kept = [product(ROWS + np.float32(n)) for n in range(20)]
    for n, result in enumerate(kept):
        want = (ROWS + np.float32(n)) @ WEIGHT
        np.testing.assert_allclose(result, want, rtol=1e-4, atol=1e-3 * (n + 1))


def test_memory_between_kernels_that_grew():
    """Earlier argument lists name memory that is gone."""
    gram = tessel.compile(lambda x: (x @ WEIGHT) @ WEIGHT.T, dynamic=True)
    arrays = [RNG.standard_normal((size, 256)).astype(np.float32) for size in (64, 700, 64, 1400)]
    for x in [*arrays, *arrays]:
        np.testing.assert_allclose(gram(x), (x @ WEIGHT) @ WEIGHT.T, rtol=1e-3, atol=1e-2)


def test_workers_that_are_busy_are_not_waited_for(product):
    """While they help a large program, a small one runs on its caller alone."""
    large = tessel.compile(lambda x: x @ LARGE)
    want, large_want = product(ROWS), large(LARGE)
    results: list[np.ndarray] = []
    worker = threading.Thread(target=lambda: results.extend(large(LARGE) for _ in range(3)))
    worker.start()
    small = []
    while worker.is_alive():
        small.append(product(ROWS))
    worker.join()
    assert len(small) > 3
    for result in small[::50]:
        np.testing.assert_array_equal(result, want)
    for result in results:
        np.testing.assert_array_equal(result, large_want)


SUMS = """
    func.func @main(%x: tensor<{rows}x512xf32>) -> tensor<{rows}xf32> {{
      %0 = "tessel.reduce_sum"(%x) {{axes = array<i64: 1>, keepdims = false}}
          : (tensor<{rows}x512xf32>) -> tensor<{rows}xf32>
      return %0 : tensor<{rows}xf32>
    }}"""


@pytest.mark.parametrize(("rows", "always"), [(1024, False), (8192, True)])
def test_workers_that_sleep_are_woken_only_for_much_work(rows: int, always: bool):
    """Awake they are asked for little too: just after a call. On one core there are none."""
    program = compile_module(
        parse_module(SUMS.format(rows=rows)), resolve_target("host", threads=2)
    )
    assert program._program is not None
    workers, x = program._program.workers, np.ones((rows, 512), np.float32)
    assert (workers is None) == (available_cores() == 1)
    if workers is not None:
        workers.pool.last_call = -math.inf
        assert workers.should_wake() == always
    for _ in range(5):
        (sums,) = program([x])
        np.testing.assert_array_equal(sums, np.full(rows, 512, np.float32))
    if workers is not None:
        workers.pool.last_call = time.perf_counter()
        assert workers.should_wake()


def test_counters_outlive_a_program_whose_workers_are_late():
    """A worker that begins when the program is gone finds all work reserved."""
    program = compile_module(parse_module(SUMS.format(rows=512)), resolve_target("host", threads=2))
    large = tessel.compile(lambda x: x @ LARGE)
    large_want = large(LARGE)
    results: list[np.ndarray] = []
    worker = threading.Thread(target=lambda: results.extend(large(LARGE) for _ in range(3)))
    worker.start()
    x = LARGE[:512, :512].copy()
    for _ in range(50):
        (sums,) = program.on_driver("local-task")([x])
        np.testing.assert_allclose(sums, x.sum(axis=1), rtol=1e-3, atol=1e-3)
    worker.join()
    for result in results:
        np.testing.assert_array_equal(result, large_want)
