"""Errors in ulps, and the largest of many at little cost."""

from dataclasses import dataclass

import numpy as np

WIDER = {np.dtype(np.float32): np.dtype(np.float64), np.dtype(np.float64): np.dtype(np.longdouble)}
"""A dtype -> the dtype whose results count as exact for it."""

UNSIGNED = {np.dtype(np.float32): np.uint32, np.dtype(np.float64): np.uint64}

_EXPONENT = np.int64(0x7FF << 52)
"""The bits of a float64 that alone are the power of two below it."""

_MANY = 1 / 16
"""The share of a block's numbers beyond which those that are right are sorted out first."""


@dataclass
class Worst:
    """The largest error so far, and the arguments that it was found at."""

    ulps: float = 0.0
    arguments: tuple[float, ...] = ()

    def add(self, ulps: float, arguments: tuple[float, ...]) -> None:
        """Takes one more error into account."""
        if ulps > self.ulps:
            self.ulps, self.arguments = ulps, arguments


@dataclass(frozen=True)
class Measure:
    """How errors are measured: in ulps of what, and how much may be lost of a tiny result."""

    relative_to: str = "result"
    lost: float = 0.0

    def sizes(self, exact: np.ndarray, argument: np.ndarray) -> np.ndarray:
        """The numbers whose ulps errors are told in, in the dtype of `exact`."""
        if self.relative_to == "result":
            return np.asarray(exact)
        other = argument if self.relative_to == "argument" else exact.dtype.type(1)
        return np.maximum(np.abs(exact), np.abs(other))

    def errors(self, result: np.ndarray, exact: np.ndarray, sizes: np.ndarray) -> np.ndarray:
        """The error of each result in ulps."""
        found = errors_in_ulps(result, exact, sizes)
        if self.lost:
            found[(np.abs(result - exact) <= self.lost) & np.isfinite(exact)] = 0
        return found


def errors_in_ulps(
    result: np.ndarray, exact: np.ndarray, sizes: np.ndarray | None = None
) -> np.ndarray:
    """The distance of each result from the exact one, which is of a wider dtype.

    In ulps of `sizes`, which are the exact results unless given. Infinite where only one is NaN,
    where a zero has another sign, and where an infinity is not due to rounding.
    """
    limits = np.finfo(result.dtype)
    wide = result.astype(exact.dtype)
    sizes = np.minimum(np.abs(exact if sizes is None else sizes), limits.max)
    unit = np.spacing(sizes.astype(result.dtype)).astype(exact.dtype)
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


def largest_error(
    result: np.ndarray, exact: np.ndarray, argument: np.ndarray, measure: Measure, above: float
) -> tuple[float, int] | None:
    """The largest error in ulps and its index, if it exceeds `above`, which is 0.5 or more.

    Of float32, most results cost a subtraction and a comparison: a number's ulp is 2**-23 of the
    power of two below it, or more where it is subnormal.
    """
    sizes = measure.sizes(exact, argument)
    indices = np.arange(result.size)
    if result.dtype == np.float32:
        limit = (sizes.view(np.int64) & _EXPONENT).view(np.float64)
        limit *= above * 2.0**-23
        distance = np.subtract(result, exact)
        np.abs(distance, out=distance)
        # Not so are also NaN, infinities, zeros and what is rounded to them.
        indices = np.flatnonzero(~(distance < limit))
        if indices.size > _MANY * result.size:
            indices = indices[~_are_rounded(result[indices], exact[indices])]
    if not indices.size:
        return None
    errors = measure.errors(result[indices], exact[indices], sizes[indices])
    largest = int(errors.argmax())
    return (float(errors[largest]), int(indices[largest])) if errors[largest] > above else None


def same_bits(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two arrays of one dtype are equal, NaN and signs of zeros included."""
    unsigned = f"u{one.dtype.itemsize}"
    return bool(np.array_equal(one.view(unsigned), other.view(unsigned)))


def first_difference(one: np.ndarray, other: np.ndarray) -> int | None:
    """Where two arrays of one dtype differ first; all NaN are one."""
    if same_bits(one, other):
        return None
    unsigned = f"u{one.dtype.itemsize}"
    differ = one.view(unsigned) != other.view(unsigned)
    if one.dtype.kind == "f":
        differ &= ~(np.isnan(one) & np.isnan(other))
    return int(differ.argmax()) if differ.any() else None


def _are_rounded(result: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """Where results are the exact ones rounded to nearest, or both are NaN."""
    rounded = exact.astype(result.dtype)
    unsigned = UNSIGNED[result.dtype]
    same = rounded.view(unsigned) == result.view(unsigned)
    return same | (np.isnan(result) & np.isnan(exact))
