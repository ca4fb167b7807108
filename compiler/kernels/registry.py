"""The kernel templates that there are: the folders here, and those of installed packages."""

import importlib
import importlib.metadata
import pkgutil
from functools import cache
from typing import Any

from tessel.compiler.diagnostics import ArgumentError
from tessel.compiler.kernels.problem import KernelProblem, read_problem
from tessel.compiler.kernels.template import KernelTemplate

ENTRY_POINTS = "tessel.kernels"
"""The group of entry points that name a module with `TEMPLATES`."""


@cache
def templates() -> dict[str, KernelTemplate]:
    """Every template by its name; where several match a fusion, the first that does is chosen."""
    modules = [*_own_modules(), *_installed_modules()]
    found = [template for module in modules for template in module.TEMPLATES]
    found.sort(key=lambda one: -one.precedence)
    return {one.problem.template: one for one in found}


def template_named(name: str) -> KernelTemplate:
    """The template called `name`. Raises ArgumentError for a name that none has."""
    known = templates()
    if name not in known:
        choices = ", ".join(sorted(known))
        raise ArgumentError(f"there is no kernel '{name}'", hint=f"choose of {choices}")
    return known[name]


def templates_for(kind: str) -> list[KernelTemplate]:
    """The templates that are chosen for fusions of a kind, in the order in which they are asked."""
    return [one for one in templates().values() if one.fusion == kind]


def parse_problem(text: str) -> KernelProblem:
    """The problem with the name `text`; what has a default may be left out.

    Raises ArgumentError for a text that names none.

    >>> parse_problem("gemm m=1 k=768 n=3072")
    GemmProblem(m=1, k=768, n=3072, dtype='float32', weight='float32', layout='packed')
    """
    return read_problem(text, template_named(text.split()[0] if text.split() else "").problem)


def _own_modules() -> list[Any]:
    package = importlib.import_module(__name__.rsplit(".", 1)[0])
    folders = sorted(info.name for info in pkgutil.iter_modules(package.__path__) if info.ispkg)
    return [importlib.import_module(f"{package.__name__}.{name}.template") for name in folders]


def _installed_modules() -> list[Any]:
    points = importlib.metadata.entry_points(group=ENTRY_POINTS)
    return [point.load() for point in sorted(points, key=lambda one: one.name)]
