"""Where ops that gather and scatter single elements get their indices from, read from the IR.

    v = concatenate(reshape(cast(i)), reshape(j)); gather_nd(x, v)  ->  i, j

So kernels read int32 as it is, and index vectors are not put together.
"""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import PassError
from tessel.compiler.kernels.indexing.problem import (
    CheckIndicesProblem,
    GatherProblem,
    ScatterProblem,
)
from tessel.compiler.kernels.problem import KernelProblem
from tessel.dialects.checks import CheckIndices
from tessel.dialects.constant import Constant
from tessel.dialects.conversion import Cast
from tessel.dialects.indexing import GatherNd, ScatterNd, Take
from tessel.dialects.instance import OpInstance, defining_op, maker_of
from tessel.dialects.mlir import ir
from tessel.dialects.shape import BroadcastTo, Concatenate, Reshape
from tessel.dialects.types import ArrayType, is_integer, is_signed

_MOST_COLUMNS = 6
"""Indexed axes: each is an array that the kernel reads."""


@dataclass(frozen=True)
class IndexColumn:
    """Indices into one axis: an array of integers, in row-major order; `values` have equal ones."""

    indices: ir.Value
    values: tuple[ir.Value, ...]


@dataclass(frozen=True)
class IndexCheck:
    """A `check_indices`, and the number of the column that it checks."""

    op: OpInstance
    column: int

    @property
    def size(self) -> ir.Value:
        """What is checked against, an int64 of rank 0."""
        return self.op.operands[2]

    @property
    def static(self) -> int | None:
        """The size as a number, where it is constant."""
        return static_number(self.size)


def index_columns(op: OpInstance) -> list[IndexColumn] | None:
    """The indices of an op that moves single elements, axis by axis; None for other ops.

    Those of a check are of one axis.
    """
    if op.cls is CheckIndices:
        return [_column(op.operands[1])]
    if op.cls is Take:
        leaves = [op.operands[1]] if op.operand_types[0].rank == 1 else []
    elif op.cls in (GatherNd, ScatterNd):
        vectors = op.operand_types[1]
        count = vectors.shape[-1]
        whole = count == op.operand_types[0].rank
        leaves = list(_leaves(op.operands[1], vectors.rank - 1)) if whole else []
        leaves = leaves if len(leaves) == count else []
    else:
        return None
    if not 1 <= len(leaves) <= _MOST_COLUMNS:
        return None
    return [_column(leaf) for leaf in leaves]


def batch_shape(op: OpInstance) -> tuple[int | None, ...]:
    """The shape of the elements that such an op moves, or of the indices that it checks."""
    shape = op.operand_types[1].shape
    return shape[:-1] if op.cls in (GatherNd, ScatterNd) else shape


def has_index_kernel(op: OpInstance) -> bool:
    """Whether kernels read the indices of an op: several, in an order that their sizes tell."""
    shape = batch_shape(op) if index_columns(op) is not None else ()
    known = None not in shape or len(shape) == 1
    return bool(shape) and known and 0 not in (*shape, *op.operand_types[0].shape)


def holds_indices(ops: list[OpInstance], ends: list[ir.Value]) -> bool:
    """Whether a fusion holds one op with indices, and before it checks and makers of those."""
    op = ops[-1]
    columns = index_columns(op) if has_index_kernel(op) else None
    checks = [one for one in ops if one.cls is CheckIndices]
    if columns is None or any(column_of(one, columns) is None for one in checks):
        return False
    follow = all(b.operands[0] == a.result for a, b in itertools.pairwise(checks))
    makers = (Cast, CheckIndices, Concatenate, Reshape)
    known = all(one.cls in makers for one in ops[:-1])
    results = [one.result for one in (op, *checks[-1:])]
    return follow and known and ends == list(dict.fromkeys(results))


def index_problem(op: OpInstance) -> KernelProblem | None:
    """What a kernel is to do for an op with such indices; None where there is no kernel."""
    columns, shape = index_columns(op), batch_shape(op)
    if columns is None:
        return None
    count = None if None in shape else math.prod(size or 0 for size in shape)
    if op.cls is CheckIndices:
        return CheckIndicesProblem(count)
    cls = ScatterProblem if op.cls is ScatterNd else GatherProblem
    return cls(count, len(columns), op.operand_types[0].dtype.name)


def static_number(value: ir.Value) -> int | None:
    """The number that an int64 of rank 0 is, where it is constant."""
    held = defining_op(value, Constant)
    return None if held is None else int(np.asarray(held.attributes["value"]).item())


def checks_among(ops: list[OpInstance], columns: list[IndexColumn]) -> list[IndexCheck]:
    """The checks among `ops`, in order, and the columns that they check.

    Raises PassError for a check of something else.
    """
    found = []
    for op in ops:
        if op.cls is CheckIndices:
            column = column_of(op, columns)
            if column is None:
                raise PassError("a fusion checks other indices than it reads")
            found.append(IndexCheck(op, column))
    return found


def column_of(check: OpInstance, columns: list[IndexColumn]) -> int | None:
    """The number of the column that a check looks at, if it does."""
    checked = _column(check.operands[1]).indices
    same = (number for number, one in enumerate(columns) if one.indices == checked)
    return next(same, None)


def single_element(value: ir.Value) -> ir.Value:
    """The array of one element that `value` repeats; `value` itself where it is no repetition."""
    source, maker = value, maker_of(value)
    while maker is not None and maker.cls in (BroadcastTo, Reshape):
        source = maker.operands[0]
        maker = maker_of(source)
    array = ArrayType.of(source)
    return source if array.is_static and array.size == 1 else value


def _leaves(vectors: ir.Value, axis: int) -> Iterator[ir.Value]:
    """The arrays [..., 1] that index vectors are put together from, or themselves."""
    joined = defining_op(vectors, Concatenate)
    if joined is None or joined.attributes["axis"] != axis:
        if ArrayType.of(vectors).shape[-1] == 1:
            yield vectors
        return
    for part in joined.operands:
        yield from _leaves(part, axis)


def _column(leaf: ir.Value) -> IndexColumn:
    """The array that a leaf is by changes of its shape and of how wide its integers are."""
    value, values = leaf, [leaf]
    while (before := _before(maker_of(value))) is not None:
        value = before
        values.append(value)
    return IndexColumn(value, tuple(values))


def _before(op: OpInstance | None) -> Any:
    """The operand of a reshape, or of a cast that keeps every number; None for other ops."""
    if op is not None and op.cls is Reshape:
        return op.operands[0]
    if op is not None and op.cls is Cast:
        before, after = op.operand_types[0].dtype, op.result_type.dtype
        keeps = is_integer(before) and is_signed(after) and np.can_cast(before, after)
        return op.operands[0] if keeps else None
    return None
