"""Covariances and correlations.

Written with NumPy's own functions, which come back to the front end.
"""

from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ShapeError
from tessel.compiler.frontend.tracing.apply import Array, traced
from tessel.compiler.frontend.tracing.promotion import cast_to, common_dtype
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location
from tessel.dialects.types import is_complex


def cov(
    m: Array,
    y: Array = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    *,
    dtype: Any = None,
) -> Array:
    """`numpy.cov` of [variables, observations], or its transpose without `rowvar`; no weights.

    Raises ShapeError for more than two dimensions.
    """
    parts = [_variables(one, rowvar) for one in (m, y) if one is not None]
    kind = common_dtype(*parts, np.float64(1)) if dtype is None else np.dtype(dtype)
    samples = cast_to(np.concatenate(parts, 0) if len(parts) > 1 else parts[0], kind)
    centred = samples - np.mean(samples, axis=1, keepdims=True)
    turned = np.transpose(centred)
    products = centred @ (np.conjugate(turned) if is_complex(kind) else turned)
    count = samples.shape[1]
    freedom = count - (ddof if ddof is not None else 0 if bias else 1)
    return np.squeeze(products * cast_to(1 / freedom if freedom > 0 else np.inf, kind))


def corrcoef(x: Array, y: Array = None, rowvar: bool = True, *, dtype: Any = None) -> Array:
    """`numpy.corrcoef`: covariances over the product of standard deviations, within [-1, 1]."""
    products = cov(x, y, rowvar, dtype=dtype)
    if products.ndim == 0:
        return products / products
    deviations = np.sqrt(np.real(np.diagonal(products)))
    result = products / deviations[:, None] / deviations
    if not is_complex(result.dtype):
        return np.clip(result, -1, 1)
    limited = np.clip(np.real(result), -1, 1), np.clip(np.imag(result), -1, 1)
    return cast_to(limited[0], result.dtype) + limited[1] * result.dtype.type(1j)


def _variables(m: Array, rowvar: bool) -> TracedArray:
    samples = traced(m)
    if samples.ndim > 2:
        message = f"numpy.cov of {samples.array_type}, which has more than two dimensions"
        raise ShapeError(message, location=user_location())
    rows = np.atleast_2d(samples)
    return rows if rowvar or samples.ndim < 2 else np.transpose(rows)
