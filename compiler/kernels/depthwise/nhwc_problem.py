"""How depthwise convolutions of NHWC images are cut."""

from dataclasses import dataclass
from typing import ClassVar

from tessel.compiler.kernels.problem import KernelProblem
from tessel.compiler.kernels.target_attributes import Hardware


@dataclass(frozen=True)
class DepthwiseNhwcConfiguration:
    """`rows` of the output for a workgroup; `pixels` of a row, times `lanes` channels, at once."""

    rows: int
    pixels: int
    lanes: int


@dataclass(frozen=True)
class DepthwiseNhwcProblem(KernelProblem):
    """Results `output` [N, Y, X, C] of windows of `window` elements each."""

    template: ClassVar[str] = "depthwise"

    output: tuple[int, int, int, int]
    window: int

    def default_configuration(self, hardware: Hardware) -> DepthwiseNhwcConfiguration:
        """Few rows, so that threads share them; as many pixels as registers hold beside windows."""
        count, height, width, _ = self.output
        rows = max(1, count * height // hardware.min_workgroups)
        free = hardware.instructions.registers - min(self.window, 9) - 2
        pixels = max(1, min(width, 7, free - 1))
        return DepthwiseNhwcConfiguration(min(rows, height), pixels, hardware.instructions.lanes(4))
