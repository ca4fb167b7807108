"""What a program computes, kernel by kernel, for people: a table with costs and source lines."""

from collections.abc import Sequence

from tessel.compiler.analysis.cost import Cost, op_cost
from tessel.compiler.kernels.selected import selected_numbers, selected_template
from tessel.compiler.locations import place_of
from tessel.compiler.passes.hoist_parameters import PREPARE
from tessel.compiler.text_table import text_table
from tessel.dialects.constant import Constant, Parameter
from tessel.dialects.control_flow import fused_ops, is_fusion
from tessel.dialects.instance import OpInstance, read_op
from tessel.dialects.mlir import func, ir
from tessel.dialects.shape import Reshape
from tessel.dialects.types import ArrayType


def explain_module(module: ir.Module) -> str:
    """One line for each op or fusion of a module of the dialect: operations, bytes, user's line.

    `template` is the kernel chosen for it and its tiles, "IREE" where IREE schedules it. Bytes
    count what is read and written once; `?` is known only when running. What is computed once,
    before the program runs, is left out, and so are reshapes, which move nothing.
    """
    kernels = _kernels(module)
    rows = [_row(number, *kernel) for number, kernel in enumerate(kernels, 1)]
    total = _total([cost for ops, _ in kernels for cost in map(op_cost, ops)])
    head = ("#", "kernel", "template", "result", "FLOPs", "bytes", "from")
    foot = ("", f"{len(rows)} kernels", "", "", _number(total.flops), "", "")
    return text_table([head, *rows, foot])


def _kernels(module: ir.Module) -> list[tuple[list[OpInstance], ir.Operation | None]]:
    """The ops of each kernel in order, and the fusion they are in, if they are in one."""
    found: list[tuple[list[OpInstance], ir.Operation | None]] = []

    def visit(operation: ir.Operation) -> ir.WalkResult:
        if isinstance(operation.opview, func.FuncOp) and operation.opview.name.value == PREPARE:
            return ir.WalkResult.SKIP
        if is_fusion(operation):
            found.append((fused_ops(operation), operation))
            return ir.WalkResult.SKIP
        op = read_op(operation)
        if op is not None and op.cls not in (Constant, Parameter, Reshape):
            found.append(([op], None))
        return ir.WalkResult.ADVANCE

    module.operation.walk(visit, ir.WalkOrder.PRE_ORDER)
    return found


def _row(number: int, ops: list[OpInstance], fusion: ir.Operation | None) -> tuple[str, ...]:
    names = " + ".join(op.cls.short_name() for op in ops)
    costs = [op_cost(op) for op in ops]
    places = [place_of(op.operation.location) for op in ops]
    lines = list(dict.fromkeys(str(place) for place in places if place))
    return (
        str(number),
        f"fused: {names}" if len(ops) > 1 else names,
        "IREE" if fusion is None else _template(fusion),
        str(ops[-1].result_types[0]),
        _number(_total(costs).flops),
        _number(_traffic(ops)),
        ", ".join(lines),
    )


def _template(fusion: ir.Operation) -> str:
    """The kernel of a fusion: `gemm rows=6 vectors=4 ...`."""
    name = selected_template(fusion)
    if name is None:
        return "IREE"
    return " ".join((name, *(f"{key}={value}" for key, value in selected_numbers(fusion).items())))


def _traffic(ops: list[OpInstance]) -> int | None:
    """Bytes of the arrays that a kernel reads from outside and writes."""
    made = {result for op in ops for result in op.operation.results}
    read = {value for op in ops for value in op.operation.operands if value not in made}
    arrays = [ArrayType.of(value) for value in read] + ops[-1].result_types
    if not all(array.is_static for array in arrays):
        return None
    return sum(array.nbytes for array in arrays)


def _total(costs: Sequence[Cost]) -> Cost:
    flops = [cost.flops for cost in costs]
    known = [count for count in flops if count is not None]
    return Cost(sum(known) if len(known) == len(flops) else None, None)


def _number(count: int | None) -> str:
    return "?" if count is None else f"{count:,}"
