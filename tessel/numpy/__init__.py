"""NumPy's functions under the names of the array API standard, eager and in compiled functions."""

from typing import TYPE_CHECKING

from tessel.compiler.deferred import deferred_names

if TYPE_CHECKING:
    from tessel.compiler.frontend.numpy.namespace import *
    from tessel.numpy import fft as fft
    from tessel.numpy import linalg as linalg

__getattr__, __dir__ = deferred_names(
    "tessel.numpy", "tessel.compiler.frontend.numpy.namespace", ("fft", "linalg")
)
