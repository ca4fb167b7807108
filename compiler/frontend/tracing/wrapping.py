"""What `tessel.compile` is given: functions, and what Python makes of functions."""

import functools
import inspect
import pickle
import sys
from collections.abc import Callable
from typing import Any

from tessel.compiler.diagnostics import ArgumentError
from tessel.compiler.locations import user_location


def wrap(function: Any, compiled: Callable[[Callable[..., Any]], Any]) -> Any:
    """`compiled(function)`; inside a class method, static method or property where it is one.

    Raises ArgumentError for what cannot be compiled: coroutines, generators, what is no function.
    """
    if isinstance(function, classmethod | staticmethod):
        return type(function)(wrap(function.__func__, compiled))
    if isinstance(function, property):
        getter = wrap(function.fget, compiled)
        return property(getter, function.fset, function.fdel, function.__doc__)
    if not callable(function):
        kind = type(function).__name__
        raise ArgumentError(f"compile() takes a function, not a {kind}", location=user_location())
    if isinstance(function, type):
        hint = "compile the function that makes its objects"
        message = f"the class {function.__name__} cannot be compiled"
        raise ArgumentError(message, location=user_location(), hint=hint)
    inner = function
    while isinstance(inner, functools.partial):
        inner = inner.func
    name = getattr(inner, "__name__", type(inner).__name__)
    for kind, is_kind in _KINDS.items():
        if is_kind(inner) or is_kind(type(inner).__call__):
            hint = "compile the function of arrays that it calls"
            raise ArgumentError(f"{name}() is {kind}", location=user_location(), hint=hint)
    return compiled(function)


_KINDS: dict[str, Callable[[Any], bool]] = {
    "a coroutine": inspect.iscoroutinefunction,
    "an asynchronous generator": inspect.isasyncgenfunction,
    "a generator": inspect.isgeneratorfunction,
}


def global_name(function: Any, compiled: Any) -> str:
    """The name by which pickle finds a compiled function again.

    Raises PicklingError where its module has something else under that name.
    """
    module, name = function.__module__, getattr(function, "__qualname__", repr(function))
    found: Any = sys.modules.get(module)
    for step in name.split("."):
        found = getattr(found, step, None)
    if found is not compiled:
        message = f"{module}.{name} is not this compiled function: define it in a module to pickle"
        raise pickle.PicklingError(message)
    return name
