"""Winograd convolutions: which are worth it, and how they are cut."""

from dataclasses import dataclass, replace
from typing import ClassVar

from tessel.compiler.kernels.convolution.problem import ConvolutionProblem
from tessel.compiler.kernels.gemm.problem import (
    GemmProblem,
    PanelConfiguration,
    block_count,
    whole_steps,
)
from tessel.compiler.kernels.problem import KernelProblem, VectorConfiguration
from tessel.compiler.kernels.target_attributes import STACK, Hardware
from tessel.dialects.winograd import POINTS, WINDOW, tiles_in_all

_FEWEST_CHANNELS = 32
"""Channels of the image and of the result from which transforms cost less than they save."""


@dataclass(frozen=True)
class WinogradInputProblem(KernelProblem):
    """Tiles of images [N, H, W, C], padded already."""

    template: ClassVar[str] = "winograd_input"

    image: tuple[int, int, int, int]

    def default_configuration(self, hardware: Hardware) -> VectorConfiguration:
        """One row: there are seldom more than threads can share well."""
        return VectorConfiguration(1, hardware.instructions.lanes(4))


@dataclass(frozen=True)
class WinogradConfiguration(PanelConfiguration):
    """The rows are tiles of images."""


@dataclass(frozen=True)
class WinogradProblem(KernelProblem):
    """An image [N, H, W, C], padded already, and `filters` of 3 x 3."""

    template: ClassVar[str] = "winograd"

    image: tuple[int, int, int, int]
    filters: int

    @staticmethod
    def of(problem: ConvolutionProblem) -> "WinogradProblem | None":
        """The same convolution; None where it is none that this way is faster."""
        window, channels, filters = problem.weight[:2], problem.weight[2], problem.weight[3]
        steps = (*problem.strides, problem.dilation)
        wide = min(channels, filters) >= _FEWEST_CHANNELS
        fits = window == (WINDOW, WINDOW) and set(steps) == {1} and wide
        return WinogradProblem(problem.image, filters) if fits else None

    @property
    def count(self) -> int:
        """Tiles in all."""
        images, height, width, _ = self.image
        return tiles_in_all((images, height - 2, width - 2))

    def default_configuration(self, hardware: Hardware) -> WinogradConfiguration:
        """Registers as those of a product; as many tiles as the stack holds products of."""
        product = GemmProblem(self.count, self.image[3], self.filters).default_configuration(
            hardware
        )
        mr = product.mr
        most = self._most_tiles(product.nr) // mr * mr
        panels = -(-self.filters // product.nr)
        blocks = block_count(self.count, panels, (mr, most), hardware)
        block_m = whole_steps(-(-self.count // blocks), mr)
        return WinogradConfiguration(mr, product.vectors, product.lanes, block_m)

    def neighbours(
        self, configuration: WinogradConfiguration, hardware: Hardware
    ) -> list[WinogradConfiguration]:
        """Blocks of fewer and of more tiles."""
        most, mr = self._most_tiles(configuration.nr), configuration.mr
        wanted = (configuration.block_m + change * mr for change in (-2, -1, 1, 2))
        return [replace(configuration, block_m=n) for n in wanted if mr <= n <= most]

    def _most_tiles(self, nr: int) -> int:
        return STACK // (4 * POINTS * nr)
