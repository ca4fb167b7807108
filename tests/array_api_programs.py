"""Programs that call the functions of the array API standard, of a namespace `xp`.

Each takes arrays and returns results by name; it runs on NumPy, on `tessel.numpy` and compiled.
"""

from typing import Any

REAL = "asinh atan atan2 copysign cos cosh exp expm1 hypot logaddexp nextafter sin sinh tan tanh"
INEXACT = "log log1p log2 log10 sqrt reciprocal divide"
NUMERIC = (
    "abs add ceil equal floor floor_divide greater greater_equal isfinite isinf isnan less "
    "less_equal logical_and logical_not logical_or logical_xor maximum minimum multiply negative "
    "not_equal positive remainder round sign signbit square subtract trunc"
)
INTEGER = "bitwise_and bitwise_left_shift bitwise_invert bitwise_or bitwise_right_shift bitwise_xor"
COMPLEX = (
    "abs acos acosh add asin asinh atan atanh conj cos cosh divide equal exp imag isfinite isnan "
    "log multiply negative real round sign sin sinh sqrt subtract tan tanh"
)
_UNARY = frozenset(
    "abs acos acosh asin asinh atan atanh bitwise_invert ceil conj cos cosh exp expm1 floor imag "
    "isfinite isinf isnan log log1p log2 log10 logical_not negative positive real reciprocal round "
    "sign signbit sin sinh sqrt square tan tanh trunc".split()
)


def _called(xp: Any, names: str, x: Any, y: Any) -> dict[str, Any]:
    return {
        name: getattr(xp, name)(x) if name in _UNARY else getattr(xp, name)(x, y)
        for name in names.split()
    }


def real_functions(xp: Any, x: Any, y: Any) -> dict[str, Any]:
    """Elementwise functions of floats; x and y broadcast."""
    return {
        **_called(xp, NUMERIC, x, y),
        **_called(xp, REAL, x, y),
        **{f"positive_{name}": one for name, one in _called(xp, INEXACT, xp.abs(x) + 1, y).items()},
        "acos": xp.acos(x / 100),
        "acosh": xp.acosh(xp.abs(x) + 1),
        "asin": xp.asin(x / 100),
        "atanh": xp.atanh(x / 100),
        "pow": xp.pow(xp.abs(x), y),
        "clip": xp.clip(x, -1.0, 1.5),
        "clip_below": xp.clip(x, max=y),
    }


def integer_functions(xp: Any, n: Any, m: Any) -> dict[str, Any]:
    """Elementwise functions of integers."""
    return {
        **_called(xp, NUMERIC, n, m),
        **_called(xp, INTEGER, n, m),
        "pow": xp.pow(n, m),
        "clip": xp.clip(n, 1, 4),
    }


def complex_functions(xp: Any, z: Any, w: Any) -> dict[str, Any]:
    """Elementwise functions of complex numbers."""
    return {
        **_called(xp, COMPLEX, z, w),
        "pow": xp.pow(z, w),
        "vecdot": xp.vecdot(z, w),
        "sum": xp.sum(z, axis=0),
        "prod": xp.prod(z),
        "mean": xp.mean(z, axis=1),
        "matmul": xp.matmul(z, xp.matrix_transpose(w)),
    }


def statistics(xp: Any, x: Any, n: Any) -> dict[str, Any]:
    """Reductions, cumulative functions, searches and sets of truth, of x [3, 4] and n [3, 4]."""
    return {
        "all": xp.all(n, axis=1),
        "any": xp.any(n, axis=0, keepdims=True),
        "argmax": xp.argmax(x, axis=1, keepdims=True),
        "argmin": xp.argmin(n),
        "argsort": xp.argsort(x, axis=0),
        "count_nonzero": xp.count_nonzero(n, axis=1),
        "cumulative_prod": xp.cumulative_prod(x, axis=1),
        "cumulative_sum": xp.cumulative_sum(n, axis=0, include_initial=True),
        "diff": xp.diff(n, axis=1, n=2),
        "diff_between": xp.diff(x, axis=0, prepend=x[:1, :], append=x[1:, :]),
        "max": xp.max(x, axis=(0, 1)),
        "mean": xp.mean(x, axis=1, keepdims=True),
        "min": xp.min(n, axis=0),
        "prod": xp.prod(n, axis=1),
        "prod_cast": xp.prod(n, dtype=xp.float64),
        "searchsorted": xp.searchsorted(xp.sort(x[0, :]), x, side="right"),
        "sort": xp.sort(n, axis=-1),
        "std": xp.std(x, axis=0, correction=1),
        "sum": xp.sum(n),
        "sum_cast": xp.sum(n, axis=0, dtype=xp.float32),
        "var": xp.var(x, correction=0.5, keepdims=True),
    }


def manipulations(xp: Any, x: Any, n: Any) -> dict[str, Any]:
    """Functions that move, index and join, of x [3, 4] and n [3, 4]."""
    indices = xp.asarray([2, 0, 1, 1])
    first, second = xp.broadcast_arrays(x, n[:1, :])
    across, down = xp.meshgrid(x[0, :], n[:, 0])
    return {
        "astype": xp.astype(x, xp.int32),
        "broadcast_arrays": second,
        "broadcast_left": first,
        "broadcast_to": xp.broadcast_to(n, (2, 3, 4)),
        "concat": xp.concat([x, x[:1, :]], axis=0),
        "concat_flat": xp.concat([n, n[:1, :]], axis=None),
        "expand_dims": xp.expand_dims(x, axis=1),
        "flip": xp.flip(n, axis=1),
        "matmul": xp.matmul(x, xp.matrix_transpose(x)),
        "meshgrid": across,
        "meshgrid_down": down,
        "meshgrid_ij": xp.meshgrid(x[0, :], n[:, 0], indexing="ij")[1],
        "moveaxis": xp.moveaxis(xp.reshape(x, (3, 2, 2)), 0, -1),
        "permute_dims": xp.permute_dims(x, (1, 0)),
        "repeat": xp.repeat(x, 2, axis=0),
        "reshape": xp.reshape(n, (2, -1)),
        "roll": xp.roll(x, (1, -1), axis=(0, 1)),
        "squeeze": xp.squeeze(x[:1, :], 0),
        "stack": xp.stack([n, n], axis=1),
        "take": xp.take(x, indices, axis=1),
        "take_along_axis": xp.take_along_axis(x, xp.argsort(x, axis=1), axis=1),
        "tensordot": xp.tensordot(x, x, axes=((0,), (0,))),
        "tile": xp.tile(n, (2, 1)),
        "tril": xp.tril(x, k=1),
        "triu": xp.triu(n, k=-1),
        "unstack": xp.unstack(n, axis=1)[3],
        "vecdot": xp.vecdot(x, x, axis=-2),
        "where": xp.where(n > 2, x, n),
    }


def creations(xp: Any, x: Any, n: Any) -> dict[str, Any]:
    """Functions that make arrays, and what is promised about dtypes."""
    return {
        "arange": xp.arange(2, 11, 3, dtype=xp.float32),
        "asarray": xp.asarray([[1, 2], [3, 4]], dtype=xp.int16),
        "copy": xp.asarray(x, copy=True),
        "empty": xp.zeros_like(xp.empty((2, 3), dtype=xp.int8)),
        "empty_like": xp.zeros_like(xp.empty_like(n)),
        "eye": xp.eye(3, 4, k=1, dtype=xp.complex64),
        "full": xp.full((2,), 3),
        "full_like": xp.full_like(x, 2),
        "linspace": xp.linspace(0, 1, 5, endpoint=False, dtype=xp.float32),
        "ones": xp.ones((2, 2)),
        "ones_like": xp.ones_like(x, dtype=xp.uint8),
        "zeros": xp.zeros(4, dtype=xp.bool),
        "result_type": xp.zeros((), dtype=xp.result_type(x, n)),
        "can_cast": xp.asarray([xp.can_cast(xp.int8, x.dtype), xp.can_cast(x, xp.int8)]),
        "isdtype": xp.asarray(xp.isdtype(x.dtype, "real floating")),
        "finfo": xp.asarray(float(xp.finfo(x.dtype).eps) * x),
        "iinfo": xp.full((1,), int(xp.iinfo(n.dtype).max), dtype=n.dtype),
    }


def linear_algebra(xp: Any, x: Any, n: Any) -> dict[str, Any]:
    """Functions of the extension `linalg` that compile, of x [3, 4]."""
    square = xp.matmul(x, xp.matrix_transpose(x))
    library = xp.linalg
    infinite = float("inf")
    return {
        "cross": library.cross(x, x[:, ::-1] + 1, axis=0),
        "diagonal": library.diagonal(x, offset=1),
        "matmul": library.matmul(square, x),
        "matrix_norm": library.matrix_norm(x),
        "matrix_norm_1": library.matrix_norm(x, ord=1, keepdims=True),
        "matrix_norm_rows": library.matrix_norm(x, ord=-infinite),
        "matrix_power": library.matrix_power(square, 3),
        "matrix_power_0": library.matrix_power(square, 0),
        "matrix_transpose": library.matrix_transpose(n),
        "outer": library.outer(x[0, :], x[:, 0]),
        "tensordot": library.tensordot(x, x, axes=2),
        "trace": library.trace(n, offset=-1),
        "vecdot": library.vecdot(x, x),
        "vector_norm": library.vector_norm(x, axis=1),
        "vector_norm_0": library.vector_norm(n, ord=0),
        "vector_norm_3": library.vector_norm(x, axis=0, ord=3, keepdims=True),
        "vector_norm_largest": library.vector_norm(n, axis=1, ord=infinite),
    }
