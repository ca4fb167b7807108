"""Matrices decomposed in one loop over their columns: LU with partial pivoting, Cholesky, QR.

Each step updates whole stacks of matrices under masks, so that neither the program nor the time to
compile it grows with the size. A singular matrix and one that is not positive definite raise
LinAlgError when the program has run; unchecked, the results are infinite or NaN.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tessel.compiler.diagnostics import ArgumentValueError, DTypeError, LinearAlgebraError
from tessel.compiler.frontend.numpy.functions import (
    elementwise,
    manipulation,
    reductions,
    triangular,
)
from tessel.compiler.frontend.numpy.functions.elementwise import where
from tessel.compiler.frontend.tracing.apply import Array, type_of
from tessel.compiler.frontend.tracing.control_flow import fori_loop
from tessel.compiler.frontend.tracing.promotion import cast_to, dtype_of
from tessel.compiler.frontend.tracing.run_time_checks import check_at_run_time
from tessel.compiler.frontend.tracing.sizes import counting
from tessel.compiler.locations import user_location
from tessel.dialects.inference import broadcast_shapes
from tessel.dialects.types import is_complex


class SlogdetResult(NamedTuple):
    """What `numpy.linalg.slogdet` returns."""

    sign: Array
    logabsdet: Array


class QRResult(NamedTuple):
    """What `numpy.linalg.qr` returns."""

    Q: Array
    R: Array


def solve(a: Array, b: Array) -> Array:
    """`numpy.linalg.solve`: x with a @ x = b, for a [..., n, n] and b [n] or [..., n, m].

    A vector b is one right-hand side for every matrix.
    Raises LinearAlgebraError for other shapes and singular matrices, DTypeError for float16.
    """
    dtype = linear_dtype("solve", a, b)
    size = square_size("solve", a)
    is_vector = type_of(b).rank == 1
    columns = manipulation.expand_dims(b, 1) if is_vector else b
    if type_of(columns).rank < 2 or type_of(columns).shape[-2] != size:
        message = f"numpy.linalg.solve of {type_of(a)} and {type_of(b)}, whose rows differ"
        raise LinearAlgebraError(message, location=user_location())
    batch = broadcast_shapes([type_of(one).shape[:-2] for one in (a, columns)])
    parts = [_stacked(cast_to(one, dtype), batch) for one in (a, columns)]
    reduced, _ = _eliminate(manipulation.concatenate(parts, -1), size)
    pivots = triangular.diagonal(reduced[..., :size], 0, -2, -1)
    check_at_run_time(_magnitude(pivots) == 0, "LinAlgError", "Singular matrix")
    result = _substitute(reduced[..., :size], reduced[..., size:])
    return manipulation.squeeze(result, -1) if is_vector else result


def inv(a: Array) -> Array:
    """`numpy.linalg.inv` of [..., n, n].

    Raises LinearAlgebraError for other shapes and singular matrices, DTypeError for float16.
    """
    dtype = linear_dtype("inv", a)
    size = square_size("inv", a)
    return solve(a, _identity(size, size, dtype))


def det(a: Array) -> Array:
    """`numpy.linalg.det` of [..., n, n].

    Raises LinearAlgebraError for other shapes, DTypeError for float16.
    """
    dtype = linear_dtype("det", a)
    reduced, sign = _eliminate(cast_to(a, dtype), square_size("det", a))
    pivots = triangular.diagonal(reduced, 0, -2, -1)
    return reductions.prod(pivots, -1) * sign


def slogdet(a: Array) -> SlogdetResult:
    """`numpy.linalg.slogdet` of [..., n, n]: sign, and logarithm of the absolute determinant.

    Raises LinearAlgebraError for other shapes, DTypeError for float16.
    """
    dtype = linear_dtype("slogdet", a)
    reduced, sign = _eliminate(cast_to(a, dtype), square_size("slogdet", a))
    pivots = triangular.diagonal(reduced, 0, -2, -1)
    logarithms = elementwise.log(elementwise.abs(pivots))
    signs = reductions.prod(elementwise.sign(pivots), -1)
    return SlogdetResult(signs * sign, reductions.sum(logarithms, -1))


def cholesky(a: Array, /, *, upper: bool = False) -> Array:
    """`numpy.linalg.cholesky` of [..., n, n]: the lower factor, or the upper one.

    Only the triangle of that name is read. Raises LinearAlgebraError for other shapes and matrices
    that are not positive definite, DTypeError for float16.
    """
    dtype = linear_dtype("cholesky", a)
    size = square_size("cholesky", a)
    matrix = cast_to(a, dtype)
    if upper:
        matrix = elementwise.conj(manipulation.matrix_transpose(matrix))
    columns = counting(size)

    def step(k: Any, matrix: Array) -> Array:
        pivot = elementwise.sqrt(elementwise.real(matrix[..., k, k]))
        column = matrix[..., :, k] / cast_to(pivot, dtype)[..., None]
        below = where(columns > k, column, np.zeros((), dtype))
        factor = where(columns == k, cast_to(pivot, dtype)[..., None], below)
        rest = matrix - below[..., :, None] * elementwise.conj(below)[..., None, :]
        return where(columns == k, factor[..., :, None], rest)

    lower = triangular.tril(_each_column(size, step, matrix))
    is_positive = elementwise.real(triangular.diagonal(lower, 0, -2, -1)) > 0
    message = "Matrix is not positive definite"
    check_at_run_time(elementwise.logical_not(is_positive), "LinAlgError", message)
    return elementwise.conj(manipulation.matrix_transpose(lower)) if upper else lower


def qr(a: Array, mode: str = "reduced") -> Any:
    """`numpy.linalg.qr` of [..., m, n] by Householder reflections: modes reduced, complete and r.

    Raises ArgumentValueError for other modes, LinearAlgebraError for vectors.
    """
    if mode not in ("reduced", "complete", "r"):
        message = f"numpy.linalg.qr takes no mode {mode!r}"
        hint = 'use "reduced", "complete" or "r"'
        raise ArgumentValueError(message, location=user_location(), hint=hint)
    dtype = linear_dtype("qr", a)
    rows, columns = _matrix_sizes("qr", a)
    count = min(rows, columns)
    triangle, vectors, scales = _reflect(cast_to(a, dtype), count)
    kept = rows if mode == "complete" else count
    upper = triangular.triu(triangle)[..., :kept, :]
    if mode == "r":
        return elementwise.positive(upper)

    def step(index: Any, q: Array) -> Array:
        k = count - 1 - index
        vector, scale = vectors[..., :, k, None], scales[..., k, None, None]
        return q - (scale * vector) * _projection(vector, q)

    start = _stacked(_identity(rows, kept, dtype), type_of(a).shape[:-2])
    return QRResult(_each_column(count, step, start), elementwise.positive(upper))


def linear_dtype(name: str, *arrays: Array) -> np.dtype:
    """The dtype in which `numpy.linalg` computes: integers count as float64.

    Raises DTypeError for those that it does not take.
    """
    kinds = [dtype_of(one) for one in arrays]
    kinds = [np.dtype(np.float64) if one.kind in "biu" else one for one in kinds]
    dtype = np.result_type(*kinds)
    if dtype.char not in "fdFD" or any(one.char not in "fdFD" for one in kinds):
        message = f"numpy.linalg.{name} is not defined for {' and '.join(map(str, kinds))}"
        raise DTypeError(message, location=user_location(), hint="cast with .astype(numpy.float32)")
    return dtype


def square_size(name: str, a: Array) -> Any:
    """n of an array [..., n, n]. Raises LinearAlgebraError for other shapes."""
    rows, columns = _matrix_sizes(name, a)
    if rows != columns:
        message = f"numpy.linalg.{name} of {type_of(a)}, whose last two sizes differ"
        raise LinearAlgebraError(message, location=user_location())
    return rows


def _matrix_sizes(name: str, a: Array) -> tuple[Any, Any]:
    shape = type_of(a).shape
    if len(shape) < 2:
        message = f"numpy.linalg.{name} of {type_of(a)} needs matrices"
        raise LinearAlgebraError(message, location=user_location())
    return shape[-2], shape[-1]


def _each_column(count: int, step: Callable[[Any, Any], Any], init: Any) -> Any:
    """One loop, unless there is nothing to do: its body could not slice empty matrices."""
    return fori_loop(0, count, step, init) if count else init


def _identity(rows: int, columns: int, dtype: np.dtype) -> Array:
    """Ones on the diagonal, computed where they are used."""
    on_diagonal = counting(rows)[:, None] == counting(columns)
    return where(on_diagonal, np.ones((), dtype), np.zeros((), dtype))


def _stacked(matrix: Array, batch: tuple[Any, ...]) -> Array:
    shape = type_of(matrix).shape
    target = (*batch, *shape[-2:])
    return matrix if shape == target else manipulation.broadcast_to(matrix, target)


def _eliminate(matrix: Array, size: int) -> tuple[Array, Array]:
    """[..., size, m] with its first columns reduced to an upper triangle by partial pivoting.

    What is below the triangle is left over. Also the sign of the permutation of rows, [...].
    """
    shape = type_of(matrix).shape
    dtype = dtype_of(matrix)
    rows, columns = counting(size), counting(shape[-1])
    one = np.ones((), dtype)

    def step(k: Any, state: tuple[Array, Array]) -> tuple[Array, Array]:
        matrix, sign = state
        column = matrix[..., :, k]
        weights = where(rows >= k, _magnitude(column), -np.ones((), _real_dtype(dtype)))
        pivot_row = reductions.argmax(weights, -1)
        chosen = pivot_row[..., None, None]
        index = manipulation.broadcast_to(chosen, (*shape[:-2], 1, shape[-1]))
        top = manipulation.take_along_axis(matrix, index, -2)
        swapped = where(rows[:, None] == chosen, matrix[..., k, :][..., None, :], matrix)
        pivot = where(columns == k, top, np.zeros((), dtype)).sum(-1, keepdims=True)
        # A column without a pivot has nothing to eliminate, as in LAPACK.
        factors = swapped[..., :, k, None] / where(pivot == 0, one, pivot)
        reduced = swapped - factors * top
        # Only what is still in use is updated: infinities elsewhere must not spread.
        active = (rows > k)[:, None] & (columns > k)
        result = where(rows[:, None] == k, top, where(active, reduced, swapped))
        return result, where(pivot_row == k, sign, -sign)

    sign = manipulation.broadcast_to(one, shape[:-2])
    return _each_column(size, step, (matrix, sign))


def _substitute(triangle: Array, right: Array) -> Array:
    """x with triangle @ x = right, for the upper triangles of [..., n, n]."""
    size = type_of(triangle).shape[-1]
    rows = counting(size)[:, None]

    def step(index: Any, x: Array) -> Array:
        k = size - 1 - index
        solved = x[..., k, :][..., None, :] / triangle[..., k, k][..., None, None]
        rest = x - triangle[..., :, k, None] * solved
        return where(rows == k, solved, where(rows < k, rest, x))

    return _each_column(size, step, right)


def _reflect(matrix: Array, count: int) -> tuple[Array, Array, Array]:
    """Householder's triangle [..., m, n], its vectors [..., m, count] and scales [..., count]."""
    shape, dtype = type_of(matrix).shape, dtype_of(matrix)
    rows = counting(shape[-2])
    zero, one = np.zeros((), dtype), np.ones((), dtype)

    def step(k: Any, state: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        matrix, vectors, scales = state
        column = matrix[..., :, k]
        below = where(rows > k, column, zero)
        head = matrix[..., k, k]
        rest = reductions.sum(elementwise.real(below * elementwise.conj(below)), -1)
        length = elementwise.sqrt(rest + elementwise.real(head * elementwise.conj(head)))
        signed = cast_to(elementwise.copysign(length, elementwise.real(head)), dtype)
        # As in LAPACK, a column that is zero below its (real) head is left as it is.
        idle = (rest == 0) & (elementwise.imag(head) == 0)
        new_head = where(idle, head, -signed)
        scale = where(idle, zero, (new_head - head) / where(idle, one, new_head))
        vector = below / where(idle, one, head - new_head)[..., None]
        vector = where(rows == k, one, vector)[..., :, None]
        reflected = matrix - (elementwise.conj(scale)[..., None, None] * vector) * _projection(
            vector, matrix
        )
        own = counting(count) == k
        vectors = where(own, vector, vectors)
        return reflected, vectors, where(own, scale[..., None], scales)

    batch = shape[:-2]
    vectors = manipulation.broadcast_to(zero, (*batch, shape[-2], count))
    scales = manipulation.broadcast_to(zero, (*batch, count))
    return _each_column(count, step, (matrix, vectors, scales))


def _projection(vector: Array, matrix: Array) -> Array:
    """vector^H @ matrix, for vector [..., m, 1] and matrix [..., m, n]: [..., 1, n]."""
    return reductions.sum(elementwise.conj(vector) * matrix, -2, keepdims=True)


def _magnitude(column: Array) -> Array:
    """What LAPACK compares to choose a pivot."""
    if not is_complex(dtype_of(column)):
        return elementwise.abs(column)
    parts = elementwise.real(column), elementwise.imag(column)
    return elementwise.abs(parts[0]) + elementwise.abs(parts[1])


def _real_dtype(dtype: np.dtype) -> np.dtype:
    return np.zeros((), dtype).real.dtype
