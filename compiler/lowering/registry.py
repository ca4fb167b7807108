"""What each op is lowered to. The folder is the registry: its files are read when first asked."""

import importlib
import pkgutil
from functools import cache

from tessel.compiler.lowering.base import (
    ELEMENT_FUNCTIONS,
    LOWERINGS,
    ElementFunction,
    Lowering,
)
from tessel.dialects.base import TesselOp


def lowerings() -> dict[type[TesselOp], Lowering]:
    """Op -> its lowering."""
    _read_families()
    return LOWERINGS


def element_functions() -> dict[type[TesselOp], ElementFunction]:
    """Elementwise op -> what it does to one element."""
    _read_families()
    return ELEMENT_FUNCTIONS


@cache
def _read_families() -> None:
    package = importlib.import_module(__name__.rsplit(".", 1)[0])
    for info in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{info.name}")
