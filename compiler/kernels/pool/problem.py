"""Pools over NHWC images: which have a kernel, and how they are cut."""

import math
from dataclasses import dataclass
from typing import ClassVar

from tessel.compiler.kernels.problem import KernelProblem, VectorConfiguration, padding
from tessel.compiler.kernels.target_attributes import Hardware
from tessel.dialects.instance import OpInstance
from tessel.dialects.window import padded_output_sizes


@dataclass(frozen=True)
class PoolProblem(KernelProblem):
    """Windows of images [N, H, W, C], of which `kind` makes a pixel."""

    template: ClassVar[str] = "pool"

    image: tuple[int, int, int, int]
    window: tuple[int, int]
    strides: tuple[int, int]
    low: tuple[int, int] = padding()
    high: tuple[int, int] = padding()
    dilation: tuple[int, int] = (1, 1)
    kind: str = "max"

    @property
    def output(self) -> tuple[int, int]:
        """Rows and columns of the result."""
        around = self.low, self.high
        return padded_output_sizes(
            self.image[1:3], *around, self.window, self.strides, self.dilation
        )

    @property
    def divisor(self) -> int:
        """What sums of windows are divided by."""
        return math.prod(self.window) if self.kind == "average" else 1

    def default_configuration(self, hardware: Hardware) -> VectorConfiguration:
        """Rows are what threads share."""
        rows = self.image[0] * self.output[0] // (2 * hardware.min_workgroups)
        return VectorConfiguration(
            max(1, min(rows, self.output[0])), hardware.instructions.lanes(4)
        )


def pool_problem(op: OpInstance) -> PoolProblem | None:
    """The windows of a `pool` of float32 [N, 1, H, W, C] whose channels are pooled one by one.

    None for other pools, and for averages that count only what is in the image where windows
    leave it.
    """
    array, attributes = op.operand_types[0], op.attributes
    names = ("window", "strides", "padding_low", "padding_high", "dilation")
    sizes = [attributes[name] for name in names]
    is_static = array.is_static and op.result_type.is_static
    if array.rank != 5 or not is_static or str(array.dtype) != "float32":
        return None
    if array.shape[1] != 1 or [one[2] for one in sizes] != [1, 1, 0, 0, 1]:
        return None
    if 0 in (*array.sizes, *op.result_type.sizes):
        return None
    leaves = any(attributes["padding_low"] + attributes["padding_high"])
    if attributes["kind"] == "average" and leaves and not attributes["count_include_padding"]:
        return None
    count, _, *image = array.sizes
    window, strides, low, high, dilation = (tuple(one[:2]) for one in sizes)
    images = (count, *image)
    return PoolProblem(images, window, strides, low, high, dilation, attributes["kind"])
