"""`numpy.linalg` in compiled functions: solving, inverting, factors, determinants and norms."""

import time
from typing import Any

import numpy as np
import pytest
from numpy_comparison import check_as_numpy

import tessel

RANDOM = np.random.default_rng(11)


def solutions(a: Any, b: Any) -> dict[str, Any]:
    """Solving for vectors and matrices, over stacks."""
    return {
        "matrix": np.linalg.solve(a, b),
        "vector": np.linalg.solve(a, b[0, :, 0]),
        "inverse": np.linalg.inv(a),
        "determinant": np.linalg.det(a),
        "logarithm": np.linalg.slogdet(a),
        "power": np.linalg.matrix_power(a[0, 0], -2),
        "condition": np.linalg.cond(a, 1),
    }


def factors(a: Any) -> dict[str, Any]:
    """Triangles and orthogonal matrices, of tall and wide matrices."""
    positive = a @ np.conj(np.swapaxes(a, -1, -2)) + np.eye(4, dtype=a.dtype)
    return {
        "lower": np.linalg.cholesky(positive),
        "upper": np.linalg.cholesky(positive, upper=True),
        "reads_lower": np.linalg.cholesky(np.tril(positive)),
        "tall": np.linalg.qr(a[..., :2]),
        "complete": np.linalg.qr(a[..., :2], mode="complete"),
        "wide": np.linalg.qr(a[..., :2, :]),
        "triangle": np.linalg.qr(a, mode="r"),
        "zeros_below": np.linalg.qr(np.triu(a)),
    }


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
def test_as_lapack(dtype: Any) -> None:
    """Stacks of matrices give what LAPACK gives, in NumPy's dtypes."""
    a, b = RANDOM.standard_normal((2, 3, 4, 4)), RANDOM.standard_normal((3, 4, 2))
    if dtype == np.complex128:
        a = a + 1j * RANDOM.standard_normal(a.shape)
    tolerance = 2e-5 if dtype == np.float32 else 1e-12
    check_as_numpy(solutions, a.astype(dtype), b.astype(dtype), tolerance=tolerance)
    check_as_numpy(factors, a.astype(dtype), tolerance=tolerance)


def edges(a: Any, whole: Any) -> dict[str, Any]:
    """Integers, sizes of 0 and 1, singular matrices, pivots that are zero."""
    swapped = a[::-1] * np.array([[1.0, 1, 0]])
    return {
        "integers": np.linalg.solve(whole, whole[0]),
        "mixed": np.linalg.solve(whole, a),
        "integer_determinant": np.linalg.det(whole),
        "empty": np.linalg.det(a[:0, :0]),
        "empty_inverse": np.linalg.inv(a[:0, :0]),
        "one": np.linalg.inv(a[:1, :1]),
        "singular": np.linalg.det(swapped),
        "singular_logarithm": np.linalg.slogdet(swapped),
        "permutation": np.linalg.slogdet(np.eye(3)[::-1] * a[0, 0]),
        "zero_pivot": np.linalg.solve(a * (1 - np.eye(3)), a[0]),
        "power_zero": np.linalg.matrix_power(whole, 0),
        "power_five": np.linalg.matrix_power(whole, 5),
        "product": np.linalg.multi_dot([a, whole, a[0]]),
    }


def test_edges() -> None:
    """Special matrices give what NumPy gives."""
    whole = np.array([[2, 1, 0], [4, -3, 1], [0, 5, 7]], np.int32)
    check_as_numpy(edges, RANDOM.standard_normal((3, 3)) + 1, whole, tolerance=1e-12)


def test_large() -> None:
    """One loop: size 200 compiles as fast as size 20, and is as exact as LAPACK."""
    seconds = []
    for size in (20, 200):
        a, b = RANDOM.standard_normal((size, size)), RANDOM.standard_normal(size)
        compiled = tessel.compile(lambda a, b: np.linalg.solve(a, b))
        start = time.perf_counter()
        x = compiled(a, b)
        seconds.append(time.perf_counter() - start)
        np.testing.assert_allclose(x, np.linalg.solve(a, b), rtol=1e-10)
    assert seconds[1] < 5 * seconds[0]


def of_dynamic_sizes(a: Any, b: Any) -> list[Any]:
    """Matrices of each kind, some of them used twice."""
    first = np.linalg.solve(a, b)
    return [
        first,
        np.linalg.solve(a, first),
        np.linalg.inv(a.astype(np.float32)),
        np.linalg.det(a),
        np.linalg.cholesky(a @ a.T + np.eye(a.shape[0])),
        np.linalg.norm(a, 1),
    ]


def test_dynamic_sizes() -> None:
    """A matrix that is singular raises, and so does what does not fit."""
    compiled = tessel.compile(of_dynamic_sizes, dynamic=True)
    for size in (3, 1):
        a = RANDOM.standard_normal((size, size)) + 4 * np.eye(size)
        b = RANDOM.standard_normal(size)
        for got, want in zip(compiled(a, b), of_dynamic_sizes(a, b), strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-4 if got.dtype == np.float32 else 1e-9)
    with pytest.raises(np.linalg.LinAlgError, match="Singular matrix"):
        compiled(np.ones((2, 2)), np.ones(2))
    for shapes in (((2, 3), 2), ((3, 3), 2)):
        with pytest.raises(ValueError, match=r"test_decompositions\.py:\d+: "):
            compiled(*map(np.ones, shapes))


def norms(x: Any, z: Any, n: Any) -> dict[str, Any]:
    """All orders of vectors, and those of matrices without singular values."""
    orders = (None, 0, 1, 2, 3, -1, 0.5, np.inf, -np.inf)
    vectors = {f"vector {one}": np.linalg.norm(x, one, axis=1) for one in orders}
    matrix_orders = (None, "fro", 1, -1, np.inf, -np.inf)
    matrices = {
        f"matrix {one}": np.linalg.norm(x, one, axis=(2, 0), keepdims=True) for one in matrix_orders
    }
    return {
        **vectors,
        **matrices,
        "all": np.linalg.norm(x),
        "all_kept": np.linalg.norm(x, keepdims=True),
        "complex": np.linalg.norm(z),
        "complex_rows": np.linalg.norm(z, axis=-1, keepdims=True),
        "integers": np.linalg.norm(n, axis=0),
        "matrix": np.linalg.norm(z, np.inf),
    }


def test_norms() -> None:
    """Norms are NumPy's, also of complex numbers and integers."""
    x = RANDOM.standard_normal((2, 3, 4)).astype(np.float32)
    z = RANDOM.standard_normal((3, 4)) + 1j * RANDOM.standard_normal((3, 4))
    check_as_numpy(norms, x, z, np.arange(12, dtype=np.int16).reshape(3, 4), tolerance=1e-5)


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (lambda x: np.linalg.inv(x[:2]), np.linalg.LinAlgError, "inv .*float32.2, 3., whose last"),
        (lambda x: np.linalg.solve(x, x[:2]), np.linalg.LinAlgError, "solve .* rows differ"),
        (lambda x: np.linalg.det(x[0]), np.linalg.LinAlgError, "needs matrices"),
        (lambda x: np.linalg.inv(x.astype(np.float16)), TypeError, "not defined for float16"),
        (lambda x: np.linalg.norm(x, "bad"), ValueError, "no order 'bad'"),
        (lambda x: np.linalg.norm(x, 2), NotImplementedError, "order 2 cannot be compiled"),
        (lambda x: np.linalg.norm(x, axis=(0, 0)), ValueError, "name one axis twice"),
        (lambda x: np.linalg.qr(x, "raw"), ValueError, "no mode 'raw'"),
    ],
)
def test_refusals(function: Any, error: type, message: str) -> None:
    """What cannot be is one sentence with the user's line, of the type that NumPy raises."""
    with pytest.raises(error, match=rf"test_decompositions\.py:\d+: .*{message}"):
        tessel.compile(function)(np.ones((3, 3), np.float32))
