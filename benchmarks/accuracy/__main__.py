"""`python -m benchmarks.accuracy`: the largest error of each elementwise function, in ulp.

float32: every number whose bits are a multiple of --step (1: all of them); float64, and functions
of two arguments: --count numbers of all exponents, and more where functions change. Exit status 1
where a bound of `tessel.dialects.accuracy` does not hold. `TESSEL_CPU=x86-64-v3` lowers the level.
"""

import argparse
from collections.abc import Iterator

import numpy as np
from tqdm import tqdm

from benchmarks.accuracy.errors import every, sampled, special
from benchmarks.accuracy.functions import Measured, measured
from benchmarks.accuracy.measure import Measurement

_BLOCK = 1 << 18


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument("--filter", default="", help="functions with this in their names")
    parser.add_argument("--dtype", choices=["float32", "float64"], help="(default: both)")
    parser.add_argument("--step", type=int, default=1021, help="for float32 (default: 1021)")
    parser.add_argument("--count", type=int, default=10_000_000, help="(default: 10 million)")
    options = parser.parse_args()
    chosen = [one for one in measured() if options.filter in one.name]
    dtypes = [options.dtype] if options.dtype else ["float32", "float64"]
    wrong = 0
    for function in chosen:
        for dtype in map(np.dtype, dtypes):
            measurement = Measurement(function, dtype)
            blocks = list(_blocks(function, dtype, options.step, options.count))
            for block in tqdm(blocks, desc=f"{function.name} {dtype}", leave=False):
                measurement.add(_arguments(function, dtype, options.step, block))
            print(measurement, flush=True)
            wrong += not measurement.holds
    return 1 if wrong else 0


def _blocks(function: Measured, dtype: np.dtype, step: int, count: int) -> Iterator[int]:
    """The numbers of the blocks; -1 are special values."""
    whole = function.arguments == 1 and dtype == np.float32
    return iter(range(-1, -(-((1 << 32) // step if whole else count) // _BLOCK)))


def _arguments(function: Measured, dtype: np.dtype, step: int, block: int) -> list[np.ndarray]:
    if block < 0:
        numbers = special(dtype)
        if function.arguments == 1:
            return [numbers]
        grid = np.broadcast_arrays(numbers[:, None], numbers)
        return [one.reshape(-1).copy() for one in grid]
    if function.arguments == 1:
        if dtype == np.float32:
            return [every(dtype, step, block * _BLOCK, _BLOCK)]
        return [sampled(dtype, _BLOCK, block)]
    x, random = sampled(dtype, _BLOCK, block), np.random.default_rng(block)
    if block % 2:
        return [x, random.permutation(x)]
    # Neighbours, so that results cancel.
    return [x, (x * (1 + 1e-3 * random.normal(size=_BLOCK))).astype(dtype)]


if __name__ == "__main__":
    with np.errstate(all="ignore"):
        raise SystemExit(main())
