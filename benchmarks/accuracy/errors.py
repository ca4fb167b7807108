"""Errors in units of the last place, and the numbers at which functions are tried."""

from dataclasses import dataclass

import numpy as np

WIDER = {np.dtype(np.float32): np.dtype(np.float64), np.dtype(np.float64): np.dtype(np.longdouble)}
"""A dtype -> the dtype whose results count as exact for it."""

_UNSIGNED = {np.dtype(np.float32): np.uint32, np.dtype(np.float64): np.uint64}


@dataclass
class Worst:
    """The largest error so far, and the arguments that it was found at."""

    ulps: float = 0.0
    arguments: tuple[float, ...] = ()

    def add(self, errors: np.ndarray, arguments: list[np.ndarray]) -> None:
        """Takes the errors at more arguments into account."""
        place = int(errors.argmax())
        if errors[place] > self.ulps:
            self.ulps = float(errors[place])
            self.arguments = tuple(float(one[place]) for one in arguments)


@np.errstate(all="ignore")
def errors_in_ulps(
    result: np.ndarray, exact: np.ndarray, relative_to: np.ndarray | None = None
) -> np.ndarray:
    """The distance of each result from the exact one, which is of a wider dtype.

    In ulps of `relative_to`, where that is larger than the exact result. Infinite where only one is
    NaN, where a zero has another sign, and where an infinity is not due to rounding.
    """
    limits = np.finfo(result.dtype)
    wide = result.astype(exact.dtype)
    size = np.abs(exact)
    if relative_to is not None:
        size = np.maximum(size, np.abs(relative_to).astype(exact.dtype))
    size = np.minimum(size, limits.max).astype(result.dtype)
    unit = np.spacing(size).astype(exact.dtype)
    overflow = exact.dtype.type(2) ** limits.maxexp
    # An infinity stands for what is rounded to it.
    finite = np.isfinite(exact)
    shown = np.where(np.isinf(wide) & finite, np.copysign(overflow, wide), wide)
    errors = np.abs(shown - np.clip(exact, -overflow, overflow)) / unit
    errors[~finite] = np.inf
    same = (wide == exact) & (np.signbit(wide) == np.signbit(exact))
    errors[same | (np.isnan(wide) & np.isnan(exact))] = 0
    errors[np.isnan(errors)] = np.inf
    wrong_sign = (wide == 0) & (np.signbit(wide) != np.signbit(exact)) & (unit > 0)
    errors[wrong_sign & finite] = np.inf
    return errors


def every(dtype: np.dtype, step: int, first: int, count: int) -> np.ndarray:
    """The numbers whose bits are `step` times `first`, and the next ones, and none beyond the last.

    A block that begins beyond it is empty.
    """
    last = -(-(1 << 8 * dtype.itemsize) // step)
    bits = np.arange(first, min(first + count, last), dtype=np.uint64) * np.uint64(step)
    return bits.astype(_UNSIGNED[dtype]).view(dtype)


def sampled(dtype: np.dtype, count: int, seed: int) -> np.ndarray:
    """Numbers of all exponents, and more of those where functions change."""
    random = np.random.default_rng(seed)
    quarter = count // 4
    bits = random.integers(0, 1 << 8 * dtype.itemsize, count - 3 * quarter, _UNSIGNED[dtype])
    largest = float(np.log(np.finfo(dtype).max)) * 1.1
    near_one = 1 + random.choice([-1, 1], quarter) * np.exp2(random.uniform(-52, 0, quarter))
    parts = [
        bits.view(dtype),
        random.uniform(-largest, largest, quarter),
        random.normal(0, 3, quarter),
        random.choice([-1, 1], quarter) * near_one,
    ]
    return np.concatenate([part.astype(dtype) for part in parts])


def special(dtype: np.dtype) -> np.ndarray:
    """Zeros, infinities, NaN, and the smallest and largest numbers of each kind."""
    limits = np.finfo(dtype)
    one = np.float64(1)
    numbers = [0.0, 0.5, 1.0, 2.0, 3.0, 10.0, np.inf, np.nan, np.pi, np.e, 1e3]
    numbers += [float(x) for x in (limits.max, limits.tiny, limits.eps, limits.smallest_subnormal)]
    numbers += [float(limits.max) / 2, float(limits.tiny) * 0.75, float(limits.tiny) * 2]
    numbers += [float(np.nextafter(dtype.type(x), dtype.type(y))) for x in (1, 2) for y in (0, 9)]
    numbers += [float(np.sqrt(one * float(limits.max))), float(np.sqrt(one * float(limits.tiny)))]
    return np.array([*numbers, *(-x for x in numbers)], dtype)
