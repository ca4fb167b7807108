"""NumPy's promotion (NEP 50), asked of NumPy itself.

A ufunc says which dtypes it computes in (`ufunc.resolve_dtypes`); other functions promote with
`numpy.result_type`. Python numbers are weak: they take the dtype of the arrays they meet.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import DTypeError
from tessel.compiler.frontend.apply import Array, apply, trace_of
from tessel.compiler.frontend.trace import INLINE_LIMIT, Trace
from tessel.compiler.frontend.traced_array import TracedArray
from tessel.compiler.frontend.traced_dim import TracedDim
from tessel.compiler.locations import user_place
from tessel.dialects.conversion import Cast
from tessel.dialects.types import SUPPORTED_DTYPES, bfloat16

_EXAMPLES = {int: 1, float: 1.0, complex: 1j}


def weak_type(array: Array) -> type | None:
    """`int`, `float` or `complex` for a Python number (traced or not), else None."""
    if isinstance(array, TracedArray):
        return array.weak
    if isinstance(array, TracedDim):
        return int
    return type(array) if type(array) in _EXAMPLES else None


def dtype_of(array: Array) -> np.dtype:
    """The dtype of an array or number; a Python number has NumPy's default one."""
    if isinstance(array, TracedDim):
        return np.dtype(np.int64)
    return array.dtype if isinstance(array, TracedArray) else np.asarray(array).dtype


def cast_to(array: Array, dtype: Any) -> Array:
    """`array` with elements of `dtype`; the array itself when it has that dtype."""
    dtype = np.dtype(dtype)
    if isinstance(array, TracedDim):
        array = array.as_array()
    if isinstance(array, TracedArray):
        if array.dtype == dtype:
            return array if array.weak is None else TracedArray.of(array.trace, array.value)
        return apply(Cast, array, dtype=dtype)
    if weak_type(array) is not None:
        return np.asarray(array, dtype)  # OverflowError for a number that does not fit, as in NumPy
    array = np.asarray(array)
    return array if array.dtype == dtype else apply(Cast, array, dtype=dtype)


def cast_together(arrays: Sequence[Array], dtypes: Sequence[np.dtype]) -> list[Array]:
    """Each array in its dtype, for one operation.

    Beside a traced array, large ones are closed over as they are and cast by the program, which may
    read them in the fewer bits that they have.
    """
    trace = trace_of(arrays)
    return [
        cast_to(_closed_over(array, trace, dtype), dtype) for array, dtype in zip(arrays, dtypes)
    ]


def _closed_over(array: Array, trace: Trace | None, dtype: np.dtype) -> Array:
    if trace is None or not isinstance(array, np.ndarray) or array.dtype not in SUPPORTED_DTYPES:
        return array
    is_large = array.size * dtype.itemsize > INLINE_LIMIT
    return TracedArray.of(trace, trace.constant(array)) if is_large else array


def common_dtype(*arrays: Array) -> np.dtype:
    """The dtype to which arrays and numbers promote."""
    strong = [dtype_of(array) for array in arrays if weak_type(array) is None]
    weak = [_EXAMPLES[kind] for kind in map(weak_type, arrays) if kind is not None]
    if weak and strong:
        base = np.result_type(*strong)
        if base == bfloat16 and not any(isinstance(one, complex) for one in weak):
            return base  # NumPy knows no weak numbers beside another library's dtype
    return np.result_type(*strong, *weak)


def promote(*arrays: Array) -> list[Array]:
    """All arrays in their common dtype."""
    dtype = common_dtype(*arrays)
    return cast_together(arrays, [dtype] * len(arrays))


def promote_for(ufunc: np.ufunc, arrays: Sequence[Array]) -> tuple[list[Array], np.dtype]:
    """The arrays in the dtypes in which `ufunc` computes, and its result's dtype.

    Raises DTypeError when the ufunc has no such loop.
    """
    given: list[Any] = [weak_type(array) or dtype_of(array) for array in arrays]
    if all(isinstance(one, type) for one in given):
        given = [dtype_of(array) for array in arrays]
    try:
        *inputs, result = ufunc.resolve_dtypes((*given, *[None] * ufunc.nout))[: ufunc.nin + 1]
    except TypeError:
        names = ", ".join(str(dtype_of(array)) for array in arrays)
        message = f"numpy.{ufunc.__name__} is not defined for {names}"
        raise DTypeError(message, place=user_place()) from None
    return cast_together(arrays, inputs), result
