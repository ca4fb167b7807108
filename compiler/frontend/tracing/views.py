"""Views: how part of an array is read from, and written back to, the array it belongs to.

`y = x[1:3].T; y[:] = 0` changes x in NumPy. A traced array therefore remembers its storage and the
steps that lead from it: reading applies them in order, writing undoes them from the last to the
first. All functions work on MLIR values of the current trace.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tessel.dialects.mlir import ir


@dataclass(frozen=True)
class View:
    """One step from a base to a part of it.

    `read(base)` is the part; `write(base, part)` is the base with the part replaced.
    """

    read: Callable[[ir.Value], ir.Value]
    write: Callable[[ir.Value, ir.Value], ir.Value]


def read_through(base: ir.Value, views: tuple[View, ...]) -> ir.Value:
    """The part of `base` that `views` lead to."""
    for view in views:
        base = view.read(base)
    return base


def write_through(base: ir.Value, views: tuple[View, ...], part: ir.Value) -> ir.Value:
    """`base` with the part that `views` lead to replaced by `part`."""
    if not views:
        return part
    first, rest = views[0], views[1:]
    inner = first.read(base) if rest else base
    return first.write(base, write_through(inner, rest, part) if rest else part)
