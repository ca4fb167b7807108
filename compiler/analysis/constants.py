"""Which values of a program are known before it runs: constants, parameters, and what follows."""

from tessel.dialects.constant import Constant, Parameter
from tessel.dialects.instance import OpInstance, maker_of, read_op
from tessel.dialects.mlir import ir
from tessel.dialects.types import ArrayType


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
    seen: set[ir.Value] = set()
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        op = maker_of(one)
        if op is None or op.operation.regions or not all(t.is_static for t in op.result_types):
            return False
        operands = list(op.operation.operands)
        if op.cls not in (Constant, Parameter) and not operands:
            return False
        waiting += operands
    return True


def ancestors(value: ir.Value) -> list[OpInstance]:
    """The ops that `value` is computed from, each once and after those it uses; its own last."""
    found: dict[ir.Value, OpInstance] = {}
    waiting = [(value, False)]
    while waiting:
        one, operands_found = waiting.pop()
        op = None if one in found else maker_of(one)
        if op is None:
            continue
        if operands_found:
            found[one] = op
        else:
            waiting.append((one, True))
            waiting += [(operand, False) for operand in reversed(op.operation.operands)]
    return list(found.values())


def nbytes(value: ir.Value) -> int:
    """The size of a static array."""
    return ArrayType.of(value).nbytes
