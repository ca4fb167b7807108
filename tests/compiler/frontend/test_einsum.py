"""Einstein sums: letters that repeat or are stretched, ellipses, views, and sizes of the call."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy_comparison import check_as_numpy

import tessel

RANDOM = np.random.default_rng(3)
CUBE, VECTOR = RANDOM.standard_normal((2, 3, 4)), RANDOM.standard_normal(4)


def ellipses(x: Any, v: Any) -> dict[str, Any]:
    """Axes without letters, in front, behind, between, and of operands of other ranks."""
    squares = x @ np.swapaxes(x, -1, -2)
    written = x * 1
    np.einsum("...i->i...", written)[0] = 5
    np.einsum("...ii->...i", written[:, :, :3])[...] = 7
    return {
        "diagonals": np.einsum("...ii->...i", squares),
        "products": np.einsum("...ij,...kj->...ik", x, x[0]),
        "between": np.einsum("i...k,...k->k...i", x, x[0]),
        "behind": np.einsum("i...,i...->...", x, x),
        "stretched": np.einsum("...i,...i->...i", x, x[:, :1]),
        "none": np.einsum("...i,i...->...", v, v),
        "of_no_axes": np.einsum("...,...", x, v[0]),
        "implicit": np.einsum("j...i", x),
        "spaced": np.einsum("... , i -> ...i", x[0], v),
        "written": written,
        "new": np.einsum("ij->...ji", x[0]),
    }


def test_ellipses() -> None:
    check_as_numpy(ellipses, CUBE, VECTOR)


def letters(a: Any, b: Any, c: Any) -> list[Any]:
    chained = b
    for _ in range(3):
        chained = np.einsum("ij,jk->ik", a @ a.T / 9, chained)
    return [
        np.einsum("ij,jk,kl->il", a.T, b, c),
        np.einsum("bi,ij,bj->b", a, a.T @ b, b),
        np.einsum("ij,ij->", a, a),
        np.einsum("ii", a @ a.T),
        np.einsum("i,j->ji", a[0], b[0]),
        np.einsum("ba", a),
        np.einsum("...j,jk->...k", c[None], c.T),
        chained,
    ]


def test_dynamic_sizes() -> None:
    """One program for all, also where an axis has no elements; another where one is stretched."""
    compiled = tessel.compile(letters, dynamic=True)
    for n, m, k, last in ((3, 4, 5, 2), (6, 2, 3, 7), (2, 5, 3, 4), (2, 3, 5, 0)):
        arrays = [RANDOM.standard_normal(shape) for shape in ((n, m), (n, k), (k, last))]
        for got, want in zip(compiled(*arrays), letters(*arrays), strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-11, atol=1e-12)
    assert compiled.stats.compiles == 1
    product = tessel.compile(lambda x, y: np.einsum("...ij,...jk->...ik", x, y), dynamic=True)
    for first, second in (((2, 3, 4), (2, 4, 5)), ((2, 3, 4), (1, 4, 5)), ((3, 4), (2, 4, 5))):
        x, y = np.float32(RANDOM.standard_normal(first)), np.float32(RANDOM.standard_normal(second))
        np.testing.assert_allclose(product(x, y), x @ y, rtol=1e-5)
    for wrong in ((3, 4, 5), (2, 3, 5)):
        with pytest.raises(ValueError, match=r"test_einsum\.py:\d+: .*does not fit"):
            product(np.zeros((2, 3, 4), np.float32), np.zeros(wrong, np.float32))


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (lambda x: np.einsum("...ij->ij", x), ValueError, "lacks the ellipsis"),
        (lambda x: np.einsum("i.j", x), ValueError, "does not fit float64.2, 3, 4."),
        (lambda x: np.einsum("i...j...k->i", x), ValueError, "does not fit"),
        (lambda x: np.einsum("ii...->i...", x), ValueError, "does not fit"),
        (lambda x: np.einsum(x, [0, 1, 60]), ValueError, "no list of numbers"),
    ],
)
def test_refusals(function: Callable[..., Any], error: type, message: str) -> None:
    """What cannot be is one sentence with the user's line, of the type that NumPy raises."""
    with pytest.raises(error, match=rf"test_einsum\.py:\d+: .*{message}"):
        tessel.compile(function)(CUBE)
