"""NumPy's functions and what compiles them: one line a function."""

from collections.abc import Callable
from typing import Any

import numpy as np

from tessel.compiler.frontend.array_api import (
    composite,
    creation,
    einsum,
    elementwise,
    linear_algebra,
    manipulation,
    repetition,
    statistical,
)

UFUNCS: dict[np.ufunc, Callable[..., Any]] = {
    **elementwise.UFUNCS,
    np.matmul: linear_algebra.matmul,
}
"""Called through `__array_ufunc__`."""

FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {
    np.all: statistical.all,
    np.allclose: composite.allclose,
    np.angle: elementwise.angle,
    np.any: statistical.any,
    np.argmax: statistical.argmax,
    np.argmin: statistical.argmin,
    np.argsort: manipulation.argsort,
    np.broadcast_to: manipulation.broadcast_to,
    np.clip: elementwise.clip,
    np.concatenate: manipulation.concatenate,
    np.count_nonzero: statistical.count_nonzero,
    np.cov: composite.cov,
    np.cumprod: statistical.cumprod,
    np.cumsum: statistical.cumsum,
    np.diagonal: creation.diagonal,
    np.diff: repetition.diff,
    np.dot: linear_algebra.dot,
    np.einsum: einsum.einsum,
    np.empty_like: creation.zeros_like,
    np.expand_dims: manipulation.expand_dims,
    np.flip: manipulation.flip,
    np.full_like: creation.full_like,
    np.hstack: composite.hstack,
    np.imag: elementwise.imag,
    np.inner: linear_algebra.inner,
    np.isclose: composite.isclose,
    np.linalg.norm: linear_algebra.norm,
    np.linspace: composite.linspace,
    np.max: statistical.max,
    np.mean: statistical.mean,
    np.min: statistical.min,
    np.moveaxis: manipulation.moveaxis,
    np.ones_like: creation.ones_like,
    np.outer: linear_algebra.outer,
    np.pad: repetition.pad,
    np.prod: statistical.prod,
    np.ptp: statistical.ptp,
    np.ravel: manipulation.ravel,
    np.real: elementwise.real,
    np.repeat: repetition.repeat,
    np.reshape: manipulation.reshape,
    np.roll: repetition.roll,
    np.round: elementwise.round,
    np.searchsorted: manipulation.searchsorted,
    np.sort: manipulation.sort,
    np.split: repetition.split,
    np.squeeze: manipulation.squeeze,
    np.stack: manipulation.stack,
    np.std: statistical.std,
    np.sum: statistical.sum,
    np.swapaxes: manipulation.swapaxes,
    np.take: manipulation.take,
    np.take_along_axis: manipulation.take_along_axis,
    np.tensordot: linear_algebra.tensordot,
    np.tile: repetition.tile,
    np.transpose: manipulation.transpose,
    np.tril: creation.tril,
    np.triu: creation.triu,
    np.var: statistical.var,
    np.where: elementwise.where,
    np.zeros_like: creation.zeros_like,
    np.vstack: composite.vstack,
}
"""Called through `__array_function__`."""

INSTEAD: dict[str, str] = {
    "argwhere": "its size depends on data: use tessel.where, which keeps the shape",
    "compress": "its size depends on data: use tessel.where, which keeps the shape",
    "delete": "its size depends on data: use tessel.where, which keeps the shape",
    "extract": "its size depends on data: use tessel.where, which keeps the shape",
    "flatnonzero": "its size depends on data: use tessel.where, which keeps the shape",
    "intersect1d": "its size depends on data: use tessel.where, which keeps the shape",
    "nonzero": "its size depends on data: use tessel.where, which keeps the shape",
    "unique": "its size depends on data: use numpy.sort, which keeps the shape",
}
"""What to write instead of a NumPy function that cannot be compiled."""
