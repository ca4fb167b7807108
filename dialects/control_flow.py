"""Control flow and groups: the upstream ops that a program of the dialect holds beside `tessel`.

    cond        scf.if              both branches yield the same types
    while_loop  scf.while           first region: condition, second: step
    scan        scf.for             a counted loop that carries arrays
    fusion      scf.execute_region  `no_inline`, with a `tessel.fusion` attribute: one kernel

Upstream's verifiers, loop-invariant code motion, CSE and DCE work on them as they are. Their
conditions and bounds are scalars, so `scalar` and `array` convert to and from rank 0.
"""

import functools
from collections.abc import Callable, Iterator, Sequence

from tessel.dialects.instance import OpInstance, read_op
from tessel.dialects.mlir import arith, ir, scf, tensor

FUSION = "tessel.fusion"
"""The attribute of a fusion, its kind: "elementwise", "matmul", "attention" and so on."""


def scalar(value: ir.Value) -> ir.Value:
    """The element of an array of rank 0."""
    return tensor.extract(value, [])


def array(value: ir.Value) -> ir.Value:
    """An array of rank 0 that holds a scalar."""
    result_type = ir.RankedTensorType.get([], value.type)
    return tensor.from_elements(result_type, [value])


def index(value: ir.Value) -> ir.Value:
    """An int64 array of rank 0 as an `index` scalar."""
    return arith.index_cast(ir.IndexType.get(), scalar(value))


def build_fusion(
    kind: str, result_types: Sequence[ir.Type], body: Callable[[], Sequence[ir.Value]]
) -> scf.ExecuteRegionOp:
    """Adds a fusion of `kind` whose region `body` builds; `body` returns the values to yield."""
    operation = scf.ExecuteRegionOp(list(result_types), no_inline=True)
    operation.operation.attributes[FUSION] = ir.StringAttr.get(kind)
    block = operation.region.blocks.append()
    with ir.InsertionPoint(block):
        scf.YieldOp(list(body()))
    return operation


def fuse(kind: str, members: Sequence[ir.Operation]) -> scf.ExecuteRegionOp:
    """Moves ops of one block, in their order, into a fusion where the last of them stood.

    The fusion yields the last one's results, which alone may be used outside.
    """
    last = members[-1]
    results = list(last.results)
    with ir.InsertionPoint(last), last.location:
        fusion = build_fusion(kind, [result.type for result in results], lambda: results)
    terminator = fusion.region.blocks[0].operations[0].operation
    for result, outside in zip(results, fusion.results):
        result.replace_all_uses_except(outside, terminator)
    for operation in members:
        operation.move_before(terminator)
    return fusion


def is_fusion(operation: ir.Operation) -> bool:
    """Whether `operation` is a fusion."""
    return operation.name == "scf.execute_region" and FUSION in operation.attributes


def fusion_kind(fusion: ir.Operation) -> str:
    """The kind of a fusion."""
    return ir.StringAttr(fusion.attributes[FUSION]).value


def fused_operations(fusion: ir.Operation) -> Iterator[ir.Operation]:
    """The ops of a fusion in order, without its terminator."""
    for view in fusion.regions[0].blocks[0].operations:
        if view.operation.name != "scf.yield":
            yield view.operation


def fused_ops(fusion: ir.Operation) -> list[OpInstance]:
    """The dialect's ops of a fusion, in order."""
    return [op for one in fused_operations(fusion) if (op := read_op(one)) is not None]


def operations_outside_fusions(module: ir.Operation) -> list[ir.Operation]:
    """`module` and every op in it but fusions and what they hold, in program order."""
    found: list[ir.Operation] = []

    def visit(operation: ir.Operation) -> ir.WalkResult:
        if is_fusion(operation):
            return ir.WalkResult.SKIP
        found.append(operation)
        return ir.WalkResult.ADVANCE

    module.walk(visit, ir.WalkOrder.PRE_ORDER)
    return found


def blocks_outside_fusions(module: ir.Operation) -> list[ir.Block]:
    """The blocks of `module` but those of fusions, outer ones first."""
    regions = [region for one in operations_outside_fusions(module) for region in one.regions]
    return [block for region in regions for block in region.blocks]


def in_program_order(operations: Sequence[ir.Operation]) -> list[ir.Operation]:
    """Ops of one block, as they stand in it."""

    def compare(one: ir.Operation, other: ir.Operation) -> int:
        if one == other:
            return 0
        return -1 if one.is_before_in_block(other) else 1

    return sorted(operations, key=functools.cmp_to_key(compare))


def yielded_values(fusion: ir.Operation) -> list[ir.Value]:
    """The values that a fusion yields, one for each of its results."""
    return list(list(fusion.regions[0].blocks[0].operations)[-1].operation.operands)


def fusions_of(module: ir.Operation, kind: str = "") -> list[ir.Operation]:
    """The fusions in `module`, in order; of one kind where `kind` names it."""
    found: list[ir.Operation] = []

    def visit(operation: ir.Operation) -> ir.WalkResult:
        if not is_fusion(operation):
            return ir.WalkResult.ADVANCE
        if not kind or kind == fusion_kind(operation):
            found.append(operation)
        return ir.WalkResult.SKIP

    module.walk(visit, ir.WalkOrder.PRE_ORDER)
    return found


def dissolve_fusion(fusion: ir.Operation) -> None:
    """Puts the ops of a fusion where it stood."""
    for result, value in zip(fusion.results, yielded_values(fusion), strict=True):
        result.replace_all_uses_with(value)
    for operation in list(fused_operations(fusion)):
        operation.move_before(fusion)
    fusion.erase()
