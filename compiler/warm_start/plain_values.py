"""Values without code of the user's as words, which differ where a program may differ."""

import struct
import sys
from typing import Any

import numpy as np

from tessel.compiler.warm_start.pinned_libraries import is_pure


class NotComparable(Exception):
    """Something that a function may read and that the next process cannot compare."""


ATOMS = (type(None), bool, int, float, complex, str, bytes, type(Ellipsis), type(NotImplemented))
"""Types whose values are their text."""


def atom(value: Any) -> tuple[Any, ...]:
    """A value of one of `ATOMS`; numbers by their bits."""
    kind = type(value)
    if kind in (float, complex):
        return kind.__name__, struct.pack("2d", value.real, value.imag)
    if kind is int:
        return "int", hex(value)  # Python writes no more than 4300 decimal digits
    return kind.__name__, repr(value)


def dtype_words(dtype: np.dtype) -> tuple[Any, ...]:
    """A dtype. Raises NotComparable for one of Python objects."""
    if dtype.hasobject:
        raise NotComparable("an array of Python objects")
    if dtype.metadata:
        raise NotComparable("a dtype with metadata")
    return dtype.name, dtype.str, repr(dtype.descr) if dtype.fields else "", dtype.shape


def set_words(values: Any) -> tuple[Any, ...]:
    """A set of one atom or none: the order of others is that in which they were made."""
    if len(values) > 1 or not all(type(one) in ATOMS for one in values):
        raise NotComparable("a set")
    return type(values).__name__, *map(atom, values)


def ufunc_words(value: np.ufunc) -> tuple[Any, ...]:
    """A ufunc of NumPy's or SciPy's. Raises NotComparable for another."""
    homes = [np, sys.modules.get("scipy.special")]
    if not any(getattr(home, value.__name__, None) is value for home in homes if home):
        raise NotComparable(f"the ufunc {value.__name__}")
    return "ufunc", value.__name__


def dispatcher_words(value: Any) -> tuple[Any, ...]:
    """A function that NumPy found by its protocols, such as `numpy.concatenate`."""
    module = sys.modules.get(value.__module__)
    if getattr(module, value.__name__, None) is not value:
        raise NotComparable(f"the function {value.__qualname__}, which is not where it says")
    if not is_pure(value.__module__, value.__name__):
        raise NotComparable(f"the function {value.__module__}.{value.__name__}")
    return "dispatched", value.__module__, value.__qualname__
