"""Programs of dynamic sizes run on the driver that was faster for arguments of such a size."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

import tessel
from tessel.runtime.driver_choice import DriverChoice


def test_the_faster_one_runs_once_both_are_known():
    clock, ran = Clock(), []

    def on_driver(number: int, seconds: float):
        def run(arrays: Any, out: Any) -> list[np.ndarray]:
            ran.append(number)
            clock.now += seconds
            return []

        return run

    choice = DriverChoice(clock)
    small, large = [np.ones(4)], [np.ones(4096)]
    for _ in range(12):
        choice.run((on_driver(0, 5e-5), on_driver(1, 4e-6)), small, None)
    assert sorted(ran[:8]) == [0] * 4 + [1] * 4
    assert ran[8:] == [1] * 4
    ran.clear()
    for _ in range(12):
        choice.run((on_driver(0, 5e-4), on_driver(1, 9e-4)), large, None)
    assert ran[8:] == [0] * 4
    ran.clear()
    choice.run((on_driver(0, 1), on_driver(1, 1)), [np.ones(5)], None)
    assert ran == [1]


def test_results_are_the_same_on_either_driver_from_several_threads():
    def steps(x):
        for _ in range(40):
            x = x * 0.5 + 1
        return x, x.sum()

    compiled: Any = tessel.compile(steps, dynamic=True)
    arrays = [np.linspace(0, 1, size) for size in (3, 1, 0, 40, 5000)] * 6
    with ThreadPoolExecutor(3) as pool:
        for x, (y, total) in zip(arrays, pool.map(compiled, arrays)):
            expected, sums = steps(x)
            np.testing.assert_allclose(y, expected, rtol=1e-12)
            np.testing.assert_allclose(total, sums, rtol=1e-12)
    out = np.empty(40), np.empty(())
    for _ in range(10):
        compiled(arrays[3], out=out)
        np.testing.assert_allclose(out[0], steps(arrays[3])[0], rtol=1e-12)


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now
