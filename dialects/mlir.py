"""The only file that imports upstream MLIR's Python bindings.

They come from the wheel `torch-mlir` (`torch_mlir.ir`), or from the real `mlir-python-bindings`
(`mlir.ir`) where that is installed: the package of that name on PyPI is an empty placeholder.
"""

import importlib
import importlib.util
from types import ModuleType


def _has_upstream_bindings() -> bool:
    """Whether `mlir` is the real package and not PyPI's placeholder of the same name."""
    return (
        importlib.util.find_spec("mlir") is not None
        and importlib.util.find_spec("mlir._mlir_libs") is not None
    )


_PREFIX = "mlir" if _has_upstream_bindings() else "torch_mlir"


def _bindings(name: str) -> ModuleType:
    return importlib.import_module(f"{_PREFIX}.{name}")


ir = _bindings("ir")
rewrite = _bindings("rewrite")
ext = _bindings("dialects.ext")
PassManager = _bindings("passmanager").PassManager
arith = _bindings("dialects.arith")
complex_dialect = _bindings("dialects.complex")
func = _bindings("dialects.func")
linalg = _bindings("dialects.linalg")
math = _bindings("dialects.math")
scf = _bindings("dialects.scf")
tensor = _bindings("dialects.tensor")

DYNAMIC = ir.ShapedType.get_dynamic_size()
"""How MLIR writes a `?` dimension in a list of integers."""
