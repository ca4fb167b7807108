"""What kernels take of indices: arrays of them and of sizes, and what they give of checks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tessel.compiler.emit.element import Element, constant
from tessel.compiler.emit.index import Index
from tessel.compiler.emit.reshape import collapse
from tessel.compiler.emit.vector import if_then, load, loop, store
from tessel.compiler.kernels.dispatch import Buffer, WorkgroupId, dispatch
from tessel.compiler.kernels.indexing.problem import IndexConfiguration
from tessel.compiler.kernels.indexing.reader import INT64, NOTED, Axis, Bounds, IndexReader
from tessel.compiler.lowering.base import dim
from tessel.dialects.mlir import DYNAMIC, arith, ir


@dataclass(frozen=True)
class CheckedColumn:
    """A check of a column: `size` is an int64 of rank 0, `static` its number where it is constant.

    `code` is what a failure is reported with.
    """

    column: int
    size: ir.Value
    static: int | None
    counts_from_back: bool
    code: int


@dataclass(frozen=True)
class IndexArrays:
    """Indices, a vector of integers for each axis, and what is checked of them."""

    columns: Sequence[ir.Value]
    dtypes: Sequence[np.dtype]
    checks: Sequence[CheckedColumn]

    @property
    def count(self) -> Index:
        """How many there are for each axis."""
        (size,) = ir.RankedTensorType(self.columns[0].type).shape
        return Index(dim(self.columns[0], 0) if size == DYNAMIC else size)

    def workgroups(self, at_once: int) -> Index:
        """Workgroups of `at_once` indices: at least one, to say that all is well."""
        count = self.count
        return count // at_once + 1 if count.static is None else count.ceildiv(at_once)

    @property
    def inputs(self) -> list[ir.Value]:
        """The tensors that a kernel takes."""
        return [*self.columns, *_dynamic_sizes(self.checks)]

    def found(self, workgroups: Index) -> tuple[list[ir.Type], list[ir.Value]]:
        """The type of what a kernel of `workgroups` workgroups notes, if anything, and its size."""
        if not self.checks:
            return [], []
        size = workgroups * (len(self.checks) * NOTED)
        known = DYNAMIC if size.static is None else size.static
        target = ir.RankedTensorType.get([known], ir.IntegerType.get_signless(64))
        return [target], [] if size.static is not None else [size.value]

    def reader(
        self,
        inputs: Sequence[Buffer],
        found: Sequence[Buffer],
        sizes: Sequence[Index],
        configuration: IndexConfiguration,
    ) -> IndexReader:
        """How a kernel reads `inputs`, for an array of these sizes.

        Without sizes the indices are checked and not used.
        """
        count = len(self.columns)
        checked = _sizes_in_kernel(self.checks, inputs[count:])
        axes = [
            Axis(size, buffer.memref, dtype)
            for size, buffer, dtype in zip(
                sizes or checked, inputs[:count], self.dtypes, strict=True
            )
        ]
        bounds = [
            Bounds(one.column, size, one.counts_from_back)
            for one, size in zip(self.checks, checked, strict=True)
        ]
        return IndexReader(axes, bounds, found[0].memref if found else None, configuration)


@dataclass(frozen=True)
class FlatArray:
    """An array whose elements a kernel finds by their number, in row-major order."""

    tensor: ir.Value

    @property
    def type(self) -> ir.RankedTensorType:
        return ir.RankedTensorType(self.tensor.type)

    @property
    def flat(self) -> ir.Value:
        """The array as a vector."""
        return collapse(self.tensor, [list(range(self.type.rank))])

    @property
    def inputs(self) -> list[ir.Value]:
        """The tensors that a kernel takes: the last one tells the sizes."""
        return [self.flat, *([self.tensor] if self._is_told else [])]

    def sizes(self, inputs: Sequence[Buffer]) -> tuple[list[Index], Sequence[Buffer]]:
        """The sizes as a kernel knows them, and the other inputs."""
        if self._is_told:
            return list(inputs[1].shape), inputs[2:]
        if self.type.rank == 1:
            return list(inputs[0].shape), inputs[1:]
        return [Index(size) for size in self.type.shape], inputs[1:]

    @property
    def _is_told(self) -> bool:
        return self.type.rank > 1 and DYNAMIC in self.type.shape


def first_failure(failure: ir.Value, found: ir.Value, checks: Sequence[CheckedColumn]) -> ir.Value:
    """`failure`, or what the first of `checks` has found, where nothing failed before."""
    known = "x".join(str(one.code) for one in checks)
    body = _FirstFailure(checks).write
    inputs = [failure, found, *_dynamic_sizes(checks)]
    return dispatch(f"first_failure_{known}", [1, 1, 1], inputs, [failure.type], [], body)[0]


@dataclass(frozen=True)
class _FirstFailure:
    checks: Sequence[CheckedColumn]

    def write(self, inputs: list[Buffer], results: list[Buffer], workgroup_id: WorkgroupId) -> None:
        (before, found), (result,) = inputs[:2], results
        for position in range(3):
            store(load(before.memref, [position]), result.memref, [position])
        workgroups = found.shape[0] // (len(self.checks) * NOTED)
        sizes = _sizes_in_kernel(self.checks, inputs[2:])
        for number, (check, size) in enumerate(zip(self.checks, sizes, strict=True)):
            is_outside, farthest = self._over_workgroups(found.memref, number, workgroups)
            is_first = Element(load(result.memref, [0]), INT64).equals(0)
            limit = Element(arith.index_cast(_integer(), size.value), INT64)
            value = farthest - limit if check.counts_from_back else farthest
            self._note(is_first & is_outside.differs(0), result, [check.code, value, limit])

    def _note(self, fails: Element, result: Buffer, numbers: Sequence[Element | int]) -> None:
        def note() -> None:
            for position, one in enumerate(numbers):
                number = one if isinstance(one, Element) else constant(one, INT64)
                store(number.value, result.memref, [position])

        if_then(fails.value, note)

    def _over_workgroups(self, found: ir.Value, number: int, workgroups: Index) -> list[Element]:
        """Whether any workgroup has found an index outside, and the farthest of all."""

        def join(workgroup: Index, carried: list[ir.Value]) -> list[ir.Value]:
            at = (workgroup * len(self.checks) + number) * NOTED
            here = [load(found, [at + offset]) for offset in range(NOTED)]
            return [arith.maxui(old, new) for old, new in zip(carried, here)]

        zero = constant(0, INT64).value
        return [Element(one, INT64) for one in loop(0, workgroups, 1, [zero, zero], join)]


def _dynamic_sizes(checks: Sequence[CheckedColumn]) -> list[ir.Value]:
    return [one.size for one in checks if one.static is None]


def _sizes_in_kernel(checks: Sequence[CheckedColumn], buffers: Sequence[Buffer]) -> list[Index]:
    """The sizes that are checked against; `buffers` hold those that are unknown, in order."""
    remaining = iter(buffers)
    return [
        Index(one.static)
        if one.static is not None
        else Index(arith.index_cast(ir.IndexType.get(), load(next(remaining).memref, [])))
        for one in checks
    ]


def _integer() -> ir.Type:
    return ir.IntegerType.get_signless(64)
