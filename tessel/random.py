"""Random numbers from keys, without hidden state."""

from typing import TYPE_CHECKING

from tessel.compiler.deferred import deferred_names

if TYPE_CHECKING:
    from tessel.compiler.frontend.numpy.random_namespace import *

__getattr__, __dir__ = deferred_names(
    "tessel.random", "tessel.compiler.frontend.numpy.random_namespace"
)
