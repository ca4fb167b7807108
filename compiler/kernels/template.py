"""What a kernel template is: a folder here with all that the compiler knows of one kind of kernel.

    gemm/
      template.py    which fusions it takes, what it prepares for them, how they are called
      problem.py     the sizes and dtypes that decide, the default configuration and its neighbours
      kernel.py      the code

The folders are the registry (`registry.py`), together with the templates of installed packages: an
entry point of the group `tessel.kernels` names a module with `TEMPLATES`. Nothing else lists them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, TypeVar

from tessel.compiler.diagnostics import PassError
from tessel.compiler.kernels.config import problem_name, selected_configuration, selected_problem
from tessel.compiler.kernels.problem import KernelProblem
from tessel.compiler.kernels.target_attributes import Hardware
from tessel.dialects.base import TesselOp
from tessel.dialects.control_flow import fused_ops, yielded_values
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir
from tessel.dialects.types import ArrayType

T = TypeVar("T")
P = TypeVar("P", bound=KernelProblem)


@dataclass(frozen=True)
class Match:
    """What a template found in a fusion: the problem, and in subclasses what `prepare` reads."""

    problem: KernelProblem


@dataclass(frozen=True)
class KernelFusion:
    """A fusion for which a kernel was chosen."""

    operation: ir.Operation

    @cached_property
    def ops(self) -> list[OpInstance]:
        """The ops of the dialect, in order."""
        return fused_ops(self.operation)

    @cached_property
    def ends(self) -> list[ir.Value]:
        """The values that it yields."""
        return yielded_values(self.operation)

    @property
    def result_types(self) -> list[ArrayType]:
        """Types of what it yields."""
        return [ArrayType.of(end) for end in self.ends]

    def configuration(self, cls: type[T]) -> T:
        """The configuration that was chosen. Raises PassError for another one."""
        return selected_configuration(self.operation, cls)

    def same_problem(self, found: P | None) -> P:
        """What the ops say, `found`; PassError where a person has written another problem."""
        if found is None or problem_name(self.operation) not in (None, found.name):
            raise PassError("'tessel.problem' of a fusion is not that of its ops")
        return found

    def problem(self, cls: type[P]) -> P:
        """What the template matched. Raises PassError where the fusion does not say it."""
        return selected_problem(self.operation, cls)


@dataclass(frozen=True)
class Example:
    """A problem as a program of its own, to be measured.

    Types of the arguments and of the parameter, if there is one, and what is computed of them.
    """

    arguments: list[ArrayType]
    parameter: ArrayType | None
    compute: Callable[..., ir.Value]


class KernelTemplate:
    """Base of all. A template has no state: `TEMPLATES` of its folder holds the one object."""

    problem: ClassVar[type[KernelProblem]]
    """What it computes; `problem.template` is the template's name."""

    fusion: ClassVar[str]
    """The kind of the fusions that it is chosen for."""

    precedence: ClassVar[int] = 0
    """Of the templates that match a fusion, the one with most is chosen."""

    roots: ClassVar[Sequence[type[TesselOp]]] = ()
    """Ops that begin a fusion of this kind, to which the elementwise ops behind them are added."""

    trailing_axes: ClassVar[int] = 1
    """How many of the last dimensions count as one, N, for the ops behind a root."""

    writes_padding: ClassVar[bool] = False
    """Whether the kernel writes the zeros around images that follow, too."""

    def is_root(self, op: OpInstance) -> bool:
        """Whether an op of `roots` begins a fusion."""
        return True

    def holds(self, ops: list[OpInstance], ends: list[ir.Value]) -> bool:
        """Whether a fusion of this kind may hold such ops and yield such values.

        Asked of all fusions, also of those that a person has edited; one template of a kind that
        says so is enough.
        """
        return False

    def accepts(self, ops: list[OpInstance]) -> bool:
        """Whether the kernel can be emitted for the ops of a fusion that holds what it may."""
        return True

    def match(self, ops: list[OpInstance], hardware: Hardware) -> Match | None:
        """What the kernel is to compute for a fusion of these ops; None where it does not fit."""
        raise NotImplementedError

    def prepare(
        self, fusion: ir.Operation, match: Match, configuration: Any
    ) -> Sequence[ir.Operation]:
        """Rewrites what was matched into what the kernel reads, such as a packed weight.

        Returns the fusions that it made before this one: a kernel is chosen for each.
        """
        return ()

    def emit(self, fusion: KernelFusion) -> list[ir.Value]:
        """The call of the kernel, at the insertion point: a value for each that the fusion yields.

        Raises PassError for a configuration, edited by a person perhaps, that no kernel has.
        """
        raise NotImplementedError

    def remarks(self, fusion: KernelFusion) -> list[str]:
        """What of sizes and configuration keeps the kernel from its roof, in a few words."""
        return []

    def example(self, problem: Any) -> Example | None:
        """A program to measure configurations with; None for templates that are not tuned."""
        return None
