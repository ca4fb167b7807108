"""The sizes that decide, and how the work is cut for them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from tessel.compiler.kernels.problem import KernelProblem
from tessel.compiler.kernels.target_attributes import Hardware


@dataclass(frozen=True)
class NormConfiguration:
    """`rows` for a workgroup, in vectors of `lanes`."""

    rows: int
    lanes: int


@dataclass(frozen=True)
class NormProblem(KernelProblem):
    """`count` rows of `length` numbers of float32."""

    template: ClassVar[str] = "residual_rms_norm"

    count: int
    length: int

    def default_configuration(self, hardware: Hardware) -> NormConfiguration:
        rows = max(1, self.count // hardware.min_workgroups)
        return NormConfiguration(min(rows, 16), hardware.instructions.lanes(4))

    def neighbours(
        self, configuration: NormConfiguration, hardware: Hardware
    ) -> Sequence[NormConfiguration]:
        return [
            replace(configuration, rows=rows)
            for rows in (1, 4, 16, 64)
            if rows != configuration.rows
        ]
