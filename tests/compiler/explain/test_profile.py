"""`profile` times each kernel alone: shares, sums, reasons, loops, dynamic sizes."""

from dataclasses import replace

import numpy as np
import pytest
from machines import MACHINE

import tessel
from tessel import nn
from tessel.compiler.explain import profile as subject

RNG = np.random.default_rng(0)
FIRST = RNG.standard_normal((64, 512)).astype(np.float32)
SECOND = RNG.standard_normal((512, 64)).astype(np.float32)
X = RNG.standard_normal((256, 64)).astype(np.float32)

FAST = replace(MACHINE, rates={**MACHINE.rates, "fma": 1e6})
"""Faster than any that runs these tests, so that none is measured."""


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    monkeypatch.setattr(subject, "this_machine", lambda: FAST)


def network(x):
    y = nn.relu(x @ FIRST) @ SECOND
    return nn.relu(y @ FIRST) @ SECOND


def test_a_network_is_measured_kernel_by_kernel():
    """Each product has a time and a share; those that are the same are timed once.

    A product of 0.3 GFLOP takes longer than a call also on a machine that others use.
    """
    profile = tessel.compile(network).profile(np.tile(X, (16, 1)))
    assert [one.template.split()[0] for one in profile.kernels] == ["gemm"] * 4
    seconds = [one.seconds for one in profile.kernels]
    assert all(one > 0 for one in seconds)
    assert seconds[:2] == seconds[2:]
    shares = [one.share for one in profile.kernels]
    assert all(one is not None and np.isfinite(one) and one > 0 for one in shares)
    assert profile.total == pytest.approx(sum(seconds))
    assert profile.program > 0
    assert profile.call > 0


def test_it_prints_a_table():
    head, first, *_, foot, limits = str(tessel.compile(network).profile(X)).splitlines()[:7]
    assert head.split() == "# kernel template result FLOPs bytes us share limit why from".split()
    assert "packed_matmul + relu" in first
    assert "test_profile.py:28" in first
    assert foot.startswith("4 kernels take ")
    assert "limits of 2 threads (GFLOP/s, GB/s): fma 1000000, read 40, copy 30" in limits


def test_reasons():
    """What IREE schedules says why no template fits."""

    def several(x, y, wide):
        return x @ x.T, np.cumsum(x, axis=0), wide @ wide.T, y @ FIRST[:3, :16]

    inputs = [X, RNG.random((50000, 3)).astype(np.float32), RNG.random((300, 300))]
    profile = tessel.compile(several).profile(*inputs)
    whys = " | ".join(one.why for one in profile.kernels)
    assert "packs its matrix at each run" in whys or "shorter than a call" in whys
    assert "IREE schedules it: no template for float64" in whys


def test_what_a_loop_computes_is_not_measured():
    def repeated(x):
        for _ in range(1000):
            x = np.tanh(x @ FIRST @ SECOND)
        return x * 2.0

    profile = tessel.compile(repeated).profile(X[:4])
    measured = [one.seconds is not None for one in profile.kernels]
    assert measured[-1]
    assert not measured[0]
    assert profile.kernels[0].why == "in a loop or branch: not measured"
    assert "in loops and branches" in str(profile)


def test_dynamic_sizes():
    """Arguments give them, and so costs are known."""
    profile = tessel.compile(lambda x: nn.softmax(x @ FIRST), dynamic=True).profile(X)
    assert all(one.seconds is not None for one in profile.kernels)
    assert profile.kernels[0].flops == 2 * X.size * 512
    assert profile.kernels[0].bytes == X.nbytes + FIRST.nbytes + 256 * 512 * 4


def test_limits_that_are_exceeded_are_measured_again(monkeypatch):
    slow = replace(MACHINE, rates={**MACHINE.rates, "fma": 1e-3})
    long = np.tile(X, (16, 1))  # of a kernel that is shorter than a call nothing is said
    monkeypatch.setattr(subject, "this_machine", lambda: slow)
    monkeypatch.setattr(subject, "measure_again", lambda machine: slow)
    assert "while the machine was busy" in str(tessel.compile(network).profile(long))
    monkeypatch.setattr(subject, "measure_again", lambda machine: FAST)
    assert "while the machine was busy" not in str(tessel.compile(network).profile(long))


def test_a_processor_whose_limits_are_not_known(monkeypatch):
    monkeypatch.setattr(subject, "this_machine", lambda: None)
    profile = tessel.compile(network).profile(X)
    assert all(one.seconds is not None and one.share is None for one in profile.kernels)
    assert "limits of this processor are not known" in str(profile)
