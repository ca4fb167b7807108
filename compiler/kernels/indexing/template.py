"""Elements read and written where arrays of indices point, and the indices checked."""

from typing import ClassVar

from tessel.compiler.kernels.indexing.columns import holds_indices, index_problem
from tessel.compiler.kernels.indexing.fused_call import call_index_kernel
from tessel.compiler.kernels.indexing.problem import (
    CheckIndicesProblem,
    GatherProblem,
    IndexConfiguration,
    ScatterProblem,
)
from tessel.compiler.kernels.target_attributes import Hardware
from tessel.compiler.kernels.template import KernelFusion, KernelTemplate, Match
from tessel.dialects import checks as dialect
from tessel.dialects.base import TesselOp
from tessel.dialects.indexing import GatherNd, ScatterNd, Take
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir


class _Indexing(KernelTemplate):
    """What the three have in common: the last op of a fusion says the problem."""

    ops: ClassVar[tuple[type[TesselOp], ...]]
    """The op that a fusion ends with, behind the checks of its indices and what makes them."""

    def holds(self, ops: list[OpInstance], ends: list[ir.Value]) -> bool:
        return ops[-1].cls in self.ops and holds_indices(ops, ends)

    def match(self, ops: list[OpInstance], hardware: Hardware) -> Match | None:
        problem = index_problem(ops[-1])
        return None if problem is None else Match(problem)

    def emit(self, fusion: KernelFusion) -> list[ir.Value]:
        return call_index_kernel(fusion.ops, fusion.configuration(IndexConfiguration))


class Gather(_Indexing):
    """Elements at indices."""

    problem = GatherProblem
    fusion = "gather"
    ops = (GatherNd, Take)


class Scatter(_Indexing):
    """Elements written, or combined, at indices."""

    problem = ScatterProblem
    fusion = "scatter"
    ops = (ScatterNd,)


class CheckIndices(_Indexing):
    """Indices that something else reads later."""

    problem = CheckIndicesProblem
    fusion = "check_indices"
    ops = (dialect.CheckIndices,)


TEMPLATES = (Gather(), Scatter(), CheckIndices())
