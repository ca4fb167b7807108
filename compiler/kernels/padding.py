"""Zeros around the images that a product makes, for the convolution that reads them next.

A pixel is a row of the product; in the larger images it has another index. Writing it there saves a
kernel that copies every image into one with room around it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tessel.compiler.emit.index import Index, IndexLike
from tessel.compiler.emit.vector import (
    element_type,
    for_tiles,
    loop,
    store_vector,
    tail_mask,
    zeros,
)
from tessel.compiler.kernels.epilogue import Epilogue, constant_number
from tessel.compiler.kernels.template import KernelFusion
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir
from tessel.dialects.shape import Pad


@dataclass(frozen=True)
class ImagePadding:
    """`count` images of `height` x `width`, and how many lines and columns surround each."""

    count: int
    height: int
    width: int
    lines: tuple[int, int]
    columns: tuple[int, int]

    @staticmethod
    def of(pad: OpInstance) -> "ImagePadding":
        """What a `pad` that `is_image_padding` adds."""
        count, height, width, _ = pad.operand_types[0].sizes
        (_, top, left, _), (_, bottom, right, _) = pad.attributes["low"], pad.attributes["high"]
        return ImagePadding(count, height, width, (top, bottom), (left, right))

    @property
    def pixels(self) -> int:
        """Those of all images, without what surrounds them."""
        return self.count * self.height * self.width

    @property
    def line(self) -> int:
        """Pixels of a line of the larger images."""
        return self.width + sum(self.columns)

    @property
    def size(self) -> int:
        """Pixels of one of the larger images."""
        return (self.height + sum(self.lines)) * self.line

    def padded_index(self, row: Index) -> Index:
        """The index of a pixel among those of the larger images."""
        line, column = row // self.width, row % self.width
        image = line // self.height if self.count > 1 else Index(0)
        line = line % self.height if self.count > 1 else line
        inside = (line + self.lines[0]) * self.line + column + self.columns[0]
        return image * self.size + inside

    def clear(
        self,
        images: ir.Value,
        before: Sequence[Index],
        first: IndexLike,
        count: int,
        lanes: int,
    ) -> None:
        """Writes zeros around images [..., pixels, C], to `count` channels from `first` on.

        `before` are the indices before that of a pixel.
        """
        zero = zeros(element_type(images), lanes)

        def pixel(index: Index) -> None:
            def part(offset: Index, wide: int) -> None:
                store_vector(zero, images, [*before, index, offset + first], tail_mask(wide, lanes))

            for_tiles(count, lanes, part)

        self.each_outside(pixel)

    def each_outside(self, visit: Callable[[Index], None]) -> None:
        """Loops over the indices of the pixels that surround the images."""
        top, bottom = (lines * self.line for lines in self.lines)
        left, right = self.columns

        def image(number: Index, _: Sequence[ir.Value]) -> None:
            first = number * self.size
            _each(first, first + top, visit)
            _each(first + (self.size - bottom), first + self.size, visit)

            def line(y: Index, _: Sequence[ir.Value]) -> None:
                begin = first + top + y * self.line
                _each(begin, begin + left, visit)
                _each(begin + (self.line - right), begin + self.line, visit)

            loop(0, self.height, 1, [], line)

        loop(0, self.count, 1, [], image)


def is_image_padding(op: OpInstance) -> bool:
    """Whether an op adds zeros around images of float32, [N, H, W, C]."""
    if op.cls is not Pad or op.result_type.rank != 4 or not op.result_type.is_static:
        return False
    (batch, _, _, last), (more, _, _, behind) = op.attributes["low"], op.attributes["high"]
    inner = not any((batch, last, more, behind))
    return inner and str(op.result_type.dtype) == "float32" and constant_number(op.operands[1]) == 0


def with_padding(fusion: KernelFusion) -> tuple[OpInstance, ImagePadding | None, Epilogue]:
    """The first op of a fusion, the zeros that its last one adds, and the ops between them."""
    (end,), (root, *rest) = fusion.ends, fusion.ops
    if not rest or not is_image_padding(rest[-1]):
        return root, None, Epilogue.of(root.result, rest, end)
    pad = rest[-1]
    return root, ImagePadding.of(pad), Epilogue.of(root.result, rest[:-1], pad.operands[0])


def _each(first: IndexLike, last: IndexLike, visit: Callable[[Index], None]) -> None:
    loop(first, last, 1, [], lambda index, _: visit(index))
