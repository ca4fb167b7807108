"""Writes a 1x1 convolution between transpositions as a product that keeps channels first.

    transpose(relu(add(matmul(transpose(x), w), b)))
      ->  reshape(relu(add(matmul(transpose(w), reshape(x)), reshape(b))))

Rows of the product then are channels and its columns pixels, as they lie, and no image is moved.
`tessel-sink-transposes` has left such pairs at the program's edges.
Keeps: shapes, dtypes, results to rounding.  Does not fire: on batches of several images; on images
whose pixels would leave more than a tenth of vectors empty, such as 7x7; where something else uses
what lies between, or an op there reads another image; where the module does not say its processor.
Test: lit_tests/passes/absorb_transposes.mlir
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from tessel.compiler import lowering
from tessel.compiler.kernels.hardware import hardware_of
from tessel.compiler.lowering.base import ELEMENT_FUNCTIONS
from tessel.compiler.lowering.term import Term
from tessel.compiler.passes.base import Pass, Rule, apply_rules
from tessel.dialects.channels_last import TO_FIRST, TO_LAST
from tessel.dialects.contraction import Matmul
from tessel.dialects.instance import OpInstance, defining_op, maker_of, only_user
from tessel.dialects.mlir import ir
from tessel.dialects.shape import Transpose
from tessel.dialects.types import ArrayType

_MOST_EMPTY = 0.1
"""Part of vectors that may be empty. Moving a 7x7 image costs less than what 49 of 64 lanes lose:
512 to 2048 channels reach 0.69 of the limit when moved and 0.55 else; 196 of 208 lanes gain."""


@dataclass(frozen=True)
class AbsorbTransposes(Pass):
    """Greedy application of the rule below, for vectors of the module's processor."""

    def run(self, module: ir.Operation) -> None:
        hardware = hardware_of(module)
        if hardware is not None:
            lanes = hardware.instructions.lanes(4)
            apply_rules(module, [Rule(Transpose, partial(absorb_transposes, lanes=lanes))])


def absorb_transposes(op: OpInstance, lanes: int) -> ir.Value | None:
    """transpose(f(matmul(transpose(x), w)))  ->  reshape(f(matmul(transpose(w), reshape(x))))"""
    if op.attributes["permutation"] != TO_FIRST:
        return None
    product, following = _chain(op)
    image = None if product is None else defining_op(product.operands[0], Transpose)
    if product is None or image is None or image.attributes["permutation"] != TO_LAST:
        return None
    weight = product.operand_types[1]
    batch, _, height, width = op.result_type.sizes
    empty = -(height * width) % lanes
    if batch != 1 or weight.rank != 2 or empty > _MOST_EMPTY * height * width:
        return None
    depth, _ = weight.sizes
    pixels = Term(image.operands[0]).reshape([depth, height * width])
    turned = Transpose.build(product.operands[1], permutation=(1, 0))
    made = Matmul.build(turned, pixels.value)
    for one, before in zip(following, (product.result, *[one.result for one in following])):
        operands = [made if value == before else _column(value) for value in one.operands]
        made = one.cls.build(*operands, **one.attributes)
    return Term(made).reshape(op.result_type.sizes).value


def _chain(op: OpInstance) -> tuple[OpInstance | None, Sequence[OpInstance]]:
    """The product from which elementwise ops lead to `op`, and these; None where others are."""
    assert lowering.__all__  # importing the package registers what is elementwise
    following: list[OpInstance] = []
    value, shape = op.operands[0], op.operand_types[0].shape
    while True:
        made = maker_of(value)
        if made is None or only_user(value) is None or not made.result_type.is_static:
            return None, ()
        if made.cls is Matmul:
            return made, following[::-1]
        whole = [one for one in made.operands if ArrayType.of(one).shape == shape]
        others = [ArrayType.of(one) for one in made.operands if one not in whole]
        if made.cls not in ELEMENT_FUNCTIONS or len(set(whole)) != 1:
            return None, ()
        if made.result_type.shape != shape or not all(_is_channel(one) for one in others):
            return None, ()
        following.append(made)
        value = whole[0]


def _is_channel(operand: ArrayType) -> bool:
    """Whether an operand has one element for all pixels, or for all of a channel."""
    return operand.is_static and operand.size == (operand.shape or (1,))[-1]


def _column(value: ir.Value) -> ir.Value:
    size = ArrayType.of(value).size
    return Term(value).reshape([size, 1]).value if size > 1 else Term(value).reshape([]).value
