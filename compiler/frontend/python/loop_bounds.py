"""The range that a loop runs over, and whether that makes the loop worth capturing."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tessel.compiler.frontend.tracing.pytree import flatten
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.frontend.tracing.traced_dim import TracedDim


def is_worth_capturing(
    names: Sequence[str], bounds: tuple[Any, ...], variables: dict[str, Any]
) -> bool:
    """Whether a loop over `range(*bounds)` that reads `names` computes with traced arrays.

    One that runs once at most is none to capture.
    """
    if any(isinstance(one, TracedArray | TracedDim) for one in bounds):
        return True
    if not all(isinstance(one, int | np.integer) for one in bounds) or not 1 <= len(bounds) <= 3:
        return False
    if len(bounds) == 3 and bounds[2] == 0:
        return False
    if len(range(*bounds)) <= 1:
        return False
    return any(_holds_traced(variables.get(name)) for name in names)


def as_bounds(bounds: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    """Start, stop and step of `range(*bounds)`."""
    numbers = [
        one.as_array()
        if isinstance(one, TracedDim)
        else one
        if isinstance(one, TracedArray)
        else int(one)
        for one in bounds
    ]
    start, stop, *rest = [0, *numbers] if len(numbers) == 1 else numbers
    return start, stop, rest[0] if rest else 1


def _holds_traced(value: Any) -> bool:
    inside = [value] if isinstance(value, TracedArray) else flatten(value)[0]
    if not any(isinstance(leaf, TracedArray) for leaf in inside):
        inside = [
            one for leaf in inside if hasattr(leaf, "__dict__") for one in vars(leaf).values()
        ]
    return any(isinstance(leaf, TracedArray) for leaf in inside)
