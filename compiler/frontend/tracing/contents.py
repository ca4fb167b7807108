"""What of a value that a function reads is compared at each call: numbers, texts, few elements."""

import enum
from collections import deque
from types import FunctionType
from typing import Any

import numpy as np

from tessel.compiler.frontend.tracing.static_key import static_key
from tessel.compiler.frontend.tracing.traced_value import INLINE_LIMIT

CONSTANTS = (type(None), bool, int, float, complex, str, bytes, enum.Enum, np.generic, np.dtype)
"""What is compared by value."""

CONTAINERS = (dict, list, set, deque)
"""What is compared with its items."""

LARGEST_CONTAINER = 64
"""Elements of a container up to which all are compared."""

_SAMPLED = {0: 1, 1: 16, 2: 4, 3: 3}
"""Sampled elements along each axis, by rank; 2 for higher ranks."""


def content_of(value: Any, excluded: frozenset[int] = frozenset()) -> Any:
    """What to compare of a value beside its identity; None for nothing.

    `excluded` are ids of objects of which nothing is compared.
    """
    if is_weight(value) or id(value) in excluded:
        return None
    if isinstance(value, (*CONSTANTS, np.ndarray)):
        return static_key(value)
    if isinstance(value, tuple):
        return tuple(content_of(one, excluded) or id(one) for one in value)
    if isinstance(value, CONTAINERS) and len(value) <= LARGEST_CONTAINER:
        if isinstance(value, set):
            return frozenset(static_key(one) for one in value)
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return tuple((static_key(key), content_of(one, excluded) or id(one)) for key, one in items)
    return None if not isinstance(value, FunctionType) else id(value)


def is_weight(value: Any) -> bool:
    """Whether a value is a large array, of which only a sample is compared."""
    return isinstance(value, np.ndarray) and value.nbytes > INLINE_LIMIT


def sample_of(array: np.ndarray) -> np.ndarray:
    """A few elements, as a view."""
    count = _SAMPLED.get(array.ndim, 2)
    return array[tuple(slice(None, None, max(1, -(-size // count))) for size in array.shape)]


def words_of(value: Any) -> str:
    """A value as a log tells it."""
    if isinstance(value, np.ndarray):
        return f"an array {value.dtype}{list(value.shape)}"
    if isinstance(value, FunctionType) or not isinstance(value, (*CONSTANTS, tuple)):
        return f"another {type(value).__name__}" if not isinstance(value, dict | list) else "other"
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
