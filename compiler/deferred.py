"""Modules that are imported when something of them is used for the first time.

A process that only calls programs which are compiled already needs neither MLIR's bindings nor
IREE's compiler, which take most of the time of an import. So the parts that a call needs import the
parts that only a trace needs by `deferred`, and nothing else is imported late.
"""

import importlib
from collections.abc import Callable, Sequence
from typing import Any


class _Deferred:
    """Stands for a module, and asks it for each name."""

    def __init__(self, module: str):
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(self._module), name)


def deferred(module: str) -> Any:
    """The module of this name, imported with the first name that is asked of it.

    >>> deferred("math").floor(2.5)
    2
    """
    return _Deferred(module)


def deferred_names(
    package: str, module: str, submodules: Sequence[str] = ()
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of `package`: the names of `module`, and `submodules`."""

    def find(name: str) -> Any:
        if name in submodules:
            return importlib.import_module(f"{package}.{name}")
        if name == "__all__":
            return sorted([*importlib.import_module(module).__all__, *submodules])
        # What Python and its tools ask of any object is no reason to import anything.
        if not name.startswith("__") or name.startswith("__array_"):
            names = importlib.import_module(module)
            if name in names.__all__:
                return getattr(names, name)
        raise AttributeError(f"module '{package}' has no attribute '{name}'")

    return find, lambda: find("__all__")
