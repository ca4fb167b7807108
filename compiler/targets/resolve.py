"""Names of targets to targets."""

from tessel.compiler.targets.base import Target
from tessel.compiler.targets.cpu import cpu_target, host_target
from tessel.runtime.devices import available_cores


def resolve_target(name: str) -> Target:
    """The target called `name`. Raises TargetError for an unknown one."""
    if name == "host":
        return host_target(available_cores())
    return cpu_target(name, available_cores(), "it was asked for")
