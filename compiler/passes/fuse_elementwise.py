"""Groups chains of elementwise ops into fusions, each of which becomes one kernel.

    y = exp(x); z = add(y, b)  ->  z = scf.execute_region no_inline { exp, add } {tessel.fusion}

A producer joins its consumer when nothing else uses it and both make arrays of one shape, known
when compiling: nothing is computed twice, and the group has one result.
Keeps: shapes, dtypes, results, bit for bit.  Does not fire: on arithmetic of sizes and conditions,
which runs on the host; on ops that are alone; where a kernel would read more
than 24 arrays.  Test: lit_tests/passes/fuse_elementwise.mlir
"""

from dataclasses import dataclass

from tessel.compiler.lowering.base import MOST_INPUTS
from tessel.compiler.lowering.elementwise import is_host_arithmetic
from tessel.compiler.lowering.registry import element_functions
from tessel.compiler.passes.base import Pass
from tessel.dialects.control_flow import fuse, in_program_order, operations_outside_fusions
from tessel.dialects.instance import OpInstance, only_user, owner_of, read_op
from tessel.dialects.mlir import ir
from tessel.dialects.types import ArrayType


@dataclass(frozen=True)
class FuseElementwise(Pass):
    """From the last op of each chain backwards."""

    def run(self, module: ir.Operation) -> None:
        roots = _roots(module)
        for root in roots:
            group, left = _group(root)
            roots += left
            if len(group) > 1:
                fuse("elementwise", group)


def _roots(module: ir.Operation) -> list[ir.Operation]:
    """Fusible ops that do not join a consumer, outside of fusions."""
    return [
        one
        for one in operations_outside_fusions(module)
        if _fusible(one) is not None and _consumer(one) is None
    ]


def _fusible(operation: ir.Operation) -> OpInstance | None:
    """The op as an instance when it may be part of a fusion."""
    op = read_op(operation)
    if op is None or op.cls not in element_functions() or is_host_arithmetic(op):
        return None
    return op if op.result_type.is_static else None


def _consumer(operation: ir.Operation) -> ir.Operation | None:
    """The one op that uses this one's result and can take it in."""
    user = only_user(operation.results[0])
    consumer = None if user is None else _fusible(user.operation)
    if consumer is None:
        return None
    same = consumer.result_type.shape == ArrayType.of(operation.results[0]).shape
    return consumer.operation if same else None


def _group(root: ir.Operation) -> tuple[list[ir.Operation], list[ir.Operation]]:
    """The root and the producers that join it, in program order; and those that found no room."""
    members, left = [root], []
    inputs = set(root.operands)
    for operation in members:
        for operand in dict.fromkeys(operation.operands):
            owner = owner_of(operand)
            if operand not in inputs or owner is None or _fusible(owner) is None:
                continue
            consumer = _consumer(owner)
            if consumer is None or consumer != operation:
                continue
            with_owner = (inputs - {operand}) | set(owner.operands)
            if len(with_owner) > MOST_INPUTS:
                left.append(owner)
            else:
                inputs = with_owner
                members.append(owner)
    # Producers were found after their consumers.
    return in_program_order(members), left
