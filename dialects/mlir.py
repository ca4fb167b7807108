"""The only file that imports upstream MLIR's Python bindings.

They come from the wheel `torch-mlir` (`torch_mlir.ir`), or from the real `mlir-python-bindings`
(`mlir.ir`) where that is installed: the package of that name on PyPI is an empty placeholder.
"""

import importlib
import importlib.util
import sys
from types import ModuleType
from typing import TYPE_CHECKING


def _has_upstream_bindings() -> bool:
    """Whether `mlir` is the real package and not PyPI's placeholder of the same name."""
    return (
        importlib.util.find_spec("mlir") is not None
        and importlib.util.find_spec("mlir._mlir_libs") is not None
    )


if TYPE_CHECKING or not _has_upstream_bindings():
    from torch_mlir import ir, rewrite
    from torch_mlir.dialects import (
        arith,
        ext,
        func,
        linalg,
        llvm,
        math,
        memref,
        scf,
        tensor,
        vector,
    )
    from torch_mlir.dialects import complex as complex_dialect
    from torch_mlir.passmanager import PassManager
else:
    ir, rewrite = (importlib.import_module(f"mlir.{name}") for name in ("ir", "rewrite"))
    arith, complex_dialect, ext, func, linalg, llvm, math, memref, scf, tensor, vector = (
        importlib.import_module(f"mlir.dialects.{name}")
        for name in (
            *("arith", "complex", "ext", "func", "linalg", "llvm"),
            *("math", "memref", "scf", "tensor", "vector"),
        )
    )
    PassManager = importlib.import_module("mlir.passmanager").PassManager

__all__ = [
    "DYNAMIC",
    "PassManager",
    "arith",
    "complex_dialect",
    "ext",
    "func",
    "ir",
    "linalg",
    "llvm",
    "math",
    "memref",
    "rewrite",
    "scf",
    "tensor",
    "vector",
]

_WITHOUT_MODULE = ("tessel", "stream", "flow", "util", "hal")
"""Dialects that upstream has no Python module for, and programs of ours are full of.

Each time an op comes to Python the bindings import the module of its dialect, and where there is
none they search all of `sys.path` again: 800 times for a program of four operations, a third of the
time of our passes.
"""

for _name in _WITHOUT_MODULE:
    _module = f"{arith.__package__}.{_name}"
    sys.modules.setdefault(_module, ModuleType(_module))

DYNAMIC = ir.ShapedType.get_dynamic_size()
"""How MLIR writes a `?` dimension in a list of integers."""
