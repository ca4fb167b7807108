"""The arrays that attention's kernels read; slices and transpositions become their layout."""

from tessel.compiler.kernels.attention.operands import AttentionOperands, HeadLayout
from tessel.compiler.kernels.template import KernelFusion
from tessel.compiler.lowering.base import signless
from tessel.dialects.attention import AttentionOp
from tessel.dialects.builder import TensorValue
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir
from tessel.dialects.shape import Transpose
from tessel.dialects.types import ArrayType


def operands_of(fusion: KernelFusion) -> AttentionOperands:
    """Transpositions before and after become the order in which the kernel reads and writes."""
    ops = fusion.ops
    attended = next(op for op in ops if issubclass(op.cls, AttentionOp))
    end, *rest = fusion.ends
    made = {op.result: op for op in ops}
    (query, q), (key, k), (value, v) = (_heads(one, made) for one in attended.operands[:3])
    order = (0, 1, 2, 3)
    if end != attended.result:
        b, h, s, d = map(made[end].attributes["permutation"].index, range(4))
        order = (b, h, s, d)
    mask = attended.operands[3]
    return AttentionOperands(
        (query, key, value),
        q,
        k,
        v,
        HeadLayout.whole(signless(ArrayType.of(end)), order),
        rest[0].type if rest else None,
        None if mask is None else _of_rank_4(mask),
        attended.attributes["causal"],
        attended.attributes["scale"],
    )


def _heads(value: ir.Value, made: dict[ir.Value, OpInstance]) -> tuple[ir.Value, HeadLayout]:
    """The array that a kernel reads for `value`, and its layout of heads.

    A transposition gives their order, a slice before it their part of the array.
    """
    b, h, s, d = range(4)
    if value in made and made[value].cls is Transpose:
        b, h, s, d = made[value].attributes["permutation"]
        value = made[value].operands[0]
    if value not in made:
        return value, HeadLayout.whole(value.type, (b, h, s, d))
    part = made[value]
    sizes, starts = part.result_type.sizes, part.attributes["starts"]
    source = part.operands[0]
    return source, HeadLayout(
        source.type,
        (sizes[b], sizes[h], sizes[s], sizes[d]),
        (b, h, s, d),
        (starts[b], starts[h], starts[s], starts[d]),
    )


def _of_rank_4(mask: ir.Value) -> ir.Value:
    shape = TensorValue(mask).shape()
    return TensorValue(mask).reshape([1] * (4 - len(shape)) + shape).value
