"""Runs many functions in one compiled program and compares each with NumPy: values, dtypes, errors.

`differential.py` does this for ops; these are functions as a user writes them.
"""

import copy
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import tessel
from tessel.dialects.types import is_half, real_dtype

SameCase = tuple[str, Callable[..., Any], Sequence[Any]]
"""A name, a function, its arguments."""


def assert_same_as_numpy(cases: Sequence[SameCase], tolerance: float = 0.0) -> None:
    """Asserts that each function gives NumPy's arrays, or NumPy's kind of error.

    NaN are NaN, zeros have NumPy's signs; other floats differ by `tolerance` of their size at most,
    parts of complex numbers by as much of the number's size.
    """
    outcomes: list[Any] = [None] * len(cases)

    def whole(*arguments: Any) -> list[Any]:
        results, at = [], 0
        for index, (_, function, given) in enumerate(cases):
            own, at = arguments[at : at + len(given)], at + len(given)
            try:
                arrays = _flat(function(*own))
            except (TypeError, ValueError, ArithmeticError, LookupError) as error:
                outcomes[index] = error
                continue
            outcomes[index] = len(arrays)
            results += arrays
        return results

    flat = [copy.deepcopy(one) for _, _, given in cases for one in given]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = iter(tessel.compile(whole)(*flat))
    wrong = []
    for (name, function, given), outcome in zip(cases, outcomes):
        found = outcome
        if isinstance(outcome, int):
            found = [next(results) for _ in range(outcome)]
        why = _difference(_expected(function, given), found, tolerance)
        if why:
            wrong.append(f"{name}: {why}")
    assert not wrong, "\n".join(wrong)


def _expected(function: Callable[..., Any], given: Sequence[Any]) -> Any:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _flat(function(*copy.deepcopy(given)))
        except (TypeError, ValueError, ArithmeticError, LookupError) as error:
            return error


def _difference(expected: Any, found: Any, tolerance: float) -> str:
    """What differs, or nothing."""
    if isinstance(expected, Exception) or isinstance(found, Exception):
        kind = next(one for one in type(expected).__mro__ if one.__module__ == "builtins")
        return "" if isinstance(found, kind) else f"{found!r}; right is {expected!r}"
    if len(expected) != len(found):
        return f"{len(found)} results; right are {len(expected)}"
    differences = [_array_difference(*pair, tolerance) for pair in zip(expected, found)]
    return "; ".join(filter(None, differences))


def _array_difference(expected: Any, found: Any, tolerance: float) -> str:
    want: Any = np.asarray(expected)
    have: Any = np.asarray(found)
    if want.dtype != have.dtype or want.shape != have.shape:
        return f"{have.dtype}{have.shape}; right is {want.dtype}{want.shape}"
    if is_half(want.dtype):
        want, have = want.astype(np.float32), have.astype(np.float32)
    if want.dtype.kind in "biu":
        wrong = want != have
    else:
        with np.errstate(all="ignore"):
            size = np.maximum(np.abs(want.real), np.abs(want.imag))
            size = np.where(np.isfinite(size), size, np.abs(want.real))
            parts = [(want.real, have.real)]
            if want.dtype != real_dtype(want.dtype):
                parts.append((want.imag, have.imag))
            right = [_same(*pair, tolerance * size) for pair in parts]
        wrong = ~np.logical_and.reduce(right)
    if not wrong.any():
        return ""
    positions = np.flatnonzero(wrong)[:3]
    shown = [f"{have.ravel()[i]} at {i}, right is {want.ravel()[i]}" for i in positions]
    return f"{wrong.sum()} of {wrong.size} differ: {'; '.join(shown)}"


def _same(want: np.ndarray, have: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    equal = (want == have) & ((want != 0) | (np.signbit(want) == np.signbit(have)))
    close = np.isfinite(want) & (np.abs(want - have) <= allowed) & (want != 0)
    return equal | close | (np.isnan(want) & np.isnan(have))


def _flat(tree: Any) -> list[Any]:
    if isinstance(tree, tuple | list):
        return [leaf for one in tree for leaf in _flat(one)]
    return [tree]
