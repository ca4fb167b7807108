"""Why a kernel is far below its roof: what its configuration, sizes and threads say."""

import math
from dataclasses import dataclass

import numpy as np

from tessel.compiler.explain.kernels import FusedKernel
from tessel.compiler.kernels.config import problem_name, selected_template
from tessel.compiler.kernels.registry import template_named
from tessel.compiler.kernels.template import KernelFusion
from tessel.dialects.types import ArrayType

LOW = 0.6
"""The share of a roof from which no reason is given."""

_IDLE = 0.2
"""The part of the threads' time without work from which it counts."""


@dataclass(frozen=True)
class Run:
    """How a kernel ran: its workgroups where they are known, and the threads of program and
    machine; the least seconds that it could take, and those that any call takes."""

    workgroups: int | None
    threads: int
    threads_of_machine: int
    least: float
    call: float


def reasons(kernel: FusedKernel, run: Run) -> str:
    """All that is known to keep a kernel from its roof; empty where nothing is."""
    found = [*_threads(run), *_schedule(kernel), *_template(kernel), *_size(run)]
    return "; ".join(found)


def _threads(run: Run) -> list[str]:
    if run.threads < run.threads_of_machine:
        return [f"on {run.threads} of {run.threads_of_machine} threads"]
    if run.workgroups is None:
        return []
    most = math.ceil(run.workgroups / run.threads)
    idle = 1 - run.workgroups / (most * run.threads)
    return [f"{run.workgroups} workgroups for {run.threads} threads"] if idle > _IDLE else []


def _size(run: Run) -> list[str]:
    if run.least >= run.call:
        return []
    return [f"{1e6 * run.least:.0f} us at best, where a call costs {1e6 * run.call:.0f}"]


def _schedule(kernel: FusedKernel) -> list[str]:
    names = [op.cls.short_name() for op in kernel.ops]
    if "pack_matrix" in names:
        return ["packs its matrix at each run"]
    if selected_template(kernel.operation) is not None:
        return []
    types = [ArrayType.of(value) for value in (*kernel.inputs, *kernel.operation.results)]
    if not all(one.is_static for one in types):
        return ["IREE schedules it: dynamic sizes"]
    if len(names) > 1:
        return ["IREE schedules it"]
    dtype = kernel.ops[0].flat_operand_types[0].dtype if kernel.inputs else kernel.result.dtype
    if dtype != np.float32:
        return [f"IREE schedules it: no template for {dtype}"]
    if names == ["matmul"]:
        (product,) = kernel.ops
        sizes = "x".join(map(str, ArrayType.of(product.operands[1]).sizes))
        return [f"IREE schedules it: no template for matrices of {sizes}"]
    return [f"IREE schedules it: no template for {names[0]}"]


def _template(kernel: FusedKernel) -> list[str]:
    """What the kernel's template says of its sizes."""
    name = selected_template(kernel.operation)
    if name is None or problem_name(kernel.operation) is None:
        return []
    return template_named(name).remarks(KernelFusion(kernel.operation))
