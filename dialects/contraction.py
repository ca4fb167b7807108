"""Sums of products over a contracted axis."""

import numpy as np

from tessel.dialects.base import Operand, Result, TesselOp, check
from tessel.dialects.dim import same_size, size_text
from tessel.dialects.flops import Attributes, Types, elements, product
from tessel.dialects.inference import broadcast_shapes, shape_text
from tessel.dialects.types import ArrayType, accumulation_dtype


class Matmul(TesselOp, name="matmul"):
    """Matrix product, with batch dimensions that broadcast.

    Semantics: result[..., m, n] = sum over k of lhs[..., m, k] * rhs[..., k, n]; integers wrap
    around, booleans are or-ed products (and), 0 where K is 0. float16 and bfloat16 are summed in
    float32 and rounded once.
    Shapes: lhs [..., M, K], rhs [..., K, N], result [..., M, N].
    (C1) Both have rank 2 or more.  (C2) Equal dtypes.  (C3) Equal K.
    (C4) Batch dimensions broadcast.
    Source: array API 2024.12 `matmul` (the front end gives vectors a dimension of size 1).
    """

    lhs: Operand
    rhs: Operand
    result: Result

    @staticmethod
    def infer(lhs: ArrayType, rhs: ArrayType) -> ArrayType:
        shapes = f"shapes {shape_text(lhs.shape)} and {shape_text(rhs.shape)}"
        check(lhs.rank >= 2 and rhs.rank >= 2, "C1", f"{shapes} are not matrices")
        check(lhs.dtype == rhs.dtype, "C2", f"dtypes {lhs.dtype} and {rhs.dtype} differ")
        left, right = lhs.shape[-1], rhs.shape[-2]
        check(
            same_size(left, right),
            "C3",
            f"{shapes} do not match: {size_text(left)} columns meet {size_text(right)} rows",
        )
        batch = broadcast_shapes([lhs.shape[:-2], rhs.shape[:-2]], "C4")
        return ArrayType(lhs.dtype, (*batch, lhs.shape[-2], rhs.shape[-1]))

    @classmethod
    def flops(cls, operands: Types, results: Types, attributes: Attributes) -> int | None:
        return product(2, elements(results[0]), operands[0].shape[-1])

    @staticmethod
    def reference(lhs: np.ndarray, rhs: np.ndarray) -> np.ndarray:
        wide = accumulation_dtype(lhs.dtype)
        product = np.matmul(lhs.astype(wide, copy=False), rhs.astype(wide, copy=False))
        return product.astype(lhs.dtype, copy=False)
