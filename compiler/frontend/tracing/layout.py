"""Where NumPy would have put the elements of an array: what decides between a view and a copy.

`y = x.T.ravel()` is a copy where x is C-contiguous and a view where it is not, and only a view's
writes reach x. So each traced array knows the strides that its NumPy twin would have. Dynamic sizes
are stood for by large numbers, which no two axes of an array share.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tessel.dialects.types import ArrayType

_DYNAMIC = 1 << 40
"""Stands for a dynamic size: larger than any static one."""


@dataclass(frozen=True)
class Layout:
    """Sizes of an array, and the bytes from one element to the next along each axis."""

    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    itemsize: int

    @staticmethod
    def contiguous(array_type: "ArrayType", order: Sequence[int] | None = None) -> "Layout":
        """Elements side by side, for axes in `order` from the outermost; row-major by default."""
        return _packed(_stand_ins(array_type.shape), array_type.dtype.itemsize, order)

    @property
    def is_c_contiguous(self) -> bool:
        return self._is_packed(range(len(self.sizes)))

    @property
    def is_f_contiguous(self) -> bool:
        return self._is_packed(range(len(self.sizes))[::-1])

    @property
    def memory_order(self) -> list[int]:
        """Axes from the outermost to the innermost in memory, as NumPy's order "K" has them."""
        axes = list(range(len(self.sizes)))
        if self.is_c_contiguous:
            return axes
        if self.is_f_contiguous:
            return axes[::-1]
        return sorted(axes, key=lambda axis: -abs(self.strides[axis]))

    def transposed(self, order: Sequence[int]) -> "Layout":
        """Axes in another order."""
        sizes = tuple(self.sizes[axis] for axis in order)
        return Layout(sizes, tuple(self.strides[axis] for axis in order), self.itemsize)

    def sliced(self, sizes: Sequence[Any], steps: Sequence[int]) -> "Layout":
        """Every `steps`-th element along each axis, `sizes` of them."""
        found = [
            old if step == 1 and not isinstance(size, int) and old > _DYNAMIC else size
            for old, size, step in zip(self.sizes, sizes, steps)
        ]
        highest = max([*self.sizes, _DYNAMIC])
        found = [
            size if isinstance(size, int) else highest + position
            for position, size in enumerate(found, 1)
        ]
        strides = tuple(stride * step for stride, step in zip(self.strides, steps))
        return Layout(tuple(found), strides, self.itemsize)

    def with_itemsize(self, itemsize: int) -> "Layout":
        """The layout of a part of each element."""
        return Layout(self.sizes, self.strides, itemsize)

    def with_last_axis(self, size: Any, itemsize: int) -> "Layout":
        """Elements of another size, `size` of them side by side along the last axis."""
        last = size if isinstance(size, int) else _DYNAMIC + len(self.sizes)
        return Layout((*self.sizes[:-1], last), (*self.strides[:-1], itemsize), itemsize)

    def with_ones(self, shape: Sequence[Any]) -> "Layout | None":
        """Under a shape that differs by sizes of 1 alone; None where it differs by more."""
        axes = [axis for axis, size in enumerate(self.sizes) if size != 1]
        kept = [position for position, size in enumerate(shape) if not _is_one(size)]
        if len(axes) != len(kept):
            return None
        sizes, strides = [1] * len(shape), [self.itemsize] * len(shape)
        for axis, position in zip(axes, kept):
            known = shape[position] if isinstance(shape[position], int) else self.sizes[axis]
            if known != self.sizes[axis] and self.sizes[axis] < _DYNAMIC:
                return None
            sizes[position], strides[position] = self.sizes[axis], self.strides[axis]
        return Layout(tuple(sizes), tuple(strides), self.itemsize)

    def reshaped(self, shape: Sequence[Any]) -> "Layout | None":
        """Under another shape of as many elements; None where NumPy has to copy them."""
        if self.is_c_contiguous:
            return _packed(_stand_ins(shape), self.itemsize)
        if (found := self.with_ones(shape)) is not None:
            return found
        axes = [axis for axis, size in enumerate(self.sizes) if size != 1]
        if len(axes) <= 1:
            stride = self.strides[axes[0]] if axes else self.itemsize
            split = _packed(_stand_ins(shape), stride)
            return Layout(split.sizes, split.strides, self.itemsize)
        if not all(isinstance(size, int) and size < _DYNAMIC for size in (*self.sizes, *shape)):
            return None
        return self._split_and_merged(axes, list(shape))

    def _split_and_merged(self, axes: list[int], shape: list[int]) -> "Layout | None":
        """NumPy's rule: groups of axes of equal size, those that are merged side by side."""
        strides = [self.itemsize] * len(shape)
        old = new = 0
        while old < len(axes):
            first_old, first_new = old, new
            have, want = self.sizes[axes[old]], shape[new]
            while have != want:
                if want < have:
                    new += 1
                    want *= shape[new]
                else:
                    old += 1
                    have *= self.sizes[axes[old]]
            for one, other in zip(axes[first_old:old], axes[first_old + 1 : old + 1]):
                if self.strides[one] != self.sizes[other] * self.strides[other]:
                    return None
            stride = self.strides[axes[old]]
            for position in range(new, first_new - 1, -1):
                strides[position] = stride
                stride *= shape[position]
            old, new = old + 1, new + 1
        return Layout(tuple(shape), tuple(strides), self.itemsize)

    def _is_packed(self, order: Sequence[int]) -> bool:
        if 0 in self.sizes:
            return True
        expected = self.itemsize
        for axis in reversed(order):
            if self.sizes[axis] != 1:
                if self.strides[axis] != expected:
                    return False
                expected *= self.sizes[axis]
        return True


def kept_order(layouts: Sequence[Layout], rank: int) -> list[int]:
    """The order of axes, from the outermost, of what is computed from arrays that broadcast.

    NumPy's iterator sorts axes by strides; where the arrays disagree, row-major order wins.
    """
    aligned = [
        [0] * (rank - len(one.sizes))
        + [0 if size == 1 else abs(stride) for size, stride in zip(one.sizes, one.strides)]
        for one in layouts
    ]
    inner_first: list[int] = []
    for axis in reversed(range(rank)):
        position = at = len(inner_first)
        while at > 0:
            at -= 1
            pairs = [(one[axis], one[inner_first[at]]) for one in aligned]
            pairs = [pair for pair in pairs if 0 not in pair]
            if not pairs:
                continue
            if any(inner <= own for own, inner in pairs):
                break
            position = at
        inner_first.insert(position, axis)
    return inner_first[::-1]


def _packed(sizes: tuple[int, ...], itemsize: int, order: Sequence[int] | None = None) -> Layout:
    strides = [0] * len(sizes)
    stride = itemsize
    for axis in reversed(range(len(sizes)) if order is None else order):
        strides[axis] = stride
        stride *= max(sizes[axis], 1)
    return Layout(sizes, tuple(strides), itemsize)


def _stand_ins(shape: Sequence[Any]) -> tuple[int, ...]:
    return tuple(
        size if isinstance(size, int) else _DYNAMIC + 1 + axis for axis, size in enumerate(shape)
    )


def _is_one(size: Any) -> bool:
    return isinstance(size, int) and size == 1
