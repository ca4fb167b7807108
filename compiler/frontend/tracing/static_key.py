"""Static values as keys: equal only where a program made for one is right for the other.

Python says 1 == 1.0 == True and 0.0 == -0.0, and that nan is not nan. A program can tell the former
apart and not the latter, so each number counts with its type and its bits, also inside tuples,
dicts and dataclasses. Arrays count by their elements; other objects as their classes compare them.
"""

import dataclasses
from collections.abc import Hashable, Mapping, Set
from typing import Any

import numpy as np


class _Identity:
    """An object that its class does not hash: it is itself, and what is read of it is guarded."""

    def __init__(self, value: object):
        self._value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and self._value is other._value

    def __hash__(self) -> int:
        return id(self._value)


def static_key(value: Any) -> Hashable:
    """A key of a static value. TypeError for what can be neither hashed nor told apart.

    >>> static_key((1, 2.0)) == static_key((1.0, 2))
    False
    >>> static_key(float("nan")) == static_key(float("nan"))
    True
    """
    return type(value), _content(value)


def _content(value: Any) -> Hashable:
    if isinstance(value, float | complex):
        return _bits(value)
    if isinstance(value, tuple | list):
        return tuple(static_key(one) for one in value)
    if isinstance(value, Mapping):
        return tuple((static_key(key), static_key(one)) for key, one in value.items())
    if isinstance(value, Set):
        return frozenset(static_key(one) for one in value)
    if isinstance(value, slice):
        return tuple(static_key(one) for one in (value.start, value.stop, value.step))
    if isinstance(value, np.ndarray | np.generic):
        return _array_content(np.asarray(value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        if _compares_fields(type(value)):
            fields = dataclasses.fields(value)
            return tuple(static_key(getattr(value, one.name)) for one in fields)
    if type(value).__hash__ is None:
        if type(value).__module__ in ("builtins", "collections", "array"):
            hash(value)  # raises TypeError: it may change, and nobody would see
        return _Identity(value)
    hash(value)
    return value


def _bits(value: complex) -> Hashable:
    if isinstance(value, complex):
        return _bits(float(value.real)), _bits(float(value.imag))
    return float(value).hex(), np.signbit(value).item()


def _array_content(array: np.ndarray) -> Hashable:
    if array.dtype.hasobject:
        return array.dtype, array.shape, tuple(static_key(one) for one in array.ravel().tolist())
    return array.dtype, array.shape, array.tobytes()


def _compares_fields(cls: type) -> bool:
    """Whether a dataclass compares as the tuple of its fields, and can be a key."""
    parameters = cls.__dataclass_params__  # type: ignore[attr-defined]
    return parameters.eq and cls.__hash__ is not None and "__eq__" in vars(cls)
