"""Tessel: NumPy-style functions, compiled to native code through MLIR and IREE."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tessel.compiler.api import compile
    from tessel.compiler.from_text import compile_ir
    from tessel.runtime.errors import TesselError

__all__ = ["TesselError", "compile", "compile_ir"]

_HOMES = {
    "TesselError": "tessel.runtime.errors",
    "compile": "tessel.compiler.api",
    "compile_ir": "tessel.compiler.from_text",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'tessel' has no attribute '{name}'")
