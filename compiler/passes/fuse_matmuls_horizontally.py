"""Merges matrix products of one array by several weights into one product, whose parts are taken.

    q = add(matmul(x, u), a); k = add(matmul(x, v), b)
      ->  y = add(matmul(x, concatenate(u, v)), concatenate(a, b))
          q = slice(y, first columns); k = slice(y, the others)

So the queries, keys and values of attention are one kernel. Weights are joined once, before the
program runs. Elementwise ops that follow all products alike, with rows of constants, are
merged with them.
Keeps: shapes, dtypes, results.  Does not fire: on dynamic weights and sizes; where
an op that follows one product alone would be lost to its kernel; on results of the program.
Test: lit_tests/passes/fuse_matmuls_horizontally.mlir
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tessel.compiler.analysis.constants import constant_expressions
from tessel.compiler.kernels.epilogue import fits_epilogue
from tessel.compiler.passes.base import Pass
from tessel.dialects.contraction import Matmul
from tessel.dialects.control_flow import blocks_outside_fusions
from tessel.dialects.instance import OpInstance, only_user, read_op, users_of
from tessel.dialects.mlir import ir
from tessel.dialects.shape import Concatenate
from tessel.dialects.slicing import Slice
from tessel.dialects.types import ArrayType, is_float
from tessel.dialects.uses import producers_of


@dataclass(frozen=True)
class FuseMatmulsHorizontally(Pass):
    """The products of each array that are in one block."""

    def run(self, module: ir.Operation) -> None:
        known = constant_expressions(module)
        for block in blocks_outside_fusions(module):
            by_array: dict[ir.Value, list[ir.Operation]] = {}
            for view in list(block.operations):
                op = read_op(view.operation)
                if op is not None and _is_mergeable(op, known):
                    by_array.setdefault(op.operands[0], []).append(op.operation)
            for products in by_array.values():
                # Read now: their array may be a part of what was merged before.
                ops = [op for one in products if (op := read_op(one)) is not None]
                _merge(ops, known)


def _is_mergeable(op: OpInstance, weights: Collection[ir.Value]) -> bool:
    if op.cls is not Matmul:
        return False
    lhs, rhs = op.operand_types
    known = lhs.is_static and lhs.size and rhs.rank == 2
    return known and is_float(lhs.dtype) and op.operands[1] in weights


def _merge(products: list[OpInstance], known: Collection[ir.Value]) -> None:
    """Merges products, and then what follows them alike, step by step."""
    steps = [products]
    while (following := _followers(steps[-1], known)) is not None:
        steps.append(following)
    if len(products) == 1 or any(_is_followed(op) for op in steps[-1]):
        return
    made: ir.Value | None = None
    for ops in steps:
        with ir.InsertionPoint(products[0].operation), ops[0].operation.location:
            made = _merged(ops, made, products[0].operation)
    assert made is not None, "there is a product"
    _replace(steps, made)


def _followers(ops: list[OpInstance], known: Collection[ir.Value]) -> list[OpInstance] | None:
    """The op that follows each of `ops`, where they are alike and an epilogue can hold them."""
    found = [only_user(op.result) for op in ops]
    followers = [op for op in found if op is not None]
    if len(followers) < len(ops):
        return None
    first = followers[0]
    if any(op.cls is not first.cls or op.attributes != first.attributes for op in followers):
        return None
    if not all(fits_epilogue(op, op.operand_types[0].shape) for op in followers):
        return None
    for position in range(len(first.operands)):
        given = [op.operands[position] for op in followers]
        is_result = [value == op.result for value, op in zip(given, ops)]
        if not (all(is_result) or (not any(is_result) and _are_rows(given, ops, known))):
            return None
    return followers


def _are_rows(
    values: Sequence[ir.Value], ops: Sequence[OpInstance], known: Collection[ir.Value]
) -> bool:
    """Whether each value is a row as wide as its op's result, of constants alone."""
    return all(
        ArrayType.of(value).shape == op.result_type.shape[-1:] and value in known
        for value, op in zip(values, ops)
    )


def _is_followed(op: OpInstance) -> bool:
    """Whether an elementwise op that uses the result would be computed in the product's kernel."""
    users = map(read_op, users_of(op.result))
    shape = op.result_type.shape
    return any(user is None or fits_epilogue(user, shape) for user in users)


def _merged(ops: list[OpInstance], made: ir.Value | None, point: ir.Operation) -> ir.Value:
    """One op at `point` instead of `ops`; `made` stands for the results of those before."""
    first, joined = ops[0], []
    for position, value in enumerate(first.operands):
        given = [op.operands[position] for op in ops]
        if first.cls is Matmul and position == 0:
            joined.append(value)
        elif made is not None and ArrayType.of(value).shape == first.result_type.shape:
            joined.append(made)
        else:
            joined.append(_joined(given, point))
    return first.cls.build(*joined, **first.attributes)


def _joined(values: Sequence[ir.Value], point: ir.Operation) -> ir.Value:
    """Constant expressions side by side; what makes them is moved before `point`."""
    for value in values:
        for op in producers_of(value):
            if op.operation.block == point.block and point.is_before_in_block(op.operation):
                op.operation.move_before(point)
    joined, *others = values
    for value in others:
        joined = Concatenate.build(joined, value, axis=ArrayType.of(value).rank - 1)
    return joined


def _replace(steps: list[list[OpInstance]], made: ir.Value) -> None:
    """Parts of `made` instead of the last ops; those before have no other use."""
    shape = list(ArrayType.of(made).sizes)
    start = 0
    for op in steps[-1]:
        width = op.result_type.sizes[-1]
        starts, stops = [0] * len(shape), shape.copy()
        starts[-1], stops[-1] = start, start + width
        with ir.InsertionPoint(steps[0][0].operation), op.operation.location:
            part = Slice.build(made, starts=starts, stops=stops, steps=[1] * len(shape))
        op.result.replace_all_uses_with(part)
        start += width
    for ops in reversed(steps):
        for op in ops:
            op.operation.erase()
