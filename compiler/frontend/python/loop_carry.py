"""What a loop of Python's carries from one iteration to the next, and in which dtypes.

Where that would compute something else than Python does, a ControlFlowError is raised, and the loop
is traced iteration by iteration.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ControlFlowError
from tessel.compiler.frontend.tracing.apply import apply, traced, type_of
from tessel.compiler.frontend.tracing.promotion import cast_to, common_dtype
from tessel.compiler.frontend.tracing.pytree import Structure, flatten
from tessel.compiler.frontend.tracing.region import Region
from tessel.compiler.frontend.tracing.sizes import shape_operands
from tessel.compiler.frontend.tracing.structured_control_flow import Carry
from tessel.compiler.frontend.tracing.trace import Trace
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location
from tessel.dialects.dim import Dim
from tessel.dialects.instance import owner_of
from tessel.dialects.mlir import ir
from tessel.dialects.shape import BroadcastTo
from tessel.dialects.types import ArrayType
from tessel.dialects.uses import backward_slice


class Unbound:
    """Stands for the value of a variable that has none."""


UNBOUND = Unbound()


@dataclass(frozen=True)
class LoopCarry(Carry):
    """What a loop of Python's carries, whose variables may change their dtypes while it runs.

    Where it `runs` for sure, what it carries has the dtypes that iterations leave. The first one
    then computes with wider numbers than Python does: that must make no difference.
    """

    runs: bool = False
    region: Region | None = None

    def joined(self, position: int, entry: TracedArray, result: TracedArray) -> TracedArray:
        """As that of Carry; raises ControlFlowError where the first iteration would differ."""
        same_shape = entry.array_type.shape == result.array_type.shape
        if not self.runs or not same_shape:
            return super().joined(position, entry, result)
        if entry.dtype == result.dtype and entry.weak is result.weak:
            return entry
        name = self.names[position]
        if common_dtype(entry, result) != result.dtype or (
            entry.weak is None and result.weak is not None
        ):
            raise refusal(f"makes {name} of {entry.dtype} one of {result.dtype}")
        assert self.region is not None
        argument = self.region.block.arguments[1 + position]
        if entry.weak is None and not _is_only_cast(argument, result.dtype):
            raise refusal(f"computes with {name} of {entry.dtype}, then of {result.dtype}")
        return TracedArray.of(entry.trace, cast_to(entry, result.dtype).value, result.weak)


def _is_only_cast(value: ir.Value, dtype: np.dtype) -> bool:
    """Whether all that is done with a value is a cast to `dtype`."""
    owners = [use.owner for use in value.uses]
    return all(
        one.name == "tessel.cast" and ArrayType.of(one.results[0]).dtype == dtype for one in owners
    )


@dataclass
class Carried:
    """A variable that the loop carries: how its arrays nest, and what they are before it."""

    structure: Structure
    init: list[TracedArray]


def carried_from(value: Any, structure: Structure, name: str, trace: Trace) -> Carried:
    """A variable whose value before the loop the first iteration reads."""
    leaves, found = flatten(value)
    if found != structure or value is UNBOUND:
        raise refusal(f"changes how {name} nests")
    return Carried(structure, [traced(leaf, trace) for leaf in leaves])


def carried_like(
    value: Any, structure: Structure, arrays: Sequence[TracedArray], runs: bool
) -> Carried:
    """A variable that only the code after the loop reads, and what it is if the loop never runs.

    Zeros where it has no value before, and where the loop surely runs.
    """
    leaves, found = flatten(value)
    init = []
    for position, array in enumerate(arrays):
        old = leaves[position] if found == structure and value is not UNBOUND else None
        if isinstance(old, TracedArray) and old.array_type == array.array_type:
            init.append(old)
            continue
        sizes = array.shape
        zero: Any = 0
        if not runs and value is not UNBOUND:
            kind = common_dtype(old, array) if isinstance(old, _NUMBERS) else None
            if kind != array.dtype or type_of(old).shape != array.array_type.shape:
                raise refusal("may not run, and gives a variable another type")
            zero = cast_to(old, array.dtype)
        one = zeros(sizes, array.dtype, array.trace, zero)
        init.append(TracedArray.of(array.trace, one.value, array.weak))
    return Carried(structure, init)


def zeros(sizes: Sequence[Any], dtype: np.dtype, trace: Trace, value: Any = 0) -> TracedArray:
    """An array of zeros, or of another number, from outside the loop."""
    if any(isinstance(size, Dim) and size.hint is None for size in sizes):
        raise refusal("makes an array of a size that only it knows")
    operands, shape = shape_operands(sizes)
    number = traced(value if isinstance(value, TracedArray) else np.asarray(value, dtype), trace)
    return apply(BroadcastTo, number, operands, shape=shape) if shape else number


def grows(end: ir.Value, carried: set[ir.Value]) -> bool:
    """Whether `end` is a product or power of what a loop carries, and no remainder of it."""
    owner = owner_of(end)
    if owner is None or owner.name in _BOUNDING:
        return False
    operands = list(owner.operands)
    if owner.name in _GROWING:
        return any(_is_computed_from(one, carried) for one in operands)
    return any(grows(one, carried) for one in operands)


def _is_computed_from(value: ir.Value, sources: set[ir.Value]) -> bool:
    return any(one in sources for one in backward_slice([value]))


_GROWING = ("tessel.multiply", "tessel.power", "tessel.shift_left")
_BOUNDING = ("tessel.remainder", "tessel.bitwise_and")
_NUMBERS = (TracedArray, np.ndarray, np.generic, bool, int, float, complex)
PLAIN = (*_NUMBERS, str, bytes, type, np.dtype)
"""What a body that is traced once may leave in a variable: the same in each iteration."""


def refusal(what: str) -> ControlFlowError:
    hint = "use bounds that are known when tracing, so that it can be unrolled"
    return ControlFlowError(f"the loop {what}", location=user_location(), hint=hint)
