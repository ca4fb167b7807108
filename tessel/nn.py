"""Functions of neural networks, on NumPy arrays and in compiled functions."""

from typing import TYPE_CHECKING

from tessel.compiler.deferred import deferred_names

if TYPE_CHECKING:
    from tessel.compiler.frontend.nn.namespace import *

__getattr__, __dir__ = deferred_names("tessel.nn", "tessel.compiler.frontend.nn.namespace")
