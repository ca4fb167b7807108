"""Elements read and written where arrays of indices point, and the indices checked."""

from tessel.compiler.kernels.indexing.columns import index_problem
from tessel.compiler.kernels.indexing.fused_call import call_index_kernel
from tessel.compiler.kernels.indexing.problem import (
    CheckIndicesProblem,
    GatherProblem,
    IndexTiles,
    ScatterProblem,
)
from tessel.compiler.kernels.target_attributes import Hardware
from tessel.compiler.kernels.template import KernelFusion, KernelTemplate, Match
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir


class _Indexing(KernelTemplate):
    """What the three have in common: the last op of a fusion says the problem."""

    def match(self, ops: list[OpInstance], hardware: Hardware) -> Match | None:
        problem = index_problem(ops[-1])
        return None if problem is None else Match(problem)

    def emit(self, fusion: KernelFusion) -> list[ir.Value]:
        return call_index_kernel(fusion.ops, fusion.tiles(IndexTiles))


class Gather(_Indexing):
    """Elements at indices."""

    problem = GatherProblem
    fusion = "gather"


class Scatter(_Indexing):
    """Elements written, or combined, at indices."""

    problem = ScatterProblem
    fusion = "scatter"


class CheckIndices(_Indexing):
    """Indices that something else reads later."""

    problem = CheckIndicesProblem
    fusion = "check_indices"


TEMPLATES = (Gather(), Scatter(), CheckIndices())
