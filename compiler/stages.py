"""A function on its way to machine code, as objects: traced, lowered, compiled.

    traced = tessel.compile(f).trace(x)      the program, before any pass
    lowered = traced.lower()                 what IREE is given
    compiled = lowered.compile()             machine code, for arguments such as x

Each shows its IR (`as_text`). The function is traced once for all of them.
Source: `jax.stages` has the same three.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tessel.compiler.backend_stages import later_stage
from tessel.compiler.diagnostics import ArgumentError
from tessel.compiler.driver import copied_module, module_text, run_until
from tessel.compiler.explain.costs import explain_module
from tessel.compiler.explain.profile import Profile, profile_module
from tessel.compiler.frontend.traced_function import TracedFunction
from tessel.compiler.frontend.tracing.signature import STATIC_AXES, Arguments, Axes, Signature
from tessel.compiler.memory_footprint import MemoryFootprint, memory_footprint
from tessel.compiler.pipelines import LATER_STAGES
from tessel.compiler.program import Program
from tessel.compiler.targets.base import Target
from tessel.dialects.mlir import ir
from tessel.runtime.executable import Executable

Build = Callable[[Program, Sequence[np.ndarray]], Executable]
"""Makes machine code of a program, whose module it lowers in place, for arguments as these."""


@dataclass(frozen=True)
class Traced:
    """A function as a program of arrays, for the types of the arguments of one call."""

    function: TracedFunction
    signature: Signature
    arguments: Arguments
    target: Target
    build: Build
    axes: Axes = STATIC_AXES
    _modules: dict[str, ir.Module] = field(default_factory=dict)

    def as_text(self, stage: str = "trace") -> str:
        """The program at a stage: trace, dialect, fused, linalg, iree, llvm or asm.

        Raises ArgumentError for another one.
        """
        own = self.target.pipeline.names
        stages = (*own, *LATER_STAGES)
        if stage not in stages:
            raise ArgumentError(f"unknown stage '{stage}'", hint=f"stages: {', '.join(stages)}")
        if stage in own:
            return str(self._at(stage))
        return later_stage(module_text(self._at(self.target.pipeline.lowered)), self.target, stage)

    def lower(self) -> "Lowered":
        """The program as IREE is given it."""
        self._at(self.target.pipeline.lowered)
        return Lowered(self)

    def explain(self) -> str:
        """What is computed: the kernels, what was fused, FLOPs and bytes."""
        return explain_module(self._at(self.target.pipeline.optimized))

    def memory(self) -> MemoryFootprint:
        """How many bytes the program needs, without running it."""
        return memory_footprint(copied_module(self.function.program.module), self.target)

    def profile(self) -> Profile:
        """Measures each kernel alone: its time, and its share of what this machine can do.

        The machine is measured once, in about ten seconds, and the result kept in a file.
        """
        program = self.function.program
        executable, arrays = self.lower().compile().executable, self.arguments.arrays
        parameters = dict(program.parameters)
        module = copied_module(program.module)
        return profile_module(module, parameters, executable, arrays, self.target)

    def _at(self, stage: str) -> ir.Module:
        """The module at a stage, made once, of that of the stage before."""
        if stage not in self._modules:
            order = self.target.pipeline.names
            if stage == order[0]:
                return self.function.program.module
            before = order[order.index(stage) - 1]
            module = copied_module(self._at(before))
            run_until(module, stage, self.target, begin=before)
            self._modules[stage] = module
        return self._modules[stage]


@dataclass(frozen=True)
class Lowered:
    """A program as IREE is given it."""

    traced: Traced

    def as_text(self, stage: str = "") -> str:
        """The program at a stage, as `Traced.as_text`; without one as IREE is given it."""
        return self.traced.as_text(stage or self.traced.target.pipeline.lowered)

    def compile(self) -> "Compiled":
        """Machine code."""
        program, arrays = self.traced.function.program, self.traced.arguments.arrays
        copy = Program(copied_module(program.module), program.parameters)
        inputs = self.traced.function.memory.inputs(arrays)
        return Compiled(self.traced, self.traced.build(copy, inputs))


@dataclass(frozen=True)
class Compiled:
    """Machine code for arguments of the types that the function was traced for."""

    traced: Traced
    executable: Executable

    def as_text(self, stage: str = "asm") -> str:
        """The program at a stage, as `Traced.as_text`."""
        return self.traced.as_text(stage)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Runs it. Raises ArgumentError for arguments of other types than it was compiled for."""
        signature, function = self.traced.signature, self.traced.function
        arguments = signature.bind(args, kwargs)
        axes, guards = self.traced.axes, function.program.guards
        fits = arguments.key(axes) == self.traced.arguments.key(axes)
        broken = guards.broken_by([one.shape for one in arguments.arrays]) if fits else None
        if not fits or broken is not None:
            reason = "arguments of other types" if broken is None else f"sizes with {broken}"
            message = f"{signature.name}() was compiled for {reason}"
            raise ArgumentError(message, hint="call the function that tessel.compile returned")
        arrays = arguments.arrays
        return function.deliver(arrays, self.executable(function.memory.inputs(arrays)))
