"""NumPy's functions that give views: writing to their results changes the array they came from.

The methods of arrays are the same functions. What is no traced array becomes one first.
"""

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

from tessel.compiler.diagnostics import ArgumentValueError, ShapeError
from tessel.compiler.frontend.numpy import indexing
from tessel.compiler.frontend.numpy.functions import elementwise, manipulation, triangular
from tessel.compiler.frontend.tracing.apply import Array, traced
from tessel.compiler.frontend.tracing.axes import normalize_axes, normalize_axis
from tessel.compiler.frontend.tracing.known_values import if_known
from tessel.compiler.frontend.tracing.layout import Layout, kept_order
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.frontend.tracing.views import View
from tessel.compiler.locations import user_location
from tessel.dialects.conversion import Complex, Imag, Real
from tessel.dialects.dim import are_same
from tessel.dialects.mlir import ir
from tessel.dialects.shape import Transpose
from tessel.dialects.types import is_complex


def transpose(a: Array, axes: Sequence[int] | None = None) -> TracedArray:
    """`numpy.transpose`: dimensions in the order `axes`, reversed by default."""
    x = traced(a)
    order = range(x.ndim)[::-1] if axes is None else normalize_axes(tuple(axes), x.ndim)
    if len(order) != x.ndim:
        message = f"axes {tuple(order)} do not order the dimensions of {x.array_type}"
        raise ShapeError(message, location=user_location())
    return transposed(x, tuple(order))


def transposed(x: TracedArray, order: tuple[int, ...]) -> TracedArray:
    """A view with dimensions in another order."""
    inverse = [int(axis) for axis in np.argsort(order)]
    build = x.trace.build

    def read(base: ir.Value) -> ir.Value:
        return build(Transpose, base, permutation=order)

    def write(_: ir.Value, part: ir.Value) -> ir.Value:
        return build(Transpose, part, permutation=inverse)

    if list(order) == list(range(x.ndim)):
        return x[...]
    return x.apply_view(View(read, write), x.layout.transposed(order))


def matrix_transpose(x: Array, /) -> TracedArray:
    """`numpy.matrix_transpose`: the last two axes exchanged."""
    return swapaxes(x, -1, -2)


def swapaxes(a: Array, axis1: int, axis2: int) -> TracedArray:
    """`numpy.swapaxes`."""
    x = traced(a)
    order = list(range(x.ndim))
    one, other = normalize_axis(axis1, x.ndim), normalize_axis(axis2, x.ndim)
    order[one], order[other] = other, one
    return transposed(x, tuple(order))


def moveaxis(
    a: Array, source: int | Sequence[int], destination: int | Sequence[int]
) -> TracedArray:
    """`numpy.moveaxis`."""
    x = traced(a)
    taken, targets = normalize_axes(source, x.ndim), normalize_axes(destination, x.ndim)
    if len(taken) != len(targets):
        message = f"moveaxis moves {len(taken)} axes to {len(targets)} positions"
        raise ShapeError(message, location=user_location())
    order = [axis for axis in range(x.ndim) if axis not in taken]
    for position, axis in sorted(zip(targets, taken, strict=True)):
        order.insert(position, axis)
    return transposed(x, tuple(order))


def rollaxis(a: Array, axis: int, start: int = 0) -> TracedArray:
    """`numpy.rollaxis`: the axis goes before the one that is now at `start`."""
    x = traced(a)
    position = normalize_axis(axis, x.ndim)
    target = start + x.ndim if start < 0 else start
    normalize_axis(target, x.ndim + 1)
    return moveaxis(x, position, target - 1 if position < target else target)


def reshape(a: Array, /, shape: Any, order: str = "C", *, copy: bool | None = None) -> TracedArray:
    """`numpy.reshape`: a view where the strides allow it, else a new array.

    Raises ShapeError where the sizes do not fit, ArgumentValueError where `copy=False` cannot hold.
    """
    x = traced(a)
    if isinstance(shape, TracedArray) and shape.ndim:
        shape = list(if_known(shape).tolist())
    if _order(x, order) == "F":
        sizes = list(shape) if isinstance(shape, Sequence) else [shape]
        backwards = reshape(transpose(x), sizes[::-1], copy=copy)
        return transpose(backwards)
    moved = manipulation.reshape(x, shape)  # type: ignore[arg-type]
    sizes = list(moved.shape)
    layout = x.layout.reshaped(sizes)
    if layout is None and copy is False:
        message = f"{x.array_type} cannot be reshaped to {tuple(sizes)} without a copy"
        raise ArgumentValueError(message, location=user_location())
    view = moved if layout is None else indexing.reshaped_view(x, sizes, layout)
    if x.layout.with_ones(sizes) is None:
        x.trace.reshapes.append((x.storage, view.storage))
    return view.copy() if copy else view


def ravel(a: Array, order: str = "C") -> TracedArray:
    """`numpy.ravel`: all elements in row-major order, in column-major order, or in that of memory.

    A view where they are contiguous in that order, else a new array.
    """
    x = traced(a)
    axes = range(x.ndim)
    if order == "K":
        x.trace.reads_order = True
        axes = x.layout.memory_order
        if not x.layout.transposed(axes).is_c_contiguous:
            return flatten(x, "K")
    elif _order(x, order) == "F":
        axes = axes[::-1]
    ordered = transposed(x, tuple(axes))
    result = reshape(ordered, -1)
    if not ordered.layout.is_c_contiguous:
        result = TracedArray.of(x.trace, result.value)
    x.trace.reshapes.append((x.storage, result.storage))
    return result


def flatten(x: TracedArray, order: str = "C") -> TracedArray:
    """`ndarray.flatten`: all elements as a new array, in the orders of `ravel`."""
    if order == "K":
        x.trace.reads_order = True
        x = transposed(x, tuple(kept_order([x.layout], x.ndim)))
        order = "C"
    return TracedArray.of(x.trace, ravel(x, order).value)


def squeeze(a: Array, axis: int | Sequence[int] | None = None) -> TracedArray:
    """`numpy.squeeze`: without the dimensions of size 1, or without those at `axis`."""
    x = traced(a)
    return indexing.reshaped_view(x, list(manipulation.squeeze(x, axis).shape))


def expand_dims(a: Array, axis: int | Sequence[int]) -> TracedArray:
    """`numpy.expand_dims`: dimensions of size 1 at positions of the result."""
    x = traced(a)
    return indexing.reshaped_view(x, list(manipulation.expand_dims(x, axis).shape))


def flip(m: Array, axis: int | Sequence[int] | None = None) -> TracedArray:
    """`numpy.flip`: the order of elements reversed along axes, or along all."""
    x = traced(m)
    return indexing.mirrored_view(x, sorted(normalize_axes(axis, x.ndim)))


def flipud(m: Array) -> TracedArray:
    """`numpy.flipud`: the first axis reversed."""
    return flip(m, 0)


def fliplr(m: Array) -> TracedArray:
    """`numpy.fliplr`: the second axis reversed."""
    return flip(m, 1)


def rot90(m: Array, k: int = 1, axes: Sequence[int] = (0, 1)) -> TracedArray:
    """`numpy.rot90`: turned k times from the first of two axes towards the second."""
    x = traced(m)
    first, second = normalize_axes(tuple(axes), x.ndim)
    turns = k % 4
    if turns == 0:
        return x[...]
    if turns == 2:
        return flip(x, (first, second))
    turned = flip(x, second) if turns == 1 else x
    swapped = swapaxes(turned, first, second)
    return swapped if turns == 1 else flip(swapped, second)


def broadcast_to(array: Array, shape: Any, subok: bool = False) -> TracedArray:
    """`numpy.broadcast_to`: a view that cannot be written to."""
    x = traced(array)
    sizes = tuple(shape) if isinstance(shape, Sequence) else (shape,)
    stretched = manipulation.broadcast_to(x, sizes)
    added = len(sizes) - x.ndim
    strides = [
        0
        if axis < added or x.layout.sizes[axis - added] != size
        else x.layout.strides[axis - added]
        for axis, size in enumerate(stretched.layout.sizes)
    ]
    layout = Layout(stretched.layout.sizes, tuple(strides), x.dtype.itemsize)
    return read_only_view(x, lambda base: manipulation.broadcast_to(base, sizes), layout)


def broadcast_arrays(*args: Array, subok: bool = False) -> tuple[TracedArray, ...]:
    """`numpy.broadcast_arrays`, of arrays whose sizes are static."""
    arrays = [traced(one) for one in args]
    shape = manipulation.broadcast_arrays(*arrays)[0].shape if arrays else ()
    return tuple(
        one
        if one.ndim == len(shape) and all(map(are_same, one.shape, shape))
        else broadcast_to(one, shape)
        for one in arrays
    )


def diagonal(a: Array, offset: int = 0, axis1: int = 0, axis2: int = 1) -> TracedArray:
    """`numpy.diagonal`: the diagonal of two axes, last; a view that cannot be written to."""
    x = traced(a)
    if not x.array_type.is_static:
        found = triangular.diagonal(x, offset, axis1, axis2)
        return read_only_view(
            x, lambda y: triangular.diagonal(y, offset, axis1, axis2), found.layout
        )
    view = diagonal_view(x, offset, axis1, axis2)
    return read_only_view(view, lambda base: base, view.layout)


def diagonal_view(x: TracedArray, offset: int, axis1: int, axis2: int) -> TracedArray:
    """The diagonal of two axes of an array of static sizes, last; it can be written to."""
    one, other = normalize_axis(axis1, x.ndim), normalize_axis(axis2, x.ndim)
    if one == other:
        message = f"the diagonal of axis {one} and the same one"
        raise ArgumentValueError(message, location=user_location(), hint="name two axes")
    matrix = moveaxis(x, (one, other), (-2, -1))
    *lead, rows, columns = matrix.array_type.shape
    row, column = max(-offset, 0), max(offset, 0)
    count = max(min(rows - row, columns - column), 0)
    first = row * columns + column
    flat = indexing.reshaped_view(matrix, [*matrix.shape[:-2], rows * columns])
    stop = first + (count - 1) * (columns + 1) + 1 if count else first
    view = flat[..., first : stop : columns + 1]
    *outer, down, right = matrix.layout.strides
    sizes = (*matrix.layout.sizes[: len(lead)], count)
    layout = Layout(sizes, (*outer, down + right), x.dtype.itemsize)
    return TracedArray(view.storage, view.views, None, layout)


def diag(v: Array, k: int = 0) -> TracedArray:
    """`numpy.diag`: the diagonal of a matrix, a view that cannot be written to, or a new matrix."""
    x = traced(v)
    return diagonal(x, k) if x.ndim == 2 else triangular.diag(x, k)


def labelled_view(x: TracedArray, term: str, output: str) -> TracedArray:
    """The view of x whose axes are named `output`, where those of x are named `term`.

    A letter that repeats names a diagonal. All letters are in `output`.
    """
    for letter in dict.fromkeys(term):
        while term.count(letter) > 1:
            one = term.index(letter)
            other = term.index(letter, one + 1)
            x = diagonal_view(x, 0, one, other)
            term = term[:one] + term[one + 1 : other] + term[other + 1 :] + letter
    return transposed(x, tuple(term.index(one) for one in output))


def real(val: Array) -> TracedArray:
    """`numpy.real`: the real parts, which can be written to."""
    x = traced(val)
    if not is_complex(x.dtype):
        return x
    build = x.trace.build
    return x.apply_view(
        View(
            lambda base: build(Real, base),
            lambda base, part: build(Complex, part, build(Imag, base)),
        ),
        x.layout.with_itemsize(x.dtype.itemsize // 2),
    )


def imag(val: Array) -> TracedArray:
    """`numpy.imag`: the imaginary parts, which can be written to; zeros for real numbers."""
    x = traced(val)
    if not is_complex(x.dtype):
        zeros = elementwise.imag(x)
        return zeros if x.is_scalar else read_only_view(x, elementwise.imag, zeros.layout)
    build = x.trace.build
    return x.apply_view(
        View(
            lambda base: build(Imag, base),
            lambda base, part: build(Complex, build(Real, base), part),
        ),
        x.layout.with_itemsize(x.dtype.itemsize // 2),
    )


def _order(x: TracedArray, order: str) -> str:
    """ "C" or "F"; "A" is column-major where the elements are."""
    if order not in ("C", "F", "A"):
        message = f"the order of elements cannot be {order!r}"
        raise ArgumentValueError(message, location=user_location(), hint='use "C" or "F"')
    if order == "A":
        x.trace.reads_order = True
        order = "F" if x.layout.is_f_contiguous and not x.layout.is_c_contiguous else "C"
    return order


def read_only_view(x: TracedArray, read: Callable[[Array], Array], layout: Layout) -> TracedArray:
    """A view that follows the array and cannot be written to: what `read` gives of the array."""

    def refuse(_: ir.Value, __: ir.Value) -> NoReturn:
        message = "assignment destination is read-only"
        raise ArgumentValueError(message, location=user_location(), hint="write to a .copy() of it")

    return x.apply_view(
        View(lambda base: read(TracedArray.of(x.trace, base)).value, refuse), layout
    )
