"""Lowering of fusions: an elementwise one is one loop nest that chains the ops of one element.

Fusions with reductions are in `reduction_fusion.py`.
"""

from tessel.compiler.emit.element import Element, as_signless, signless
from tessel.compiler.emit.iree_ops import iree_op
from tessel.compiler.lowering.base import ELEMENT_FUNCTIONS, elementwise
from tessel.compiler.lowering.reduction_fusion import lower_reduction_fusion
from tessel.dialects.control_flow import FUSION, fused_ops, fusions_of, yielded_values
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir
from tessel.dialects.types import ArrayType

_FUSED_FURTHER = 12
"""Inputs up to which IREE may fuse a kernel with others.

Larger ones are kept apart: it makes kernels of up to 64 arrays, of which its runtime takes 32.
"""


def lower_fusions(module: ir.Operation) -> None:
    """Replaces every fusion in `module` by its loop nests."""
    for fusion in fusions_of(module):
        ops = fused_ops(fusion)
        yielded = yielded_values(fusion)
        kind = ir.StringAttr(fusion.attributes[FUSION]).value
        lower = {"elementwise": _lower_elementwise, "reduction": lower_reduction_fusion}[kind]
        with ir.InsertionPoint(fusion), fusion.location:
            results = lower(ops, yielded)
            for old, new in zip(fusion.results, results, strict=True):
                old.replace_all_uses_with(as_signless(new, old.type))
        fusion.erase()


def _lower_elementwise(ops: list[OpInstance], yielded: list[ir.Value]) -> list[ir.Value]:
    made = {op.result for op in ops}
    inputs = list(dict.fromkeys(v for op in ops for v in op.operation.operands if v not in made))
    types = [ArrayType.of(value) for value in inputs]
    results = [ArrayType.of(value) for value in yielded]

    def body(*elements: Element) -> list[Element]:
        known = dict(zip(inputs, elements))
        for op in ops:
            operands = [known[value] for value in op.operands]
            known[op.result] = ELEMENT_FUNCTIONS[op.cls](*operands, **op.attributes)
        return [known[value] for value in yielded]

    values = [as_signless(one) for one in inputs]
    if len(inputs) <= _FUSED_FURTHER or not all(one.is_static for one in results):
        return elementwise(values, types, results, body)
    targets = [signless(one) for one in results]
    segments = {"operandSegmentSizes": "array<i32: 0, 0>"}
    region = iree_op("flow.dispatch.region", [], targets, segments, regions=2)
    with ir.InsertionPoint(region.regions[0].blocks.append()):
        iree_op("flow.return", elementwise(values, types, results, body), [], {})
    return list(region.results)
