"""Regions: what a trace knows while the body of a branch or a loop is traced.

A body is traced into a block of its own, which then moves into the op that runs it. Outer arrays
that the body writes become values that the op carries. Arrays that a body makes end with it: using
one afterwards is refused, not compiled wrongly.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn, Optional

from tessel.compiler.diagnostics import ControlFlowError
from tessel.compiler.locations import user_location
from tessel.dialects.instance import operands_within, owner_of
from tessel.dialects.mlir import ir, scf
from tessel.dialects.uses import backward_slice


@dataclass(eq=False)
class Region:
    """One body while it is traced.

    With `carries`, each outer storage that the body touches gets a block argument, so that a loop
    can carry it; without, the body sees the outer values themselves. `written` are the outer
    storages that the body assigned, in order; `count` is how often a loop runs it, where known;
    `checked` what it has checked (`run_time_checks.py`). Trace and storages are of files that
    import this one, so their types are not named here. `refused` is the last error about a value
    that this body computes: the user's code may have caught it.
    """

    trace: Any
    block: ir.Block
    parent: Optional["Region"]
    carries: bool = True
    current: dict[Any, ir.Value] = field(default_factory=dict)
    arguments: dict[Any, ir.Value] = field(default_factory=dict)
    written: dict[Any, None] = field(default_factory=dict)
    closed: bool = False
    count: int | None = None
    checked: set[tuple[object, ...]] = field(default_factory=set)
    refused: ControlFlowError | None = None

    def read(self, storage: Any) -> ir.Value:
        """The value of an outer storage inside this body."""
        value = self.current.get(storage)
        if value is None:
            value = self.outer(storage)
            if self.carries:
                types = [self.trace.sizes.type_of(value)]
                value = self.block.add_argument(value.type, ir.Location.unknown(self.trace.context))
                self.trace.sizes.enter([value], types)
                self.arguments[storage] = value
            self.current[storage] = value
        return value

    def outer(self, storage: Any) -> ir.Value:
        """The value of a storage just before this body."""
        return storage.value_in(self.parent)

    def write(self, storage: Any, value: ir.Value) -> None:
        """The body assigns an outer storage."""
        before = self.read(storage)
        if before.type != value.type:
            message = f"a loop or branch changes an array from {before.type} to {value.type}"
            raise ControlFlowError(message, location=user_location())
        self.current[storage] = value
        self.written[storage] = None

    @property
    def carried(self) -> list[Any]:
        """The outer storages that a loop must carry, in the order of the block's arguments."""
        return [storage for storage in self.arguments if storage in self.written]

    def drop_unwritten(self) -> None:
        """Gives storages that the body only reads their outer values, not block arguments."""
        for storage, argument in reversed(self.arguments.items()):
            if storage not in self.written:
                number = ir.BlockArgument(argument).arg_number
                argument.replace_all_uses_with(self.outer(storage))
                self.block.erase_argument(number)

    @contextmanager
    def active(self) -> Iterator[list[ir.Value]]:
        """While it lasts, ops are added to this body. Yields the block's arguments."""
        before = self.trace.region
        self.trace.region = self
        try:
            with ir.InsertionPoint(self.block):
                yield list(self.block.arguments)
        finally:
            self.trace.region = before


@contextmanager
def temporary_region(
    trace: Any, argument_types: Sequence[ir.Type], carries: bool
) -> Iterator[Region]:
    """A body that takes these arguments; ops that did not move elsewhere are erased at the end."""
    with trace.context:
        unknown = ir.Location.unknown()
        holder = scf.ExecuteRegionOp([], loc=unknown)
        locations = [unknown] * len(argument_types)
        block = holder.region.blocks.append(*argument_types, arg_locs=locations)
    region = Region(trace, block, trace.region, carries)
    mark = trace.sizes.mark()
    try:
        yield region
    finally:
        region.closed = True
        if len(holder.region.blocks):
            trace.sizes.forget_since(mark)
        holder.operation.erase()


def regions_behind(value: ir.Value, region: Region | None) -> list[Region]:
    """The bodies, from `region` outwards, whose block arguments `value` is computed from."""
    open_regions: list[Region] = []
    while region is not None:
        open_regions.append(region)
        region = region.parent
    found: list[Region] = []

    def sources(one: ir.Value) -> list[ir.Value]:
        owner = owner_of(one)
        if owner is not None:
            return list(operands_within(owner))
        region = next((region for region in open_regions if region.block == one.owner), None)
        if region is None:
            return []
        # An argument that stands for what is outside is computed where that is.
        outside = [storage for storage, value in region.arguments.items() if value == one]
        if not outside or outside[0] in region.written:
            found.append(region)
        return [region.outer(storage) for storage in outside]

    for _ in backward_slice([value], sources):
        pass
    return found


def refuse_leak() -> NoReturn:
    """Raises the error for an array that outlived the body it was made in."""
    raise ControlFlowError(
        "this array was made inside the body of a traced loop or branch, which has ended",
        location=user_location(),
        hint="return it from the body, or assign it to a variable that the loop carries",
    )
