"""Groups what reads or writes single elements at indices with the checks of those indices.

    g = check_indices(f, i, n); v = reshape(cast(i)); y = gather_nd(x, v)
      ->  y, g = scf.execute_region no_inline { check_indices, cast, reshape, gather_nd }
              {tessel.fusion = "gather"}

One kernel then reads the indices once. A check that stands alone is a fusion too: by IREE's
kernels its end runs on the host, which waits for it.
Keeps: shapes, dtypes, results.  Does not fire: on gathers and scatters of rows, of single elements
in scalars, and of empty arrays; on gathers from an array that elementwise ops make, or that is a
part or a transposition of another one, of which IREE makes only what is read; on several dimensions
of indices whose sizes are dynamic.
Test: lit_tests/passes/fuse_indexing.mlir
"""

from dataclasses import dataclass

from tessel.compiler.kernels.indexing.columns import IndexColumn, has_index_kernel, index_columns
from tessel.compiler.lowering.registry import element_functions
from tessel.compiler.passes.base import Pass
from tessel.dialects.checks import CheckIndices
from tessel.dialects.control_flow import (
    build_fusion,
    fuse,
    in_program_order,
    is_fusion,
    operations_outside_fusions,
)
from tessel.dialects.indexing import GatherNd, ScatterNd, Take
from tessel.dialects.instance import OpInstance, maker_of, read_op, users_of
from tessel.dialects.mlir import ir
from tessel.dialects.shape import BroadcastTo, Reshape, Transpose
from tessel.dialects.slicing import DynamicSlice, Slice

_MOVES = {GatherNd: "gather", Take: "gather", ScatterNd: "scatter"}
"""Op -> the kind of its fusion."""

_VIEWS = (Slice, DynamicSlice, Transpose, BroadcastTo)


@dataclass(frozen=True)
class FuseIndexing(Pass):
    """One op after the other, each with the checks that stand before it."""

    def run(self, module: ir.Operation) -> None:
        ops = [read_op(one) for one in operations_outside_fusions(module)]
        for op in ops:
            if op is not None and op.cls in _MOVES:
                columns = index_columns(op)
                if columns is not None and _has_kernel(op):
                    _fuse(op, columns)
        for op in ops:
            if op is not None and op.cls is CheckIndices and _is_alone(op):
                fuse("check_indices", [op.operation])


def _has_kernel(op: OpInstance) -> bool:
    if not has_index_kernel(op):
        return False
    return op.cls is ScatterNd or not _is_made_on_the_way(op.operands[0])


def _is_made_on_the_way(x: ir.Value) -> bool:
    """Whether IREE makes of an array only what a gather reads."""
    maker = maker_of(x)
    while maker is not None and maker.cls is Reshape:
        maker = maker_of(maker.operands[0])
    return maker is not None and (maker.cls in element_functions() or maker.cls in _VIEWS)


def _is_alone(check: OpInstance) -> bool:
    """Whether a check of several indices stands outside of fusions."""
    parent = check.operation.parent
    is_fused = parent is not None and is_fusion(parent.operation)
    return has_index_kernel(check) and not is_fused


def _fuse(op: OpInstance, columns: list[IndexColumn]) -> None:
    """Copies of what makes the index vectors go in too: others may use them."""
    checks = _checks_before(op, columns)
    results = [op.result, *([checks[-1].result] if checks else [])]
    outside = [[(use.owner.operation, use.operand_number) for use in one.uses] for one in results]
    with ir.InsertionPoint(op.operation), op.operation.location:
        types = [one.type for one in results]
        fusion = build_fusion(_MOVES[op.cls], types, lambda: results)
    for uses, new in zip(outside, fusion.results, strict=True):
        for user, number in uses:
            user.operands[number] = new
    end = fusion.region.blocks[0].operations[0].operation
    makers = _makers(op, columns)
    for check in checks:
        check.operation.move_before(end)
    with ir.InsertionPoint(end):
        copies = {one.results[0]: one.clone().results[0] for one in makers}
    op.operation.move_before(end)
    for user in [*(one.owner for one in copies.values()), op.operation]:
        for number, operand in enumerate(user.operands):
            if operand in copies:
                user.operands[number] = copies[operand]
    for one in reversed(makers):
        if not list(one.results[0].uses):
            one.erase()


def _makers(op: OpInstance, columns: list[IndexColumn]) -> list[ir.Operation]:
    """The ops between the columns' arrays and the index vectors, in order."""
    ends = {one.indices for one in columns}
    found: dict[ir.Operation, None] = {}

    def visit(value: ir.Value) -> None:
        maker = maker_of(value)
        if value in ends or maker is None:
            return
        for operand in maker.operands[:1] if maker.cls is Reshape else maker.operands:
            visit(operand)
        found[maker.operation] = None

    visit(op.operands[1])
    return list(found)


def _checks_before(op: OpInstance, columns: list[IndexColumn]) -> list[OpInstance]:
    """The checks before `op` of its indices, in order, as far as no other one stands between."""
    users = {user for one in columns for value in one.values for user in users_of(value)}
    before = [user for user in users if _is_before(user, op.operation)]
    taken: list[OpInstance] = []
    for operation in reversed(in_program_order(before)):
        check = read_op(operation)
        if check is None or check.cls is not CheckIndices:
            continue
        # What it says is read by the next one alone, or behind `op`.
        readers = users_of(check.result)
        if taken:
            is_last = readers == {taken[0].operation}
        else:
            is_last = all(_is_before(op.operation, _in_block(one, op)) for one in readers)
        if not is_last:
            break
        taken.insert(0, check)
    return taken


def _is_before(one: ir.Operation, other: ir.Operation) -> bool:
    """Whether an op stands in the same block as another one, before it."""
    return one.block == other.block and one.is_before_in_block(other)


def _in_block(user: ir.Operation, op: OpInstance) -> ir.Operation:
    """The op of the block of `op` that is, or holds, `user`."""
    while user.block != op.operation.block:
        user = user.parent.operation
    return user
