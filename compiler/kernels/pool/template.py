"""Pools of NHWC images, [N, 1, H, W, C]."""

from collections.abc import Sequence
from typing import ClassVar

from tessel.compiler.emit.reshape import collapse, expand
from tessel.compiler.kernels.epilogue import Epilogue
from tessel.compiler.kernels.fused_ops import is_product
from tessel.compiler.kernels.pool.kernel import pool
from tessel.compiler.kernels.pool.problem import PoolProblem, pool_problem
from tessel.compiler.kernels.problem import VectorConfiguration
from tessel.compiler.kernels.target_attributes import Hardware
from tessel.compiler.kernels.template import KernelFusion, KernelTemplate, Match
from tessel.dialects.base import TesselOp
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir
from tessel.dialects.pooling import Pool


class PoolChannelsLast(KernelTemplate):
    """A vector of channels of each window."""

    problem = PoolProblem
    fusion = "pool"
    roots: ClassVar[Sequence[type[TesselOp]]] = (Pool,)

    def holds(self, ops: list[OpInstance], ends: list[ir.Value]) -> bool:
        return is_product({Pool: self.is_root})(ops, ends)

    def is_root(self, op: OpInstance) -> bool:
        return pool_problem(op) is not None

    def match(self, ops: list[OpInstance], hardware: Hardware) -> Match | None:
        problem = pool_problem(ops[0])
        return None if problem is None else Match(problem)

    def emit(self, fusion: KernelFusion) -> list[ir.Value]:
        (end,), (pooled, *rest) = fusion.ends, fusion.ops
        image = collapse(pooled.operands[0], [[0, 1], [2], [3], [4]])
        epilogue = Epilogue.of(pooled.result, rest, end)
        problem = fusion.same_problem(pool_problem(pooled))
        made = pool(image, problem, fusion.configuration(VectorConfiguration), epilogue)
        return [expand(made, [[0, 1, 2, 3], [4]], fusion.result_types[0], [])]


TEMPLATES = (PoolChannelsLast(),)
