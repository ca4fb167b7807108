"""What is computed of rows: which reductions at once, what is cached, how results are written."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tessel.compiler.analysis.constants import nbytes
from tessel.compiler.analysis.cost import op_cost
from tessel.compiler.analysis.epilogue import COLUMN, MATRIX, ROW, operand_kind
from tessel.compiler.kernels.epilogue import is_vectorized
from tessel.compiler.kernels.row_reduction.problem import RowConfiguration
from tessel.compiler.kernels.row_reduction.shape import RowShape
from tessel.compiler.lowering.reduction import REDUCTIONS
from tessel.dialects.arithmetic import Subtract
from tessel.dialects.exponential import Exp
from tessel.dialects.instance import OpInstance, owner_of
from tessel.dialects.mlir import ir
from tessel.dialects.reduction import ReduceMax
from tessel.dialects.types import ArrayType
from tessel.dialects.uses import backward_slice
from tessel.runtime.arrays import IMPORT_ALIGNMENT

_RECOMPUTED = 4
"""Operations an element up to which a value is computed again rather than cached."""

_NONTEMPORAL_FROM = 4 << 20
"""Bytes of results from which they are written by non-temporal stores.

Softmax of [1024, 4096] takes 0.72 of the time, layer norm 0.61 (Zen 4, 32 MiB of L3); at 2 MiB a
kernel that reads them next would lose more than is won.
"""


@dataclass(frozen=True)
class RowSchedule:
    """The ops that compute `yielded` of rows, in order."""

    rows: RowShape
    configuration: RowConfiguration
    ops: list[OpInstance]
    yielded: list[ir.Value]

    def is_full(self, value: ir.Value) -> bool:
        """Whether a value has an element for each of a row."""
        return ArrayType.of(value).shape == self.rows.shape

    @property
    def padded(self) -> int:
        """The length of a row in whole vectors."""
        return -(-self.rows.length // self.configuration.lanes) * self.configuration.lanes

    @cached_property
    def made(self) -> dict[ir.Value, OpInstance]:
        """The ops by their results."""
        return {op.result: op for op in self.ops}

    @cached_property
    def reductions(self) -> dict[ir.Value, frozenset[ir.Value]]:
        """Each value -> the results of reductions that it is computed from."""
        found: dict[ir.Value, frozenset[ir.Value]] = defaultdict(frozenset)
        for op in self.ops:
            own = {op.result} if op.cls in REDUCTIONS else set()
            found[op.result] = frozenset(own or set().union(*(found[one] for one in op.operands)))
        return found

    def is_softmax_weight(self, op: OpInstance) -> bool:
        """Whether an op is exp(x - max(x)) of float32, whose argument is 0 at most.

        A shorter exponential has it: softmax of [1024, 4096] takes 0.82 of the time and is 8.6e-7
        off instead of 6.3e-7 (normal numbers, relative, Zen 4).
        """
        difference = self.made.get(op.operands[0]) if op.cls is Exp else None
        if difference is None or difference.cls is not Subtract:
            return False
        x, largest = difference.operands
        reduction = self.made.get(largest)
        if reduction is None or reduction.cls is not ReduceMax:
            return False
        return reduction.operands[0] == x and op.result_type.dtype == np.float32

    @cached_property
    def passes(self) -> list[list[OpInstance]]:
        """The reductions, those at once of which none needs another's result."""
        found: list[list[OpInstance]] = [[]]
        done: set[ir.Value] = set()
        for op in self.ops:
            if op.cls not in REDUCTIONS:
                continue
            if self.reductions[op.operands[0]] - done:
                done |= {one.result for one in found[-1]}
                found.append([])
            found[-1].append(op)
        return found

    @cached_property
    def cached(self) -> list[ir.Value]:
        """Values that are worth caching: the most expensive ones, as many as may be."""
        operations = self._operations()
        full = [op for op in self.ops if op.cls not in REDUCTIONS and self.is_full(op.result)]
        shared = [op for op in full if len({use.owner.operation for use in op.result.uses}) > 1]
        numbers = [op for op in shared if op.result_type.dtype != np.bool_]
        dear = [op for op in numbers if operations[op.result] > _RECOMPUTED]
        dear.sort(key=lambda op: operations[op.result], reverse=True)
        return [op.result for op in dear[: self.configuration.cached_values]]

    @cached_property
    def stores_nontemporally(self) -> bool:
        """Whether results of the full length are written by non-temporal stores."""
        full = [value for value in self.yielded if self.is_full(value)]
        sizes = [self.rows.length * ArrayType.of(value).dtype.itemsize for value in full]
        aligned = all(size % IMPORT_ALIGNMENT == 0 for size in sizes)
        return aligned and sum(map(nbytes, full)) >= _NONTEMPORAL_FROM

    @cached_property
    def stores_late(self) -> bool:
        """Whether results of a row are written while the last reductions of the next are computed.

        Memory takes non-temporal stores no faster for waiting until all is computed: softmax
        of [1024, 4096] takes 0.75 to 0.89 of the time, norms, which compute little, as long as
        before (Zen 4). So it is for what is dear enough to be cached; that has the same
        memory for all rows, which no earlier pass may write again.
        """
        early = [op.operands[0] for reductions in self.passes[:-1] for op in reductions]
        return (
            self.stores_nontemporally
            and bool(self.cached)
            and not self.reached(early) & set(self.cached)
        )

    def reached(self, roots: Sequence[ir.Value]) -> set[ir.Value]:
        """Values that are computed for `roots` in one pass."""

        def sources(value: ir.Value) -> list[ir.Value]:
            return self.made[value].operands if value in computed else []

        computed = {op.result for op in self.ops if op.cls not in REDUCTIONS}
        return computed.intersection(backward_slice(roots, sources))

    def _operations(self) -> dict[ir.Value, float]:
        """Each value of the full length -> operations for one element, back to inputs."""
        found: dict[ir.Value, float] = {}
        for op in self.ops:
            if self.is_full(op.result):
                own = (op_cost(op).flops or 0) / max(1, op.result_type.size)
                found[op.result] = own + sum(found.get(one, 0) for one in op.operands)
        return found


def rows_of(ops: Sequence[OpInstance]) -> RowShape | None:
    """The rows that a reduction is made along; None where a kernel of rows cannot do all of `ops`.

    It reduces the last axes of float32 or float64, and everything is of one dtype.
    """
    first = next(op for op in ops if op.cls in REDUCTIONS)
    operand, axes = first.operand_types[0], first.attributes["axes"]
    if axes != tuple(range(operand.rank - len(axes), operand.rank)) or not operand.is_static:
        return None
    rows = RowShape.of(first)
    is_float = operand.dtype.name in ("float32", "float64")
    return rows if is_float and all(_fits_rows(op, rows, operand.dtype) for op in ops) else None


def _fits_rows(op: OpInstance, rows: RowShape, dtype: np.dtype) -> bool:
    values = (*op.operation.operands, op.result)
    return (
        all(ArrayType.of(one).dtype == dtype or _is_condition(one, op) for one in values)
        and (op.cls in REDUCTIONS or is_vectorized(op.cls))
        and all(rows.kind(one) is not None for one in op.flat_operand_types)
        and not (rows.kind(op.result_type) == MATRIX and _has_row_like_column(op, rows))
    )


def _has_row_like_column(op: OpInstance, rows: RowShape) -> bool:
    """Whether an operand of an op on whole rows is one row, and has the shape of reduced ones.

    `x[n, n] + y[n]`: `RowShape.kind` looks at shapes alone, and takes y for one number a row.
    """
    return any(
        rows.kind(one) == COLUMN and operand_kind(one, rows.shape, rows.trailing_axes) == ROW
        for one in op.flat_operand_types
    )


def _is_condition(value: ir.Value, op: OpInstance) -> bool:
    """Whether a value is truth that an op of the same fusion makes, and no memory holds."""
    maker = owner_of(value)
    return (
        maker is not None
        and maker.parent == op.operation.parent
        and ArrayType.of(value).dtype == np.bool_
        and op.cls not in REDUCTIONS
        and all(use.owner.operation.name != "scf.yield" for use in value.uses)
    )
