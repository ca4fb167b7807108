"""`numpy.vectorize`: a function of one element, on all of them.

Where its ops are elementwise the function is traced on whole arrays, once for each way through its
`if`s (`element_paths.py`). Any other function, and one with a `signature`, is the body of a loop
over the elements.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import (
    ArgumentValueError,
    ControlFlowError,
    DTypeError,
    TesselError,
    UnsupportedError,
)
from tessel.compiler.frontend.numpy.functions import elementwise, manipulation
from tessel.compiler.frontend.numpy.if_conversion import Elements, NotElementwiseError
from tessel.compiler.frontend.tracing.apply import trace_of, traced
from tessel.compiler.frontend.tracing.control_flow import scan
from tessel.compiler.frontend.tracing.promotion import cast_to, dtype_of
from tessel.compiler.frontend.tracing.run_time_checks import check_at_run_time, unchecked
from tessel.compiler.frontend.tracing.trace import Trace
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location
from tessel.dialects.inference import broadcast_shapes

_PYTHON_NUMBERS: dict[str, tuple[Any, type | None]] = {
    "b": (np.bool_, None),
    "i": (np.int64, int),
    "u": (np.int64, int),
    "f": (np.float64, float),
    "c": (np.complex128, complex),
}
"""What NumPy gives the function instead of an element of an array: a Python number."""

_RAISED = (IndexError, ValueError, ZeroDivisionError)
"""What a function may raise for some elements."""

Ways = list[tuple[Any, tuple[Any, ...]]]
"""For each way, where it is taken and what the function returns."""


def vectorized(vectorize: Any, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What `vectorize(*args, **kwargs)` gives; `function` is its function as tracing needs it.

    Raises DTypeError where results of two ways have two dtypes and `otypes` names none.
    """
    trace = trace_of((*args, *kwargs.values()))
    if trace is None:
        return vectorize(*args, **kwargs)
    if trace.elements is not None:
        return function(*args, **kwargs)
    excluded = vectorize.excluded
    positions = [position for position in range(len(args)) if position not in excluded]
    names = [name for name in kwargs if name not in excluded]
    given = [*[args[position] for position in positions], *[kwargs[name] for name in names]]

    def call(*elements: Any) -> Any:
        own = list(args)
        for position, element in zip(positions, elements):
            own[position] = element
        return function(*own, **kwargs | dict(zip(names, elements[len(positions) :])))

    arrays = [traced(one, trace) for one in given]
    core = vectorize._in_and_out_core_dims
    ranks = [0] * len(arrays) if core is None else [len(one) for one in core[0]]
    if len(ranks) != len(arrays):
        message = f"numpy.vectorize with signature {vectorize.signature!r} of {len(arrays)} arrays"
        raise ArgumentValueError(message, location=user_location())
    outer = [list(one.shape[: one.ndim - rank]) for one, rank in zip(arrays, ranks)]
    shape = list(broadcast_shapes([tuple(one) for one in outer])) if outer else []
    if any(isinstance(one, int) and one == 0 for one in shape) and not vectorize.otypes:
        message = "cannot call `vectorize` on size 0 inputs unless `otypes` is set"
        raise ArgumentValueError(message, location=user_location())
    rows = [_as_rows(one, shape, rank) for one, rank in zip(arrays, ranks)]
    is_scalar = core is None
    results = _at_once(trace, call, rows, vectorize.otypes) if is_scalar else None
    if results is None:
        results = _one_by_one(trace, call, rows, vectorize.otypes, is_scalar)
    shaped = [manipulation.reshape(one, [*shape, *one.shape[1:]]) for one in results]
    for one in shaped:
        one.storage.is_scalar = False
    return shaped[0] if len(shaped) == 1 else tuple(shaped)


def _as_rows(x: TracedArray, shape: Sequence[Any], rank: int) -> TracedArray:
    """[..., *core] stretched to the shape, as [elements, *core]."""
    core = list(x.shape[x.ndim - rank :])
    stretched = manipulation.broadcast_to(x, [*shape, *core])
    return manipulation.reshape(stretched, [math.prod(shape), *core])


def _as_number(x: TracedArray) -> TracedArray:
    if x.dtype.kind not in _PYTHON_NUMBERS or x.dtype == np.uint64:
        message = f"numpy.vectorize over elements of {x.dtype} cannot be compiled"
        raise UnsupportedError(message, location=user_location(), hint="cast them with .astype")
    dtype, weak = _PYTHON_NUMBERS[x.dtype.kind]
    return TracedArray.of(x.trace, cast_to(x, dtype).value, weak)


def _at_once(
    trace: Trace, call: Callable[..., Any], rows: list[TracedArray], otypes: Any
) -> list[TracedArray] | None:
    """The results of all elements; None where the function is not elementwise."""
    before = _checks_of(trace)
    numbers = [_as_number(one) for one in rows]
    elements = {one.value for one in (*rows, *numbers)}
    try:
        chosen = _chosen(trace, elements, call, rows, numbers, otypes)
    except (NotElementwiseError, ControlFlowError):
        _restore_checks(trace, before)
        return None
    size = rows[0].shape[0]
    return [one if one.ndim else manipulation.broadcast_to(one, [size]) for one in chosen]


def _one_by_one(
    trace: Trace, call: Callable[..., Any], rows: list[TracedArray], otypes: Any, is_scalar: bool
) -> list[TracedArray]:
    """The results of all elements, from a loop over them."""

    def step(carry: Any, row: tuple[TracedArray, ...]) -> tuple[Any, Any]:
        numbers = [_as_number(one) for one in row] if is_scalar else row
        return carry, tuple(_chosen(trace, None, call, row, numbers, otypes))

    return list(scan(step, (), tuple(rows))[1])


def _chosen(
    trace: Trace,
    values: set[Any] | None,
    call: Callable[..., Any],
    rows: Sequence[TracedArray],
    numbers: Sequence[TracedArray],
    otypes: Any,
) -> list[TracedArray]:
    """What each element's way gives, for each result of the function.

    As in NumPy the function gets Python numbers, and the dtypes of its results are those that it
    returns for elements of the array.
    """
    if otypes is None:
        with unchecked():
            dtypes = _dtypes(_ways(trace, Elements(trace.region, values), call, rows))
    else:
        dtypes = [np.dtype(one) for one in otypes]
    ways = _ways(trace, Elements(trace.region, values), call, numbers)
    if any(len(one) != len(dtypes) for _, one in ways):
        message = f"the function of numpy.vectorize does not return {len(dtypes)} results each time"
        raise ArgumentValueError(message, location=user_location(), hint="return as many each time")
    return [
        _one_result([(where, one[position]) for where, one in ways], dtype)
        for position, dtype in enumerate(dtypes)
    ]


def _ways(
    trace: Trace, elements: Elements, call: Callable[..., Any], rows: Sequence[TracedArray]
) -> Ways:
    """What the function returns on each way on which it does not raise."""
    ways: Ways = []
    with _tracing(trace, elements):
        for _ in elements.each_way():
            result = _result_or_check(elements, call, rows)
            if result is not None:
                ways.append((elements.taken(), result))
    if not ways:
        message = "the function of numpy.vectorize raises for each element"
        raise ArgumentValueError(message, location=user_location())
    return ways


def _result_or_check(
    elements: Elements, call: Callable[..., Any], rows: Sequence[TracedArray]
) -> tuple[Any, ...] | None:
    """What the function returns; None where it raises, as the call then does for some elements."""
    try:
        result = call(*rows)
    except _RAISED as error:
        taken = elements.taken()
        if taken is None or isinstance(error, TesselError):
            raise
        kind = next(one for one in _RAISED if isinstance(error, one))
        check_at_run_time(taken, kind.__name__, str(error))
        return None
    results = result if isinstance(result, tuple) else (result,)
    for one in results:
        if one is None:
            message = "the function of numpy.vectorize returns nothing"
            raise DTypeError(message, location=user_location(), hint="return a number")
        if elements.values is not None and isinstance(one, TracedArray) and one.ndim:
            if not elements.holds(one.value):
                raise NotElementwiseError
    return results


def _dtypes(ways: Ways) -> list[np.dtype]:
    """The dtype of each result. Raises DTypeError where two ways have two."""
    found = []
    for results in zip(*[one for _, one in ways]):
        dtypes = {dtype_of(one): None for one in results}
        if len(dtypes) > 1:
            names = " or ".join(map(str, dtypes))
            message = f"the function of numpy.vectorize returns {names}, and NumPy takes the dtype"
            hint = "name it: numpy.vectorize(function, otypes=[float])"
            raise DTypeError(f"{message} of the first element", location=user_location(), hint=hint)
        found.append(next(iter(dtypes)))
    return found


def _one_result(ways: Ways, dtype: np.dtype) -> TracedArray:
    *others, (_, last) = ways
    result = cast_to(traced(last), dtype)
    for where, one in reversed(others):
        result = elementwise.where(where, cast_to(traced(one), dtype), result)
    return result


@contextmanager
def _tracing(trace: Trace, elements: Elements) -> Iterator[None]:
    before, trace.elements = trace.elements, elements
    try:
        yield
    finally:
        trace.elements = before


def _checks_of(trace: Trace) -> tuple[Any, ...]:
    owner: Any = trace if trace.region is None else trace.region
    value = None if trace.failure is None else trace.failure.value
    return trace.failure, value, trace.checks_made, set(owner.checked)


def _restore_checks(trace: Trace, before: tuple[Any, ...]) -> None:
    """Forgets the checks of a function that is traced again."""
    failure, value, trace.checks_made, checked = before
    owner: Any = trace if trace.region is None else trace.region
    owner.checked = checked
    trace.failure = failure
    if failure is not None:
        failure.assign(value)
