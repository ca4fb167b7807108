"""Rectangular parts of arrays: read, or replaced in a copy.

Where a start or size is dynamic it is an operand: an int64 array of rank 0.
"""

from collections.abc import Sequence

import numpy as np

from tessel.dialects.base import Operand, Result, TesselOp, check
from tessel.dialects.dim import is_at_least, is_empty, may_be, size_text
from tessel.dialects.shape import concrete_shape, dynamic_shape
from tessel.dialects.types import ArrayType


class Slice(TesselOp, name="slice"):
    """Every step-th element from start to stop along each axis.

    Semantics: result[i, j, ...] = x[starts[0] + i * steps[0], starts[1] + j * steps[1], ...].
    (C1) One start, stop and step an axis.  (C2) 0 <= start <= stop <= size.  (C3) step >= 1.
    Source: StableHLO `slice`.
    """

    flops_per_element = 0
    reads_part = True
    x: Operand
    starts: tuple[int, ...]
    stops: tuple[int, ...]
    steps: tuple[int, ...]
    result: Result

    @staticmethod
    def infer(
        x: ArrayType, starts: tuple[int, ...], stops: tuple[int, ...], steps: tuple[int, ...]
    ) -> ArrayType:
        counts = f"{len(starts)} starts, {len(stops)} stops, {len(steps)} steps for rank {x.rank}"
        check(len(starts) == len(stops) == len(steps) == x.rank, "C1", counts)
        for axis, (start, stop, size) in enumerate(zip(starts, stops, x.shape)):
            inside = 0 <= start <= stop and may_be(size, lambda n, end=stop: n >= end)
            check(inside, "C2", f"axis {axis} of size {size_text(size)} has no part {start}:{stop}")
        check(all(step >= 1 for step in steps), "C3", f"steps {steps} are not positive")
        return x.with_shape([len(range(*part)) for part in zip(starts, stops, steps)])

    @staticmethod
    def reference(
        x: np.ndarray, starts: tuple[int, ...], stops: tuple[int, ...], steps: tuple[int, ...]
    ) -> np.ndarray:
        return x[tuple(slice(*part) for part in zip(starts, stops, steps))].copy()


class UpdateSlice(TesselOp, name="update_slice"):
    """A copy of an array in which a rectangular part is replaced.

    Semantics: result = x, then result[starts + i * steps] = update[i].
    (C1) One start and step an axis, and update has the rank of x.  (C2) The part is inside x.
    (C3) step >= 1.  (C4) Equal dtypes.
    Source: NumPy assignment to a slice.
    """

    flops_per_element = 0
    x: Operand
    update: Operand
    starts: tuple[int, ...]
    steps: tuple[int, ...]
    result: Result

    @staticmethod
    def infer(
        x: ArrayType, update: ArrayType, starts: tuple[int, ...], steps: tuple[int, ...]
    ) -> ArrayType:
        counts = f"{len(starts)} starts, {len(steps)} steps, update {update} for {x}"
        check(len(starts) == len(steps) == x.rank == update.rank, "C1", counts)
        check(all(step >= 1 for step in steps), "C3", f"steps {steps} are not positive")
        for axis, (start, step) in enumerate(zip(starts, steps)):
            size, count = x.shape[axis], update.shape[axis]
            check(start >= 0, "C2", f"axis {axis} starts at {start}")
            if size is None or count is None or is_empty([count]):
                continue
            last = start + (count - 1) * step
            message = f"axis {axis} of size {size_text(size)} has no element {size_text(last)}"
            check(is_at_least(size, last + 1), "C2", message)
        check(x.dtype == update.dtype, "C4", f"dtypes {x.dtype} and {update.dtype} differ")
        return x

    @staticmethod
    def reference(
        x: np.ndarray, update: np.ndarray, starts: tuple[int, ...], steps: tuple[int, ...]
    ) -> np.ndarray:
        result = x.copy()
        parts = zip(starts, steps, update.shape)
        result[tuple(slice(b, b + n * s, s) for b, s, n in parts)] = update
        return result


class DynamicSlice(TesselOp, name="dynamic_slice"):
    """A rectangular part whose start, and perhaps size, is dynamic.

    Semantics: result[i] = x[start + i], each start clamped so that the part is inside x.
    (C1) One start an axis, int64 of rank 0.  (C2) One of `sizes` for each -1 in `shape`.
    (C3) The part is no larger than x.
    Source: StableHLO `dynamic_slice`, which clamps too.
    """

    flops_per_element = 0
    reads_part = True
    x: Operand
    starts: Sequence[Operand]
    sizes: Sequence[Operand]
    shape: tuple[int, ...]
    result: Result

    @staticmethod
    def infer(
        x: ArrayType, starts: list[ArrayType], sizes: list[ArrayType], shape: tuple[int, ...]
    ) -> ArrayType:
        check_starts(x, starts)
        check(len(shape) == x.rank, "C2", f"shape {shape} has another rank than {x}")
        part = dynamic_shape(sizes, shape, "C2")
        for axis, (size, count) in enumerate(zip(x.shape, part)):
            message = f"axis {axis} of size {size_text(size)} has no part of {size_text(count)}"
            check(is_at_least(size, count), "C3", message)
        return x.with_shape(part)

    @staticmethod
    def reference(
        x: np.ndarray, starts: list[np.ndarray], sizes: list[np.ndarray], shape: tuple[int, ...]
    ) -> np.ndarray:
        return x[clamped(x, starts, concrete_shape(sizes, shape))].copy()


class DynamicUpdateSlice(TesselOp, name="dynamic_update_slice"):
    """A copy of an array in which a part is replaced whose start is dynamic.

    Semantics: result = x, then result[start + i] = update[i], starts clamped as in dynamic_slice.
    (C1) One start an axis, int64 of rank 0.  (C2) update has the rank of x and fits inside.
    (C3) Equal dtypes.
    Source: StableHLO `dynamic_update_slice`.
    """

    flops_per_element = 0
    x: Operand
    update: Operand
    starts: Sequence[Operand]
    result: Result

    @staticmethod
    def infer(x: ArrayType, update: ArrayType, starts: list[ArrayType]) -> ArrayType:
        check_starts(x, starts)
        check(update.rank == x.rank, "C2", f"update {update} has another rank than {x}")
        for axis, (size, count) in enumerate(zip(x.shape, update.shape)):
            message = f"axis {axis} of size {size_text(size)} has no part of {size_text(count)}"
            check(is_at_least(size, count), "C2", message)
        check(x.dtype == update.dtype, "C3", f"dtypes {x.dtype} and {update.dtype} differ")
        return x

    @staticmethod
    def reference(x: np.ndarray, update: np.ndarray, starts: list[np.ndarray]) -> np.ndarray:
        result = x.copy()
        result[clamped(x, starts, update.shape)] = update
        return result


def check_starts(x: ArrayType, starts: list[ArrayType]) -> None:
    """(C1) of the dynamic ops."""
    check(len(starts) == x.rank, "C1", f"{len(starts)} starts for rank {x.rank}")
    scalars = all(start.rank == 0 and start.dtype == np.int64 for start in starts)
    check(scalars, "C1", "starts must be int64 arrays of rank 0")


def clamped(x: np.ndarray, starts: list[np.ndarray], shape: tuple[int, ...]) -> tuple[slice, ...]:
    """The slices of a part of `shape` at `starts`, moved inside x where they are not."""
    begins = [
        min(max(int(start), 0), max(size - count, 0))
        for start, size, count in zip(starts, x.shape, shape)
    ]
    return tuple(slice(begin, begin + count) for begin, count in zip(begins, shape))
