"""Sliding windows: the shape rule and the NumPy view that convolution and pooling share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tessel.dialects.base import check
from tessel.dialects.dim import Dim, Dimension, is_at_least, is_empty
from tessel.dialects.inference import shape_text


@dataclass(frozen=True)
class Windows:
    """How windows of `sizes` slide over the spatial axes of an array; one number an axis.

    First `input_dilation` - 1 gaps go between elements, then padding around them (a negative
    number cuts off). A window takes every `dilation`-th element and moves by `strides`.
    """

    sizes: tuple[Dimension, ...]
    strides: tuple[int, ...]
    padding_low: tuple[int, ...]
    padding_high: tuple[int, ...]
    dilation: tuple[int, ...]
    input_dilation: tuple[int, ...]

    def check_lengths(self, constraint: str) -> None:
        """Raises ConstraintError unless each attribute has one number a spatial axis."""
        for name in ("strides", "padding_low", "padding_high", "dilation", "input_dilation"):
            given = getattr(self, name)
            message = f"{name} {given} does not have one number for each of {len(self.sizes)} axes"
            check(len(given) == len(self.sizes), constraint, message)

    def check_positive(self, constraint: str) -> None:
        """Raises ConstraintError unless strides, dilations and sizes are 1 or more."""
        for name in ("sizes", "strides", "dilation", "input_dilation"):
            given = getattr(self, name)
            message = f"{name} {shape_text(given)} must be 1 or more"
            check(all(is_at_least(number, 1) for number in given), constraint, message)

    def output_shape(self, spatial: Sequence[Dimension]) -> tuple[Dimension, ...]:
        """How many windows fit along each axis; 0 where none does."""
        return tuple(self._output_size(axis, size) for axis, size in enumerate(spatial))

    def _output_size(self, axis: int, size: Any) -> Dimension:
        window: Any = self.sizes[axis]
        if not all(_is_countable(one) for one in (size, window)):
            return None
        spread = 0 if is_empty([size]) else (size - 1) * self.input_dilation[axis] + 1
        padded = spread + self.padding_low[axis] + self.padding_high[axis]
        return output_size(padded, window, self.strides[axis], self.dilation[axis])


def _is_countable(size: Any) -> bool:
    return size.hint is not None if isinstance(size, Dim) else size is not None


def output_size(size: Any, window: Any, stride: int, dilation: int = 1) -> Any:
    """How many windows fit into `size` elements, padded already; 0 where none does."""
    reach = (window - 1) * dilation + 1
    return (size - reach) // stride + 1 if size >= reach else 0


def padded_output_sizes(
    image: Sequence[int],
    low: Sequence[int],
    high: Sequence[int],
    window: Sequence[int],
    strides: Sequence[int],
    dilation: Sequence[int] = (1, 1),
) -> tuple[int, int]:
    """How many windows fit along the two axes of an image with padding around it."""
    padded = map(sum, zip(image, low, high))
    height, width = map(output_size, padded, window, strides, dilation)
    return height, width


def pad_spatial(x: np.ndarray, windows: Windows, value: Any) -> np.ndarray:
    """`x` [N, C, *spatial] with its gaps and padding filled with `value`."""
    spatial = x.shape[2:]
    spread = [(n - 1) * d + 1 if n else 0 for n, d in zip(spatial, windows.input_dilation)]
    around = list(zip(windows.padding_low, windows.padding_high))
    padded = [max(0, n + low + high) for n, (low, high) in zip(spread, around)]
    result = np.full((*x.shape[:2], *padded), value, x.dtype)
    indices = [
        np.arange(n) * d + low for n, d, (low, _) in zip(spatial, windows.input_dilation, around)
    ]
    inside = [(index >= 0) & (index < n) for index, n in zip(indices, padded)]
    kept = x[(..., *np.ix_(*inside))] if inside else x
    target = [index[keep] for index, keep in zip(indices, inside)]
    result[(slice(None), slice(None), *np.ix_(*target))] = kept
    return result


def window_view(x: np.ndarray, windows: Windows) -> np.ndarray:
    """The windows of a padded `x`: [N, C, *output, *window], without a copy."""
    rank = len(windows.sizes)
    reach = [(size - 1) * d + 1 for size, d in zip(windows.sizes, windows.dilation)]  # type: ignore[operator]
    if any(n < r for n, r in zip(x.shape[2:], reach)):
        output = [max(0, (n - r) // s + 1) for n, r, s in zip(x.shape[2:], reach, windows.strides)]
        return np.empty((*x.shape[:2], *output, *windows.sizes), x.dtype)  # type: ignore[arg-type]
    view = np.lib.stride_tricks.sliding_window_view(x, reach, axis=tuple(range(2, 2 + rank)))
    moves = [slice(None, None, stride) for stride in windows.strides]
    steps = [slice(None, None, step) for step in windows.dilation]
    return view[(slice(None), slice(None), *moves, *steps)]
