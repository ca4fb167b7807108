"""What kernels are chosen for, as a module says it: the processor and its threads.

    module attributes {tessel.processor = "znver4", tessel.threads = 2 : i64} { ... }

The driver writes both from the target; in a file for `tessel-opt` a person does. A module that does
not say it gets no kernel templates.
"""

from dataclasses import dataclass

from tessel.compiler.targets.base import Target
from tessel.compiler.targets.instruction_set import InstructionSet, instruction_set_of
from tessel.dialects.mlir import ir

PROCESSOR, THREADS = "tessel.processor", "tessel.threads"


@dataclass(frozen=True)
class Hardware:
    """The vector instructions of a processor, and how many threads run a program."""

    instructions: InstructionSet
    threads: int


def describe_target(module: ir.Operation, target: Target) -> None:
    """Writes what kernels are chosen for into the attributes of `module`."""
    if not target.processor or PROCESSOR in module.attributes:
        return
    with module.context:
        integer = ir.IntegerType.get_signless(64)
        module.attributes[PROCESSOR] = ir.StringAttr.get(target.processor)
        module.attributes[THREADS] = ir.IntegerAttr.get(integer, target.threads)


def forget_target(module: ir.Operation) -> None:
    """Removes what `describe_target` wrote, which IREE does not know."""
    for name in (PROCESSOR, THREADS):
        if name in module.attributes:
            del module.attributes[name]


def threads_of(module: ir.Operation) -> int:
    """How many threads `module` says that it runs on; 1 where it does not say."""
    said = THREADS in module.attributes
    return ir.IntegerAttr(module.attributes[THREADS]).value if said else 1


def hardware_of(module: ir.Operation) -> Hardware | None:
    """What `module` says; None where it does not, or kernels are not written for that processor."""
    if PROCESSOR not in module.attributes:
        return None
    instructions = instruction_set_of(ir.StringAttr(module.attributes[PROCESSOR]).value)
    return None if instructions is None else Hardware(instructions, threads_of(module))
