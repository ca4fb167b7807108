"""Lowerings of `dialects/convolution.py`.

groups = 1                  a named linalg convolution over the padded input
one channel a group, 2-d    linalg.depthwise_conv_2d_nchw_chw
other groups                a generic loop nest over [N, groups, C / groups, *spatial]
"""

from typing import Any

from tessel.compiler.emit.element import Element, cast, constant
from tessel.compiler.emit.reshape import collapse, expand
from tessel.compiler.lowering.base import dim, filled, generic, index_constant, lowers
from tessel.compiler.lowering.contraction import converted
from tessel.compiler.lowering.window import (
    Padded,
    output_sizes,
    pad_spatial,
    sizes_in_order,
    window_expr,
)
from tessel.dialects.convolution import Convolution
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import arith, ir, linalg
from tessel.dialects.types import ArrayType, Dimension, accumulation_dtype
from tessel.dialects.window import Windows

_NAMED: dict[int, Any] = {
    1: linalg.conv_1d_ncw_fcw,
    2: linalg.conv_2d_nchw_fchw,
    3: linalg.conv_3d_ncdhw_fcdhw,
}
"""The convolution without groups by its number of spatial axes."""


@lowers(Convolution)
def lower_convolution(op: OpInstance) -> ir.Value:
    """Sums in the accumulation dtype, then one rounding to the result's dtype."""
    x, weight = op.operands
    x_type, weight_type = op.operand_types
    windows = _windows(op)
    padded = pad_spatial(x, x_type, windows, constant(0, x_type.dtype))
    result = op.result_type.with_dtype(accumulation_dtype(op.result_type.dtype))
    known = output_sizes(padded, windows, result, weight) | {0: dim(x, 0), 1: dim(weight, 0)}
    sizes = sizes_in_order(result, known)
    if 0 in (*result.shape, weight_type.shape[1]):
        total = filled(result, constant(0, result.dtype).value, list(sizes))
    elif op.attributes["groups"] == 1:
        zeros = filled(result, constant(0, result.dtype).value, sizes)
        total = _NAMED[len(windows.sizes)](
            padded[0], weight, outs=[zeros], **_window_attributes(windows)
        )
    elif _is_depthwise(op):
        zeros = filled(result, constant(0, result.dtype).value, sizes)
        filters = collapse(weight, [[0, 1], [2], [3]])
        total = linalg.depthwise_conv_2d_nchw_chw(
            padded[0], filters, outs=[zeros], **_window_attributes(windows)
        )
    else:
        total = _grouped(op, padded, windows, result, known)
    return converted(total, result, op.result_type.dtype)


def _windows(op: OpInstance) -> Windows:
    names = ("strides", "padding_low", "padding_high", "dilation", "input_dilation")
    return Windows(op.operand_types[1].shape[2:], *(op.attributes[name] for name in names))


def _window_attributes(windows: Windows) -> dict[str, list[int]]:
    return {"strides": list(windows.strides), "dilations": list(windows.dilation)}


def _is_depthwise(op: OpInstance) -> bool:
    channels, outputs = op.operand_types[0].shape[1], op.operand_types[1].shape[0]
    return len(op.attributes["strides"]) == 2 and channels == outputs == op.attributes["groups"]


def _grouped(
    op: OpInstance,
    padded: Padded,
    windows: Windows,
    result: ArrayType,
    known: dict[int, ir.Value],
) -> ir.Value:
    """The groups as a dimension of their own, in x, weight and result."""
    groups, rank = op.attributes["groups"], len(windows.sizes)
    x = _with_groups(*padded, axis=1, groups=groups)
    weight = _with_groups(op.operands[1], op.operand_types[1], axis=0, groups=groups)
    shape = (result.shape[0], groups, _share(result.shape[1], groups), *result.shape[2:])
    grouped = result.with_shape(shape)
    divided = arith.divui(known[1], index_constant(groups))
    moved = {0: known[0], 2: divided} | {axis + 1: size for axis, size in known.items() if axis > 1}
    zeros = filled(grouped, constant(0, result.dtype).value, list(sizes_in_order(grouped, moved)))
    maps = _grouped_maps(windows, rank)
    iterators = ["parallel"] * (3 + rank) + ["reduction"] * (1 + rank)
    dtype = op.result_type.dtype

    def multiply_add(pixel: ir.Value, factor: ir.Value, total: ir.Value) -> list[ir.Value]:
        left, right = (cast(Element(one, dtype), result.dtype) for one in (pixel, factor))
        return [(Element(total, result.dtype) + left * right).value]

    total = generic([x, weight], maps, [zeros], iterators, multiply_add)[0]
    return collapse(total, [[0], [1, 2], *([axis] for axis in range(3, 3 + rank))])


def _grouped_maps(windows: Windows, rank: int) -> list[ir.AffineMap]:
    """Loops: batch, group, output channel, output positions, input channel, window positions."""
    loops = [ir.AffineExpr.get_dim(position) for position in range(4 + 2 * rank)]
    batch, group, output = loops[:3]
    channel, kernel = loops[3 + rank], loops[4 + rank :]
    indices = [window_expr(axis, 3 + axis, 4 + rank + axis, windows) for axis in range(rank)]
    exprs = [
        [batch, group, channel, *indices],
        [group, output, channel, *kernel],
        [batch, group, output, *loops[3 : 3 + rank]],
    ]
    return [ir.AffineMap.get(4 + 2 * rank, 0, one) for one in exprs]


def _with_groups(value: ir.Value, value_type: ArrayType, axis: int, groups: int) -> ir.Value:
    """`value` with dimension `axis` split into groups and channels of a group."""
    shape = value_type.shape
    target = value_type.with_shape(
        [*shape[:axis], groups, _share(shape[axis], groups), *shape[axis + 1 :]]
    )
    parts = [[one] for one in range(axis)] + [[axis, axis + 1]]
    parts += [[one + 1] for one in range(axis + 1, value_type.rank)]
    sizes = []
    for one, size in enumerate(shape):
        if size is None:
            whole = dim(value, one)
            sizes.append(arith.divui(whole, index_constant(groups)) if one == axis else whole)
    return expand(value, parts, target, sizes)


def _share(size: Dimension, groups: int) -> Dimension:
    return None if size is None else size // groups
