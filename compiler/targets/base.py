"""What a target is: a machine to compile for, with everything that is chosen for it."""

from dataclasses import dataclass
from string import Template

from tessel.compiler.pipelines import CPU_WITHOUT_KERNELS, Pipeline, Step


@dataclass(frozen=True)
class Target:
    """A machine to compile for.

    `reason` says in one sentence how it was chosen; `flags` are IREE's flags for it; `threads` run
    large programs. `fingerprint` is what else the code depends on: for `host`, the processor.
    `processor` names the entry of `PROCESSORS` that kernels are chosen for, if there is one.
    `flushes_subnormals` says that numbers below the smallest normal one may count as zeros.
    `pipeline` are the passes that a program goes through.
    """

    name: str
    backend: str
    reason: str
    flags: tuple[str, ...]
    threads: int = 1
    fingerprint: str = ""
    processor: str = ""
    architecture: str = ""
    flushes_subnormals: bool = False
    pipeline: Pipeline = CPU_WITHOUT_KERNELS

    def steps(self, stage: str) -> tuple[str | Step, ...]:
        """The passes and steps that lead to a stage, told what they are to know of this target."""
        fields = {"processor": self.processor, "threads": self.threads}
        return tuple(
            Template(one).substitute(fields) if isinstance(one, str) else one
            for one in self.pipeline.steps(stage)
        )
