"""Machine code, and what a caller must know of it: arguments, results, how it runs."""

import math
from dataclasses import dataclass

import numpy as np

from tessel.runtime.work_stealing import PersistentKernels


@dataclass(frozen=True)
class ArraySpec:
    """An argument or result: dtype and shape; `None` is a dynamic size."""

    dtype: np.dtype
    shape: tuple[int | None, ...]

    @property
    def is_static(self) -> bool:
        return None not in self.shape

    @property
    def nbytes(self) -> int:
        """Size of a static array."""
        return int(np.prod(self.static_shape, dtype=np.int64)) * self.dtype.itemsize

    @property
    def static_shape(self) -> tuple[int, ...]:
        """The shape of a static array; ValueError for another."""
        if not self.is_static:
            raise ValueError(f"shape {self.shape} has a dynamic size")
        return tuple(size for size in self.shape if size is not None)


@dataclass(frozen=True)
class CompiledArtifact:
    """What the compiler makes: code, and how it is called.

    `preallocated` says that results are written into buffers passed after the arguments;
    `persistent` says what else a program takes whose work the calling thread shares with workers:
    on the driver `local-task` it has some, on `local-sync` none. `seconds` is about what it takes
    on one core.
    """

    code: bytes
    function: str
    arguments: tuple[ArraySpec, ...]
    results: tuple[ArraySpec, ...]
    driver: str
    preallocated: bool
    persistent: PersistentKernels | None = None
    seconds: float = math.inf
