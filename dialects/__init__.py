"""The dialect `tessel`: ops, types and their NumPy reference semantics.

`load(context)` makes the dialect known to an MLIR context. What is asked for here is imported then:
a call of a compiled function needs neither ops nor MLIR's bindings.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tessel.dialects.base import Tessel, TesselOp
    from tessel.dialects.context import all_ops, load, new_context

__all__ = ["Tessel", "TesselOp", "all_ops", "load", "new_context"]

_HOMES = {
    "Tessel": "tessel.dialects.base",
    "TesselOp": "tessel.dialects.base",
    "all_ops": "tessel.dialects.context",
    "load": "tessel.dialects.context",
    "new_context": "tessel.dialects.context",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'tessel.dialects' has no attribute '{name}'")
