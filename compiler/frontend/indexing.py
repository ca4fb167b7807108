"""Indexing: basic, by integer arrays and by masks, for reading and for in-place assignment."""

from typing import Any

from tessel.compiler.diagnostics import UnsupportedError
from tessel.compiler.frontend.traced_array import TracedArray
from tessel.compiler.locations import user_place


def get_item(x: TracedArray, index: Any) -> TracedArray:
    """`x[index]`."""
    raise UnsupportedError(f"indexing with {index!r}", place=user_place())


def set_item(x: TracedArray, index: Any, value: Any) -> None:
    """`x[index] = value`."""
    raise UnsupportedError(f"assignment at {index!r}", place=user_place())
