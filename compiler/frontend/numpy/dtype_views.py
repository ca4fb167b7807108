"""`ndarray.view`: the same memory, its bits read as another dtype."""

from collections.abc import Callable
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ArgumentValueError, UnsupportedError
from tessel.compiler.frontend.numpy.functions import elementwise, manipulation
from tessel.compiler.frontend.tracing.apply import Array, apply
from tessel.compiler.frontend.tracing.promotion import cast_to
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.frontend.tracing.views import View
from tessel.compiler.locations import user_location
from tessel.dialects.conversion import Bitcast, Complex, Imag, Real
from tessel.dialects.dim import are_same
from tessel.dialects.mlir import ir
from tessel.dialects.types import SUPPORTED_DTYPES, is_bool, is_complex, real_dtype


def view(self: TracedArray, dtype: Any = None) -> TracedArray:
    """`ndarray.view`: of a dtype of the same width, or complex numbers as their parts and back.

    Raises UnsupportedError for other widths, ArgumentValueError for an axis of parts that NumPy
    does not take apart.
    """
    if dtype is None or dtype is np.ndarray or self.dtype == np.dtype(dtype):
        return self.apply_view(View(lambda base: base, lambda _, part: part), self.layout)
    target = np.dtype(dtype)
    if target in SUPPORTED_DTYPES:
        if is_complex(self.dtype) and real_dtype(self.dtype) == target:
            return _of_parts(self)
        if is_complex(target) and real_dtype(target) == self.dtype:
            return _of_pairs(self)
        none_complex = not is_complex(self.dtype) and not is_complex(target)
        if none_complex and self.dtype.itemsize == target.itemsize:
            return _changed(self, _bits_as(target), _bits_as(self.dtype), target.itemsize)
    message = f"a view of {self.array_type} as {target} cannot be compiled"
    raise UnsupportedError(message, location=user_location(), hint="cast it with .astype")


def _bits_as(dtype: np.dtype) -> Callable[[Array], Array]:
    """What reads the same bits as `dtype`; of bytes that become booleans, whether they are 0."""

    def read(x: TracedArray) -> Array:
        if is_bool(dtype):
            return elementwise.not_equal(apply(Bitcast, x, dtype=np.dtype(np.uint8)), 0)
        plain = cast_to(x, np.uint8) if is_bool(x.dtype) else x
        return plain if plain.dtype == dtype else apply(Bitcast, plain, dtype=dtype)

    return read


def _of_parts(x: TracedArray) -> TracedArray:
    """Complex numbers as their real and imaginary parts, one after the other."""
    _check_last_axis(x)
    return _changed(x, _parts, _pairs, x.itemsize // 2, 2 * x.shape[-1])


def _of_pairs(x: TracedArray) -> TracedArray:
    """Pairs of neighbours as complex numbers."""
    _check_last_axis(x)
    if not are_same(x.shape[-1] % 2, 0):
        message = f"the last axis of {x.array_type} does not hold whole complex numbers"
        raise ArgumentValueError(message, location=user_location())
    return _changed(x, _pairs, _parts, 2 * x.itemsize, x.shape[-1] // 2)


def _parts(x: TracedArray) -> Array:
    pairs = manipulation.stack([apply(Real, x), apply(Imag, x)], -1)
    return manipulation.reshape(pairs, [*x.shape[:-1], 2 * x.shape[-1]])


def _pairs(x: TracedArray) -> Array:
    pairs: Any = manipulation.reshape(x, [*x.shape[:-1], x.shape[-1] // 2, 2])
    return apply(Complex, pairs[..., 0], pairs[..., 1])


def _check_last_axis(x: TracedArray) -> None:
    """Raises ArgumentValueError where elements of the last axis are not side by side."""
    x.trace.reads_order = True
    layout = x.layout
    if not x.ndim or (layout.sizes[-1] != 1 and layout.strides[-1] != x.itemsize):
        message = "To change to a dtype of a different size, the last axis must be contiguous"
        raise ArgumentValueError(message, location=user_location(), hint="copy the array first")


def _changed(
    x: TracedArray,
    read: Callable[[TracedArray], Array],
    write: Callable[[TracedArray], Array],
    itemsize: int,
    last: Any = None,
) -> TracedArray:
    """The view that `read` gives of x; `write` is its inverse.

    Its elements have `itemsize` bytes; where that is another one, the last axis has size `last`.
    """
    trace = x.trace

    def through(function: Callable[[TracedArray], Array], value: ir.Value) -> ir.Value:
        return function(TracedArray.of(trace, value)).value  # type: ignore[no-any-return]

    layout = x.layout
    if itemsize != x.itemsize:
        layout = layout.with_last_axis(last, itemsize)
    steps = View(lambda base: through(read, base), lambda _, part: through(write, part))
    return x.apply_view(steps, layout)
