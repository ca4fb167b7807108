"""Depthwise convolutions of one NCHW image: which they are, and their configuration."""

import math
from dataclasses import dataclass
from typing import ClassVar

from tessel.compiler.kernels.problem import KernelProblem, padding
from tessel.compiler.kernels.target_attributes import STACK, Hardware
from tessel.dialects.instance import OpInstance
from tessel.dialects.window import padded_output_sizes


@dataclass(frozen=True)
class DepthwiseNchwConfiguration:
    """`channels` for a workgroup; `rows` of a result times `lanes` pixels at once."""

    channels: int
    rows: int
    lanes: int


@dataclass(frozen=True)
class DepthwiseNchwProblem(KernelProblem):
    """`count` channels of `size`, each with a window of its own, and zeros around them."""

    template: ClassVar[str] = "depthwise_nchw"

    count: int
    size: tuple[int, int]
    window: tuple[int, int]
    strides: tuple[int, int]
    low: tuple[int, int] = padding()
    high: tuple[int, int] = padding()

    @property
    def output(self) -> tuple[int, int]:
        """Rows and columns of a result."""
        return padded_output_sizes(self.size, self.low, self.high, self.window, self.strides)

    def padded(self, lanes: int) -> tuple[int, int, int]:
        """A plane with zeros as the kernel holds it: phases of its columns, lines, elements each.

        Vectors may begin at any pixel and at any element of its window.
        """
        phases = self.strides[1]
        vectors = -(-self.output[1] // lanes) * lanes + (self.window[1] - 1) // phases
        columns = -(-(self.size[1] + self.low[1]) // phases) + 1
        line = -(-max(vectors, columns) // lanes) * lanes
        return phases, self.size[0] + self.low[0] + self.high[0], line

    def fits(self, hardware: Hardware) -> bool:
        """Whether a plane fits on the stack, by a stride that the kernel knows."""
        phases, lines, line = self.padded(hardware.instructions.lanes(4))
        return phases <= 2 and 4 * phases * lines * line <= STACK

    def default_configuration(self, hardware: Hardware) -> DepthwiseNchwConfiguration:
        """Rows whose sums, with the window and an element, registers hold."""
        free = hardware.instructions.registers - math.prod(self.window) - 1
        rows = max(1, min(4, free, self.output[0]))
        channels = max(1, self.count // (4 * hardware.min_workgroups))
        return DepthwiseNchwConfiguration(channels, rows, hardware.instructions.lanes(4))


def nchw_problem(op: OpInstance) -> DepthwiseNchwProblem | None:
    """The problem of a `convolution` in which each channel of one image has its own window.

    None for another convolution, another dtype than float32 and dynamic sizes.
    """
    image, weight = op.operand_types
    if image.rank != 4 or not all(one.is_static for one in (image, weight, op.result_type)):
        return None
    (count, channels, *size), (outputs, depth, *window) = image.sizes, weight.sizes
    dilations = (*op.attributes["dilation"], *op.attributes["input_dilation"])
    low, high = op.attributes["padding_low"], op.attributes["padding_high"]
    is_depthwise = count == 1 and channels == outputs == op.attributes["groups"] and depth == 1
    plain = set(dilations) == {1} and min(*low, *high) >= 0 and str(image.dtype) == "float32"
    if not is_depthwise or not plain or 0 in op.result_type.sizes:
        return None
    pairs = (tuple(one) for one in (size, window, op.attributes["strides"], low, high))
    return DepthwiseNchwProblem(channels, *pairs)
