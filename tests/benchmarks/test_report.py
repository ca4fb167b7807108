"""What the benchmark says of its figures."""

import itertools
import math
from dataclasses import replace

import pytest

from benchmarks.measure import Timing, measure
from benchmarks.report import Result, line, summary


def result(name: str, **seconds: float) -> Result:
    timings = {peer: Timing(one, one, one) for peer, one in seconds.items()}
    rates = {peer: 1 / one for peer, one in seconds.items()}
    return Result("group", name, "fma", rates, rates, timings, {}, {"jax": "absent"})


def test_ratio_is_to_the_best_peer():
    one = result("case", tessel=0.5, torch=1.0, openvino=0.75)
    assert one.best_peer == "openvino"
    assert one.ratio == pytest.approx(1.5)
    assert "x1.50" in line(one)
    assert "[jax: absent]" in line(one)


def test_shares_are_of_what_the_machine_did_beside_where_that_is_known():
    one = result("case", tessel=0.5)
    assert one.with_shares({"fma": 4.0}).share == {"tessel": 0.5}
    assert replace(one, beside=8.0).with_shares({"fma": 4.0}).share == {"tessel": 0.25}


def test_no_peer_or_no_tessel_is_not_a_number():
    assert math.isnan(result("case", tessel=0.5).ratio)
    assert math.isnan(result("case", torch=0.5).ratio)


def test_summary_is_a_geometric_mean():
    text = summary([result("a", tessel=1.0, torch=4.0), result("b", tessel=1.0, torch=1.0)])
    assert "2.00x the best peer (lowest 1.00)" in text


def test_calls_are_measured_in_turn():
    """Each peer's blocks alternate, and every call is counted."""
    order: list[str] = []
    calls = {name: lambda name=name: order.append(name) or [] for name in ("a", "b")}
    timings = measure(calls, rounds=2)
    switches = sum(one != other for one, other in itertools.pairwise(order))
    assert switches == 5
    assert all(one.lowest <= one.median <= one.highest for one in timings.values())
