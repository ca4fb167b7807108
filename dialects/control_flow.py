"""Control flow and groups: the upstream ops that a program of the dialect holds beside `tessel`.

    cond        scf.if              both branches yield the same types
    while_loop  scf.while           first region: condition, second: step
    scan        scf.for             a counted loop that carries arrays
    fusion      scf.execute_region  `no_inline`, with a `tessel.fusion` attribute: one kernel

Upstream's verifiers, loop-invariant code motion, CSE and DCE work on them as they are. Their
conditions and bounds are scalars, so `scalar` and `array` convert to and from rank 0.
"""

from collections.abc import Callable, Iterator, Sequence

from tessel.dialects.mlir import arith, ir, scf, tensor

FUSION = "tessel.fusion"
"""The attribute of a fusion: "elementwise" or "reduction"."""


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


def is_fusion(operation: ir.Operation) -> bool:
    """Whether `operation` is a fusion."""
    return operation.name == "scf.execute_region" and FUSION in operation.attributes


def fused_operations(fusion: ir.Operation) -> Iterator[ir.Operation]:
    """The ops of a fusion in order, without its terminator."""
    for view in fusion.regions[0].blocks[0].operations:
        if view.operation.name != "scf.yield":
            yield view.operation
