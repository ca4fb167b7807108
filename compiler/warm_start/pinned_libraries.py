"""Libraries whose code is known by their versions, and what of them gives the same each time.

Code of NumPy, SciPy, Tessel and of Python itself is compared by version; functions of theirs that
read a file, a clock, random numbers or other state cannot be, so a function that names one is
traced in each process. What is not listed here is not trusted.
"""

import importlib.util
import os
import sys
import sysconfig
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

from tessel.compiler.locations import is_internal_file, own_folders

_PURE = frozenset(
    "abc builtins cmath collections contextlib dataclasses fractions functools itertools math"
    " ml_dtypes numbers numpy operator scipy tessel types typing _abc _collections _functools"
    " _operator".split()
)
"""Packages whose functions compute of their arguments alone, but for `_IMPURE`."""

_IMPURE_MODULES = ("numpy.random", "numpy.testing", "numpy.ctypeslib", "numpy.f2py", "tessel.logs")

_IMPURE = frozenset(
    "load fromfile loadtxt genfromtxt fromregex memmap open_memmap DataSource save savez savetxt"
    " savez_compressed tofile show_config show_runtime geterr seterr errstate getbufsize setbufsize"
    " get_printoptions set_printoptions printoptions get_include info attrgetter"
    " methodcaller lru_cache cache singledispatch stance".split()
)
"""Functions of those packages that read or write something else, or read by computed names."""

_BUILTINS = frozenset(
    "abs all any ascii bin bool bytearray bytes callable chr classmethod complex dict divmod"
    " enumerate filter float format frozenset getattr hasattr hex int isinstance issubclass iter"
    " len list map max min next object oct ord pow property range repr reversed round set setattr"
    " slice sorted staticmethod str sum super tuple type zip Ellipsis NotImplemented None True"
    " False __debug__ __build_class__ __name__ __doc__".split()
)
"""Built-in functions that compute of their arguments alone."""

_PLAIN_BASES = frozenset("object list tuple dict int float str Generic".split())
"""Classes whose objects hold nothing but what is walked."""

_STANDARD = tuple(str(sysconfig.get_path(name)) + os.sep for name in ("stdlib", "platstdlib"))
_INSTALLED = tuple(str(sysconfig.get_path(name)) + os.sep for name in ("purelib", "platlib"))

_PINNED = tuple(
    f"{folder}{name}{os.sep}" for folder in _INSTALLED for name in ("scipy", "ml_dtypes")
)


def is_pinned_file(file: str) -> bool:
    """Whether code of a file changes only with a version that is part of the key."""
    if is_internal_file(file) or file.startswith("<frozen "):
        return True
    if file.startswith(_STANDARD):
        return not file.startswith(_INSTALLED)
    return file.startswith(_PINNED)


def is_pinned_module(module: ModuleType) -> bool:
    """Whether a module is one of those, or is part of Python itself."""
    file = getattr(module, "__file__", None)
    if file is None:
        return module.__name__.partition(".")[0] in sys.builtin_module_names
    return is_pinned_file(file)


def is_pure(module: str | None, name: str) -> bool:
    """Whether a function or class of a pinned module computes of its arguments alone."""
    if module == "builtins":
        return name in _BUILTINS or _is_exception(name)
    if module is None or name in _IMPURE:
        return False
    if any(module == one or module.startswith(f"{one}.") for one in _IMPURE_MODULES):
        return False
    return module.partition(".")[0] in _PURE


def is_pinned_class(cls: type) -> bool:
    """Whether a class is one of a pinned library, and is found there."""
    if type(cls.__module__) is not str:
        return False
    module = sys.modules.get(cls.__module__)
    if cls.__module__ == "builtins":
        return vars(module).get(cls.__name__, cls) is cls
    if module is None or cls.__module__ == "__main__" or not is_pinned_module(module):
        return False
    found: Any = module
    for name in cls.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is cls


def is_plain_base(cls: type) -> bool:
    """Whether objects of a user's class may extend this one of Python's, and be compared."""
    return cls.__name__ in _PLAIN_BASES and cls.__module__ in ("builtins", "typing")


def is_unnamed_type(cls: type) -> bool:
    """Whether a class of `builtins` is an exception, or one that Python makes objects of."""
    return _is_exception(cls.__name__) or cls.__name__ not in vars(sys.modules["builtins"])


def _is_exception(name: str) -> bool:
    value = vars(sys.modules["builtins"]).get(name)
    return isinstance(value, type) and issubclass(value, BaseException)


_TAKE_PART = ("numpy", "ml_dtypes", "scipy", "torch_mlir", "iree.compiler", "iree.runtime")


@cache
def versions() -> tuple[str, ...]:
    """What tells apart states of the machine's libraries, and of Tessel's files."""
    found = [sys.version, sys.platform, np.__version__, str(sys.flags), *_own_sources()]
    for name in _TAKE_PART:
        origin = getattr(importlib.util.find_spec(name), "origin", None)
        found.append(_state_of(origin) if origin else name)
    for folder in sorted({one for one in sys.path if one.endswith("-packages")}):
        with os.scandir(folder) as entries:
            found += sorted(one.name for one in entries if one.name.endswith("-info"))
    return tuple(found)


def _own_sources() -> list[str]:
    """Path, size and time of each of Tessel's files, as Python's own cache compares them."""
    found: list[str] = []
    folders = own_folders()
    while folders:
        with os.scandir(folders.pop()) as entries:
            for one in sorted(entries, key=lambda entry: entry.name):
                if one.is_dir() and one.name != "__pycache__":
                    folders.append(one.path)
                elif one.name.endswith(".py"):
                    found.append(_state_of(one.path))
    return found


def _state_of(file: str) -> str:
    status = os.stat(file)
    return f"{file} {status.st_size} {status.st_mtime_ns}"
