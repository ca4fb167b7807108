"""What kernels are chosen for, as a module says it: the processor and its threads.

    module attributes {tessel.processor = "znver4", tessel.threads = 2 : i64} { ... }

`tessel-attach-target` writes both, where a person has not, and passes of targets with kernels take
them as given. With `tessel.emulate_amx` kernels for AMX do without its instructions, to be checked
on any machine. `tessel.measured` may hold the configurations that were fastest:

    tessel.measured = {"gemm m=1 k=768 n=3072 version=4" = {mr = 1 : i64, ...}}
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from tessel.compiler.diagnostics import PassError
from tessel.compiler.kernels.problem_version import VERSION, is_of_this_version
from tessel.compiler.targets.cpu.instruction_set import InstructionSet, instruction_set_of
from tessel.dialects.mlir import ir

PROCESSOR, THREADS, MEASURED = "tessel.processor", "tessel.threads", "tessel.measured"
EMULATE_AMX = "tessel.emulate_amx"

STACK = 96 << 10
"""Bytes that a workgroup may keep on its stack: IREE allows 128 KiB in all."""

MOST_THREADS = 1 << 16

_WORKGROUPS_PER_THREAD = 4
"""Workgroups for each thread at least, so that threads that start late do not wait for one."""

T = TypeVar("T")

Measured = Mapping[str, Mapping[str, int]]
"""The name of a problem -> its configuration, a number by name."""


@dataclass(frozen=True)
class Hardware:
    """The vector instructions of a processor, how many threads run a program, and the
    configurations that were measured to be fastest.
    """

    instructions: InstructionSet
    threads: int
    measured: Measured = field(default_factory=dict)

    @property
    def min_workgroups(self) -> int:
        """Workgroups that a kernel should have at least, for all threads."""
        return _WORKGROUPS_PER_THREAD * self.threads


def attach_target(module: ir.Operation, processor: str, threads: int) -> None:
    """Writes what kernels are chosen for into the attributes of `module`."""
    with module.context:
        integer = ir.IntegerType.get_signless(64)
        module.attributes[PROCESSOR] = ir.StringAttr.get(processor)
        module.attributes[THREADS] = ir.IntegerAttr.get(integer, threads)


def attach_tuned_configurations(module: ir.Operation, measured: Measured) -> None:
    """Writes configurations that were measured into the attributes of `module`."""
    if not measured:
        return
    with module.context:
        integer = ir.IntegerType.get_signless(64)
        module.attributes[MEASURED] = ir.DictAttr.get(
            {
                name: ir.DictAttr.get(
                    {
                        key: ir.IntegerAttr.get(integer, number)
                        for key, number in configuration.items()
                    }
                )
                for name, configuration in measured.items()
            }
        )


def strip_target_attributes(module: ir.Operation) -> None:
    """Removes all that passes read of the target, which IREE does not know."""
    for name in (PROCESSOR, THREADS, MEASURED, EMULATE_AMX):
        if name in module.attributes:
            del module.attributes[name]


def threads_of(module: ir.Operation) -> int:
    """How many threads `module` says that it runs on; 1 where it does not say."""
    if THREADS not in module.attributes:
        return 1
    threads = _read(module, THREADS, lambda one: ir.IntegerAttr(one).value)
    if not 1 <= threads <= MOST_THREADS:
        raise PassError(f"'{THREADS}' of the module is {threads}, must be 1 to {MOST_THREADS}")
    return threads


def processor_of(module: ir.Operation) -> str:
    """The processor that `module` is for; empty where it does not say."""
    if PROCESSOR not in module.attributes:
        return ""
    return _read(module, PROCESSOR, lambda one: ir.StringAttr(one).value)


def emulates_amx(module: ir.Operation) -> bool:
    """Whether `module` says that kernels for AMX do without its instructions."""
    return EMULATE_AMX in module.attributes


def hardware_of(module: ir.Operation) -> Hardware:
    """What `module` says that its kernels are for.

    Raises PassError where it does not say so, or there are no kernels for that processor.
    """
    processor = processor_of(module)
    if not processor:
        raise PassError(
            f"the module does not say its processor ('{PROCESSOR}')",
            hint="run tessel-attach-target before",
        )
    instructions = instruction_set_of(processor)
    if instructions is None:
        raise PassError(
            f"there are no kernels for '{processor}', which the module says in '{PROCESSOR}'",
            hint="a target without kernels has a pipeline of its own",
        )
    return Hardware(instructions, threads_of(module), _measured(module))


def _measured(module: ir.Operation) -> Measured:
    if MEASURED not in module.attributes:
        return {}
    measured = _read(module, MEASURED, _decode_measured)
    for name in measured:
        if not is_of_this_version(name):
            hint = "remove it, and measure again with `tessel tune`"
            raise PassError(f"'{MEASURED}' has '{name}', not of version {VERSION}", hint=hint)
    return measured


def _decode_measured(attribute: ir.Attribute) -> Measured:
    return {
        one.name: {tile.name: ir.IntegerAttr(tile.attr).value for tile in ir.DictAttr(one.attr)}
        for one in ir.DictAttr(attribute)
    }


def _read(module: ir.Operation, name: str, decode: Callable[[ir.Attribute], T]) -> T:
    """An attribute that a person may have written. Raises PassError where it is another kind."""
    try:
        return decode(module.attributes[name])
    except (ValueError, TypeError):  # upstream's casts
        raise PassError(f"'{name}' of the module is of another kind than it must be") from None
