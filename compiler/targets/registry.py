"""The targets that there are: the folders here, and those of installed packages.

Each has a module `target.py` with `NAMES`, and `find_target(name, threads, here=...)`; a package
names such a module by an entry point of the group `tessel.targets`. Nothing else lists them.
"""

import importlib
import pkgutil
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Protocol, cast

from tessel.compiler import settings
from tessel.compiler.deferred import deferred
from tessel.compiler.diagnostics import TargetError
from tessel.compiler.targets.base import Target
from tessel.runtime.affinity import available_cores

if TYPE_CHECKING:
    from importlib import metadata
else:
    metadata = deferred("importlib.metadata")  # 20 ms, which the targets here do not need

ENTRY_POINTS = "tessel.targets"
"""The group of entry points that name a module of targets."""


class TargetModule(Protocol):
    """What `target.py` of a folder has: names, as people write them, and what they stand for."""

    NAMES: Sequence[str]

    def find_target(self, name: str, threads: int, *, here: bool) -> Target:
        """The target called `name`, one of `NAMES`.

        Raises TargetError where its code cannot run on this machine and `here` says that it is to.
        """
        ...


def target_names() -> list[str]:
    """All names that `resolve_target` takes."""
    return list(_modules() | _installed_modules())


def resolve_target(name: str, threads: int | None = None, *, here: bool = True) -> Target:
    """The target called `name`, with `threads` (`TESSEL_THREADS` or all cores when None).

    `here` says that the program is to run on this machine. Raises TargetError for an unknown name
    and for a target whose code cannot run where it is to run.
    """
    module = _modules().get(name) or _installed_modules().get(name)
    if module is None:
        known = ", ".join(target_names())
        raise TargetError(f"unknown target '{name}'", hint=f"the targets are {known}")
    count = threads or settings.THREADS.get() or available_cores()
    return module.find_target(name, count, here=here)


@cache
def _modules() -> dict[str, TargetModule]:
    """The module behind each name of a target here."""
    package = importlib.import_module(__name__.rsplit(".", 1)[0])
    folders = sorted(info.name for info in pkgutil.iter_modules(package.__path__) if info.ispkg)
    return _by_name(
        [importlib.import_module(f"{package.__name__}.{name}.target") for name in folders]
    )


@cache
def _installed_modules() -> dict[str, TargetModule]:
    """The module behind each name of a target that an installed package brings."""
    points = metadata.entry_points(group=ENTRY_POINTS)
    return _by_name([point.load() for point in sorted(points, key=lambda one: one.name)])


def _by_name(modules: Sequence[object]) -> dict[str, TargetModule]:
    named = [cast(TargetModule, module) for module in modules]
    return {name: module for module in named for name in module.NAMES}
