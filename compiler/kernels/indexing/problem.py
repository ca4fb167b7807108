"""How arrays of indices are cut, for kernels that read or write where they point."""

from dataclasses import dataclass
from typing import ClassVar

from tessel.compiler.kernels.problem import KernelProblem
from tessel.compiler.kernels.target_attributes import Hardware

_BLOCK = 256
"""Indices that are looked at before the first element is moved: they stay in L1."""

_GROUP = 16 * _BLOCK
"""Indices of a workgroup."""


@dataclass(frozen=True)
class IndexConfiguration:
    """`count` indices for a workgroup, in blocks of `block`, looked at in vectors of `lanes`."""

    count: int
    block: int
    lanes: int


@dataclass(frozen=True)
class GatherProblem(KernelProblem):
    """`count` elements at indices into `axes` axes."""

    template: ClassVar[str] = "gather"

    count: int | None
    axes: int
    dtype: str

    def default_configuration(self, hardware: Hardware) -> IndexConfiguration:
        return _default_configuration(hardware)


@dataclass(frozen=True)
class ScatterProblem(GatherProblem):
    """Elements written at indices, one after the other: the last of equal ones counts."""

    template: ClassVar[str] = "scatter"


@dataclass(frozen=True)
class CheckIndicesProblem(KernelProblem):
    """`count` indices that are looked at and not used."""

    template: ClassVar[str] = "check_indices"

    count: int | None

    def default_configuration(self, hardware: Hardware) -> IndexConfiguration:
        return _default_configuration(hardware)


def _default_configuration(hardware: Hardware) -> IndexConfiguration:
    return IndexConfiguration(_GROUP, _BLOCK, hardware.instructions.lanes(8))
