"""CPU targets, and IREE's flags for them."""

from tessel.compiler import settings
from tessel.compiler.diagnostics import TargetError
from tessel.compiler.pipelines import CPU, CPU_WITHOUT_KERNELS, Pipeline
from tessel.compiler.targets.base import Target
from tessel.compiler.targets.cpu.instruction_set import instruction_set_of
from tessel.compiler.targets.cpu.processors import PROCESSORS, this_machine

_FLAGS = (
    "--iree-hal-target-device=local",
    "--iree-hal-local-target-device-backends=llvm-cpu",
    "--iree-opt-level=O2",
    # What this level turns on, once more: as a flag of a session (and not of the `iree-compile`
    # program) it reaches only some passes, and sums were scalar. Not aggressive fusion, with which
    # IREE 3.13 crashes on scatters and overflows the stack on reductions of dynamic sizes.
    "--iree-opt-strip-assertions",
    "--iree-opt-outer-dim-concat",
    "--iree-opt-generalize-matmul",
    "--iree-llvmcpu-reassociate-fp-reductions",
    # A scan of three dynamic sizes over complex128 needs 64 KiB where 32 are allowed; the stacks of
    # threads have megabytes.
    "--iree-llvmcpu-stack-allocation-limit=131072",
    # On by default: would turn every float64 program into a float32 one.
    "--iree-input-demote-f64-to-f32=false",
    "--iree-llvmcpu-debug-symbols=false",
    "--iree-vm-bytecode-module-strip-source-map=true",
)


_TRIPLES = {"aarch64": "aarch64-unknown-linux-gnu", "x86_64": "x86_64-unknown-linux-gnu"}


NAMES = ("host", *PROCESSORS)
"""The targets here: this machine, and processors by name."""


def find_target(name: str, threads: int, *, here: bool = True) -> Target:
    """The target called `name`, one of `NAMES`.

    Raises TargetError where its code cannot run on this machine and `here` says that it is to.
    """
    if name == "host":
        return host_target(threads)
    return cpu_target(name, threads, "it was asked for", here=here)


def host_target(threads: int) -> Target:
    """This machine: all that its processor can do, unless `TESSEL_CPU` names another."""
    chosen = settings.CPU.get()
    if chosen not in ("", "host"):
        return cpu_target(chosen, threads, f"TESSEL_CPU={chosen} asks for it")
    machine = this_machine()
    best = machine.best()
    level = f"has all features of {best.name}" if best else f"is a plain {machine.architecture}"
    # LLVM reads the processor itself and so finds what no name stands for.
    flags = (*_FLAGS, "--iree-llvmcpu-target-cpu=host")
    reason = f"this processor ({machine.model or machine.architecture}) {level}"
    processor = best.name if best else ""
    return Target(
        "host",
        "llvm-cpu",
        reason,
        flags,
        threads,
        machine.fingerprint,
        processor,
        machine.architecture,
        pipeline=_pipeline(processor),
    )


def cpu_target(name: str, threads: int, reason: str, *, here: bool = True) -> Target:
    """A named processor or level, such as `x86-64-v3` or `znver5`.

    Raises TargetError for an unknown name, and for one whose code cannot run on this machine
    unless `here` is false: the code is for another machine.
    """
    processor = PROCESSORS.get(name)
    if processor is None:
        known = ", ".join(("host", *PROCESSORS))
        raise TargetError(f"unknown target '{name}'", hint=f"the targets are {known}")
    missing = this_machine().missing(processor)
    if here and missing:
        lacks = ", ".join(missing)
        raise TargetError(
            f"this processor cannot run code for {name}: it lacks {lacks}",
            hint="use target='host'",
        )
    triple = f"--iree-llvmcpu-target-triple={_TRIPLES[processor.architecture]}"
    flags = (*_FLAGS, triple, f"--iree-llvmcpu-target-cpu={name}")
    return Target(
        name,
        "llvm-cpu",
        reason,
        flags,
        threads,
        processor=name,
        architecture=processor.architecture,
        pipeline=_pipeline(name),
    )


def _pipeline(processor: str) -> Pipeline:
    return CPU_WITHOUT_KERNELS if instruction_set_of(processor) is None else CPU
