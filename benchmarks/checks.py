"""What checks of indices cost: gathers and scatters of a million elements, with checks and without.

    python -m benchmarks.checks [part of a name ...]

Calls with and without alternate; times are medians of the processor time of a call, which counts
all threads and not what else the machine does. TESSEL_THREADS=1 takes one thread.
"""

import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import tessel

SIZE = 1_000_000
CALLS = 41

Case = tuple[str, Callable[..., Any], tuple[np.ndarray, ...]]


def _set(x: Any, i: Any, v: Any) -> Any:
    y = x.copy()
    y[i] = v
    return y


def _add(x: Any, i: Any, v: Any) -> Any:
    y = x.copy()
    np.add.at(y, i, v)
    return y


def cases() -> Iterator[Case]:
    """Name, function and arguments."""
    rng = np.random.default_rng(0)
    for kind in (np.float32, np.float64):
        x, v = rng.random(SIZE).astype(kind), rng.random(SIZE).astype(kind)
        for index in (np.int64, np.int32):
            i = rng.integers(-SIZE, SIZE, SIZE).astype(index)
            names = f"{np.dtype(kind)}, {np.dtype(index)}"
            yield f"x[rows]  {names}", lambda x, i: x[i], (x, i)
            yield f"x[rows] = v  {names}", _set, (x, i, v)
            yield f"add.at(x, rows, v)  {names}", _add, (x, i, v)
    x = rng.random((1000, 1000)).astype(np.float32)
    i, j = rng.integers(0, 1000, (2, SIZE))
    yield "x[:, columns]", lambda x, i: x[:, i], (x, i[:1000])
    yield "x[i, j]", lambda x, i, j: x[i, j], (x, i, j)


def medians(functions: list[Callable[..., Any]], arguments: tuple[np.ndarray, ...]) -> list[float]:
    """Milliseconds of processor time of each function, called in turn."""
    samples: list[list[float]] = [[] for _ in functions]
    for function in functions:
        function(*arguments)
    for _ in range(CALLS):
        for function, times in zip(functions, samples):
            start = time.process_time()
            function(*arguments)
            times.append(1e3 * (time.process_time() - start))
    return [float(np.median(times)) for times in samples]


def main(wanted: list[str]) -> None:
    """Prints a line a case."""
    for name, function, arguments in cases():
        if wanted and not any(part in name for part in wanted):
            continue
        both = [tessel.compile(function), tessel.compile(function, checks="off")]
        checked, unchecked = medians(both, arguments)
        ratio = checked / unchecked
        print(f"{name:36} {checked:7.2f} ms, {unchecked:7.2f} without: {ratio:.3f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
