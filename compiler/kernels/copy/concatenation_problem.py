"""How arrays that are written side by side are cut."""

from dataclasses import dataclass
from typing import ClassVar

from tessel.compiler.kernels.problem import KernelProblem, rows_of_workgroup
from tessel.compiler.kernels.target_attributes import Hardware


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
            rows = rows_of_workgroup(self.rows, 4 * sum(self.widths), hardware)
            return ConcatenationConfiguration(rows, 1, lanes)
        parts = min(-(-workgroups // self.rows), -(-max(self.widths) // lanes))
        return ConcatenationConfiguration(1, parts, lanes)
