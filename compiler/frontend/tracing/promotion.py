"""NumPy's promotion (NEP 50), asked of NumPy itself.

A ufunc says which dtypes it computes in (`ufunc.resolve_dtypes`); other functions promote with
`numpy.result_type`. Python numbers are weak: they take the dtype of the arrays they meet.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ArgumentValueError, DTypeError, OutOfRangeError
from tessel.compiler.frontend.tracing.apply import Array, apply, plain_array, trace_of
from tessel.compiler.frontend.tracing.host_numbers import DTYPES, HostNumber
from tessel.compiler.frontend.tracing.trace import Trace
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.frontend.tracing.traced_dim import TracedDim
from tessel.compiler.frontend.tracing.traced_value import INLINE_LIMIT
from tessel.compiler.locations import user_location
from tessel.dialects.conversion import Cast
from tessel.dialects.types import SUPPORTED_DTYPES, bfloat16, is_integer

_EXAMPLES = {int: 1, float: 1.0, complex: 1j}


def weak_type(array: Array) -> type | None:
    """`int`, `float` or `complex` for a Python number (traced or not), else None."""
    if isinstance(array, TracedArray):
        return array.weak
    if isinstance(array, TracedDim):
        return int
    if isinstance(array, HostNumber):
        return array.kind
    return type(array) if type(array) in _EXAMPLES else None


def dtype_of(array: Array) -> np.dtype:
    """The dtype of an array or number; a Python number has NumPy's default one."""
    if isinstance(array, TracedDim):
        return np.dtype(np.int64)
    if isinstance(array, HostNumber):
        return DTYPES[array.kind]
    return array.dtype if isinstance(array, TracedArray) else plain_array(array).dtype


def cast_to(array: Array, dtype: Any) -> Array:
    """`array` with elements of `dtype`; the array itself when it has that dtype."""
    dtype = np.dtype(dtype)
    if isinstance(array, HostNumber) and not array.is_within(dtype):
        array = array.pinned()
    if isinstance(array, TracedDim | HostNumber):
        array = array.as_array()
    if isinstance(array, TracedArray):
        if array.dtype == dtype:
            return array if array.weak is None else TracedArray.of(array.trace, array.value)
        if dtype not in SUPPORTED_DTYPES:
            raise DTypeError(f"dtype {dtype} cannot be compiled", location=user_location())
        return apply(Cast, array, dtype=dtype)
    if weak_type(array) is not None:
        return _number(array, dtype)
    array = np.asarray(array)
    return array if array.dtype == dtype else apply(Cast, array, dtype=dtype)


def side_of_range(number: Array, dtype: np.dtype) -> int:
    """-1 for a Python integer below all of an integer dtype, 1 for one above, else 0."""
    if isinstance(number, HostNumber):
        return number.side_of(dtype)
    if type(number) is not int or not is_integer(dtype):
        return 0
    limits = np.iinfo(dtype)
    return (number > limits.max) - (number < limits.min)


def stored(number: Array, dtype: np.dtype) -> Array:
    """A Python number or scalar of NumPy's as `x[...] = number` stores it; all else as it is.

    Raises OutOfRangeError for one beyond the dtype, ArgumentValueError for a NaN among integers,
    DTypeError for a complex number among real ones.
    """
    if not isinstance(number, int | float | complex | np.generic):
        return number
    element = np.empty((), dtype)
    try:
        with np.errstate(all="ignore"):
            element[()] = number
    except OverflowError:
        raise _out_of_range(number, dtype) from None
    except ValueError as error:
        raise ArgumentValueError(str(error), location=user_location()) from None
    except TypeError as error:
        raise DTypeError(str(error), location=user_location()) from None
    return element


def filled(number: Array, dtype: Any) -> Array:
    """A Python number as `np.full` casts it, OutOfRangeError where it cannot; others are cast."""
    if isinstance(number, TracedArray) or weak_type(number) is None:
        return cast_to(number, dtype)
    try:
        with np.errstate(all="ignore"):
            return np.full((), number, dtype)
    except OverflowError:
        raise _out_of_range(number, np.dtype(dtype)) from None


def _number(number: Any, dtype: np.dtype) -> np.ndarray:
    """A Python number as an array of no dimensions; OutOfRangeError where it does not fit."""
    try:
        with np.errstate(all="ignore"):
            return np.asarray(number, dtype)
    except OverflowError:
        raise _out_of_range(number, dtype) from None


def _out_of_range(number: Any, dtype: np.dtype) -> OutOfRangeError:
    bits = number.bit_length() if isinstance(number, int) else 0
    named = f"{number}" if bits <= 128 else f"of {bits} bits"
    message = f"the number {named} is out of bounds for {dtype}"
    hint = "give the array a wider dtype with .astype"
    return OutOfRangeError(message, location=user_location(), hint=hint)


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


def promote_choices(*arrays: Array) -> list[Array]:
    """All arrays in their common dtype; Python integers beyond it wrap around, as in `np.where`."""
    dtype = common_dtype(*arrays)
    return cast_together([wrap_number(array, dtype) for array in arrays], [dtype] * len(arrays))


def wrap_number(number: Array, dtype: np.dtype) -> Array:
    """A Python integer beyond an integer `dtype` wrapped around to it; all else as it is."""
    if side_of_range(number, dtype) == 0:
        return number
    whole = np.asarray(number)
    if whole.dtype == object:
        raise _out_of_range(number, dtype)
    return whole.astype(dtype)


def promote_for(ufunc: np.ufunc, arrays: Sequence[Array]) -> tuple[list[Array], np.dtype]:
    """The arrays in the dtypes in which `ufunc` computes, and its result's dtype.

    Raises DTypeError when the ufunc has no such loop.
    """
    *inputs, result = _resolved(ufunc, arrays, None, "same_kind")
    return cast_together(arrays, inputs), result


def input_dtypes(
    ufunc: np.ufunc, arrays: Sequence[Array], dtype: Any, casting: Any
) -> list[np.dtype]:
    """The dtypes in which `ufunc(*arrays, dtype=, casting=)` takes its arrays.

    Raises DTypeError when there is no such loop, or the casting forbids it.
    """
    return _resolved(ufunc, arrays, dtype, casting)[: ufunc.nin]


def _resolved(ufunc: np.ufunc, arrays: Sequence[Array], dtype: Any, casting: Any) -> list[np.dtype]:
    """The dtypes of the arrays and of the first result."""
    given: list[Any] = [weak_type(array) or dtype_of(array) for array in arrays]
    if all(isinstance(one, type) for one in given):
        given = [dtype_of(array) for array in arrays]
    asked_for = None if dtype is None else np.dtype(dtype)
    signature = (*[None] * ufunc.nin, *[asked_for] * ufunc.nout)
    try:
        resolved = ufunc.resolve_dtypes(
            (*given, *[None] * ufunc.nout), signature=signature, casting=casting
        )
    except TypeError:
        names = ", ".join(str(dtype_of(array)) for array in arrays)
        asked = "" if dtype is None else f" in {np.dtype(dtype)}"
        asked += "" if casting == "same_kind" else f" with casting {casting!r}"
        message = f"numpy.{ufunc.__name__} is not defined for {names}{asked}"
        raise DTypeError(message, location=user_location()) from None
    return list(resolved[: ufunc.nin + 1])
