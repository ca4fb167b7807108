"""Matrices in the order in which kernels read them."""

import numpy as np

from tessel.dialects.base import Operand, Result, TesselOp, check
from tessel.dialects.dim import may_be, size_text
from tessel.dialects.flops import Attributes, Types, elements, product
from tessel.dialects.inference import shape_text
from tessel.dialects.types import ArrayType, accumulation_dtype, bfloat16

_INT8, _UINT8, _FLOAT16, _FLOAT32 = map(np.dtype, ("int8", "uint8", "float16", "float32"))

_MIXED = {
    (_UINT8, _INT8): np.dtype(np.int32),
    (_INT8, _INT8): np.dtype(np.int32),
    **{(_FLOAT32, narrow): _FLOAT32 for narrow in (_INT8, _FLOAT16, bfloat16)},
}
"""Dtypes of lhs and of the packed matrix -> the dtype of their product, where it is not theirs."""


class PackMatrix(TesselOp, name="pack_matrix"):
    """A matrix cut into panels of NR columns, each of which is row-major in memory.

    Semantics: result[p, s, c * KR + r] = x[s * KR + r, p * NR + c], 0 beyond the edges.
    Shapes: x [K, N], result [ceil(N / NR), ceil(K / KR), NR * KR].
    (C1) x has rank 2 and static sizes.  (C2) nr >= 1 and kr >= 1.
    Source: Goto and van de Geijn 2008, "Anatomy of high-performance matrix multiplication";
    KR is for dot products of neighbouring rows, as in XNNPACK and oneDNN's VNNI layouts.
    """

    flops_per_element = 0
    x: Operand
    nr: int
    kr: int
    result: Result

    @staticmethod
    def infer(x: ArrayType, nr: int, kr: int) -> ArrayType:
        are_static = x.rank == 2 and x.is_static
        check(are_static, "C1", f"shape {shape_text(x.shape)} is not a matrix of static sizes")
        check(nr >= 1 and kr >= 1, "C2", f"nr is {nr}, kr {kr}")
        k, n = x.sizes
        return x.with_shape((_parts(n, nr), _parts(k, kr), nr * kr))

    @staticmethod
    def reference(x: np.ndarray, nr: int, kr: int) -> np.ndarray:
        k, n = (size + -size % step for size, step in zip(x.shape, (kr, nr)))
        padded = x
        if (k, n) != x.shape:
            padded = np.zeros((k, n), x.dtype)
            padded[: x.shape[0], : x.shape[1]] = x
        cut = padded.reshape(k // kr, kr, n // nr, nr)
        shape = (n // nr, k // kr, nr * kr)
        return np.ascontiguousarray(cut.transpose(2, 0, 3, 1)).reshape(shape)


class PackedMatmul(TesselOp, name="packed_matmul"):
    """Matrix product with a matrix that `pack_matrix` has packed.

    Semantics: result = matmul(lhs - zero_point, rhs) where packed = pack_matrix(rhs), rhs
    [K, N]. Both are taken in the result's dtype: int32 for uint8 or int8 and int8, else that of
    lhs.
    Shapes: lhs [..., M, K], packed [P, S, NR * KR], result [..., M, N].
    (C1) lhs has rank 2 or more, packed rank 3 and static sizes.  (C2) Equal dtypes, or uint8 and
    int8, or float32 and one of int8, float16 and bfloat16.
    (C3) kr >= 1 divides the last size of packed.  (C4) K fits S steps of KR.
    (C5) N fits P panels.  (C6) `zero_point` is 0, or -128 for int8 and int8.
    Source: `linalg.mmt4d`; the pairs of dtypes are those of oneDNN's matmul, the zero point that of
    ONNX's MatMulInteger, by which processors multiply int8 as uint8.
    """

    lhs: Operand
    packed: Operand
    n: int
    kr: int
    zero_point: int
    result: Result

    @staticmethod
    def infer(lhs: ArrayType, packed: ArrayType, n: int, kr: int, zero_point: int) -> ArrayType:
        shapes = f"shapes {shape_text(lhs.shape)} and {shape_text(packed.shape)}"
        panels_static = packed.rank == 3 and packed.is_static
        check(lhs.rank >= 2 and panels_static, "C1", f"{shapes}: need a matrix and panels")
        dtype = product_dtype(lhs.dtype, packed.dtype)
        check(dtype is not None, "C2", f"dtypes {lhs.dtype} and {packed.dtype} do not match")
        assert dtype is not None
        panels, steps, last = packed.sizes
        divides = kr >= 1 and last % kr == 0
        check(divides, "C3", f"kr {kr} does not divide {last}")
        k = lhs.shape[-1]
        fits = may_be(k, lambda size: _parts(size, kr) == steps)
        texts = f"{size_text(k)} columns of lhs do not fit {steps} steps of {kr}"
        check(fits, "C4", texts)
        nr = last // kr
        check(
            _parts(n, nr) == panels,
            "C5",
            f"{n} columns do not fit {panels} panels of {nr}",
        )
        is_shifted = zero_point == -128 and lhs.dtype == packed.dtype == _INT8
        check(zero_point == 0 or is_shifted, "C6", f"zero_point is {zero_point} for {lhs.dtype}")
        return ArrayType(dtype, (*lhs.shape[:-1], n))

    @classmethod
    def flops(cls, operands: Types, results: Types, attributes: Attributes) -> int | None:
        return product(2, elements(results[0]), operands[0].shape[-1])

    @staticmethod
    def reference(
        lhs: np.ndarray, packed: np.ndarray, n: int, kr: int, zero_point: int
    ) -> np.ndarray:
        rhs = unpack_matrix(packed, lhs.shape[-1], n, kr)
        dtype = product_dtype(lhs.dtype, rhs.dtype)
        assert dtype is not None, "infer has checked the dtypes"
        wide = accumulation_dtype(dtype)
        rows = lhs.astype(wide, copy=False)
        rows = rows - wide.type(zero_point) if zero_point else rows
        product = np.matmul(rows, rhs.astype(wide, copy=False))
        return product.astype(dtype, copy=False)


def product_dtype(lhs: np.dtype, rhs: np.dtype) -> np.dtype | None:
    """The dtype of a product with a packed matrix; None for dtypes that have none."""
    return _MIXED.get((lhs, rhs), lhs if lhs == rhs else None)


def unpack_matrix(packed: np.ndarray, k: int, n: int, kr: int) -> np.ndarray:
    """The matrix [k, n] that `pack_matrix` has packed."""
    panels, steps, last = packed.shape
    cut = packed.reshape(panels, steps, last // kr, kr).transpose(1, 3, 0, 2)
    return cut.reshape(steps * kr, panels * (last // kr))[:k, :n]


def _parts(size: int, step: int) -> int:
    return -(-size // step)
