"""Random arrays for kernels that run alone, at the addresses that a program's have.

What a program computes is in the caches when the next kernel reads it; its parameters are where
those of all kernels together leave them. So each call of a kernel takes other parameters, until as
many bytes have gone by as the program reads, or as no cache holds.
"""

import math
from collections.abc import Callable, Sequence

import ml_dtypes  # noqa: F401  (NumPy learns the names of its dtypes)
import numpy as np

from tessel.compiler.explain.kernels import Values, sized_type
from tessel.dialects.mlir import ir
from tessel.dialects.types import is_bool, is_integer
from tessel.runtime.arrays import ALIGNMENT, aligned_empty

_LARGER_THAN_CACHES = 64 << 20
"""Bytes of parameters after which they come from memory anyway."""

_FEWEST = 64 << 10
"""Bytes of a kernel's parameters from which their alignment matters."""

_PATTERN = 1 << 16
"""Random numbers, which repeat."""


def random_arguments(
    kernels: Sequence[Sequence[ir.Value]],
    values: Values,
    is_parameter: Callable[[ir.Value], bool],
    parameters_of_all: int,
) -> list[list[list[np.ndarray]]]:
    """For the inputs of each kernel: its arguments, for one call after the other.

    Integers are those of `values` where it has them: they may be sizes.
    """
    layouts = [_Layout(one, values, is_parameter, parameters_of_all) for one in kernels]
    sizes: dict[np.dtype, int] = {}
    for layout in layouts:
        for array in layout.types:
            sizes[array.dtype] = max(sizes.get(array.dtype, 0), layout.end)
    blocks = {dtype: _numbers(dtype, size) for dtype, size in sizes.items()}
    return [layout.arguments(blocks) for layout in layouts]


class _Layout:
    """Offsets of a kernel's arguments in blocks of numbers: parameters last, and in turns."""

    def __init__(
        self,
        inputs: Sequence[ir.Value],
        values: Values,
        is_parameter: Callable[[ir.Value], bool],
        parameters_of_all: int,
    ):
        self._inputs, self._values = inputs, values
        self.types = [sized_type(value, values) for value in inputs]
        self._is_parameter = [is_parameter(value) for value in inputs]
        sizes = [_aligned(array.nbytes) for array in self.types]
        ranked = sorted(range(len(inputs)), key=lambda i: self._is_parameter[i])
        self._offsets = [0] * len(inputs)
        offset = 0
        for position in ranked:
            self._offsets[position] = offset
            offset += sizes[position]
        self._step = sum(size for size, far in zip(sizes, self._is_parameter) if far)
        wanted = min(parameters_of_all, _LARGER_THAN_CACHES)
        self._turns = 1 if self._step < _FEWEST else max(1, math.ceil(wanted / self._step))
        self.end = offset + (self._turns - 1) * self._step

    def arguments(self, blocks: dict[np.dtype, np.ndarray]) -> list[list[np.ndarray]]:
        """The arguments of each turn."""
        return [
            [self._argument(position, turn, blocks) for position in range(len(self._inputs))]
            for turn in range(self._turns)
        ]

    def _argument(self, position: int, turn: int, blocks: dict[np.dtype, np.ndarray]) -> np.ndarray:
        value, array = self._inputs[position], self.types[position]
        if value in self._values and is_integer(array.dtype):
            return np.ascontiguousarray(self._values[value])
        first = self._offsets[position] + (turn * self._step if self._is_parameter[position] else 0)
        part = blocks[array.dtype].view(np.uint8)[first : first + array.nbytes]
        return part.view(array.dtype).reshape(array.sizes)


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT


def _numbers(dtype: np.dtype, size: int) -> np.ndarray:
    """At least `size` bytes: from 0.5 to 1.5, where every function is defined; integers 0 and 1."""
    rng = np.random.default_rng(0)
    if is_bool(dtype) or is_integer(dtype):
        pattern = rng.integers(0, 2, _PATTERN).astype(dtype)
    else:
        pattern = (0.5 + rng.random(_PATTERN)).astype(dtype)
    block = aligned_empty((_aligned(size + 1) // dtype.itemsize,), dtype)
    block[...] = np.resize(pattern, block.shape)
    return block
