"""The frequencies of Fourier transforms."""

import operator
from typing import Any

import numpy as np

from tessel.compiler.frontend.numpy.functions.creation import asarray
from tessel.compiler.frontend.tracing.apply import Array


def fftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Array:
    """`numpy.fft.fftfreq`: the frequencies of `numpy.fft.fft`, at a distance d of samples."""
    return asarray(np.fft.fftfreq(operator.index(n), d), dtype=dtype or np.float64, device=device)


def rfftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Array:
    """`numpy.fft.rfftfreq`: the frequencies of `numpy.fft.rfft`, at a distance d of samples."""
    return asarray(np.fft.rfftfreq(operator.index(n), d), dtype=dtype or np.float64, device=device)
