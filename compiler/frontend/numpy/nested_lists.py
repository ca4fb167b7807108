"""Lists and tuples that hold traced numbers, where NumPy takes them as arrays.

NumPy asks arrays what to do, not the lists around them. Which arguments are arrays is what the
functions of the front end say: a parameter is an `Array`, or a `Sequence[Array]`.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from inspect import Parameter, signature
from typing import Any, get_args, get_origin

import numpy as np

from tessel.compiler.frontend.numpy.made_arrays import array, holds_traced
from tessel.compiler.frontend.numpy.numpy_table import FUNCTIONS
from tessel.compiler.frontend.tracing.apply import Array

Arguments = tuple[Sequence[Any], dict[str, Any]]


def taking_lists(called: Callable[..., Any]) -> Callable[..., Any]:
    """A function that a traced function calls, also of lists that hold traced numbers.

    Where it is neither NumPy's nor instead of one, nor the method of a ufunc, it is `called`.
    """
    if isinstance(called, np.ufunc) or isinstance(getattr(called, "__self__", None), np.ufunc):
        make = functools.partial(_for_ufunc, getattr(called, "__name__", ""))
    else:
        implementation = FUNCTIONS.get(called) or FUNCTIONS.get(_replaced(called))
        if implementation is None:
            return called
        make = functools.partial(with_arrays, implementation)

    def call(*args: Any, **kwargs: Any) -> Any:
        given, named = make(args, kwargs)
        return called(*given, **named)

    call.__wrapped__ = called  # type: ignore[attr-defined]
    return call


def with_arrays(
    implementation: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Arguments:
    """Arguments for what compiles a function of NumPy's, with arrays instead of such lists."""
    if not any(map(_is_list_of_traced, (*args, *kwargs.values()))):
        return args, dict(kwargs)
    parameters = signature(implementation).parameters
    annotations: list[Any] = []
    for one in parameters.values():
        is_rest = one.kind is Parameter.VAR_POSITIONAL
        annotations += [one.annotation] * (len(args) if is_rest else 1)
    annotations += [Any] * len(args)  # behind `out`, which implementations do not have
    given = [_as_annotated(one, annotation) for one, annotation in zip(args, annotations)]
    named = {
        name: _as_annotated(one, parameters[name].annotation) if name in parameters else one
        for name, one in kwargs.items()
    }
    return given, named


def array_of(value: Any) -> Any:
    """The array that NumPy makes of a list that holds traced numbers; all else as it is."""
    return array(value) if _is_list_of_traced(value) else value


def _for_ufunc(name: str, args: Sequence[Any], kwargs: dict[str, Any]) -> Arguments:
    """Arguments of a ufunc or of its method `name`: all are arrays but the index of `at`."""
    is_index = [name == "at" and position == 1 for position in range(len(args))]
    return [one if kept else array_of(one) for one, kept in zip(args, is_index)], kwargs


def _as_annotated(value: Any, annotation: Any) -> Any:
    if not _is_list_of_traced(value):
        return value
    if get_origin(annotation) is Sequence:
        return [array_of(one) for one in value]
    return array(value) if Array in (annotation, *get_args(annotation)) else value


def _is_list_of_traced(value: Any) -> bool:
    return isinstance(value, list | tuple) and holds_traced(value)


def _replaced(called: Callable[..., Any]) -> Any:
    """NumPy's function that `called` wraps."""
    wrapped = getattr(called, "__wrapped__", None)
    return wrapped if type(wrapped) is type(np.sum) else None
