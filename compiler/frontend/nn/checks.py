"""What functions for networks check and prepare before they apply an op."""

from collections.abc import Sequence

import numpy as np

from tessel.compiler.diagnostics import DTypeError, ShapeError
from tessel.compiler.frontend.tracing.apply import Array, type_of
from tessel.compiler.frontend.tracing.promotion import cast_to, common_dtype, dtype_of, promote_for
from tessel.compiler.locations import user_location
from tessel.dialects.inference import shape_text
from tessel.dialects.types import Dimension, is_complex, is_float, is_integer


def require(condition: bool, message: str, hint: str = "") -> None:
    """Raises ShapeError with the user's line unless `condition` holds."""
    if not condition:
        raise ShapeError(message, location=user_location(), hint=hint)


def text(array: Array) -> str:
    """The shape of an array as errors show it: `(2, ?, 3)`."""
    return shape_text(type_of(array).shape)


def equal(left: Dimension, right: Dimension) -> bool:
    """Whether two sizes can be equal; one that is dynamic can be any."""
    return left is None or right is None or left == right


def as_float(name: str, *arrays: Array | None) -> list[Array | None]:
    """Arrays in one floating-point dtype; integers become the one that `numpy.exp` gives them.

    None stays None. Raises DTypeError for complex arrays.
    """
    given = [array for array in arrays if array is not None]
    dtype = common_dtype(*given)
    if is_complex(dtype):
        raise DTypeError(f"{name} is not defined for {dtype}", location=user_location())
    if not is_float(dtype):
        dtype = promote_for(np.exp, [np.empty(0, dtype)])[1]
    return [None if array is None else cast_to(array, dtype) for array in arrays]


def as_indices(name: str, indices: Array) -> Array:
    """Integers as int64. Raises DTypeError for anything else."""
    dtype = dtype_of(indices)
    if not is_integer(dtype):
        message = f"{name} needs integers, not {dtype}"
        raise DTypeError(message, location=user_location(), hint="use .astype(np.int64)")
    return cast_to(indices, np.int64)


def per_axis(name: str, value: int | Sequence[int], count: int) -> tuple[int, ...]:
    """One number for each of `count` spatial axes, from one number or as many."""
    if isinstance(value, Sequence):
        numbers = tuple(int(number) for number in value)
        require(len(numbers) == count, f"{name} {numbers} does not have {count} numbers")
        return numbers
    return (int(value),) * count
