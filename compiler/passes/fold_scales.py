"""Folds what scales and shifts the columns of a product into its weights and one sum.

    divide(subtract(convolution(x, w), mean), deviation)
      ->  add(convolution(x, w / deviation), -mean / deviation)

So a batch normalisation after a convolution, or the scale of attention after a projection, costs
nothing: weights are scaled once, before the program runs.
Keeps: shapes, dtypes, results to rounding.  Does not fire: on weights, scales and shifts that are
no constant expressions; on other dtypes than float32; on weights cast from fewer bits, which
kernels read as they are; where something else uses what is between; on a chain that scales
nothing; on numbers so large or small that weights times them might overflow or vanish where results
do not.
Test: lit_tests/passes/fold_scales.mlir
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from tessel.compiler.analysis.constants import constant_expressions
from tessel.compiler.analysis.epilogue import ROW, SCALAR, operand_kind
from tessel.compiler.kernels.gemm.operands import low_precision_weight
from tessel.compiler.passes.base import Pass
from tessel.compiler.rewrites.constants import constant_of
from tessel.dialects.arithmetic import Add, Divide, Multiply, Subtract
from tessel.dialects.builder import TensorValue
from tessel.dialects.channels_last import ChannelsLastConvolution, DepthwiseConvolution
from tessel.dialects.contraction import Matmul
from tessel.dialects.control_flow import operations_outside_fusions
from tessel.dialects.instance import OpInstance, only_user, read_op
from tessel.dialects.mlir import ir
from tessel.dialects.types import ArrayType

_PRODUCTS = (Matmul, ChannelsLastConvolution, DepthwiseConvolution)
"""Products whose results' last axis is that of their weights."""

_LEAST_SCALE = 2.0**-30
"""Weights down to 2**-96 times it are normal numbers, and those up to 2**97 by it are finite."""

_AFFINE = (Add, Subtract, Multiply, Divide)


@dataclass(frozen=True)
class FoldScales(Pass):
    """Each product with the chain that follows it."""

    def run(self, module: ir.Operation) -> None:
        known = constant_expressions(module)
        for operation in _products(module, known):
            # Read now: what it reads may be the sum that another product was folded into.
            product = read_op(operation)
            assert product is not None, "it was read before"
            chain = _chain(product, known)
            if any(op.cls in (Multiply, Divide) for op in chain):
                _fold(product, chain)


@dataclass(frozen=True)
class _Affine:
    """y * scale + shift for each column of a product; None is 1 and 0."""

    scale: TensorValue | None = None
    shift: TensorValue | None = None

    def after(self, op: OpInstance, position: int) -> "_Affine":
        """With one more op, of which the columns are the operand at `position`."""
        row = _row(op.operands[1 - position])
        if op.cls is Multiply:
            return self._times(row)
        if op.cls is Divide:
            return self._times(row.reciprocal())
        if op.cls is Subtract and position == 1:
            negated = self._times(row.lift(-1.0))
            return _Affine(negated.scale, negated._plus(row))
        return _Affine(self.scale, self._plus(row if op.cls is Add else row * -1.0))

    def _times(self, row: TensorValue) -> "_Affine":
        scale = row if self.scale is None else self.scale * row
        return _Affine(scale, None if self.shift is None else self.shift * row)

    def _plus(self, row: TensorValue) -> TensorValue:
        return row if self.shift is None else self.shift + row


def _products(module: ir.Operation, known: Collection[ir.Value]) -> list[ir.Operation]:
    ops = [read_op(operation) for operation in operations_outside_fusions(module)]
    return [op.operation for op in ops if op is not None and _is_foldable(op, known)]


def _is_foldable(op: OpInstance, known: Collection[ir.Value]) -> bool:
    if op.cls not in _PRODUCTS or op.result_type.dtype != np.float32:
        return False
    weight = op.operand_types[1]
    if op.cls is Matmul and (weight.rank != 2 or low_precision_weight(op.operands[1]) is not None):
        return False
    scalable = op.operands[1] in known
    return scalable and op.result not in known


def _chain(product: OpInstance, known: Collection[ir.Value]) -> list[OpInstance]:
    """The ops that follow, each the only one, and scale or shift columns by what is known."""
    chain: list[OpInstance] = []
    value, shape = product.result, product.result_type.shape
    while True:
        op = only_user(value)
        if op is None or op.cls not in _AFFINE or op.result_type.shape != shape:
            return chain
        position = op.operands.index(value)
        other = op.operands[1 - position]
        kind = operand_kind(ArrayType.of(other), shape)
        if other not in known or kind not in (ROW, SCALAR):
            return chain
        if op.cls is Divide and position == 1:
            return chain
        if op.cls in (Multiply, Divide) and not _is_moderate(other):
            return chain
        chain.append(op)
        value = op.result


def _is_moderate(scale: ir.Value) -> bool:
    """Whether a scale, where it is a constant, leaves ordinary weights ordinary numbers."""
    array = constant_of(scale)
    if array is None:
        return True
    size = np.abs(array)
    return bool(((size >= _LEAST_SCALE) & (size <= 1 / _LEAST_SCALE)).all())


def _fold(product: OpInstance, chain: list[OpInstance]) -> None:
    last, affine, value = chain[-1], _Affine(), product.result
    with ir.InsertionPoint(last.operation):
        for op in chain:
            with op.operation.location:
                affine = affine.after(op, op.operands.index(value))
            value = op.result
        image, weight = product.operands
        with product.operation.location:
            assert affine.scale is not None, "a chain is folded only where it scales"
            scaled = (TensorValue(weight) * affine.scale).value
            result = product.cls.build(image, scaled, **product.attributes)
        if affine.shift is not None:
            with last.operation.location:
                result = Add.build(result, affine.shift.value)
    last.result.replace_all_uses_with(result)
    for op in reversed([product, *chain]):
        op.operation.erase()


def _row(value: ir.Value) -> TensorValue:
    """A row or an element as an array of rank 1."""
    return TensorValue(value).reshape([ArrayType.of(value).size])
