"""Names of targets to targets."""

from tessel.compiler import settings
from tessel.compiler.targets.base import Target
from tessel.compiler.targets.cpu import cpu_target, host_target
from tessel.runtime.placement import available_cores


def resolve_target(name: str, threads: int | None = None, *, here: bool = True) -> Target:
    """The target called `name`, with `threads` (`TESSEL_THREADS` or all cores when None).

    `here` says that the program is to run on this machine. Raises TargetError for an unknown name
    and for a target whose code cannot run where it is to run.
    """
    count = threads or settings.THREADS.get() or available_cores()
    if name == "host":
        return host_target(count)
    return cpu_target(name, count, "it was asked for", here=here)
