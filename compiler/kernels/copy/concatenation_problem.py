"""How arrays that are written side by side are cut."""

from dataclasses import dataclass
from typing import ClassVar

from tessel.compiler.kernels.problem import KernelProblem
from tessel.compiler.kernels.target_attributes import Hardware

_GROUP_BYTES = 128 << 10
"""Bytes that a workgroup writes: enough that calling it costs little."""


@dataclass(frozen=True)
class ConcatenationConfiguration:
    """A workgroup takes `rows` rows, and of each piece one of `parts` equal parts of its columns.

    Vectors have `lanes` elements.
    """

    rows: int
    parts: int
    lanes: int


@dataclass(frozen=True)
class ConcatenationProblem(KernelProblem):
    """Pieces [rows, width] side by side."""

    template: ClassVar[str] = "concatenation"

    rows: int
    widths: tuple[int, ...]

    def default_configuration(self, hardware: Hardware) -> ConcatenationConfiguration:
        """Rows are what threads share; parts of them where there are few."""
        lanes, workgroups = hardware.instructions.lanes(4), hardware.min_workgroups
        if self.rows >= workgroups:
            fitting = max(1, _GROUP_BYTES // (4 * sum(self.widths)))
            return ConcatenationConfiguration(
                max(1, min(fitting, self.rows // workgroups)), 1, lanes
            )
        parts = min(-(-workgroups // self.rows), -(-max(self.widths) // lanes))
        return ConcatenationConfiguration(1, parts, lanes)
