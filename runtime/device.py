"""Where programs run: what a device does for a call. `host_device.py` is the one there is."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from tessel.runtime.artifact import ArraySpec, CompiledArtifact
from tessel.runtime.buffer import Buffer
from tessel.runtime.function import Fence, Function


class Device(Protocol):
    """Runs programs on buffers in its memory."""

    @property
    def name(self) -> str: ...

    def import_array(self, array: np.ndarray) -> Buffer:
        """An array in place, which the caller keeps alive as long as the buffer is used."""
        ...

    def import_address(self, address: int, shape: tuple[int, ...], dtype: np.dtype) -> Buffer:
        """Memory at an address of the host, aligned as `IMPORT_ALIGNMENT` says."""
        ...

    def read(self, buffer: Buffer, spec: ArraySpec) -> np.ndarray:
        """A buffer that a program made, as an array."""
        ...

    def fence(self) -> Fence:
        """One that nothing has to be waited for."""
        ...

    def load(self, binary: CompiledArtifact, parameters: Mapping[str, np.ndarray]) -> Function:
        """A program for this device; parameters are read in place.

        Raises RuntimeCallError where the code has no such function.
        """
        ...
