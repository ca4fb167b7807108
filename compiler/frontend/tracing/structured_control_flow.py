"""Branches and loops of the program: bodies are traced, and `scf` ops built around them.

Each function takes flat lists of traced arrays; `control_flow.py` adds pytrees, `loop_capture.py`
Python's `for`. Arrays from outside that a body writes are carried beside the given ones.
"""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import (
    ControlFlowError,
    DTypeError,
    ShapeError,
    UnsupportedError,
)
from tessel.compiler.frontend.tracing.apply import Array, traced
from tessel.compiler.frontend.tracing.promotion import cast_to, common_dtype
from tessel.compiler.frontend.tracing.region import Region, temporary_region
from tessel.compiler.frontend.tracing.trace import Trace
from tessel.compiler.frontend.tracing.traced_array import Storage, TracedArray
from tessel.compiler.frontend.tracing.traced_dim import TracedDim
from tessel.compiler.locations import user_location
from tessel.compiler.mlir_locations import current_location
from tessel.dialects import control_flow
from tessel.dialects.dim import Dim
from tessel.dialects.inference import shape_text
from tessel.dialects.instance import owner_of
from tessel.dialects.mlir import arith, ir, scf
from tessel.dialects.types import ArrayType

ROUNDS = 6
"""How often a body is traced until the dtypes of what it carries stay the same."""

Body = Callable[[list[TracedArray]], Sequence[Array]]


@dataclass(frozen=True)
class Carry:
    """Names of what a loop carries, for errors, and whether their dtypes may be promoted."""

    names: Sequence[str]
    promotes: bool = False

    def joined(self, position: int, entry: TracedArray, result: TracedArray) -> TracedArray:
        """`entry` in the dtype in which the loop can carry it, given what its body returned."""
        name = self.names[position]
        if entry.array_type.shape != result.array_type.shape:
            message = (
                f"{name} has shape {_shape(entry)} before and {_shape(result)} after an iteration"
            )
            raise ShapeError(
                message, location=user_location(), hint="keep the shape of what a loop carries"
            )
        dtype = entry.dtype
        if entry.dtype != result.dtype and (entry.weak is not None or self.promotes):
            dtype = common_dtype(entry, result)
        if dtype != result.dtype and result.weak is None and not self.promotes:
            message = f"{name} is {entry.dtype} before and {result.dtype} after an iteration"
            raise DTypeError(message, location=user_location(), hint="cast it with .astype")
        if entry.weak is not None and result.weak is not None and entry.dtype != dtype:
            return TracedArray.of(entry.trace, cast_to(entry, dtype).value, result.weak)
        if dtype == entry.dtype and (entry.weak is None or result.weak is not None):
            return entry
        return cast_to(entry, dtype)


def build_branch(
    trace: Trace, predicate: TracedArray, bodies: Sequence[Callable[[], Sequence[Array]]]
) -> list[TracedArray]:
    """The results of the first body where `predicate` holds, else of the second (`scf.if`)."""
    with (
        temporary_region(trace, [], carries=False) as yes,
        temporary_region(trace, [], carries=False) as no,
    ):
        found = []
        for region, body in zip((yes, no), bodies):
            with region.active():
                found.append([traced(leaf, trace) for leaf in body()])
        kinds = [_branch_kind(one, other) for one, other in zip(*found, strict=True)]
        storages = list(dict.fromkeys([*yes.written, *no.written]))
        for region, leaves in zip((yes, no), found):
            with region.active(), current_location(trace.context):
                values = [cast_to(leaf, dtype).value for leaf, (dtype, _) in zip(leaves, kinds)]
                values += [storage.value for storage in storages]
                scf.YieldOp(values)
        with current_location(trace.context):
            flag = _condition(predicate)
            types = [value.type for value in values]
            operation = ir.Operation.create("scf.if", types, [flag], regions=2)
        for region, target in zip((yes, no), operation.regions):
            region.block.append_to(target)
    weak = [kind for _, kind in kinds]
    types = [one.array_type.with_dtype(dtype) for one, (dtype, _) in zip(found[0], kinds)]
    return _deliver(trace, operation, weak, storages, types)


def build_while(
    trace: Trace,
    condition: Callable[[list[TracedArray]], Array],
    body: Body,
    init: Sequence[TracedArray],
    carry: Carry,
) -> list[TracedArray]:
    """What `init` has become when `condition` no longer holds (`scf.while`).

    It also ends where a check of data fails: what follows could keep it going for ever.
    """
    for _ in range(ROUNDS):
        types = [one.value.type for one in init]
        with temporary_region(trace, types, carries=True) as after:
            with after.active() as arguments:
                entry = entry_arrays(trace, arguments, init)
                results = [traced(leaf, trace) for leaf in body(entry)]
            joined = close_body(after, init, results, carry)
            if joined is not None:
                init = joined
                continue
            storages = after.carried
            operands = [one.value for one in init] + [after.outer(one) for one in storages]
            types = [one.type for one in operands]
            with temporary_region(trace, types, carries=False) as before:
                _trace_condition(before, condition, init, storages)
                with current_location(trace.context):
                    operation = ir.Operation.create("scf.while", types, operands, regions=2)
                before.block.append_to(operation.regions[0])
                after.block.append_to(operation.regions[1])
        types_of_results = [one.array_type for one in init]
        weak = [one.weak for one in init]
        results = _deliver(trace, operation, weak, storages, types_of_results)
        if before.written:
            # The condition that ended the loop checks once more, to note what it found: IREE 3.13
            # makes programs that fail where a condition passes on another array than it took.
            condition(results)
        return results
    raise unsettled()


def build_for(
    trace: Trace,
    bounds: tuple[Array, Array, Array],
    body: Body,
    init: Sequence[TracedArray],
    carry: Carry,
) -> list[TracedArray]:
    """What `init` is after `body([index, *carried])` for each index of a range (`scf.for`)."""
    loop = CountedLoop.of(trace, bounds)
    for _ in range(ROUNDS):
        with temporary_region(trace, loop.argument_types(init), carries=True) as region:
            region.count = loop.static_count
            with region.active() as arguments:
                entry = [loop.index(arguments[0]), *entry_arrays(trace, arguments[1:], init)]
                results = [traced(leaf, trace) for leaf in body(entry)]
            joined = close_body(region, init, results, carry)
            if joined is None:
                return loop.build(region, init)
            init = joined
    raise unsettled()


@dataclass(frozen=True)
class CountedLoop:
    """A loop over a range: its first index, its step, and how often it runs."""

    trace: Trace
    start: Any
    step: int
    count: ir.Value

    @staticmethod
    def of(trace: Trace, bounds: tuple[Any, Any, Any]) -> "CountedLoop":
        """The loop over `range(*bounds)`, whose step is a Python integer."""
        start, stop, step = (
            one.as_array() if isinstance(one, TracedDim) else one for one in bounds
        )
        if not isinstance(step, int):
            message = "the step of a range is a traced array"
            raise ControlFlowError(message, location=user_location(), hint="use a Python integer")
        with current_location(trace.context):
            if not any(isinstance(one, TracedArray) for one in (start, stop)):
                count = _index_constant(len(range(start, stop, step)))
                return CountedLoop(trace, start, step, count)
            first: Any = start
            distance: Any = stop - first if step > 0 else first - stop
            if abs(step) != 1:
                distance = (distance + (abs(step) - 1)) // abs(step)
            count = control_flow.index(cast_to(distance, np.int64).value)
            return CountedLoop(trace, start, step, count)

    @property
    def static_count(self) -> int | None:
        """How often it runs, where that is known."""
        owner = owner_of(self.count)
        constant = None if owner is None else owner.opview
        return int(constant.literal_value) if isinstance(constant, arith.ConstantOp) else None  # type: ignore[arg-type]

    def argument_types(self, init: Sequence[TracedArray]) -> list[ir.Type]:
        """Types of the arguments that the block of the body takes."""
        return [ir.IndexType.get(self.trace.context), *[one.value.type for one in init]]

    def index(self, counter: ir.Value) -> TracedArray:
        """The value of the range for a counter from 0, as a traced Python integer."""
        index: Any = self.iteration(counter)
        if self.step != 1:
            index = index * self.step
        if isinstance(self.start, TracedArray) or self.start != 0:
            index = index + self.start
        return index

    def iteration(self, counter: ir.Value) -> TracedArray:
        """A counter from 0, as a traced Python integer."""
        with current_location(self.trace.context):
            value = arith.index_cast(ir.IntegerType.get_signless(64), counter)
            return TracedArray.of(self.trace, control_flow.array(value), int)

    def build(self, region: Region, init: Sequence[TracedArray]) -> list[TracedArray]:
        """Adds the `scf.for` whose body is traced in `region`; its results."""
        storages = region.carried
        values = [one.value for one in init] + [region.outer(one) for one in storages]
        with current_location(self.trace.context):
            types = [value.type for value in values]
            operands = [_index_constant(0), self.count, _index_constant(1), *values]
            operation = ir.Operation.create("scf.for", types, operands, regions=1)
        region.block.append_to(operation.regions[0])
        types_of_results = [one.array_type for one in init]
        weak = [one.weak for one in init]
        return _deliver(self.trace, operation, weak, storages, types_of_results)


def entry_arrays(
    trace: Trace, arguments: Sequence[ir.Value], init: Sequence[TracedArray]
) -> list[TracedArray]:
    """What a body sees of `init`: the first arguments of its block."""
    trace.sizes.enter(arguments, [one.array_type for one in init])
    return [TracedArray.of(trace, value, one.weak) for value, one in zip(arguments, init)]


def close_body(
    region: Region, init: Sequence[TracedArray], results: Sequence[TracedArray], carry: Carry
) -> list[TracedArray] | None:
    """Ends a loop's body with its terminator.

    Where the loop cannot carry `init` as it is, returns what it can carry: the body then has to be
    traced again.
    """
    trace = region.trace
    joined = [carry.joined(i, one, result) for i, (one, result) in enumerate(zip(init, results))]
    if any(old is not new for old, new in zip(init, joined)):
        return joined
    with region.active(), current_location(trace.context):
        values = [cast_to(result, one.dtype).value for result, one in zip(results, init)]
        scf.YieldOp(values + [storage.value for storage in region.carried])
    region.drop_unwritten()
    return None


def _trace_condition(
    before: Region,
    condition: Callable[[list[TracedArray]], Array],
    init: Sequence[TracedArray],
    storages: Sequence[Storage],
) -> None:
    """Traces the condition of a while loop, on all that the loop carries."""
    trace = before.trace
    with before.active() as arguments, current_location(trace.context):
        before.current.update(zip(storages, arguments[len(init) :]))
        outer = [trace.sizes.type_of(before.outer(one)) for one in storages]
        trace.sizes.enter(arguments, [*[one.array_type for one in init], *outer])
        entry = [TracedArray.of(trace, value, one.weak) for value, one in zip(arguments, init)]
        goes_on, failure = traced(condition(entry), trace), trace.failure
        if failure is not None and (failure in storages or failure in before.written):
            nothing_failed = TracedArray.of(trace, failure.value)[0] == 0
            goes_on = cast_to(goes_on, np.bool_) & nothing_failed
        flag = _condition(goes_on)
        if any(one is not failure for one in before.written):
            raise ControlFlowError(
                "the condition of a while loop assigns to an array",
                location=user_location(),
                hint="assign in the body",
            )
        scf.ConditionOp(flag, arguments)


def _index_constant(value: int) -> ir.Value:
    return arith.ConstantOp(ir.IndexType.get(), value).result


def _condition(predicate: TracedArray) -> ir.Value:
    if predicate.ndim:
        message = f"a condition must have rank 0, not shape {_shape(predicate)}"
        raise ShapeError(message, location=user_location(), hint="use .any() or .all()")
    return control_flow.scalar(cast_to(predicate, np.bool_).value)


def _branch_kind(one: TracedArray, other: TracedArray) -> tuple[np.dtype, type | None]:
    """The dtype that a result of both branches has, and whether it is a weak number."""
    if one.array_type.shape != other.array_type.shape:
        message = f"the branches return shapes {_shape(one)} and {_shape(other)}"
        raise ShapeError(message, location=user_location(), hint="return equal shapes from both")
    if one.dtype != other.dtype and one.weak is None and other.weak is None:
        message = f"the branches return {one.dtype} and {other.dtype}"
        raise DTypeError(message, location=user_location(), hint="cast one with .astype")
    both_weak = one.weak is not None and one.weak is other.weak
    return common_dtype(one, other), one.weak if both_weak else None


def _deliver(
    trace: Trace,
    operation: ir.Operation,
    weak: Sequence[type | None],
    storages: Sequence[Storage],
    types: Sequence[ArrayType],
) -> list[TracedArray]:
    """The results of a branch or loop; arrays that its body wrote get their new values."""
    results = list(operation.results)
    _pin_several([*types, *[trace.sizes.type_of(one.value) for one in storages]])
    kept = [trace.sizes.type_of(storage.value) for storage in storages]
    trace.sizes.enter(results, [*types, *kept])
    for storage, value in zip(storages, results[len(weak) :], strict=True):
        storage.assign(value)
    return [TracedArray.of(trace, value, kind) for value, kind in zip(results, weak)]


def _shape(array: TracedArray) -> str:
    return shape_text(array.array_type.shape)


def _pin_several(types: Sequence[ArrayType]) -> None:
    """Makes the sizes of what a loop or branch hands on those of this call, where it is several.

    IREE 3.13 packs the results of an iteration into one piece of memory, and takes the second of
    two arrays of dynamic sizes from the memory of the first one.
    """
    dynamic = [one for one in types if not one.is_static]
    if len(dynamic) < 2:
        return
    for size in [size for one in dynamic for size in one.shape]:
        if isinstance(size, Dim) and size.hint is None:
            message = "a loop or branch hands on several arrays whose sizes depend on data"
            raise UnsupportedError(
                message, location=user_location(), hint="use one loop for each array"
            )
        operator.index(size)  # type: ignore[arg-type]


def unsettled() -> DTypeError:
    """The error for a loop that promotes what it carries again and again."""
    message = "the dtypes that the loop carries change with each iteration"
    return DTypeError(message, location=user_location(), hint="cast them with .astype")
