"""How composite ops are written in primitive ones: one file a family; the folder is the registry.

    @decomposes(Softmax)
    def decompose_softmax(op: OpInstance) -> ir.Value: ...

The pass `tessel-decompose` calls them.
"""

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache
from typing import Any

from tessel.dialects.base import TesselOp
from tessel.dialects.instance import OpInstance

Decomposition = Callable[[OpInstance], Any]

_DECOMPOSITIONS: dict[type[TesselOp], Decomposition] = {}


def decomposes(*classes: type[TesselOp]) -> Callable[[Decomposition], Decomposition]:
    """Registers how a composite op is built from primitive ops, with `Op.build`."""

    def register(function: Decomposition) -> Decomposition:
        for cls in classes:
            _DECOMPOSITIONS[cls] = function
        return function

    return register


@cache
def decompositions() -> dict[type[TesselOp], Decomposition]:
    """Composite op -> how it is written in primitive ones."""
    package = importlib.import_module(__name__.rsplit(".", 1)[0])
    for info in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{info.name}")
    return _DECOMPOSITIONS
