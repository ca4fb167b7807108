"""What the sizes of a function's arguments must be, so that each of its ops is valid.

    func.func @main(%x: tensor<?x8xf32>, %y: tensor<?x8xf32>) { tessel.add(%x, %y) }
      ->  %0.shape[0] == %1.shape[0]

Inference runs over IR with a symbol for each dynamic size of an argument; what ops compare is
assumed, and becomes a guard. Sizes of one op that nobody states to be equal are: `?` never means 1.
"""

from collections.abc import Sequence
from typing import Any

from tessel.compiler.diagnostics import CompilationError
from tessel.compiler.mlir_locations import source_location_of
from tessel.dialects.assumptions import Assumptions, SizeGuards
from tessel.dialects.base import ConstraintError
from tessel.dialects.dim import Dim, same_size
from tessel.dialects.instance import read_op
from tessel.dialects.mlir import func, ir
from tessel.dialects.polynomial import Polynomial
from tessel.dialects.types import ArrayType
from tessel.dialects.value_sizes import ValueSizes

_FIRST_CARRIED = 3
"""Operands of scf.for before those that it carries: bounds and step."""


def size_guards(function: func.FuncOp) -> SizeGuards:
    """The guards of a function at the stage dialect or fused.

    Raises CompilationError, with the line of the op, for sizes that cannot fit, and for sizes that
    depend on data and are not known to be equal.
    """
    assumptions = Assumptions(Dim)
    argument_axes = {}
    types: list[ArrayType] = []
    block = function.entry_block
    for number, argument in enumerate(block.arguments):
        found = ArrayType.of(argument)
        shape: list[Any] = list(found.shape)
        for axis, size in enumerate(shape):
            if size is None:
                symbol = assumptions.new_symbol(f"%{number}.shape[{axis}]")
                assumptions.arguments.add(symbol)
                argument_axes[symbol] = (number, axis)
                shape[axis] = Dim(Polynomial.of(symbol), assumptions)
        types.append(found.with_shape(shape))
    sizes = ValueSizes(assumptions)
    sizes.enter(list(block.arguments), types)
    _follow_block(sizes, block)
    return SizeGuards(tuple(assumptions.guards), argument_axes)


def _follow_block(sizes: ValueSizes, block: ir.Block) -> None:
    for view in block.operations:
        operation = view.operation
        try:
            _follow(sizes, operation)
        except ConstraintError as error:
            raise CompilationError(
                str(error), location=source_location_of(operation.location)
            ) from None
        if sizes.assumptions.unproven:
            left, right = sizes.assumptions.unproven[0]
            message = f"sizes that depend on data are not known to be equal: {left} and {right}"
            raise CompilationError(message, location=source_location_of(operation.location))


def _follow(sizes: ValueSizes, operation: ir.Operation) -> None:
    op = read_op(operation)
    if op is not None:
        types = [sizes.types_of(operand) for operand in op.operands]
        _note(sizes, operation, op.cls.infer_types(*types, **op.attributes))
        return
    if operation.name in ("scf.for", "scf.while", "scf.if"):
        _check_handed_on(operation)
    if operation.name == "scf.for":
        carried = list(operation.operands)[_FIRST_CARRIED:]
        body = operation.regions[0].blocks[0]
        _enter(sizes, list(body.arguments)[1:], carried)
        _follow_block(sizes, body)
        _compare(sizes, _yielded(body), carried)
        _enter(sizes, list(operation.results), carried)
    elif operation.name == "scf.while":
        before, after = (region.blocks[0] for region in operation.regions)
        carried = list(operation.operands)
        _enter(sizes, list(before.arguments), carried)
        _follow_block(sizes, before)
        handed_on = _yielded(before)[1:]
        _enter(sizes, list(after.arguments), handed_on)
        _follow_block(sizes, after)
        _compare(sizes, _yielded(after), carried)
        _enter(sizes, list(operation.results), handed_on)
    elif operation.name in ("scf.if", "scf.execute_region"):
        bodies = [block for region in operation.regions for block in region.blocks]
        for body in bodies:
            _follow_block(sizes, body)
        if operation.results:
            for body in bodies[1:]:
                _compare(sizes, _yielded(body), _yielded(bodies[0]))
            _enter(sizes, list(operation.results), _yielded(bodies[0]))


def _check_handed_on(operation: ir.Operation) -> None:
    """IREE 3.13 takes the second of several dynamic arrays from the memory of the first."""
    arrays = [one for one in operation.results if isinstance(one.type, ir.RankedTensorType)]
    if sum(not ArrayType.of(one).is_static for one in arrays) > 1:
        message = f"{operation.name} hands on several arrays of dynamic sizes; state their sizes"
        raise ConstraintError("C0", message)


def _note(sizes: ValueSizes, operation: ir.Operation, inferred: Sequence[ArrayType]) -> None:
    """Remembers the types of results, which must be what IR declares."""
    sizes.note(operation, inferred)
    for result, one in zip(operation.results, inferred):
        for declared, size in zip(ArrayType.of(result).shape, one.shape):
            if not same_size(declared, size):
                raise ConstraintError("C0", f"the result {one} is declared as {result.type}")


def _enter(sizes: ValueSizes, values: Sequence[ir.Value], like: Sequence[ir.Value]) -> None:
    arrays = [
        (value, sizes.type_of(other))
        for value, other in zip(values, like)
        if isinstance(value.type, ir.RankedTensorType)
    ]
    sizes.enter([value for value, _ in arrays], [one for _, one in arrays])


def _compare(sizes: ValueSizes, values: Sequence[ir.Value], others: Sequence[ir.Value]) -> None:
    for value, other in zip(values, others):
        if isinstance(value.type, ir.RankedTensorType):
            one, two = sizes.type_of(value), sizes.type_of(other)
            if not two.accepts(one):
                raise ConstraintError("C0", f"a loop or branch hands on {one} as {two}")


def _yielded(block: ir.Block) -> list[ir.Value]:
    return list(list(block.operations)[-1].operation.operands)
