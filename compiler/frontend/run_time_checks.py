"""Checks of data: an error at once where the data is known, else one that the call raises.

A trace that checks holds a hidden array, `trace.failure`: which check failed first. Bodies of
loops and branches write it as they write any array from outside, and so carry it.
"""

from typing import Any

import numpy as np

from tessel.compiler.frontend.apply import Array, apply, trace_of, traced
from tessel.compiler.frontend.known_values import known
from tessel.compiler.frontend.promotion import cast_to
from tessel.compiler.frontend.trace import Trace
from tessel.compiler.frontend.traced_array import Storage, TracedArray
from tessel.compiler.locations import user_location, user_place
from tessel.compiler.run_time_checks import Report
from tessel.dialects.base import TesselOp
from tessel.dialects.checks import Check, CheckIndices
from tessel.dialects.constant import build_constant
from tessel.dialects.mlir import ir
from tessel.dialects.reduction import ReduceAny

OUT_OF_BOUNDS = "index {value} is out of bounds for axis %d with size {other}"


def check_at_run_time(
    failed: Array, error: str, message: str, value: Array = 0, other: Array = 0
) -> None:
    """Has the call raise `error` where an element of `failed` is true.

    `message` may name `{value}` and `{other}`, integers of rank 0. Outside a trace, and where
    `failed` is known while tracing, it raises at once.
    """
    trace = trace_of((failed, value, other))
    if trace is None or known(failed) is not None:
        if np.any(known(failed)):
            raise Report(error, message, user_place()).exception(_number(value), _number(other))
        return
    if not trace.checks:
        return
    flag = traced(failed, trace)
    if flag.ndim:
        flag = apply(ReduceAny, flag, axes=tuple(range(flag.ndim)), keepdims=False)
    numbers = [traced(cast_to(one, np.int64), trace) for one in (value, other)]
    _note(trace, Check, [flag, *numbers], error, message)


def check_indices(
    indices: Array,
    size: Any,
    axis: int,
    error: str = "IndexError",
    message: str = OUT_OF_BOUNDS,
) -> None:
    """Has the call raise `error` where an index is not in -size <= index < size, as NumPy does."""
    text = message % axis if "%d" in message else message
    places = known(indices)
    if places is not None and not isinstance(size, TracedArray):
        # A size that is no number is compared as a whole, which becomes a guard.
        if places.size and (int(places.max()) >= size or int(places.min()) < -size):
            outside = places[(places < -int(size)) | (places >= int(size))]
            raise Report(error, text, user_place()).exception(int(outside.flat[0]), int(size))
        return
    trace = trace_of((indices, size))
    if trace is None or not trace.checks:
        return
    numbers = [traced(indices, trace), traced(cast_to(size, np.int64), trace)]
    _note(trace, CheckIndices, numbers, error, text)


def _note(
    trace: Trace, op: type[TesselOp], operands: list[TracedArray], error: str, message: str
) -> None:
    """Adds a check to the trace."""
    if trace.failure is None:
        trace.failure = _nothing_failed(trace)
    storage = trace.failure
    trace.checks_made += 1
    values = [one.value for one in operands]
    named = {"code": trace.checks_made, "error": error, "message": message}
    storage.assign(trace.build(op, storage.value, *values, **named))


def _nothing_failed(trace: Trace) -> Storage:
    """The hidden array, which belongs to the function itself whatever body is being traced."""
    begin = ir.InsertionPoint.at_block_begin(trace.entry.entry_block)
    with begin, user_location(trace.context):
        value = build_constant(np.zeros(3, np.int64))
    storage = Storage(trace, value)
    storage.home = None
    return storage


def _number(value: Array) -> int:
    return int(np.asarray(known(value)))
