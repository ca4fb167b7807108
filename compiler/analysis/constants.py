"""Which values of a program are known before it runs: constants, parameters, and what follows."""

from tessel.dialects.constant import Constant, Parameter
from tessel.dialects.instance import maker_of, read_op
from tessel.dialects.mlir import ir
from tessel.dialects.types import ArrayType
from tessel.dialects.uses import backward_slice


def constant_expressions(module: ir.Operation) -> dict[ir.Value, frozenset[ir.Value]]:
    """The values computed from constants and parameters alone, and from which parameters each is.

    Found in one walk, definitions before uses.
    """
    known: dict[ir.Value, frozenset[ir.Value]] = {}

    def visit(operation: ir.Operation) -> ir.WalkResult:
        op = read_op(operation)
        if op is not None and not operation.regions and all(t.is_static for t in op.result_types):
            operands = list(operation.operands)
            if op.cls is Parameter:
                known[op.result] = frozenset([op.result])
            elif op.cls is Constant or (operands and all(one in known for one in operands)):
                sources = {known[one] for one in operands}
                joined = sources.pop() if len(sources) == 1 else frozenset().union(*sources)
                known.update((result, joined) for result in operation.results)
        return ir.WalkResult.ADVANCE

    module.walk(visit, ir.WalkOrder.PRE_ORDER)
    return known


def is_compile_time_constant(value: ir.Value) -> bool:
    """Whether `value` is computed from constants and parameters alone.

    For one value; who asks for many asks for all at once.
    """
    return all(map(_is_constant_if_operands_are, backward_slice([value])))


def nbytes(value: ir.Value) -> int:
    """The size of a static array."""
    return ArrayType.of(value).nbytes


def _is_constant_if_operands_are(value: ir.Value) -> bool:
    op = maker_of(value)
    if op is None or op.operation.regions or not all(one.is_static for one in op.result_types):
        return False
    return op.cls in (Constant, Parameter) or len(op.operation.operands) > 0
