"""Runs a function as NumPy and compiled, as one program, and compares all results."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import tessel


def check_as_numpy(
    function: Callable[..., dict[str, Any]], *arrays: np.ndarray, tolerance: float = 1e-12
) -> None:
    """Asserts that each result has NumPy's dtype, shape and values.

    `tolerance` is relative to the largest element of a result; integers are exact.
    """
    given = [array.copy() for array in arrays]
    with np.errstate(all="ignore"):
        expected = dict(_leaves(function(*given)))
    actual = dict(_leaves(tessel.compile(function)(*arrays)))
    assert list(actual) == list(expected)
    for name, want in expected.items():
        have = np.asarray(actual[name])
        assert have.dtype == want.dtype, name
        assert have.shape == want.shape, name
        inexact = want.dtype.kind in "fc"
        finite = np.abs(want[np.isfinite(want)]) if inexact else want
        scale = float(finite.max()) if inexact and finite.size else 0.0
        bound = scale * tolerance
        np.testing.assert_allclose(have, want, rtol=0, atol=bound, err_msg=name)


def _leaves(tree: Any, path: str = "") -> Iterator[tuple[str, np.ndarray]]:
    """All arrays of nested dicts, tuples and lists, with their paths."""
    if isinstance(tree, dict):
        for key, one in tree.items():
            yield from _leaves(one, f"{path}.{key}")
    elif isinstance(tree, tuple | list):
        for position, one in enumerate(tree):
            yield from _leaves(one, f"{path}[{position}]")
    else:
        yield path, np.asarray(tree)
