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
    """A matrix cut into panels of columns, each of which is row-major in memory.

    Semantics: result[p, g, c * group + r] = x[g * group + r, p * columns + c], 0 beyond the edges.
    Shapes: x [K, N], result [ceil(N / columns), ceil(K / group), columns * group].
    (C1) x has rank 2 and static sizes.  (C2) columns >= 1 and group >= 1.
    Source: Goto and van de Geijn 2008, "Anatomy of high-performance matrix multiplication";
    `group` is for dot products of neighbouring rows, as in oneDNN's VNNI layouts.
    """

    flops_per_element = 0
    x: Operand
    columns: int
    group: int
    result: Result

    @staticmethod
    def infer(x: ArrayType, columns: int, group: int) -> ArrayType:
        are_static = x.rank == 2 and x.is_static
        check(are_static, "C1", f"shape {shape_text(x.shape)} is not a matrix of static sizes")
        check(columns >= 1 and group >= 1, "C2", f"columns is {columns}, group {group}")
        depth, width = x.sizes
        return x.with_shape((_parts(width, columns), _parts(depth, group), columns * group))

    @staticmethod
    def reference(x: np.ndarray, columns: int, group: int) -> np.ndarray:
        depth, width = (size + -size % step for size, step in zip(x.shape, (group, columns)))
        padded = x
        if (depth, width) != x.shape:
            padded = np.zeros((depth, width), x.dtype)
            padded[: x.shape[0], : x.shape[1]] = x
        cut = padded.reshape(depth // group, group, width // columns, columns)
        shape = (width // columns, depth // group, columns * group)
        return np.ascontiguousarray(cut.transpose(2, 0, 3, 1)).reshape(shape)


class PackedMatmul(TesselOp, name="packed_matmul"):
    """Matrix product with a matrix that `pack_matrix` has packed.

    Semantics: result = matmul(lhs - zero_point, rhs) where packed = pack_matrix(rhs), rhs
    [K, width]. Both are taken in the result's dtype: int32 for uint8 or int8 and int8, else that of
    lhs.
    Shapes: lhs [..., M, K], packed [P, G, columns * group], result [..., M, width].
    (C1) lhs has rank 2 or more, packed rank 3 and static sizes.  (C2) Equal dtypes, or uint8 and
    int8, or float32 and one of int8, float16 and bfloat16.
    (C3) group >= 1 divides the last size of packed.  (C4) K fits G groups.
    (C5) `width` fits P panels.  (C6) `zero_point` is 0, or -128 for int8 and int8.
    Source: `linalg.mmt4d`; the pairs of dtypes are those of oneDNN's matmul, the zero point that of
    ONNX's MatMulInteger, by which processors multiply int8 as uint8.
    """

    lhs: Operand
    packed: Operand
    width: int
    group: int
    zero_point: int
    result: Result

    @staticmethod
    def infer(
        lhs: ArrayType, packed: ArrayType, width: int, group: int, zero_point: int
    ) -> ArrayType:
        shapes = f"shapes {shape_text(lhs.shape)} and {shape_text(packed.shape)}"
        panels_static = packed.rank == 3 and packed.is_static
        check(lhs.rank >= 2 and panels_static, "C1", f"{shapes}: need a matrix and panels")
        dtype = product_dtype(lhs.dtype, packed.dtype)
        check(dtype is not None, "C2", f"dtypes {lhs.dtype} and {packed.dtype} do not match")
        assert dtype is not None
        panels, groups, last = packed.sizes
        divides = group >= 1 and last % group == 0
        check(divides, "C3", f"group {group} does not divide {last}")
        depth = lhs.shape[-1]
        fits = may_be(depth, lambda size: _parts(size, group) == groups)
        texts = f"{size_text(depth)} columns of lhs do not fit {groups} groups of {group}"
        check(fits, "C4", texts)
        columns = last // group
        check(
            _parts(width, columns) == panels,
            "C5",
            f"{width} columns do not fit {panels} panels of {columns}",
        )
        is_shifted = zero_point == -128 and lhs.dtype == packed.dtype == _INT8
        check(zero_point == 0 or is_shifted, "C6", f"zero_point is {zero_point} for {lhs.dtype}")
        return ArrayType(dtype, (*lhs.shape[:-1], width))

    @classmethod
    def flops(cls, operands: Types, results: Types, attributes: Attributes) -> int | None:
        return product(2, elements(results[0]), operands[0].shape[-1])

    @staticmethod
    def reference(
        lhs: np.ndarray, packed: np.ndarray, width: int, group: int, zero_point: int
    ) -> np.ndarray:
        rhs = unpack_matrix(packed, lhs.shape[-1], width, group)
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


def unpack_matrix(packed: np.ndarray, depth: int, width: int, group: int) -> np.ndarray:
    """The matrix [depth, width] that `pack_matrix` has packed."""
    panels, groups, last = packed.shape
    cut = packed.reshape(panels, groups, last // group, group).transpose(1, 3, 0, 2)
    return cut.reshape(groups * group, panels * (last // group))[:depth, :width]


def _parts(size: int, step: int) -> int:
    return -(-size // step)
