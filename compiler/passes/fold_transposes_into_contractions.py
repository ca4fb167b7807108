"""Writes a 1x1 or depthwise convolution between transpositions so that channels stay first.

    transpose(relu(add(matmul(transpose(x), w), b)))
      ->  reshape(relu(add(matmul(transpose(w), reshape(x)), reshape(b))))

    transpose(relu(depthwise_convolution(transpose(x), w)))  ->  relu(convolution(x, reshape(w)))

Rows of the product then are channels and its columns pixels, as stored; planes of a depthwise
convolution are read and written in place. No image is moved.
`tessel-propagate-transposes` has left such pairs at the program's edges.
Keeps: shapes, dtypes, results to rounding.  Does not fire: on batches of several images; on images
that would leave vectors empty, such as 7x7: more than a tenth of a product's pixels, or half of a
plane's row; on planes too large for the stack; where something else uses what is between, or an
op there reads another image.
Test: lit_tests/passes/fold_transposes_into_contractions.mlir
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from tessel.compiler.kernels.depthwise.nchw_problem import DepthwiseNchwProblem
from tessel.compiler.kernels.target_attributes import Hardware, hardware_of
from tessel.compiler.lowering.registry import element_functions
from tessel.compiler.passes.base import Pass, Rule, apply_rules
from tessel.dialects.builder import TensorValue
from tessel.dialects.channels_last import TO_FIRST, TO_LAST, DepthwiseConvolution
from tessel.dialects.contraction import Matmul
from tessel.dialects.convolution import Convolution
from tessel.dialects.instance import OpInstance, defining_op, maker_of, only_user
from tessel.dialects.mlir import ir
from tessel.dialects.shape import Transpose
from tessel.dialects.types import ArrayType

_MOST_EMPTY = 0.1
"""Part of vectors that may be empty. Moving a 7x7 image costs less than what 49 of 64 lanes lose:
512 to 2048 channels reach 0.69 of the limit when moved and 0.55 else; 196 of 208 lanes gain."""


@dataclass(frozen=True)
class FoldTransposesIntoContractions(Pass):
    """Greedy application of the rule below, for vectors of the module's processor."""

    def run(self, module: ir.Operation) -> None:
        absorb = partial(fold_transposes_into_contractions, hardware=hardware_of(module))
        apply_rules(module, [Rule(Transpose, absorb)])


def fold_transposes_into_contractions(op: OpInstance, hardware: Hardware) -> ir.Value | None:
    """transpose(f(product(transpose(x), w)))  ->  f(product(x, w)), with channels first"""
    result = op.result_type
    if op.attributes["permutation"] != TO_FIRST or not result.is_static or not result.size:
        return None
    if result.sizes[0] != 1:
        return None
    product, following = _chain(op)
    image = None if product is None else defining_op(product.operands[0], Transpose)
    if product is None or image is None or image.attributes["permutation"] != TO_LAST:
        return None
    types = (*image.operand_types, *product.operand_types)
    if not all(one.is_static and one.size for one in types):
        return None
    if product.cls is Matmul:
        lanes = hardware.instructions.lanes(4)
        made = _product_of_pixels(product, image.operands[0], lanes)
        axes = (-1, 1)
    else:
        made = _convolution_of_planes(product, image.operands[0], hardware)
        axes = (1, -1, 1, 1)
    if made is None:
        return None
    for one, before in zip(following, (product.result, *[one.result for one in following])):
        operands = [made if value == before else _along(value, axes) for value in one.operands]
        made = one.cls.build(*operands, **one.attributes)
    return TensorValue(made).reshape(result.sizes).value


def _product_of_pixels(product: OpInstance, image: ir.Value, lanes: int) -> ir.Value | None:
    """Channels times pixels, as a matrix."""
    weight, (_, depth, height, width) = product.operand_types[1], ArrayType.of(image).sizes
    empty = -(height * width) % lanes
    if weight.rank != 2 or empty > _MOST_EMPTY * height * width:
        return None
    pixels = TensorValue(image).reshape([depth, height * width])
    turned = Transpose.build(product.operands[1], permutation=(1, 0))
    return Matmul.build(turned, pixels.value)


def _convolution_of_planes(
    product: OpInstance, image: ir.Value, hardware: Hardware
) -> ir.Value | None:
    """The same windows over planes."""
    rows, columns, channels = product.operand_types[1].sizes
    low, high = product.attributes["low"], product.attributes["high"]
    strides = product.attributes["strides"]
    _, _, height, width = ArrayType.of(image).sizes
    problem = DepthwiseNchwProblem(channels, (height, width), (rows, columns), strides, low, high)
    if not problem.fits(hardware) or 2 * width < hardware.instructions.lanes(4):
        return None
    turned = Transpose.build(product.operands[1], permutation=(2, 0, 1))
    return Convolution.build(
        image,
        TensorValue(turned).reshape([channels, 1, rows, columns]).value,
        strides=strides,
        padding_low=low,
        padding_high=high,
        dilation=(1, 1),
        input_dilation=(1, 1),
        groups=channels,
    )


def _chain(op: OpInstance) -> tuple[OpInstance | None, Sequence[OpInstance]]:
    """The product from which elementwise ops lead to `op`, and these; None where others are."""
    following: list[OpInstance] = []
    value, shape = op.operands[0], op.operand_types[0].shape
    while True:
        made = maker_of(value)
        if made is None or only_user(value) is None or not made.result_type.is_static:
            return None, ()
        if made.cls in (Matmul, DepthwiseConvolution):
            return made, following[::-1]
        if made.cls not in element_functions():
            return None, ()
        whole = [one for one in made.operands if ArrayType.of(one).shape == shape]
        others = [ArrayType.of(one) for one in made.operands if one not in whole]
        if len(set(whole)) != 1:
            return None, ()
        if made.result_type.shape != shape or not all(_is_channel(one) for one in others):
            return None, ()
        following.append(made)
        value = whole[0]


def _is_channel(operand: ArrayType) -> bool:
    """Whether an operand has one element for all pixels, or for all of a channel."""
    return operand.is_static and operand.size == (operand.shape or (1,))[-1]


def _along(value: ir.Value, axes: tuple[int, ...]) -> ir.Value:
    """An operand of one element a channel with its channels where `axes` has -1."""
    size = ArrayType.of(value).size
    shape = [size if axis == -1 else axis for axis in axes] if size > 1 else []
    return TensorValue(value).reshape(shape).value
