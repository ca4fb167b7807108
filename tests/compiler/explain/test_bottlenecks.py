"""What is said of a kernel that is slow: facts of its configuration, sizes and threads."""

from dataclasses import replace

import numpy as np
import pytest

import tessel
from tessel.compiler.driver import run_until
from tessel.compiler.explain.bottlenecks import Run, reasons
from tessel.compiler.explain.kernels import fused_kernels_of
from tessel.compiler.targets.registry import resolve_target

FULL = Run(workgroups=8, threads=2, threads_of_machine=2, least=1e-4, call=5e-6)


def why(function, *inputs: np.ndarray, run: Run = FULL, dynamic: bool = False) -> str:
    """The reasons of a program's last kernel."""
    compiled = tessel.compile(function, target="x86-64-v3", dynamic=dynamic)
    module = compiled.trace(*inputs).function.program.module
    run_until(module, "fused", resolve_target("x86-64-v3", threads=2))
    with module.context:
        return reasons(fused_kernels_of(module)[-1], run)


def numbers(*shape: int, dtype: str = "float32") -> np.ndarray:
    return np.ones(shape, dtype)


WIDE, SHALLOW, NARROW = numbers(64, 640), numbers(9, 640), numbers(64, 20)
ODD = numbers(500, 5)


def test_nothing_is_said_of_a_kernel_without_a_reason():
    assert why(lambda x: x @ WIDE, numbers(128, 64)) == ""


def test_threads_and_work_groups():
    x = numbers(128, 64)
    assert why(lambda x: x @ WIDE, x, run=replace(FULL, threads=1)) == "on 1 of 2 threads"
    assert (
        why(lambda x: x @ WIDE, x, run=replace(FULL, workgroups=1)) == "1 workgroups for 2 threads"
    )
    assert why(lambda x: x @ WIDE, x, run=replace(FULL, workgroups=None)) == ""
    assert (
        why(lambda x: x @ WIDE, x, run=replace(FULL, workgroups=3)) == "3 workgroups for 2 threads"
    )
    assert why(lambda x: x @ WIDE, x, run=replace(FULL, workgroups=7)) == ""


def test_what_is_shorter_than_a_call():
    told = why(lambda x: x @ WIDE, numbers(128, 64), run=replace(FULL, least=2e-6))
    assert told == "2 us at best, where a call costs 5"


def test_sizes_that_fill_no_tile():
    assert why(lambda x: x @ SHALLOW, numbers(128, 9)).startswith("K of 9: ")
    assert why(lambda x: x @ NARROW, numbers(128, 64)) == "20 of 32 columns used"


@pytest.mark.parametrize(
    ("function", "inputs", "expected"),
    [
        (lambda x: x @ x, [numbers(9, 9, dtype="float64")], "no template for float64"),
        (lambda x: np.cumsum(x, axis=0), [numbers(9, 9)], "no template for cumulative_sum"),
        (lambda x: x @ ODD, [numbers(9, 500)], "no template for matrices of 500x5"),
        (lambda x: x[:, ::-1] * x + x, [numbers(9, 9)], "IREE schedules it"),
    ],
)
def test_what_iree_schedules(function, inputs, expected):
    assert expected in why(function, *inputs)


def test_dynamic_sizes():
    told = why(lambda x: np.sort(x), numbers(9, 9), dynamic=True)
    assert told == "IREE schedules it: dynamic sizes"


def test_packing():
    compiled = tessel.compile(lambda x, y: x @ y, target="x86-64-v3")
    module = compiled.trace(numbers(256, 64), numbers(64, 64)).function.program.module
    run_until(module, "fused", resolve_target("x86-64-v3", threads=2))
    with module.context:
        first, *_ = fused_kernels_of(module)
        assert reasons(first, FULL) == "packs its matrix at each run"
