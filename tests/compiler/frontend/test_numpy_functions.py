"""Functions of samples, joined arrays, choices and questions, as NumPy has them."""

from typing import Any

import numpy as np
import pytest
from numpy_comparison import check_as_numpy

import tessel

RANDOM = np.random.default_rng(5)
NUMBERS = RANDOM.standard_normal((3, 4, 5)).astype(np.float32)
OUTSIDE = np.zeros(3)
WHOLE = np.arange(-6, 6, dtype=np.int32).reshape(3, 4)


def samples(x: Any, n: Any, row: Any) -> dict[str, Any]:
    """Interpolation, convolution, derivatives and integrals."""
    coordinates = np.array([0.0, 1, 3, 4, 8])
    modes = ("full", "same", "valid")
    values = np.linspace(-1, 9, 7)
    return {
        "interp": np.interp(x, coordinates, row),
        "interp_traced": np.interp(values, np.sort(row), coordinates),
        "interp_ends": np.interp(values, coordinates, row, left=-7, right=np.nan),
        "interp_period": np.interp(values, coordinates, row, period=5),
        "interp_complex": np.interp(values, coordinates, row + 1j),
        "interp_one": np.interp(values, coordinates[:1], row[:1], 3),
        "interp_number": np.interp(2.5, coordinates, row),
        "convolve": [np.convolve(row, coordinates[:k], m) for m in modes for k in (2, 3, 5)],
        "convolve_longer": [np.convolve(n[0, :2], n[1], m) for m in modes],
        "correlate": [np.correlate(row, row[:k], m) for m in modes for k in (1, 4)],
        "correlate_longer": [np.correlate(n[0, :k], n[1], m) for m in modes for k in (2, 3)],
        "correlate_complex": np.correlate(row[:2] + 1j * row[1:3], row - 2j, "full"),
        "convolve_bool": np.convolve(row > 0, row < 1),
        "gradient": np.gradient(x),
        "gradient_axis": np.gradient(x, 2.0, axis=1, edge_order=2),
        "gradient_coordinates": np.gradient(x, coordinates, axis=-1, edge_order=2),
        "gradient_traced": np.gradient(n, n[0] * n[0] + 0.5, axis=1),
        "gradient_even": np.gradient(x, np.arange(4.0), np.arange(5.0), axis=(1, 2)),
        "trapezoid": np.trapezoid(x, axis=1),
        "trapezoid_width": np.trapezoid(n, dx=0.5),
        "trapezoid_coordinates": np.trapezoid(x, coordinates),
        "ediff1d": np.ediff1d(n, to_begin=9, to_end=[1, 2]),
        "unwrap": np.unwrap(x * 9, axis=1),
        "unwrap_whole": np.unwrap(n * 3, period=8),
        "polyval": np.polyval(row, x),
        "polyval_known": np.polyval([3, 0, -1], n),
        "vander": np.vander(n[0], 3),
        "vander_up": np.vander(row, increasing=True),
        "sinc": np.sinc(x),
        "sinc_whole": np.sinc(n),
        "linspace": np.linspace(x[0, 0], 1, 4, axis=-1),
        "linspace_open": np.linspace(n[0], n[1] * 2, 3, endpoint=False, retstep=True),
        "linspace_whole": np.linspace(n[0], n[2], 6, dtype=np.int64),
        "logspace": np.logspace(row, 2, 3, base=2),
        "geomspace": np.geomspace(np.abs(row) + 1, 100, 4),
        "geomspace_negative": np.geomspace(-np.abs(row) - 1, -100, 4, endpoint=False),
        "cov": np.cov(x[0]),
        "cov_columns": np.cov(x[0], rowvar=False, bias=True),
        "cov_vector": np.cov(n[0]),
        "cov_pair": np.cov(row, coordinates),
        "corrcoef": np.corrcoef(x[0]),
        "corrcoef_pair": np.corrcoef(row, coordinates),
        "corrcoef_whole": np.corrcoef(n[0]),
    }


def joined(x: Any, n: Any) -> dict[str, Any]:
    """Arrays joined, products of all pairs, and cross products."""
    a, b = x[:, :3, 0], x[:, 1:, 1]
    return {
        "column_stack": np.column_stack([n[:, 0], n, x[:, 0, 0]]),
        "dstack": np.dstack([n, n * 2.0]),
        "dstack_vectors": np.dstack([n[0], n[1]]),
        "append": np.append(n, x[0]),
        "append_axis": np.append(n, n[:1], axis=0),
        "insert": np.insert(n, 1, 5, axis=1),
        "insert_rows": np.insert(n, [0, 2, 3], n, axis=0),
        "insert_negative": np.insert(n, -1, n[0], axis=0),
        "insert_flat": np.insert(n, [2, 2], [7, 8]),
        "delete": np.delete(x, [0, -1], axis=2),
        "delete_slice": np.delete(n, slice(0, 3, 2), axis=1),
        "delete_flat": np.delete(n, 5),
        "delete_mask": np.delete(n, np.array([True, False, True]), axis=0),
        "block": np.block([[n, n[:, :1]], [n[0], 1]]),
        "kron": np.kron(n, n[:2, :1]),
        "kron_ranks": np.kron(x, n[0]),
        "cross": np.cross(a, b),
        "cross_axes": np.cross(a, b.T, axisb=0, axisc=0),
        "vdot": np.vdot(n + 1j, n - 2j),
        "vdot_whole": np.vdot(n, n),
        "resize": np.resize(n, (5, 3)),
        "diff": np.diff(n, prepend=0),
    }


def chosen(x: Any, n: Any) -> dict[str, Any]:
    """Choices by conditions and indices, and arrays changed in place."""
    along, diagonal, tall, cube = x * 1, n * 1, np.zeros_like(n.T), x[:, :3, :3] * 1
    np.put_along_axis(along, np.argmax(along, axis=1, keepdims=True), 0, axis=1)
    np.fill_diagonal(diagonal, n[0, :3])
    np.fill_diagonal(tall, 7, wrap=True)
    np.fill_diagonal(cube, 7)
    masked, copied, put = n * 1, x * 1, n * 1
    np.putmask(masked, n > 2, [1, 2, 3])
    np.copyto(copied, x[0], where=x > 0)
    np.put(put, [0, -1, 5], [9, 8])
    return {
        "select": np.select([n > 3, n < -2], [n * 2, x[0, 0, :4]], default=1),
        "choose": np.choose(np.abs(n) % 3, [n, -n, x[0, 0, :4]]),
        "choose_clip": np.choose(n, [n * 2, n], mode="clip"),
        "choose_wrap": np.choose(n, [n * 2, n, n * 3], mode="wrap"),
        "along": along,
        "diagonal": diagonal,
        "tall": tall,
        "cube": cube,
        "masked": masked,
        "copied": copied,
        "put": put,
        "isin": np.isin(n, [1, 4, -6]),
        "isin_not": np.isin(n, n[0, :2], invert=True),
        "unravel": np.unravel_index(np.argmax(x), (3, 4, 5)),
        "unravel_fortran": np.unravel_index(n + 6, (3, 4), order="F"),
        "ravel_index": np.ravel_multi_index((n[0] + 6, n[1] + 2), (7, 6)),
        "ravel_wrap": np.ravel_multi_index((n[0], n[1]), (7, 6), mode="wrap", order="F"),
        "partition": np.partition(n, 2, axis=0)[2],
        "largest": np.amax(x, axis=1) - np.amin(x),
        "around": np.around(x, 1),
    }


def answered(x: Any, n: Any) -> dict[str, Any]:
    """Questions about sizes, kinds and equality."""
    z = n + 1j * (n > 0)
    return {
        "shape": np.shape(x),
        "ndim": np.ndim(n),
        "size": [np.size(x), np.size(x, 1)],
        "kinds": [np.iscomplexobj(z), np.isrealobj(x)],
        "complex": [np.iscomplex(z), np.isreal(z), np.isreal(n)],
        "equal": [np.array_equal(n, n), np.array_equal(n, n[:2]), np.array_equal(n, n + 1)],
        "equal_nan": np.array_equal(x / 0, x / 0, equal_nan=True),
        "equivalent": [np.array_equiv(n, n[:1]), np.array_equiv(n, n[:, :3])],
        "copy": np.copy(n),
    }


def whole(n: Any, m: Any, x: Any) -> dict[str, Any]:
    """Whole numbers, parts of numbers, polynomials and indices."""
    square = np.outer(n[0], n[1]) * 1
    square[np.tril_indices_from(square, -1)] = 0
    square[np.diag_indices_from(square)] = 1
    return {
        "gcd": np.gcd(n, m),
        "gcd_broadcast": np.gcd(n * 12, 18),
        "lcm": np.lcm(n, m[:, :1]),
        "modf": np.modf(x * 3),
        "modf_whole": np.modf(n),
        "bits": [np.bitwise_count(n), np.bitwise_count(n.astype(np.uint8))],
        "matvec": np.matvec(x, x[0, 0]),
        "vecmat": np.vecmat(x[:, :, 0], x + 1j),
        "fix": np.fix(x * 3),
        "lexsort": np.lexsort((n[0], m[0] % 2)),
        "polyadd": np.polyadd(n[0], n[1, :2]),
        "polysub": np.polysub(n[1, :2], n[0]),
        "polymul": np.polymul(n[0], x[0, 0]),
        "polyder": np.polyder(n[0], 2),
        "polyint": np.polyint(x[0, 0], 2, k=[1, 2]),
        "square": square,
        "upper": n[np.triu_indices_from(n, 1)],
    }


def test_whole() -> None:
    """Functions of whole numbers, polynomials and indices."""
    other = RANDOM.integers(-20, 20, (3, 4), np.int32)
    check_as_numpy(whole, WHOLE, other, NUMBERS, tolerance=1e-6)


def test_samples() -> None:
    """Functions of sampled values."""
    check_as_numpy(samples, NUMBERS, WHOLE, NUMBERS[0, 0].copy(), tolerance=2e-6)


@pytest.mark.parametrize("function", [joined, chosen, answered])
def test_as_numpy(function: Any) -> None:
    """All results of a family, from one program, have NumPy's dtype, shape and values."""
    check_as_numpy(function, NUMBERS, WHOLE, tolerance=2e-6)


def updated(x: Any, n: Any) -> dict[str, Any]:
    """`ufunc.at` with indices that repeat, masks, slices, rows and views."""
    indices = np.array([0, 2, 2, 0, 2])
    found: dict[str, Any] = {}
    for ufunc in (np.add, np.subtract, np.multiply, np.maximum, np.minimum):
        target, view, rows = x[0, 0] * 1, x * 1, n * 1
        ufunc.at(target, indices, x[1, 1])
        ufunc.at(target, slice(1, 3), 2)
        ufunc.at(view[1].T, (indices, 1), 3)
        ufunc.at(rows, indices[1:3], n[0])
        ufunc.at(rows, rows > 4, 2)
        found[ufunc.__name__] = [target, view, rows]
    unsigned = n.astype(np.uint8)
    np.subtract.at(unsigned, (np.abs(n) % 3, 0), np.uint8(7))
    return {**found, "unsigned": unsigned}


def test_ufunc_at() -> None:
    """Elements are combined as often as indices name them."""
    check_as_numpy(updated, NUMBERS, WHOLE, tolerance=1e-6)


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (lambda x: np.interp(x, [0, 1], [1]), ValueError, "not of one static size"),
        (lambda x: np.convolve(x[0], x[0], "bad"), ValueError, "no mode 'bad'"),
        (lambda x: np.convolve(x, x), ValueError, "needs vectors"),
        (lambda x: np.gradient(x[:, :1], axis=1), ValueError, "needs 2 elements"),
        (lambda x: np.gradient(x, edge_order=3), ValueError, "no edge_order 3"),
        (lambda x: np.gradient(x, 1, 2, 3), ValueError, "as many spacings"),
        (lambda x: np.select([x > 0], []), ValueError, "1 conditions and 0 choices"),
        (lambda x: np.select([x], [x]), TypeError, "must be bool"),
        (lambda x: np.fill_diagonal(x[0], 1), ValueError, "needs two axes"),
        (lambda x: np.delete(x, 9), IndexError, "out of bounds"),
        (lambda x: np.insert(x, x[0].astype(int), 0), NotImplementedError, "traced indices"),
        (lambda x: np.copyto(x, 1j), TypeError, "same_kind"),
        (lambda x: np.add.at(OUTSIDE, 0, x[0, 0]), NotImplementedError, "not traced"),
        (lambda x: np.add.at(x, 0, 1j), TypeError, "do not fit float32"),
        (lambda x: np.cross(x[:, :1], x), ValueError, "three elements"),
    ],
)
def test_refusals(function: Any, error: type, message: str) -> None:
    """What cannot be is one sentence with the user's line, of the type that NumPy raises."""
    with pytest.raises(error, match=rf"test_numpy_functions\.py:\d+: .*{message}"):
        tessel.compile(function)(np.ones((3, 3), np.float32))
