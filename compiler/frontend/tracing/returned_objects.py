"""Refuses results that would bring traced arrays, which have no values, to the caller."""

import gc
from collections.abc import Iterable
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import UnsupportedError
from tessel.compiler.frontend.tracing.host_numbers import HostNumber
from tessel.compiler.frontend.tracing.pytree import Structure
from tessel.compiler.frontend.tracing.trace import Trace
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.frontend.tracing.traced_dim import TracedDim

_TRACED = (TracedArray, TracedDim)
_HOLD_NOTHING = (int, float, complex, bytes, np.ndarray, np.generic, np.dtype)
_NOT_FOLLOWED = (ModuleType, type, CodeType)


def check_returned(trace: Trace, leaves: Iterable[Any], structure: Structure) -> None:
    """Raises UnsupportedError where a result that is no array holds one of the trace."""
    for leaf in [*leaves, *_keys(structure)]:
        if isinstance(leaf, (*_TRACED, *_HOLD_NOTHING)):
            continue
        for one in [leaf] if isinstance(leaf, str) else _held_by(leaf):
            if isinstance(one, _TRACED):
                what = f"a {type(leaf).__name__} that holds traced arrays"
                hint = "return the arrays themselves, or a dict, list, tuple or dataclass of them"
                raise _error(trace, what, hint)
            if isinstance(one, str) and "TracedArray(" in one:
                what = "a text made of a traced array, whose value is not known yet"
                raise _error(trace, what, "return the array, and make the text of the result")


def holds_traced_values(value: Any) -> bool:
    """Whether an object leads to arrays, sizes or numbers of a trace."""
    return any(isinstance(one, (*_TRACED, HostNumber)) for one in _held_by(value))


def _keys(structure: Structure) -> list[Any]:
    """Keys of the dicts that a function returned."""
    inside = [key for child in structure.children for key in _keys(child)]
    return [*structure.keys, *inside] if structure.kind == "dict" else inside


def _held_by(value: Any) -> Iterable[Any]:
    """All objects that one leads to, but for the variables of modules."""
    seen: dict[int, Any] = {id(value): value}
    waiting = [value]
    while waiting:
        one = waiting.pop()
        yield one
        if isinstance(one, FunctionType):
            inside: list[Any] = [one.__closure__, one.__defaults__, one.__kwdefaults__]
        elif isinstance(one, BuiltinFunctionType):
            inside = [one.__self__]
        else:
            inside = [] if isinstance(one, _NOT_FOLLOWED) else gc.get_referents(one)
        for part in inside:
            if id(part) not in seen and not isinstance(part, _HOLD_NOTHING):
                seen[id(part)] = part
                waiting.append(part)


def _error(trace: Trace, what: str, hint: str) -> UnsupportedError:
    return UnsupportedError(f"{trace.name} returns {what}", location=trace.location, hint=hint)
