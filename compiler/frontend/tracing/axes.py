"""Axis arguments as users give them: negative, None for all, one or several."""

from collections.abc import Sequence

from tessel.compiler.diagnostics import AxisError
from tessel.compiler.locations import user_location


def normalize_axis(axis: int, rank: int) -> int:
    """`axis` counted from the front. Raises AxisError when it is out of range."""
    if not -rank <= axis < rank:
        message = f"axis {axis} is out of range for an array of rank {rank}"
        raise AxisError(message, location=user_location())
    return axis % rank


def normalize_axes(axis: int | Sequence[int] | None, rank: int) -> tuple[int, ...]:
    """One axis, several, or all of them for None, counted from the front, in the order given."""
    if axis is None:
        return tuple(range(rank))
    given = axis if isinstance(axis, Sequence) else (axis,)
    axes = tuple(normalize_axis(int(one), rank) for one in given)
    if len(set(axes)) != len(axes):
        raise AxisError(f"axes {tuple(given)} name one axis twice", location=user_location())
    return axes
