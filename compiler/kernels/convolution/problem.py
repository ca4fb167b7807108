"""How convolutions of NHWC images are cut: as the product that they are."""

import math
from dataclasses import dataclass, replace
from typing import ClassVar

from tessel.compiler.kernels.gemm.problem import (
    PART_K,
    WHOLE_K,
    GemmConfiguration,
    GemmProblem,
    equal_parts,
    whole_steps,
)
from tessel.compiler.kernels.problem import KernelProblem
from tessel.compiler.kernels.target_attributes import Hardware
from tessel.dialects.window import output_size


@dataclass(frozen=True)
class ConvolutionProblem(KernelProblem):
    """An image [N, H, W, C], padded already, and filters [I, J, C, F]; rows may be dilated."""

    template: ClassVar[str] = "convolution"

    image: tuple[int, int, int, int]
    weight: tuple[int, int, int, int]
    strides: tuple[int, int] = (1, 1)
    dilation: int = 1

    @property
    def output(self) -> tuple[int, int]:
        """Rows and columns of the result."""
        (_, height, width, _), (i, j, _, _) = self.image, self.weight
        down, across = self.strides
        return output_size(height, i, down, self.dilation), output_size(width, j, across)

    @property
    def matrix(self) -> GemmProblem:
        """The matrix product that it is: windows times filters."""
        i, j, channels, filters = self.weight
        return GemmProblem(self.image[0] * math.prod(self.output), i * j * channels, filters)

    def default_configuration(self, hardware: Hardware) -> GemmConfiguration:
        """Those of the product; K is cut in runs of neighbours."""
        problem, width, run = self.matrix, self.output[1], self._run
        configuration = problem.default_configuration(hardware)
        mr = min(configuration.mr, -(-width // -(-width // configuration.mr)))
        runs = max(1, PART_K // run)
        whole = problem.k <= WHOLE_K
        part = problem.k if whole else equal_parts(problem.k // run, runs) * run
        block_m = whole_steps(configuration.block_m, mr)
        return replace(configuration, mr=mr, block_m=block_m, block_k=part)

    def neighbours(
        self, configuration: GemmConfiguration, hardware: Hardware
    ) -> list[GemmConfiguration]:
        """Those of the product whose parts of K are whole runs."""
        found = self.matrix.neighbours(configuration, hardware)
        return [one for one in found if one.block_k % self._run == 0]

    @property
    def _run(self) -> int:
        return self.weight[1] * self.weight[2]
