"""Random numbers from keys: a function of a key and a shape, the same in every run and everywhere.

A key is two 64-bit numbers. There is no hidden state: a key used twice gives the same numbers, so
`split` it first. Numbers are the same eagerly and compiled, on every target; `normal`, and ranges
other than [0, 1), to rounding.
"""

import math
from collections.abc import Sequence
from typing import Any

import ml_dtypes
import numpy as np

from tessel.compiler.diagnostics import ArgumentError, DTypeError, ShapeError
from tessel.compiler.frontend.numpy.functions import elementwise, manipulation
from tessel.compiler.frontend.tracing.apply import Array, apply, type_of
from tessel.compiler.frontend.tracing.axes import normalize_axis
from tessel.compiler.frontend.tracing.promotion import cast_to, dtype_of
from tessel.compiler.frontend.tracing.run_time_checks import check_at_run_time
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location
from tessel.dialects.arithmetic import Remainder
from tessel.dialects.bitwise import BitwiseXor, ShiftRight
from tessel.dialects.comparison import Less
from tessel.dialects.cumulative import CumulativeSum
from tessel.dialects.indexing import SearchSorted, Take
from tessel.dialects.random import RandomBits
from tessel.dialects.reduction import ReduceSum
from tessel.dialects.sorting import Argsort
from tessel.dialects.types import bfloat16, is_float, is_integer

Shape = int | Sequence[int]

_SPLIT = np.array([0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9], np.uint64)
"""Added to a key that is split, so that new keys and numbers drawn from the key are unrelated."""

_SIGNIFICANT_BITS = {
    np.dtype(np.float16): 11,
    bfloat16: 8,
    np.dtype(np.float32): 24,
    np.dtype(np.float64): 53,
}


def key(seed: int) -> np.ndarray:
    """A key from an integer of up to 128 bits (negative ones count from the top): uint64[2]."""
    if isinstance(seed, TracedArray) or not hasattr(seed, "__index__"):
        raise ArgumentError("random.key() needs an integer", location=user_location())
    number = int(seed) % (1 << 128)
    return np.array([number & 0xFFFFFFFFFFFFFFFF, number >> 64], np.uint64)


def split(key: Array, count: int = 2) -> Array:
    """New keys, whose numbers have nothing to do with each other's or the old key's.

    Shapes: key uint64[2], result uint64[count, 2].
    """
    separate = apply(BitwiseXor, _checked(key), _SPLIT)
    return apply(RandomBits, separate, shape=(int(count), 2), dtype=np.dtype(np.uint64))


def bits(key: Array, shape: Shape = (), dtype: Any = np.uint64) -> Array:
    """Independent random bits as uint32 or uint64. Raises DTypeError for another dtype."""
    dtype = np.dtype(dtype)
    if dtype not in (np.uint32, np.uint64):
        raise DTypeError(
            f"random.bits() makes uint32 or uint64, not {dtype}", location=user_location()
        )
    return apply(RandomBits, _checked(key), shape=_sizes(shape), dtype=dtype)


def uniform(
    key: Array,
    shape: Shape = (),
    dtype: Any = np.float32,
    low: float | Array = 0.0,
    high: float | Array = 1.0,
) -> Array:
    """Numbers spread evenly over [low, high), all multiples of the dtype's precision below 1.

    Rounding may give `high` itself for a range other than [0, 1).
    Raises DTypeError for a dtype that is not floating point.
    """
    unit = _unit(key, _sizes(shape), _float_dtype("uniform", dtype))
    if _is_number(low, 0) and _is_number(high, 1):
        return unit
    span = elementwise.subtract(high, low)
    return cast_to(elementwise.add(elementwise.multiply(unit, span), low), dtype)


def normal(
    key: Array,
    shape: Shape = (),
    dtype: Any = np.float32,
    mean: float | Array = 0.0,
    deviation: float | Array = 1.0,
) -> Array:
    """Numbers of the normal distribution with this mean and standard deviation (Box and Muller).

    Raises DTypeError for a dtype that is not floating point.
    """
    dtype = _float_dtype("normal", dtype)
    wide = np.dtype(np.float64 if dtype == np.float64 else np.float32)
    first, second = (_unit(part, _sizes(shape), wide) for part in _pair(key))
    # 1 - u is in (0, 1], whose logarithm is finite.
    squared = elementwise.multiply(elementwise.log(elementwise.subtract(1.0, first)), -2.0)
    angle = elementwise.multiply(second, 2 * math.pi)
    standard = elementwise.multiply(elementwise.sqrt(squared), elementwise.cos(angle))
    if not (_is_number(mean, 0) and _is_number(deviation, 1)):
        standard = elementwise.add(elementwise.multiply(standard, deviation), mean)
    return cast_to(standard, dtype)


def randint(key: Array, low: int, high: int, shape: Shape = (), dtype: Any = np.int64) -> Array:
    """Integers from low to high - 1, equally likely to within (high - low) / 2**64.

    Raises ArgumentError unless low < high, and both fit the dtype.
    """
    dtype = np.dtype(dtype)
    if not is_integer(dtype):
        raise DTypeError(f"random.randint() makes integers, not {dtype}", location=user_location())
    limits = np.iinfo(dtype)
    if not limits.min <= low < high <= limits.max + 1:
        message = f"random.randint() cannot make {dtype} from {low} to {high} - 1"
        raise ArgumentError(message, location=user_location())
    drawn = bits(key, shape)
    if high - low < 1 << 64:
        drawn = apply(Remainder, drawn, np.asarray(high - low, np.uint64))
    # Wraps around: the offset is right modulo 2**64, and the sum is within the dtype.
    offset = np.asarray(low % (1 << 64), np.uint64)
    return cast_to(elementwise.add(drawn, offset), dtype)


def bernoulli(key: Array, probability: float | Array = 0.5, shape: Shape | None = None) -> Array:
    """True with the given probability; the shape is the probability's unless one is given."""
    sizes = _sizes(type_of(probability).shape if shape is None else shape)
    return apply(Less, _unit(key, sizes, np.dtype(np.float32)), cast_to(probability, np.float32))


def permutation(key: Array, x: int | Array, axis: int = 0) -> Array:
    """The integers below x in random order, or an array shuffled along an axis.

    Raises ShapeError for an array whose size along the axis is dynamic.
    """
    count = int(x) if isinstance(x, int | np.integer) else _size_along(x, axis)
    order = apply(Argsort, bits(key, count), axis=0, descending=False)
    if isinstance(x, int | np.integer):
        return order
    return apply(Take, x, order, axis=normalize_axis(axis, type_of(x).rank))


def choice(
    key: Array,
    x: int | Array,
    shape: Shape = (),
    replace: bool = True,
    probabilities: Array | None = None,
) -> Array:
    """Elements of x (rows, where it has axes), or integers below it, chosen at random.

    Without `replace` no element is chosen twice. `probabilities` [N] sum to 1, or else raise
    ValueError, and need `replace`.
    Shapes: x [N, ...], result [*shape, ...].
    """
    sizes = _sizes(shape)
    count = int(x) if isinstance(x, int | np.integer) else _size_along(x, 0)
    drawn = math.prod(sizes)
    if not replace:
        if probabilities is not None:
            message = "random.choice() takes probabilities only with replace=True"
            raise ArgumentError(message, location=user_location())
        if drawn > count:
            message = f"random.choice() cannot take {drawn} of {count} without replacement"
            raise ArgumentError(message, location=user_location(), hint="use replace=True")
        order = permutation(key, count)
        chosen = apply(Take, order, np.arange(drawn), axis=0)
        chosen = manipulation.reshape(chosen, sizes)
    elif probabilities is None:
        chosen = randint(key, 0, count, sizes)
    else:
        chosen = _weighted(key, probabilities, count, sizes)
    return chosen if isinstance(x, int | np.integer) else apply(Take, x, chosen, axis=0)


def _weighted(key: Array, probabilities: Array, count: int, sizes: tuple[int, ...]) -> Array:
    """Integers below `count` with given probabilities, by inverting their cumulative sum."""
    if type_of(probabilities).shape != (count,):
        message = f"random.choice() needs {count} probabilities"
        raise ShapeError(message, location=user_location())
    _check_probabilities(probabilities)
    sums = apply(CumulativeSum, cast_to(probabilities, np.float64), axis=0)
    drawn = _unit(key, sizes, np.dtype(np.float64))
    index = apply(SearchSorted, sums, drawn, side="right")
    # Rounding may leave the last sum below 1.
    return elementwise.minimum(index, count - 1)


def _check_probabilities(probabilities: Array) -> None:
    negative = elementwise.logical_not(elementwise.greater_equal(probabilities, 0))
    check_at_run_time(negative, "ValueError", "probabilities are not non-negative")
    wide = cast_to(probabilities, np.float64)
    total = apply(ReduceSum, wide, axes=(0,), keepdims=False)
    kind = dtype_of(probabilities)
    tolerance = math.sqrt(ml_dtypes.finfo(kind if is_float(kind) else np.float64).eps)
    inexact = elementwise.greater(elementwise.abs(elementwise.subtract(total, 1.0)), tolerance)
    check_at_run_time(inexact, "ValueError", "probabilities do not sum to 1")


def _checked(key: Array) -> Array:
    """A key, or DTypeError or ShapeError for what is none."""
    hint = "make one with tessel.random.key(seed)"
    if dtype_of(key) != np.uint64:
        message = f"a random key is uint64[2], not {dtype_of(key)}"
        raise DTypeError(message, location=user_location(), hint=hint)
    if type_of(key).shape != (2,):
        message = f"a random key is uint64[2], not {type_of(key)}"
        raise ShapeError(message, location=user_location(), hint=hint)
    return key


def _pair(key: Array) -> tuple[Array, Array]:
    """Two new keys."""
    both = split(key)
    first, second = (apply(Take, both, np.asarray(row), axis=0) for row in (0, 1))
    return first, second


def _unit(key: Array, shape: tuple[int, ...], dtype: np.dtype) -> Array:
    """Numbers in [0, 1): the dtype's significant bits, scaled by a power of two, so exactly."""
    wide = dtype == np.float64
    source = np.dtype(np.uint64 if wide else np.uint32)
    significant = _SIGNIFICANT_BITS[dtype]
    drawn = apply(RandomBits, _checked(key), shape=shape, dtype=source)
    shift = np.asarray(8 * source.itemsize - significant, source)
    whole = cast_to(apply(ShiftRight, drawn, shift), dtype)
    return elementwise.multiply(whole, cast_to(2.0**-significant, dtype))


def _float_dtype(name: str, dtype: Any) -> np.dtype:
    dtype = np.dtype(dtype)
    if not is_float(dtype):
        raise DTypeError(f"random.{name}() makes floats, not {dtype}", location=user_location())
    return dtype


def _is_number(value: Any, number: int) -> bool:
    return isinstance(value, int | float) and value == number


def _sizes(shape: Any) -> tuple[int, ...]:
    """A shape as static integers."""
    sizes = shape if isinstance(shape, Sequence) else (shape,)
    if any(isinstance(size, TracedArray) for size in sizes):
        message = "random numbers need a shape that does not depend on data"
        raise ShapeError(message, location=user_location())
    return tuple(int(size) for size in sizes)


def _size_along(x: Array, axis: int) -> int:
    x_type = type_of(x)
    return int(x_type.shape[normalize_axis(axis, x_type.rank)])  # type: ignore[arg-type]
