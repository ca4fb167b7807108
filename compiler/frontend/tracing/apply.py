"""One call for both worlds: an op added to the trace, or its NumPy reference run at once.

Functions of the front end are written once, with `apply`: on traced arrays they build IR, on NumPy
arrays they compute. That is eager mode, and it is what the differential tests compare with.
"""

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from tessel.compiler.diagnostics import DTypeError, ShapeError, UnsupportedError
from tessel.compiler.frontend.tracing.host_numbers import DTYPES, HostNumber
from tessel.compiler.frontend.tracing.layout import Layout, kept_order
from tessel.compiler.frontend.tracing.trace import Trace, current_trace
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.frontend.tracing.traced_dim import TracedDim
from tessel.compiler.frontend.tracing.traced_value import PLAIN_ARRAY, has_other_operators
from tessel.compiler.locations import user_location
from tessel.dialects.base import ConstraintError, TesselOp
from tessel.dialects.comparison import Select
from tessel.dialects.conversion import Cast
from tessel.dialects.cumulative import CumulativeOp
from tessel.dialects.dim import Dim
from tessel.dialects.elementwise import ElementwiseOp
from tessel.dialects.mlir import ir
from tessel.dialects.reduction import ReductionOp
from tessel.dialects.sorting import Argsort, Sort
from tessel.dialects.types import ArrayType

_KEEP_ORDER = (ElementwiseOp, Cast, CumulativeOp, Select, Sort, Argsort)
"""Ops whose results NumPy lays out as their operands."""

Array = Annotated[Any, "array"]
"""A TracedArray, a NumPy array, or a number: what functions of the front end take."""


def apply(op: type[TesselOp], *operands: Any, **attributes: Any) -> Any:
    """The result of `op` (a tuple when there are several).

    Operands are arrays, sequences of arrays, or None, as the op's fields say.
    Raises ShapeError or DTypeError with the user's line when a constraint of the op does not hold.
    """
    trace = trace_of(operands)
    if trace is None:
        return _eager(op, operands, attributes)
    values = [_lift(trace, operand) for operand in operands]
    built = trace.build(op, *values, **attributes)
    if isinstance(built, tuple):
        return tuple(TracedArray.of(trace, value) for value in built)
    return TracedArray.of(trace, built, None, _result_layout(op, operands, built, attributes))


def _result_layout(
    op: type[TesselOp], operands: Sequence[Any], built: ir.Value, attributes: dict[str, Any]
) -> Layout | None:
    """Where NumPy puts the elements of a result; None for row-major order."""
    layouts = [one.layout for one in operands if isinstance(one, TracedArray)]
    if all(one.is_c_contiguous for one in layouts):
        return None
    if issubclass(op, _KEEP_ORDER):
        result = ArrayType.of(built)
        return Layout.contiguous(result, kept_order(layouts, result.rank))
    if issubclass(op, ReductionOp):
        result, dropped = ArrayType.of(built), set(attributes["axes"])
        order = layouts[0].memory_order
        if result.rank < len(order):
            kept = sorted(set(order) - dropped)
            order = [kept.index(axis) for axis in order if axis not in dropped]
        return Layout.contiguous(result, order)
    return None


def trace_of(operands: Any) -> Trace | None:
    """The trace of the first traced array among operands (nested in lists or tuples)."""
    for operand in operands:
        if isinstance(operand, TracedArray):
            return operand.trace
        if isinstance(operand, TracedDim | HostNumber):
            return operand.trace
        if isinstance(operand, list | tuple):
            found = trace_of(operand)
            if found is not None:
                return found
    return None


def traced(array: Array, trace: Trace | None = None) -> TracedArray:
    """`array` as a traced array of the current trace (or of `trace`)."""
    if isinstance(array, TracedArray):
        return array
    if isinstance(array, TracedDim | HostNumber):
        return array.as_array()
    target = trace or current_trace()
    if target is None:
        raise LookupError("no function is being traced")
    weak = type(array) if type(array) in (int, float, complex) else None
    return TracedArray.of(target, target.constant(plain_array(array)), weak)


def type_of(array: Array) -> ArrayType:
    """Dtype and shape of a traced array, a NumPy array or a number."""
    if isinstance(array, TracedDim):
        return ArrayType(np.dtype(np.int64), ())
    if isinstance(array, HostNumber):
        return ArrayType(DTYPES[array.kind], ())
    return array.array_type if isinstance(array, TracedArray) else ArrayType.of(np.asarray(array))


def plain_array(array: Any) -> np.ndarray:
    """What is no traced array, as an array of NumPy's.

    Raises UnsupportedError for a kind of array that has operators of its own.
    """
    if has_other_operators(array):
        message = f"a {type(array).__name__} does not compute as an array does"
        raise UnsupportedError(message, location=user_location(), hint=PLAIN_ARRAY)
    return np.asarray(array)


def _lift(trace: Trace, operand: Any) -> Any:
    if operand is None:
        return None
    if isinstance(operand, TracedArray):
        return operand.value
    if isinstance(operand, Dim):
        return trace.size_value(operand)
    if isinstance(operand, HostNumber):
        return operand.as_array().value
    if isinstance(operand, list | tuple):
        return [_lift(trace, one) for one in operand]
    return operand if isinstance(operand, ir.Value) else trace.constant(plain_array(operand))


def _eager(op: type[TesselOp], operands: Sequence[Any], attributes: dict[str, Any]) -> Any:
    arrays = [_as_numpy(operand) for operand in operands]
    try:
        op.infer_types(*[_types(array) for array in arrays], **attributes)
    except ConstraintError as error:
        kind = DTypeError if "dtype" in error.message else ShapeError
        raise kind(str(error), location=user_location()) from None
    result = op.reference(*arrays, **attributes)
    if isinstance(result, tuple | list):
        return tuple(np.asarray(one) for one in result)
    return np.asarray(result)


def _as_numpy(operand: Any) -> Any:
    if operand is None or isinstance(operand, np.ndarray):
        return operand
    if isinstance(operand, list | tuple):
        return [_as_numpy(one) for one in operand]
    return np.asarray(operand)


def _types(array: Any) -> Any:
    if array is None:
        return None
    if isinstance(array, list):
        return [ArrayType.of(one) for one in array]
    return ArrayType.of(array)
