"""Python's `max` and `min` of traced numbers."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from tessel.compiler.frontend.python.python_math import is_number
from tessel.compiler.frontend.tracing.apply import trace_of
from tessel.compiler.frontend.tracing.known_values import known
from tessel.compiler.frontend.tracing.promotion import weak_type
from tessel.compiler.frontend.tracing.region import regions_behind
from tessel.compiler.frontend.tracing.traced_array import TracedArray


def of_extremum(function: Callable[..., Any]) -> Callable[..., Any]:
    """`max` or `min`, also of traced numbers: the first of those that are equal.

    The result has the dtype to which all of them promote. With the index of a loop Python asks
    which is larger, and so has the loop unrolled.
    """
    is_better = np.greater if function is max else np.less

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if kwargs or not all(map(is_number, args)) or not _is_traced(args):
            return function(*args, **kwargs)
        return functools.reduce(functools.partial(_chosen, is_better), args)

    return call


def _chosen(is_better: np.ufunc, best: Any, other: Any) -> Any:
    if trace_of((best, other)) is None:
        return other if is_better(other, best) else best
    better = is_better(other, best)
    decided = known(better)
    if decided is not None:
        return other if decided else best
    chosen: Any = np.where(better, other, best)
    kinds = {weak_type(best), weak_type(other)}
    if None in kinds:
        return TracedArray.of(chosen.trace, chosen.value)
    return TracedArray.of(chosen.trace, chosen.value, float if float in kinds else int)


def _is_traced(args: tuple[Any, ...]) -> bool:
    """Whether a number is traced, none depends on a loop's index, or stands for many elements."""
    trace = trace_of(args)
    if trace is None or trace.elements is not None:
        return False
    arrays = [one for one in args if isinstance(one, TracedArray)]
    return bool(arrays) and not any(regions_behind(one.value, trace.region) for one in arrays)
