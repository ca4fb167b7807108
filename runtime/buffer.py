"""What a device reads and writes: memory that holds an array."""

from collections.abc import Sequence
from typing import Protocol


class Buffer(Protocol):
    """An array in a device's memory: only the device that made it looks inside.

    What IREE calls a view is one itself, so that a call wraps none.
    """

    @property
    def shape(self) -> Sequence[int]: ...
