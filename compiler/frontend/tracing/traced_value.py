"""What stands for an array while a function is traced, for those who need not know more of it."""

import numpy as np

PLAIN_ARRAY = "use numpy.asarray of it, and its mask as another array"

INLINE_LIMIT = 1024
"""Bytes up to which a closed-over array is written in the IR, where it can be folded."""


def has_other_operators(value: object) -> bool:
    """Whether operators of an array are its own: what is masked does not count, `*` is a product.

    NumPy imports masked arrays when they are first named, which most programs never do.
    """
    is_other = isinstance(value, np.ndarray) and type(value) is not np.ndarray
    return is_other and isinstance(value, np.matrix | np.ma.MaskedArray)


class TracedValue:
    """An array without elements; each is a `TracedArray`, whose module needs MLIR's bindings."""

    __slots__ = ()
