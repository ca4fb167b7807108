"""Tessel: NumPy-style functions, compiled to native code through MLIR and IREE."""

import importlib
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tessel.compiler.api import compile
    from tessel.compiler.compile_ir import compile_ir
    from tessel.compiler.frontend.numpy.functions.elementwise import where
    from tessel.compiler.frontend.tracing.control_flow import cond, fori_loop, scan, while_loop
    from tessel.compiler.frontend.tracing.named_dims import AUTO, STATIC, Dim
    from tessel.compiler.stances import stance
    from tessel.runtime.errors import TesselError

__all__ = [
    "AUTO",
    "STATIC",
    "Dim",
    "TesselError",
    "compile",
    "compile_ir",
    "cond",
    "fori_loop",
    "scan",
    "stance",
    "where",
    "while_loop",
]

_HOMES = {
    "AUTO": "tessel.compiler.frontend.tracing.named_dims",
    "Dim": "tessel.compiler.frontend.tracing.named_dims",
    "STATIC": "tessel.compiler.frontend.tracing.named_dims",
    "TesselError": "tessel.runtime.errors",
    "compile": "tessel.compiler.api",
    "compile_ir": "tessel.compiler.compile_ir",
    "cond": "tessel.compiler.frontend.tracing.control_flow",
    "fori_loop": "tessel.compiler.frontend.tracing.control_flow",
    "scan": "tessel.compiler.frontend.tracing.control_flow",
    "stance": "tessel.compiler.stances",
    "where": "tessel.compiler.frontend.numpy.functions.elementwise",
    "while_loop": "tessel.compiler.frontend.tracing.control_flow",
}


_SUBMODULES = ("logs", "nn", "numpy", "random")


_PARENT = Path(__file__).parents[1]
if (_PARENT / "pyproject.toml").is_file():
    # Python puts the folder that it runs in before what is installed: in a checkout it finds this
    # file there, and the other packages beside it.
    __path__.append(str(_PARENT))


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    if name in _SUBMODULES:
        return importlib.import_module(f"tessel.{name}")
    raise AttributeError(f"module 'tessel' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*__all__, *_SUBMODULES])


if importlib.util.find_spec("iree.compiler") is not None:
    # Refuses a stack on which compilers end the process. A machine that only runs programs has no
    # compiler, and imports `tessel.runtime` alone.
    importlib.import_module("tessel.compiler")
