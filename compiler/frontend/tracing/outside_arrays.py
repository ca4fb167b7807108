"""Arrays from outside that a traced function writes to: they become arguments of its program.

Such a write is found where it is made, before it is made: the trace ends there and begins again
with the array as an argument, whose new elements are copied back after each call.
"""

from typing import Any

import numpy as np

from tessel.compiler.diagnostics import UnsupportedError
from tessel.compiler.frontend.tracing.trace import current_trace
from tessel.compiler.locations import user_location

_METHODS = ("fill", "sort", "partition", "put", "itemset", "resize", "setfield", "byteswap")
"""Methods of arrays that write to them."""


class OutsideArrayWritten(BaseException):
    """Ends a trace that is to begin again; the user's code must not catch it."""

    def __init__(self, array: np.ndarray):
        super().__init__()
        self.array = array


def note_write(array: Any) -> None:
    """Called before an array is written: ends the trace where the array is from outside."""
    trace = current_trace()
    state = None if trace is None else trace.state
    if state is not None and isinstance(array, np.ndarray) and state.takes(array):
        raise OutsideArrayWritten(array)


def note_traced_write(array: Any) -> None:
    """The same for a write of traced values, which cannot be made in an array from outside."""
    note_write(array)
    message = "an array that was not made in the compiled function is written to"
    hint = "copy it there with numpy.array, or pass it as an argument"
    raise UnsupportedError(message, location=user_location(), hint=hint)


def written(array: Any, value: Any) -> Any:
    """What code that assigns in place (`array += value`) adds: `value`."""
    note_write(array)
    return value


def writes(method: Any) -> bool:
    """Whether a method of an array writes to it."""
    return method.__name__ in _METHODS
