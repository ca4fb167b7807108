"""`python -m benchmarks.accuracy`: the largest error of each elementwise function, in ulp.

float32: every number whose bits are a multiple of --step (1: all of them), and its negative;
float64, and functions of two arguments: --count numbers of all exponents, and more where functions
change. At this machine's level, and at that of AVX2. Exit status 1 where a bound of
`tessel.dialects.accuracy` does not hold. With --results a file keeps what was found, and a run that
was stopped goes on where it was.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from tqdm import tqdm

from benchmarks.accuracy import numbers
from benchmarks.accuracy.errors import Worst
from benchmarks.accuracy.functions import Measured, measured
from benchmarks.accuracy.measure import Measurement
from benchmarks.accuracy.results import PAGE, RESULTS, Result, Results, page, read

_BLOCK = 1 << 15
"""So few numbers that float64 of them stay in the second cache."""

_STRIDE = 40503
"""An odd number: blocks come from all over, so that the first find nearly the largest error."""

_SAVED_EVERY = 20.0
"""Seconds after which a result that is not whole is saved."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument("--filter", default="", help="functions with this in their names")
    parser.add_argument("--only", default="", help="functions of these names, with commas between")
    parser.add_argument("--dtype", choices=["float32", "float64"], help="(default: both)")
    parser.add_argument("--step", type=int, default=1021, help="for float32 (default: 1021)")
    parser.add_argument("--count", type=int, default=10_000_000, help="(default: 10 million)")
    parser.add_argument("--results", type=Path, help="file that results are kept in")
    parser.add_argument("--page", action="store_true", help="only write docs/accuracy.md")
    options = parser.parse_args()
    if options.page:
        PAGE.write_text(page(*read(RESULTS)), encoding="utf-8")
        return 0
    names = options.only.split(",") if options.only else []
    chosen = [one for one in measured() if options.filter in one.name]
    if names:
        by_name = {one.name: one for one in chosen}
        chosen = [by_name[name] for name in names]
    dtypes = [options.dtype] if options.dtype else ["float32", "float64"]
    results = Results(options.results)
    wrong = 0
    for function in chosen:
        for dtype in (one for one in function.dtypes if one.name in dtypes):
            measurement = Measurement(function, dtype)
            _run(measurement, options.step, options.count, results)
            print(measurement, flush=True)
            wrong += not measurement.holds
    return 1 if wrong else 0


def _run(measurement: Measurement, step: int, count: int, results: Results) -> None:
    """Measures what `results` do not hold yet."""
    function, dtype = measurement.function, measurement.dtype
    step, count = (step, 0) if _is_walked(function, dtype) else (0, count)
    total = -(-(((1 << 31) // step) if step else count) // _BLOCK)
    program = measurement.fingerprint(_BLOCK)
    known, begun = results.get(function.name, dtype.name), 0
    if known is not None and (known.program, known.step, known.count) == (program, step, count):
        begun, measurement.values = known.blocks, known.values
        for level, error in known.errors.items():
            measurement.worst[level] = Worst(error["ulps"], tuple(error["arguments"]))

    def save(blocks: int) -> None:
        errors = {
            level: {"ulps": worst.ulps, "arguments": list(worst.arguments)}
            for level, worst in measurement.worst.items()
        }
        results.put(
            Result(
                function.name,
                dtype.name,
                program,
                step,
                count,
                blocks,
                total,
                measurement.values,
                measurement.bound,
                errors,
            )
        )

    if not begun:
        measurement.add(_special(function, dtype))
    saved = time.monotonic()
    progress = tqdm(range(begun, total), desc=f"{function.name} {dtype}", leave=False)
    for block in progress:
        if step:
            position = (block * _STRIDE) % total if total % 2 == 0 else block
            x = numbers.positive(step, position * _BLOCK, _BLOCK)
            if x.size:
                measurement.add_both_signs(x)
        elif function.arguments == 1:
            measurement.add([numbers.sampled(dtype, _BLOCK, block)])
        else:
            measurement.add(numbers.sampled_pairs(dtype, _BLOCK, block))
        if time.monotonic() - saved > _SAVED_EVERY:
            save(block + 1)
            saved = time.monotonic()
    save(total)


def _is_walked(function: Measured, dtype: np.dtype) -> bool:
    """Whether all numbers are tried, or those of a step, and not drawn."""
    return function.arguments == 1 and dtype == np.float32


def _special(function: Measured, dtype: np.dtype) -> list[np.ndarray]:
    return [numbers.special(dtype)] if function.arguments == 1 else numbers.special_pairs(dtype)


if __name__ == "__main__":
    with np.errstate(all="ignore"):
        raise SystemExit(main())
