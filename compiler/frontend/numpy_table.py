"""NumPy's functions and what compiles them: one line a function."""

from collections.abc import Callable
from typing import Any

import numpy as np

from tessel.compiler.frontend.array_api import (
    elementwise,
    linear_algebra,
    manipulation,
    statistical,
)

UFUNCS: dict[np.ufunc, Callable[..., Any]] = {
    **elementwise.UFUNCS,
    np.matmul: linear_algebra.matmul,
}
"""Called through `__array_ufunc__`."""

FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {
    np.broadcast_to: manipulation.broadcast_to,
    np.expand_dims: manipulation.expand_dims,
    np.linalg.norm: linear_algebra.norm,
    np.max: statistical.max,
    np.mean: statistical.mean,
    np.reshape: manipulation.reshape,
    np.squeeze: manipulation.squeeze,
    np.sum: statistical.sum,
    np.transpose: manipulation.transpose,
    np.where: elementwise.where,
}
"""Called through `__array_function__`."""

INSTEAD: dict[str, str] = {}
"""What to write instead of a NumPy function that cannot be compiled."""
