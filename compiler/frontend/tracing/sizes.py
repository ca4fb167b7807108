"""Sizes as functions take them (integers, sizes of other arrays, traced integers) and as ops do."""

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ShapeError
from tessel.compiler.frontend.tracing.apply import Array, apply
from tessel.compiler.frontend.tracing.promotion import cast_to
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location
from tessel.dialects.constant import Iota
from tessel.dialects.dim import Dim, Size, may_be


def as_size(size: Any) -> Size:
    """A size as a number or a `Dim`; a traced integer is a size that depends on data.

    Raises TypeError for what is no integer.
    """
    if isinstance(size, TracedArray):
        return size.trace.sizes.size_of(cast_to(size, np.int64).value)
    return size if isinstance(size, Dim) else operator.index(size)


def as_shape(shape: Any) -> list[Size]:
    """A shape as sizes: of a sequence, or of one size."""
    is_sequence = isinstance(shape, Sequence | np.ndarray) and not isinstance(shape, str)
    return [as_size(size) for size in (shape if is_sequence else [shape])]


def counting(size: Any) -> Array:
    """0, 1, ... size - 1 as int64: a NumPy array where the size is a number."""
    if isinstance(size, Dim):
        return apply(Iota, [size], shape=[-1], axis=0, dtype=np.dtype(np.int64))
    return np.arange(size, dtype=np.int64)


def shape_operands(shape: Sequence[Size]) -> tuple[list[Dim], list[int]]:
    """A shape as ops take it: what is no number as operands, and -1 for it in the attribute."""
    operands: list[Dim] = [size for size in shape if isinstance(size, Dim)]
    return operands, [-1 if isinstance(size, Dim) else size for size in shape]


def completed_shape(total: Any, shape: Sequence[Size]) -> list[Size]:
    """A shape of `total` elements whose one size of -1 follows from the others.

    Raises ShapeError where none fits.
    """
    absent = [axis for axis, size in enumerate(shape) if isinstance(size, int) and size == -1]
    if not absent:
        return list(shape)
    known: Any = 1
    for axis, size in enumerate(shape):
        known = known if axis in absent else known * size
    divides = len(absent) == 1 and known != 0 and may_be(total, lambda count: count % known == 0)
    if not divides:
        sizes = ", ".join("-1" if axis in absent else str(n) for axis, n in enumerate(shape))
        message = f"cannot reshape {total} elements to ({sizes})"
        raise ShapeError(message, location=user_location())
    return [total // known if axis in absent else size for axis, size in enumerate(shape)]
