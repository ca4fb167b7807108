"""Reductions: sums, means, extrema, norms."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tessel.compiler.frontend.apply import Array, apply, type_of
from tessel.compiler.frontend.array_api import elementwise
from tessel.compiler.frontend.axes import normalize_axes
from tessel.compiler.frontend.promotion import cast_to, dtype_of
from tessel.dialects.base import TesselOp
from tessel.dialects.reduction import ReduceMax, ReduceSum
from tessel.dialects.types import is_bool, is_integer

Axis = int | Sequence[int] | None


def sum(x: Array, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Array:  # noqa: A001
    """`numpy.sum`: small integers and booleans are added as int64 or uint64."""
    return reduce(ReduceSum, cast_to(x, dtype or accumulator_dtype(dtype_of(x))), axis, keepdims)


def max(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:  # noqa: A001
    """`numpy.max`."""
    return reduce(ReduceMax, x, axis, keepdims)


def mean(x: Array, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Array:
    """`numpy.mean`: integers are averaged as float64."""
    kind = dtype_of(x)
    exact = is_integer(kind) or is_bool(kind)
    target = np.dtype(dtype or (np.float64 if exact else kind))
    total = sum(cast_to(x, target), axis, target, keepdims)
    shape = type_of(x).shape
    count = np.prod([shape[i] for i in normalize_axes(axis, len(shape))])
    return elementwise.divide(total, cast_to(float(count), target))


def reduce(op: type[TesselOp], x: Array, axis: Axis, keepdims: bool) -> Array:
    """A reduction over one axis, several, or all (None)."""
    axes = normalize_axes(axis, type_of(x).rank)
    return apply(op, x, axes=tuple(sorted(axes)), keepdims=bool(keepdims))


def accumulator_dtype(dtype: np.dtype) -> np.dtype:
    """The dtype in which NumPy adds and multiplies elements of `dtype`."""
    if is_bool(dtype):
        return np.dtype(np.int64)
    if is_integer(dtype) and dtype.itemsize < 8:
        return np.dtype(np.int64 if dtype.kind == "i" else np.uint64)
    return dtype
