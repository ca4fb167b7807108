"""The least time of a kernel: arithmetic, memory or caches, and what counts as what."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from machines import MACHINE

import tessel
from tessel import dialects
from tessel.compiler.driver import run_passes
from tessel.compiler.explain.kernels import FusedKernel, fused_kernels_of
from tessel.compiler.explain.roofline import Roof, Traffic, roof_of, traffic_of
from tessel.dialects.mlir import ir


@contextmanager
def kernel_of(function: Callable, *inputs: np.ndarray) -> Iterator[FusedKernel]:
    """The one kernel of a program whose kernels IREE schedules, as long as its module lives."""
    text = tessel.compile(function).ir("dialect", *inputs)
    with dialects.new_context():
        module = ir.Module.parse(text)
        run_passes(module, ["tessel-fuse-elementwise"])
        (kernel,) = fused_kernels_of(module)
        yield kernel


def roof(function: Callable, *inputs: np.ndarray) -> Roof:
    with kernel_of(function, *inputs) as kernel:
        found = roof_of(kernel, 0, MACHINE)
    assert found is not None
    return found


def test_a_product_is_bound_by_multiply_adds():
    square = np.ones((512, 512), np.float32)
    bound = roof(lambda x, y: x @ y, square, square)
    assert bound.seconds == pytest.approx(2 * 512**3 / 200e9)
    assert bound.rate == "200 GFLOP/s"


def test_wider_numbers_have_fewer_lanes():
    square = np.ones((512, 512))
    bound = roof(lambda x, y: x @ y, square, square)
    assert bound.rate == "100 GFLOP/s"


def test_what_is_no_product_makes_one_operation_an_instruction():
    x = np.ones((64, 64), np.float32)
    bound = roof(np.exp, x)
    assert bound.rate == "100 GFLOP/s"


def test_a_sum_is_bound_by_where_its_arrays_lie():
    """16 KiB, 12 MiB and 96 MiB of float32 in three arrays."""
    rates = []
    for count in (4096 // 3, 1 << 20, 1 << 23):
        x = np.broadcast_to(np.float32(1), count)
        rates.append(roof(lambda x, y: x + y, x, x).rate)
    assert [one.split()[1] for one in rates] == ["GB/s"] * 3
    numbers = [float(one.split()[0]) for one in rates]
    assert numbers[0] > numbers[1] > numbers[2] > 30


def test_written_bytes_count_with_as_many_that_are_read():
    large = 1 << 30
    traffic = Traffic(parameters=0, read=large, written=large, parameters_of_all=0)
    assert traffic.seconds(MACHINE) == pytest.approx(2 * large / 30e9)
    assert Traffic(0, large, 0, 0).seconds(MACHINE) == pytest.approx(large / 40e9)
    assert Traffic(0, 0, large, 0).seconds(MACHINE) == pytest.approx(large / 30e9)


def test_parameters_come_from_as_far_away_as_all_of_them():
    near, far = Traffic(1 << 16, 0, 0, 1 << 16), Traffic(1 << 16, 0, 0, 1 << 30)
    assert near.seconds(MACHINE) == pytest.approx((1 << 16) / 400e9)
    assert far.seconds(MACHINE) == pytest.approx((1 << 16) / 40e9)


def test_of_a_slice_no_more_is_read_than_it_returns():
    x = np.ones((1000, 64), np.float32)
    with kernel_of(lambda x: x[3:7], x) as kernel:
        assert kernel.traffic == 2 * 4 * 64 * 4
        assert traffic_of(kernel, 0).read == 4 * 64 * 4


def test_what_is_not_known_has_no_roof():
    text = tessel.compile(np.exp, dynamic=True).ir("dialect", np.ones(4, np.float32))
    with dialects.new_context():
        module = ir.Module.parse(text)
        (kernel,) = fused_kernels_of(module)
        assert roof_of(kernel, 0, MACHINE) is None
