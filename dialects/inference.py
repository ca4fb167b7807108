"""Shape rules that several op families share. Each takes array types and returns shapes."""

from collections.abc import Sequence

from tessel.dialects.base import check
from tessel.dialects.dim import same_size, size_text, static_size
from tessel.dialects.types import ArrayType, Dimension, Shape


def broadcast_dimensions(left: Dimension, right: Dimension) -> Dimension:
    """The size of one broadcast dimension; ValueError where sizes differ.

    Dynamic sizes are equal: a size of 1 that is stretched is known to be 1.
    """
    if isinstance(right, int) and right == 1:
        return left
    if isinstance(left, int) and left == 1:
        return right
    if same_size(left, right):
        return static_size(left, right)
    if same_size(left, 1):
        return right
    if same_size(right, 1):
        return left
    raise ValueError("sizes differ")


def broadcast_shapes(shapes: Sequence[Shape], constraint: str = "C1") -> Shape:
    """NumPy's broadcasting: shapes aligned at their last dimension, size 1 stretches."""
    rank = max((len(shape) for shape in shapes), default=0)
    result: list[Dimension] = []
    for position in range(rank):
        size: Dimension = 1
        for shape in shapes:
            offset = position - (rank - len(shape))
            if offset < 0:
                continue
            try:
                size = broadcast_dimensions(size, shape[offset])
            except ValueError:
                texts = " and ".join(shape_text(other) for other in shapes)
                check(False, constraint, f"shapes {texts} do not broadcast")
        result.append(size)
    return tuple(result)


def normalize_axis(axis: int, rank: int, constraint: str = "C1") -> int:
    """`axis` counted from the front; negative ones count from the back."""
    check(-rank <= axis < rank, constraint, f"axis {axis} is out of range for rank {rank}")
    return axis % rank if rank else 0


def reduce_shape(operand: ArrayType, axes: Sequence[int], keepdims: bool) -> Shape:
    """The shape that remains when `axes` are reduced; kept as size 1 with `keepdims`."""
    reduced = set(axes)
    if keepdims:
        return tuple(1 if axis in reduced else size for axis, size in enumerate(operand.shape))
    return tuple(size for axis, size in enumerate(operand.shape) if axis not in reduced)


def shape_text(shape: Shape) -> str:
    """A shape as NumPy prints it, with `?` for dynamic sizes."""
    sizes = [size_text(size) for size in shape]
    return f"({sizes[0]},)" if len(sizes) == 1 else f"({', '.join(sizes)})"
