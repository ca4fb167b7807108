"""What a device reads and writes: memory that holds an array."""

from typing import Any, Protocol


class Buffer(Protocol):
    """An array in a device's memory; IREE's `HalBufferView` is one itself: a call wraps none."""

    @property
    def shape(self) -> Any: ...

    @property
    def byte_length(self) -> int: ...

    def map(self) -> Any:
        """The memory as the host sees it."""
        ...
