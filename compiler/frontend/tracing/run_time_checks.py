"""Checks of data: an error at once where the data is known, else one that the call raises.

A trace that checks holds a hidden array, `trace.failure`: which check failed first. Bodies of
loops and branches write it as they write any array from outside, and so carry it.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any

import numpy as np

from tessel.compiler.failed_checks import Report
from tessel.compiler.frontend.tracing.apply import Array, apply, trace_of, traced
from tessel.compiler.frontend.tracing.known_bounds import bounds_of
from tessel.compiler.frontend.tracing.known_values import known
from tessel.compiler.frontend.tracing.promotion import cast_to
from tessel.compiler.frontend.tracing.trace import Trace
from tessel.compiler.frontend.tracing.traced_array import Storage, TracedArray
from tessel.compiler.frontend.tracing.traced_dim import TracedDim
from tessel.compiler.locations import user_location
from tessel.compiler.mlir_locations import current_location
from tessel.dialects.base import TesselOp
from tessel.dialects.bitwise import BitwiseAnd
from tessel.dialects.checks import Check, CheckIndices
from tessel.dialects.comparison import Select
from tessel.dialects.constant import build_constant
from tessel.dialects.dim import is_empty
from tessel.dialects.mlir import ir
from tessel.dialects.reduction import ReduceAny

_unchecked: ContextVar[bool] = ContextVar("tessel_unchecked", default=False)


def check_at_run_time(
    failed: Array, error: str, message: str, value: Array = 0, other: Array = 0
) -> None:
    """Has the call raise `error` where an element of `failed` is true.

    `message` may name `{value}` and `{other}`, integers of rank 0. Outside a trace, and where
    `failed` is known while tracing, it raises at once.
    """
    if _unchecked.get():
        return
    trace = trace_of((failed, value, other))
    if trace is None or known(failed) is not None:
        if np.any(known(failed)):
            raise Report(error, message, user_location()).exception(_number(value), _number(other))
        return
    if not trace.checks:
        return
    with _whole(trace):
        flag = traced(_on_this_way(trace, failed), trace)
        if flag.ndim:
            flag = apply(ReduceAny, flag, axes=tuple(range(flag.ndim)), keepdims=False)
        numbers = [traced(cast_to(one, np.int64), trace) for one in (value, other)]
    key = (*[one.value for one in (flag, *numbers)], error, message)
    _note(trace, Check, [flag, *numbers], {"error": error, "message": message}, key)


def check_indices(indices: Array, size: Any, axis: int) -> None:
    """Has the call raise IndexError where an index is not in -size <= index < size, as in NumPy.

    Adds nothing where the program shows that none is, or that this was checked before. Raises at
    once for indices into an axis of size 0.
    """
    message = f"index {{value}} is out of bounds for axis {axis} with size {{other}}"
    check_range(indices, size, "IndexError", message, counts_from_back=True)


def check_range(
    indices: Array, size: Any, error: str, message: str, *, counts_from_back: bool = False
) -> None:
    """Has the call raise `error` where an index is not in 0 <= index < size.

    With `counts_from_back` it may be as low as -size.
    """
    if _unchecked.get():
        return
    known_indices = known(indices)
    if known_indices is not None and isinstance(size, int | np.integer):
        lowest = -size if counts_from_back else 0
        outside = known_indices[(known_indices < lowest) | (known_indices >= size)]
        if outside.size:
            raise Report(error, message, user_location()).exception(int(outside.flat[0]), int(size))
        return
    count = size.as_array() if isinstance(size, TracedDim) else size
    trace = trace_of((indices, count))
    if trace is None or not trace.checks:
        return
    traced_indices, count = traced(indices, trace), traced(cast_to(count, np.int64), trace)
    sizes: list[Any] = [size]
    if trace.elements is not None and trace.elements.ways and not is_empty(sizes):
        with _whole(trace):
            nothing = np.zeros((), traced_indices.dtype)
            traced_indices = apply(Select, trace.elements.taken(), traced_indices, nothing)
    if isinstance(size, int | np.integer) and _is_inside(
        traced_indices, int(size), counts_from_back
    ):
        return
    if not isinstance(size, TracedArray) and is_empty(sizes):
        if is_empty(traced_indices.array_type.shape):
            return
        raise Report(error, message.replace("{value} ", ""), user_location()).exception(other=0)
    named = {"error": error, "message": message, "counts_from_back": counts_from_back}
    static_size = isinstance(size, int | np.integer)
    key = (traced_indices.value, int(size) if static_size else count.value, error, message)
    _note(trace, CheckIndices, [traced_indices, count], named, key)


def check_not_negative(numbers: Array, message: str) -> None:
    """Has the call raise ValueError where an integer is negative."""
    check_range(numbers, np.iinfo(np.int64).max, "ValueError", message)


@contextmanager
def unchecked() -> Iterator[None]:
    """While it lasts, nothing is checked: for code whose indices are inside by what it computes."""
    token = _unchecked.set(True)
    try:
        yield
    finally:
        _unchecked.reset(token)


def _on_this_way(trace: Trace, failed: Array) -> Array:
    """What fails on the way that a function of one element is traced for."""
    if trace.elements is None or not trace.elements.ways:
        return failed
    return apply(BitwiseAnd, failed, trace.elements.taken())


def _whole(trace: Trace) -> AbstractContextManager[None]:
    return nullcontext() if trace.elements is None else trace.elements.whole()


def _is_inside(indices: TracedArray, size: int, counts_from_back: bool) -> bool:
    low, high = bounds_of(indices)
    return high < size and low >= (-size if counts_from_back else 0)


def _note(
    trace: Trace,
    op: type[TesselOp],
    operands: list[TracedArray],
    named: dict[str, Any],
    key: tuple[Any, ...],
) -> None:
    """Adds a check to the trace, unless the body that is traced, or one around it, made it before.

    Checks with the same `key` are the same.
    """
    values = [one.value for one in operands]
    if key in _made_before(trace):
        return
    (trace if trace.region is None else trace.region).checked.add(key)
    if trace.failure is None:
        trace.failure = _nothing_failed(trace)
    storage = trace.failure
    trace.checks_made += 1
    with _whole(trace):
        checked = trace.build(op, storage.value, *values, code=trace.checks_made, **named)
    storage.assign(checked)


def _made_before(trace: Trace) -> set[tuple[Any, ...]]:
    """The checks of the function and of the bodies that are being traced."""
    made, region = set(trace.checked), trace.region
    while region is not None:
        made |= region.checked
        region = region.parent
    return made


def _nothing_failed(trace: Trace) -> Storage:
    """The hidden array, which belongs to the function itself whatever body is being traced."""
    begin = ir.InsertionPoint.at_block_begin(trace.entry.entry_block)
    with begin, current_location(trace.context):
        value = build_constant(np.zeros(3, np.int64))
    storage = Storage(trace, value)
    storage.home = None
    return storage


def _number(value: Array) -> int:
    return int(np.asarray(known(value)))
