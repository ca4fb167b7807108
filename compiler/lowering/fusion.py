"""Lowering of elementwise fusions: one loop nest whose body chains the ops of one element."""

from tessel.compiler.lowering.base import ELEMENT_FUNCTIONS, elementwise, signless
from tessel.compiler.lowering.element import Element
from tessel.dialects.control_flow import fused_operations, is_fusion
from tessel.dialects.instance import OpInstance, read_op
from tessel.dialects.mlir import ir
from tessel.dialects.types import ArrayType


def lower_fusions(module: ir.Operation) -> None:
    """Replaces every fusion in `module` by its loop nest."""
    fusions: list[ir.Operation] = []

    def visit(operation: ir.Operation) -> ir.WalkResult:
        if is_fusion(operation):
            fusions.append(operation)
            return ir.WalkResult.SKIP
        return ir.WalkResult.ADVANCE

    module.walk(visit, ir.WalkOrder.PRE_ORDER)
    for fusion in fusions:
        with ir.InsertionPoint(fusion), fusion.location:
            results = _lower(fusion)
        for old, new in zip(fusion.results, results):
            old.replace_all_uses_with(new)
        fusion.erase()


def _lower(fusion: ir.Operation) -> list[ir.Value]:
    ops = [op for one in fused_operations(fusion) if (op := read_op(one)) is not None]
    made = {op.result for op in ops}
    inputs = list(dict.fromkeys(v for op in ops for v in op.operation.operands if v not in made))
    types = [ArrayType.of(value) for value in inputs]
    yielded = list(list(fusion.regions[0].blocks[0].operations)[-1].operation.operands)
    results = [ArrayType.of(value) for value in yielded]

    def body(*elements: Element) -> list[Element]:
        known = dict(zip(inputs, elements))
        for op in ops:
            known[op.result] = _element(op, known)
        return [known[value] for value in yielded]

    computed = elementwise(
        [_cast(v, signless(t)) for v, t in zip(inputs, types)], types, results, body
    )
    return [_cast(value, wanted.type) for value, wanted in zip(computed, yielded)]


def _element(op: OpInstance, known: dict[ir.Value, Element]) -> Element:
    operands = [known[value] for value in op.operands]
    return ELEMENT_FUNCTIONS[op.cls](*operands, **op.attributes)


def _cast(value: ir.Value, wanted: ir.Type) -> ir.Value:
    """Between unsigned and signless; `tessel-lower-to-linalg` removes these casts at its end."""
    if value.type == wanted:
        return value
    name = "builtin.unrealized_conversion_cast"
    return ir.Operation.create(name, [wanted], [value]).results[0]
