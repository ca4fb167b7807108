"""Lowerings of `dialects/reduction.py`: a loop nest with reduction loops and an identity element."""

from collections.abc import Callable
from typing import Any

import numpy as np

from tessel.compiler.lowering.arithmetic import maximum
from tessel.compiler.lowering.base import (
    dim,
    dynamic_sizes,
    filled,
    generic,
    identity_map,
    lowers,
)
from tessel.compiler.lowering.element import Element, constant
from tessel.dialects import reduction as ops
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir
from tessel.dialects.types import ArrayType, is_bool, is_float


@lowers(ops.ReduceSum)
def lower_reduce_sum(op: OpInstance) -> ir.Value:
    return lower_reduction(op, 0, lambda total, x: total + x)


@lowers(ops.ReduceMax)
def lower_reduce_max(op: OpInstance) -> ir.Value:
    return lower_reduction(op, lowest(op.result_type.dtype), maximum)


def lowest(dtype: np.dtype) -> Any:
    """The identity of `maximum`."""
    if is_bool(dtype):
        return False
    return -np.inf if is_float(dtype) else np.iinfo(dtype).min


def lower_reduction(
    op: OpInstance, identity: Any, combine: Callable[[Element, Element], Element]
) -> ir.Value:
    """Combines the elements along `axes`, beginning with `identity`."""
    (x,), (x_type,), result = op.operands, op.operand_types, op.result_type
    axes, keepdims = op.attributes["axes"], op.attributes["keepdims"]
    kept = [axis for axis in range(x_type.rank) if axis not in axes]
    sources = list(range(x_type.rank)) if keepdims else kept
    sizes = dynamic_sizes(result, lambda axis: dim(x, sources[axis]))
    start = filled(result, constant(identity, result.dtype).value, sizes)
    iterators = ["reduction" if axis in axes else "parallel" for axis in range(x_type.rank)]

    def step(element: ir.Value, total: ir.Value) -> list[ir.Value]:
        combined = combine(Element(total, result.dtype), Element(element, x_type.dtype))
        return [combined.value]

    maps = [identity_map(x_type.rank), _result_map(x_type, axes, keepdims)]
    return generic([x], maps, [start], iterators, step)[0]


def _result_map(x: ArrayType, axes: tuple[int, ...], keepdims: bool) -> ir.AffineMap:
    zero = ir.AffineExpr.get_constant(0)
    exprs = [
        zero if axis in axes else ir.AffineExpr.get_dim(axis)
        for axis in range(x.rank)
        if keepdims or axis not in axes
    ]
    return ir.AffineMap.get(x.rank, 0, exprs)
