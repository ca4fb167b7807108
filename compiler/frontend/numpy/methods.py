"""Gives `TracedArray` NumPy's protocols, operators, attributes and methods.

`install_methods` does it, once, before anything is traced: the functions behind the
methods are written with the class that gets them.
"""

import sys
from collections.abc import Callable
from functools import cache, partial
from inspect import Parameter, signature
from typing import Any, NoReturn

import numpy as np

from tessel.compiler.diagnostics import (
    ArgumentValueError,
    DTypeError,
    ShapeError,
    UnsupportedError,
)
from tessel.compiler.frontend.numpy import (
    array_flags,
    dtype_views,
    flat_elements,
    indexing,
    strided_views,
    ufunc_methods,
    view_functions,
)
from tessel.compiler.frontend.numpy.functions import elementwise, special
from tessel.compiler.frontend.numpy.functions.data_types import DEVICE, check_device
from tessel.compiler.frontend.numpy.masked_functions import install_masked_functions
from tessel.compiler.frontend.numpy.masked_selection import MaskedSelection
from tessel.compiler.frontend.numpy.nested_lists import array_of, with_arrays
from tessel.compiler.frontend.numpy.numpy_table import FUNCTIONS, INSTEAD, UFUNCS
from tessel.compiler.frontend.numpy.operators import check_castable, install_operators
from tessel.compiler.frontend.tracing.known_values import CONVERSIONS
from tessel.compiler.frontend.tracing.outside_arrays import note_write
from tessel.compiler.frontend.tracing.promotion import (
    cast_to,
    cast_together,
    input_dtypes,
)
from tessel.compiler.frontend.tracing.trace import Trace
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location

_METHODS = (
    *("all", "any", "argmax", "argmin", "argpartition", "argsort", "choose", "clip", "cumprod"),
    *("cumsum", "diagonal", "dot", "max", "mean", "min", "nonzero", "prod", "put", "repeat"),
    *("round", "searchsorted", "squeeze", "std", "sum", "swapaxes", "take", "var"),
)
"""Methods that are NumPy's function of the same name."""

_MAKE_ARRAYS = frozenset(
    {np.copy, np.empty_like, np.full_like, np.ones_like, np.select, np.where, np.zeros_like}
)
"""Functions whose results are arrays also where they have rank 0, not NumPy's scalars."""

_OF_SHAPES = frozenset({np.ndim, np.shape, np.size})
"""Functions that say of all elements together what they would not say of one."""

_METHODS_OF_UFUNCS: dict[str, Callable[..., Any]] = {
    "accumulate": ufunc_methods.accumulate,
    "outer": ufunc_methods.outer,
    "reduce": ufunc_methods.reduce,
    "reduceat": ufunc_methods.reduceat,
}


def install_methods() -> None:
    """Fills `TracedArray`; calling it again changes nothing."""
    install_operators()
    for name in _METHODS:
        setattr(TracedArray, name, _method(getattr(np, name)))
    for name, attribute in (_ATTRIBUTES | CONVERSIONS).items():
        setattr(TracedArray, name, attribute)
    install_masked_functions()


def array_ufunc(
    self: TracedArray, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any
) -> Any:
    """NumPy's hook for ufuncs: `np.add(x, y)`, `np.add.reduce(x)`, `ndarray + x`."""
    if any(isinstance(one, MaskedSelection) for one in inputs) and method != "at":
        return NotImplemented
    if method != "__call__":
        return _ufunc_method(self.trace, ufunc, method, inputs, kwargs)
    function = UFUNCS.get(ufunc) or special.of_scipy(ufunc)
    if function is None:
        raise unsupported(
            ufunc.__name__, "scipy.special" if special.is_of_scipy(ufunc) else "numpy"
        )
    out, mask, dtype = kwargs.pop("out", None), kwargs.pop("where", True), kwargs.pop("dtype", None)
    casting = kwargs.pop("casting", "same_kind")
    if mask is not True and out is None:
        kwargs["where"] = mask  # NumPy leaves the other elements undefined
    if kwargs:
        raise unsupported(f"{ufunc.__name__}({next(iter(kwargs))}=)")
    if dtype is not None or casting != "same_kind":
        inputs = tuple(cast_together(inputs, input_dtypes(ufunc, inputs, dtype, casting)))
    with self.trace.calling(f"numpy.{ufunc.__name__}"):
        result = function(*inputs)
    if out is None:
        return result
    if not isinstance(result, tuple):
        return _into(out[0], result, mask, casting)
    # A ufunc of several results: those without an array are new.
    return tuple(
        one if target is None else _into(target, one, mask, casting)
        for target, one in zip(out, result, strict=True)
    )


def array_function(
    self: Any, function: Callable[..., Any], types: Any, args: Any, kwargs: Any
) -> Any:
    """NumPy's hook for all other functions."""
    if MaskedSelection in types:
        return NotImplemented
    implementation = FUNCTIONS.get(function)
    if function in _OF_SHAPES:
        _refuse_elements(args)
    module = (function.__module__ or "numpy").removeprefix("numpy").lstrip(".")
    name = f"{module}.{function.__name__}" if module else function.__name__
    if implementation is None:
        raise unsupported(name)
    position, names = _out_and_behind(function)
    named = dict(zip(names, args[position:]))
    with self.trace.calling(f"numpy.{name}"):
        result = _called(name, implementation, args[:position], kwargs | named)
    if function in _MAKE_ARRAYS and isinstance(result, TracedArray):
        result.storage.is_scalar = False
    return result


@cache
def _out_and_behind(function: Callable[..., Any]) -> tuple[int, tuple[str, ...]]:
    """The position of `out` among NumPy's arguments, and the names from there on.

    Implementations have no `out` among theirs.
    """
    parameters = signature(function).parameters
    out = parameters.get("out")
    if out is None or out.kind is Parameter.KEYWORD_ONLY:
        return sys.maxsize, ()
    position = list(parameters).index("out")
    return position, tuple(parameters)[position:]


def _refuse_elements(args: Any) -> None:
    for one in args:
        if isinstance(one, TracedArray) and one.trace.elements is not None:
            one.trace.elements.refuse_array(one.value)


def _called(name: str, implementation: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """The result, written to `out` when there is one.

    Raises UnsupportedError for options that are not compiled.
    """
    out = kwargs.pop("out", None)
    try:
        signature(implementation).bind(*args, **kwargs)
    except TypeError as error:
        # NumPy has checked the call: what does not bind is an option that is missing here.
        message = f"numpy.{name} cannot be compiled with these arguments: {error}"
        raise UnsupportedError(message, location=user_location()) from None
    result = implementation(*args, **kwargs)
    if out is None:
        return result
    target = out[0] if isinstance(out, tuple) else out
    if isinstance(target, TracedArray) and target.array_type.shape != result.array_type.shape:
        message = f"numpy.{name}: out is {target.array_type}, and the result {result.array_type}"
        raise ShapeError(message, location=user_location())
    return _into(target, result, True)


def unsupported(name: str, module: str = "numpy") -> UnsupportedError:
    """The error for a function that is not compiled, with what to use instead."""
    hint = INSTEAD.get(name, "compute it outside the compiled function, or write it with others")
    return UnsupportedError(
        f"{module}.{name} cannot be compiled", location=user_location(), hint=hint
    )


def _ufunc_method(
    trace: Trace, ufunc: np.ufunc, method: str, inputs: Any, kwargs: dict[str, Any]
) -> Any:
    if ufunc not in UFUNCS:
        raise unsupported(f"{ufunc.__name__}.{method}")
    if method == "at":
        return ufunc_methods.at(ufunc, *inputs)
    if method == "reduce" and "initial" in kwargs and kwargs["initial"] is None:
        del kwargs["initial"]
    implementation = partial(_METHODS_OF_UFUNCS[method], ufunc)
    name = f"{ufunc.__name__}.{method}"
    with trace.calling(f"numpy.{name}"):
        return _called(name, implementation, inputs, kwargs)


def _into(target: Any, result: Any, mask: Any, casting: str = "same_kind") -> Any:
    """`out=` and `where=`: the result where the mask holds, else what is there."""
    if not isinstance(target, TracedArray | np.ndarray):
        message = f"out= is a {type(target).__name__}, and must be an array"
        raise DTypeError(message, location=user_location(), hint="make it with numpy.zeros")
    if not isinstance(target, TracedArray):
        note_write(target)
        hint = "make it with numpy.zeros inside the compiled function"
        raise UnsupportedError("out= must be a traced array", location=user_location(), hint=hint)
    check_castable(result, target, casting)
    target[...] = result if mask is True else elementwise.where(mask, result, target)
    return target


def _method(function: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: TracedArray, *args: Any, **kwargs: Any) -> Any:
        given, named = with_arrays(FUNCTIONS[function], (self, *args), kwargs)
        return array_function(self, function, (), given, named)

    return method


def _transpose(self: TracedArray, *axes: Any) -> TracedArray:
    given = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None
    return view_functions.transpose(self, given)


def _reshape(self: TracedArray, *shape: Any, **options: Any) -> TracedArray:
    given = shape[0] if len(shape) == 1 else shape
    return view_functions.reshape(self, given, **options)


def _sort(self: TracedArray, axis: int = -1, **options: Any) -> None:
    self[...] = FUNCTIONS[np.sort](self, axis, **options)


def _partition(self: TracedArray, kth: Any, axis: int = -1, **options: Any) -> None:
    self[...] = FUNCTIONS[np.partition](self, kth, axis, **options)


def _compress(self: TracedArray, condition: Any, axis: int | None = None) -> Any:
    return np.compress(condition, self, axis)


def _delete_item(self: TracedArray, index: Any) -> NoReturn:
    message = "elements of an array cannot be deleted"
    hint = "use numpy.delete, which gives a new array"
    raise ArgumentValueError(message, location=user_location(), hint=hint)


def _set_item(self: TracedArray, index: Any, value: Any) -> None:
    indexing.set_item(self, index, array_of(value))


def _fill(self: TracedArray, value: Any) -> None:
    if not self.is_scalar:  # NumPy fills a copy of a scalar
        self[...] = value


def _astype(
    self: TracedArray,
    dtype: Any,
    order: str = "K",
    casting: str = "unsafe",
    subok: bool = True,
    copy: bool = True,
) -> TracedArray:
    if not np.can_cast(self.dtype, dtype, casting):  # type: ignore[arg-type]
        message = f"{self.dtype} cannot become {np.dtype(dtype)} with casting {casting!r}"
        raise DTypeError(message, location=user_location(), hint='use casting="unsafe"')
    if not copy and self.dtype == np.dtype(dtype) and order == "K":
        return self
    cast = cast_to(self, dtype)
    return self.copied(order) if cast is self else cast if order == "K" else cast.copied(order)


def _to_device(self: TracedArray, device: Any, /, *, stream: Any = None) -> TracedArray:
    check_device(device)
    return self


_ATTRIBUTES: dict[str, Any] = {
    "__array_ufunc__": array_ufunc,
    "__array_function__": array_function,
    "__getitem__": indexing.get_item,
    "__setitem__": _set_item,
    "__delitem__": _delete_item,
    "__divmod__": lambda self, other: elementwise.divmod(self, array_of(other)),
    "__rdivmod__": lambda self, other: elementwise.divmod(array_of(other), self),
    "device": property(lambda self: DEVICE),
    "flags": property(array_flags.Flags),
    "T": property(lambda self: _transpose(self)),
    "strides": property(strided_views.strides_of),
    "mT": property(view_functions.matrix_transpose),
    "flat": property(flat_elements.flat, flat_elements.set_flat),
    "real": property(view_functions.real, lambda self, part: view_functions.real(self).fill(part)),
    "imag": property(view_functions.imag, lambda self, part: view_functions.imag(self).fill(part)),
    "astype": _astype,
    "compress": _compress,
    "conj": elementwise.conj,
    "conjugate": elementwise.conj,
    "copy": TracedArray.copied,
    "fill": _fill,
    "flatten": view_functions.flatten,
    "partition": _partition,
    "ravel": view_functions.ravel,
    "reshape": _reshape,
    "sort": _sort,
    "to_device": _to_device,
    "transpose": _transpose,
    "view": dtype_views.view,
}
