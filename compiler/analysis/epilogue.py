"""What a kernel can compute at its end, while its results are in registers.

An epilogue is a chain of elementwise ops over the result [..., M, N] of a contraction. Each array
that it reads beside the result must match it in a way that a kernel can load:

    scalar  []            one element
    row     [N]           a vector for all rows
    column  [..., M, 1]   one element for all columns
    matrix  [..., M, N]   a vector at each position
"""

from tessel.dialects.types import ArrayType, Shape

SCALAR, ROW, COLUMN, MATRIX = "scalar", "row", "column", "matrix"


def operand_kind(operand: ArrayType, result: Shape, trailing_axes: int = 1) -> str | None:
    """How `operand` matches `result`; None where a kernel cannot load it so.

    The last `trailing_axes` dimensions count as one, N.
    """
    padded = (1,) * (len(result) - operand.rank) + operand.shape
    if len(padded) != len(result):
        return None
    lead, last = padded[:-trailing_axes], padded[-trailing_axes:]
    if all(size == 1 for size in padded):
        return SCALAR
    if lead and last == result[-trailing_axes:] and all(size == 1 for size in lead):
        return ROW
    if all(size == 1 for size in last) and lead == result[:-trailing_axes]:
        return COLUMN
    return MATRIX if padded == result else None
