"""NumPy's functions of what a traced mask selects.

`install_masked_functions` gives them to `MaskedSelection`, as functions and as methods. Written
with NumPy's own functions, which come back to the front end.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from tessel.compiler.frontend.numpy import masked_indexing, masked_order
from tessel.compiler.frontend.numpy.functions import binning
from tessel.compiler.frontend.numpy.masked_selection import (
    MaskedSelection,
    have_one_mask,
    refuse_selection,
)
from tessel.compiler.frontend.tracing.apply import traced
from tessel.compiler.frontend.tracing.promotion import cast_to
from tessel.compiler.frontend.tracing.run_time_checks import check_at_run_time
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.dialects.types import is_float, is_integer

_METHODS = (
    *("all", "any", "argmax", "argmin", "clip", "cumprod", "cumsum", "dot", "max", "mean", "min"),
    *("argsort", "nonzero", "prod", "ravel", "reshape", "round", "std", "sum", "transpose", "var"),
)
"""Methods that are NumPy's function of the same name."""

_ELEMENTWISE = {
    *(np.angle, np.around, np.clip, np.copy, np.digitize, np.fix, np.full_like, np.imag, np.interp),
    *(np.isclose, np.iscomplex, np.isin, np.isneginf, np.isposinf, np.isreal, np.nan_to_num),
    *(np.ones_like, np.polyval, np.real, np.round, np.searchsorted, np.select, np.sinc, np.where),
    *(np.zeros_like, np.empty_like),
}
"""Functions that work on each element by itself."""

_WITHOUT_NAN = {
    np.nanmedian: np.nanmedian,
    np.nanmean: np.nanmean,
    np.nanstd: np.nanstd,
    np.nanvar: np.nanvar,
    np.nansum: np.nansum,
    np.nanprod: np.nanprod,
    np.nanmax: np.nanmax,
    np.nanmin: np.nanmin,
    np.nanquantile: np.nanquantile,
    np.nanpercentile: np.nanpercentile,
}
_QUANTILES = {
    np.median: np.nanmedian,
    np.quantile: np.nanquantile,
    np.percentile: np.nanpercentile,
}
"""What they are once elements that are not chosen have become NaN."""


def array_function(
    self: MaskedSelection, function: Callable[..., Any], types: Any, args: Any, kwargs: Any
) -> Any:
    """NumPy's hook for functions other than ufuncs."""
    if function in _ELEMENTWISE:
        return _elementwise(function, args, kwargs)
    if function in _QUANTILES:
        return _quantile(function, *args, **kwargs)
    if function in _WITHOUT_NAN:
        return _without_nan(function, *args, **kwargs)
    if function in _FUNCTIONS:
        return _FUNCTIONS[function](*args, **kwargs)
    module = (function.__module__ or "numpy").removeprefix("numpy").lstrip(".")
    name = f"{module}.{function.__name__}" if module else function.__name__
    return refuse_selection(f"numpy.{name}")


def install_masked_functions() -> None:
    """Fills `MaskedSelection`; calling it again changes nothing."""
    MaskedSelection.__array_function__ = array_function
    MaskedSelection.__getitem__ = masked_indexing.get_selected
    MaskedSelection.__setitem__ = masked_indexing.set_selected
    for name in _METHODS:
        setattr(MaskedSelection, name, _method(getattr(np, name)))
    for name, method in _OWN_METHODS.items():
        setattr(MaskedSelection, name, method)


def _method(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, *args, **kwargs: array_function(self, function, (), (self, *args), kwargs)


def _elementwise(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    chosen = [one for one in _flat((args, kwargs)) if isinstance(one, MaskedSelection)]
    first = max(chosen, key=lambda one: one.ndim - one.axis)
    name = f"numpy.{function.__name__}"

    def stored(one: Any) -> Any:
        if isinstance(one, list | tuple):
            return type(one)(stored(inner) for inner in one)
        return first.aligned(one, name) if isinstance(one, MaskedSelection | TracedArray) else one

    if function in (np.interp, np.digitize, np.isin, np.polyval, np.searchsorted):
        # Arrays beside the elements are looked up, and do not broadcast.
        given = [one.values if isinstance(one, MaskedSelection) else one for one in args]
        return first.with_values(function(*given, **kwargs))
    named = {key: stored(one) for key, one in kwargs.items()}
    return first.with_values(function(*[stored(one) for one in args], **named))


def _reduced(function: Callable[..., Any], empty: Callable[[np.dtype], Any] | None = None) -> Any:
    """A reduction that NumPy lets choose by `where`; `empty` stands for no element."""

    def reduce(a: MaskedSelection, axis: Any = None, dtype: Any = None, **options: Any) -> Any:
        axes, chooses = a.stored_axes(axis)
        if dtype is not None:
            options["dtype"] = dtype
        if not chooses:
            return _kept(a, function(a.values, axis=axes, **options), axis, options)
        if empty is not None and "initial" not in options:
            name = function.__name__.removeprefix("a")
            message = f"numpy.{name} of no elements: the mask chose none"
            check_at_run_time(np.equal(a.count, 0), "ValueError", message)
            options["initial"] = empty(a.dtype)
        if options.get("keepdims"):
            a, axes = a.merged(), a.merged().stored_axes(axis)[0]
        return function(a.values, axis=axes, where=a.holds(), **options)

    return reduce


def _kept(a: MaskedSelection, values: Any, axis: Any, options: dict[str, Any]) -> MaskedSelection:
    """The selection that is left after others of its axes were reduced."""
    reduced = {one % a.ndim for one in ((axis,) if isinstance(axis, int) else axis)}
    before = 0 if options.get("keepdims") else sum(one < a.axis for one in reduced)
    return MaskedSelection(values, a.mask, a.axis - before)


def _without_nan(function: Callable[..., Any], a: MaskedSelection, *args: Any, **kw: Any) -> Any:
    """A function that leaves out NaN, which elements that are not chosen become."""
    wide = a.with_values(cast_to(a.values, np.result_type(a.dtype, np.float16)))
    args, kw, axis = _axis_of(function, args, kw)
    axes, chooses = a.stored_axes(axis)
    if not chooses:
        return _kept(a, function(a.values, *args, axis=axes, **kw), axis, kw)
    if kw.get("keepdims"):
        wide = wide.merged()
        axes = wide.stored_axes(axis)[0]
    return function(wide.filled(np.nan), *args, axis=axes, **kw)


def _quantile(function: Callable[..., Any], a: MaskedSelection, *args: Any, **kw: Any) -> Any:
    """Medians and other quantiles: NaN where a chosen element is."""
    exact = a.dtype if is_float(a.dtype) else np.dtype(np.float64)
    wide = a.with_values(cast_to(a.values, exact))
    result = _without_nan(_QUANTILES[function], wide, *args, **kw)
    if isinstance(result, MaskedSelection) or not is_float(a.dtype):
        return result
    axis = _axis_of(function, args, kw)[2]
    some = np.any(np.isnan(wide), axis=axis, keepdims=kw.get("keepdims", False))
    return np.where(some, cast_to(np.nan, exact), result)


def _axis_of(function: Callable[..., Any], args: Any, kw: Any) -> tuple[Any, Any, Any]:
    """The arguments without the axis, and the axis."""
    first = 1 if "quantile" in function.__name__ or "percentile" in function.__name__ else 0
    if len(args) > first:
        return (*args[:first], *args[first + 1 :]), kw, args[first]
    rest = {key: one for key, one in kw.items() if key != "axis"}
    return args, rest, kw.get("axis")


def _argument(largest: bool) -> Callable[..., Any]:
    """`numpy.argmax` or `argmin`: counted among the chosen elements."""

    def find(a: MaskedSelection, axis: int | None = None, keepdims: bool = False) -> Any:
        if axis is None and a.ndim > 1:
            a, axis = masked_order.ravel(a), 0
        a = a.merged()
        position = (0 if axis is None else axis) % a.ndim
        extreme = np.argmax if largest else np.argmin
        if position == a.axis:
            message = f"numpy.{extreme.__name__} of no elements: the mask chose none"
            check_at_run_time(np.equal(a.count, 0), "ValueError", message)
        if position != a.axis:
            return _kept(a, extreme(a.values, axis=position), position, {})
        bound = (np.max if largest else np.min)(a, axis=position, keepdims=True)
        meets = a.values == bound
        if is_float(a.dtype):
            meets = meets | (np.isnan(a.values) & np.isnan(bound))
        found = np.argmax(meets & a.holds(), axis=position, keepdims=keepdims)
        return np.take(np.cumsum(a.mask) - 1, found)

    return find


def _cumulative(function: Callable[..., Any], neutral: int) -> Callable[..., Any]:
    def accumulate(a: MaskedSelection, axis: int | None = None, dtype: Any = None) -> Any:
        a = masked_order.ravel(a) if axis is None else a.merged()
        filled = a.filled(neutral)
        return a.with_values(function(filled, axis=0 if axis is None else axis, dtype=dtype))

    return accumulate


def _dot(a: Any, b: Any) -> Any:
    """Products of vectors and matrices: elements that are not chosen count as 0."""
    first, second = (_as_product_operand(one) for one in (a, b))
    depth = (first.ndim - 1, max(second.ndim - 2, 0))
    inner = [
        isinstance(one, MaskedSelection) and one.axis == axis
        for one, axis in zip((first, second), depth)
    ]
    if any(inner):
        if not all(inner):
            refuse_selection("a product with an array")
        if not have_one_mask(first, second):
            refuse_selection("a product of selections by two masks")
        return np.matmul(first.filled(0), second.filled(0))
    if isinstance(first, MaskedSelection) and isinstance(second, MaskedSelection):
        refuse_selection("a product over other axes than the chosen one")
    stored = [one.values if isinstance(one, MaskedSelection) else one for one in (first, second)]
    product = traced(np.matmul(stored[0], stored[1]))
    if isinstance(first, MaskedSelection):
        axis = first.axis + product.ndim - max(first.ndim - (second.ndim == 1), second.ndim)
        return MaskedSelection(product, first.mask, first.axis if second.ndim < 3 else axis)
    return MaskedSelection(product, second.mask, product.ndim - 1)


def _as_product_operand(one: Any) -> Any:
    return one.merged() if isinstance(one, MaskedSelection) else traced(one)


def _norm(x: MaskedSelection, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """`numpy.linalg.norm`: elements that are not chosen count as 0."""
    axes, chooses = x.merged().stored_axes(axis)
    given = None if axis is None else axes[0] if isinstance(axis, int) else axes
    if not chooses:
        return _kept(x.merged(), np.linalg.norm(x.merged().values, ord, given, keepdims), axis, {})
    if ord is not None and ord <= 0:
        refuse_selection(f"numpy.linalg.norm of order {ord}")
    return np.linalg.norm(x.merged().filled(0), ord, given, keepdims)


def _count_nonzero(a: MaskedSelection, axis: Any = None, *, keepdims: bool = False) -> Any:
    return np.sum(a != 0, axis=axis, keepdims=keepdims)


def _average(a: Any, axis: Any = None, weights: Any = None, **options: Any) -> Any:
    if weights is None:
        return np.mean(a, axis=axis, **options)
    return np.sum(a * weights, axis=axis) / np.sum(weights, axis=axis)


def _ptp(a: MaskedSelection, axis: Any = None, keepdims: bool = False) -> Any:
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


def _bincount(x: MaskedSelection, /, weights: Any = None, minlength: int = 0) -> Any:
    if isinstance(weights, MaskedSelection):
        weights = x.aligned(weights, "numpy.bincount")
        weights = np.ravel(weights)
    elif weights is not None:
        refuse_selection("numpy.bincount with other weights")
    return binning.bincount(np.ravel(x.values), weights, minlength, where=np.ravel(x.mask))


def _histogram(a: MaskedSelection, bins: Any = 10, range: Any = None, density: Any = None) -> Any:
    if range is None and np.ndim(bins) == 0:
        range = np.min(a), np.max(a)
    flat = masked_order.ravel(a)
    return np.histogram(flat.values, bins, range, density, cast_to(flat.mask, np.int64))


def _lowest(dtype: np.dtype) -> Any:
    if is_float(dtype):
        return -np.inf
    return np.iinfo(dtype).min if is_integer(dtype) else False


def _flat(tree: Any) -> list[Any]:
    if isinstance(tree, dict):
        return _flat(list(tree.values()))
    return (
        [leaf for one in tree for leaf in _flat(one)] if isinstance(tree, list | tuple) else [tree]
    )


_FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {
    np.all: _reduced(np.all),
    np.amax: _reduced(np.max, _lowest),
    np.amin: _reduced(np.min, masked_order.highest),
    np.any: _reduced(np.any),
    np.argmax: _argument(largest=True),
    np.argmin: _argument(largest=False),
    np.argsort: masked_order.argsort,
    np.average: _average,
    np.bincount: _bincount,
    np.concatenate: masked_order.concatenate,
    np.count_nonzero: _count_nonzero,
    np.cumprod: _cumulative(np.cumprod, 1),
    np.cumsum: _cumulative(np.cumsum, 0),
    np.diff: masked_order.diff,
    np.dot: _dot,
    np.flatnonzero: masked_order.flatnonzero,
    np.histogram: _histogram,
    np.linalg.norm: _norm,
    np.max: _reduced(np.max, _lowest),
    np.mean: _reduced(np.mean),
    np.min: _reduced(np.min, masked_order.highest),
    np.ndim: lambda a: a.ndim,
    np.nonzero: masked_order.nonzero,
    np.prod: _reduced(np.prod),
    np.ptp: _ptp,
    np.ravel: masked_order.ravel,
    np.reshape: masked_order.reshape,
    np.shape: lambda a: a.shape,
    np.size: lambda a, axis=None: a.size if axis is None else a.shape[axis],
    np.sort: masked_order.sort,
    np.std: _reduced(np.std),
    np.sum: _reduced(np.sum),
    np.transpose: lambda a: a.T,
    np.var: _reduced(np.var),
}

_OWN_METHODS: dict[str, Callable[..., Any]] = {
    "astype": lambda self, dtype, *_, **__: self.with_values(cast_to(self.values, dtype)),
    "copy": lambda self, *_: self.with_values(TracedArray.of(self.mask.trace, self.values.value)),
    "flatten": masked_order.ravel,
    "reshape": lambda self, *shape, **_: masked_order.reshape(
        self, shape[0] if len(shape) == 1 else shape
    ),
}
