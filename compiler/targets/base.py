"""What a target is: a machine to compile for, with everything that is chosen for it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A machine to compile for.

    `reason` says in one sentence how it was chosen; `flags` are IREE's flags for it.
    """

    name: str
    backend: str
    reason: str
    flags: tuple[str, ...]
