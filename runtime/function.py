"""What a device runs: a function of a program, and the lists that it takes and returns."""

from collections.abc import Sequence
from typing import Protocol

from tessel.runtime.buffer import Buffer


class Fence(Protocol):
    """What an asynchronous function waits for, or tells of: only its device looks inside."""


class ArgumentList(Protocol):
    """What a call takes, or returns: only the device whose function it is looks inside."""

    @property
    def size(self) -> int: ...


class Function(Protocol):
    """A function in a device's memory."""

    def argument_list(self, values: Sequence[Buffer | Fence]) -> ArgumentList:
        """What a call takes; it may be used again."""
        ...

    def result_list(self, count: int) -> ArgumentList:
        """Room for `count` results."""
        ...

    def invoke(self, arguments: ArgumentList, returned: ArgumentList) -> None:
        """Runs the function; what it returns replaces what is in `returned`."""
        ...

    def result(self, returned: ArgumentList, position: int) -> Buffer:
        """A buffer of what a call returned."""
        ...
