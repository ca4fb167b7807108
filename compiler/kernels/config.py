"""The kernel chosen for a fusion, as its attribute: a template's name and its configuration.

    {tessel.fusion = "matmul", tessel.kernel = {template = "gemm", mr = 6, vectors = 4, ...},
     tessel.problem = "gemm m=128 k=768 n=3072 version=4"}

A person may edit it and go on with `tessel-lower-kernels`.
"""

from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any, TypeVar

from tessel.compiler.diagnostics import ArgumentError, PassError
from tessel.compiler.kernels.problem import KernelProblem, read_problem
from tessel.compiler.kernels.problem_version import VERSION, is_of_this_version
from tessel.compiler.mlir_locations import source_location_of
from tessel.dialects.mlir import ir

KERNEL, PROBLEM = "tessel.kernel", "tessel.problem"

C = TypeVar("C")
T = TypeVar("T")
P = TypeVar("P", bound=KernelProblem)

_LARGEST_TILE = 1 << 31
_LEAST = {"cached_values": 0}
"""What may be fewer than one."""

_MOST_LANES = 64

_WRITTEN_OUT = {
    "rows": 1 << 16,
    "mr": 1 << 16,
    "tile_rows": 64,
    "tile_columns": 64,
    "vectors": 64,
    "unroll": 64,
    "pixels": 256,
    "accumulators": 256,
    "parts": 1024,
    "splits": 1024,
}
_WRITTEN_OUT |= {"block_keys": 1 << 13, "cached_values": 1 << 13}
"""For each of which a kernel has code of its own, and how many may be."""

_MOST_SUMS = 1024
"""Of tiles in registers, MR rows of `vectors` each."""


def select_kernel(fusion: ir.Operation, problem: KernelProblem, configuration: Any) -> None:
    """Writes the choice on `fusion`; `configuration` is a dataclass of integers."""
    integer = ir.IntegerType.get_signless(64)
    chosen: dict[str, ir.Attribute] = {"template": ir.StringAttr.get(problem.template)}
    for name, number in asdict(configuration).items():
        chosen[name] = ir.IntegerAttr.get(integer, number)
    fusion.attributes[KERNEL] = ir.DictAttr.get(chosen)
    fusion.attributes[PROBLEM] = ir.StringAttr.get(problem.name)


def selected_problem(fusion: ir.Operation, cls: type[P]) -> P:
    """What the kernel chosen for `fusion` is to compute.

    Raises PassError where the fusion names no problem of this class.
    """
    text = problem_name(fusion)
    try:
        return read_problem(text or "", cls)
    except ArgumentError as error:
        raise PassError(f"'{PROBLEM}' of a fusion: {error.message}", hint=error.hint) from None


def problem_name(fusion: ir.Operation) -> str | None:
    """The name of what the kernel is to compute; None where no pass has chosen the kernel."""
    if PROBLEM not in fusion.attributes:
        return None
    return _read(fusion, PROBLEM, lambda one: ir.StringAttr(one).value)


def check_problem_version(fusion: ir.Operation) -> None:
    """Raises PassError for a problem in the words of another version of Tessel."""
    name = problem_name(fusion)
    if name is not None and not is_of_this_version(name):
        message = f"'{PROBLEM}' of a fusion, '{name}', is not of version {VERSION}"
        hint = f"remove it and '{KERNEL}', and run tessel-select-kernels"
        raise PassError(message, location=source_location_of(fusion.location), hint=hint)


def selected_template(fusion: ir.Operation) -> str | None:
    """The name of the template chosen for `fusion`, if one is."""
    if KERNEL not in fusion.attributes:
        return None
    return _read(fusion, KERNEL, lambda one: ir.StringAttr(ir.DictAttr(one)["template"]).value)


def selected_numbers(fusion: ir.Operation) -> dict[str, int]:
    """The configuration chosen for `fusion`, a number by name."""
    return _read(fusion, KERNEL, _decode_numbers)


def selected_configuration(fusion: ir.Operation, cls: type[C]) -> C:
    """The configuration chosen for `fusion`. Raises PassError for what is none of `cls`."""
    numbers, names = selected_numbers(fusion), {one.name for one in fields(cls)}  # type: ignore[arg-type]
    if numbers.keys() != names:
        wanted = ", ".join(sorted(names))
        raise PassError(f"'{KERNEL}' of a fusion must have template, {wanted}")
    for name, number in numbers.items():
        if not _LEAST.get(name, 1) <= number <= _WRITTEN_OUT.get(name, _LARGEST_TILE):
            raise PassError(f"'{KERNEL}' of a fusion has {name} = {number}")
    if numbers["lanes"].bit_count() != 1 or numbers["lanes"] > _MOST_LANES:
        raise PassError(f"'{KERNEL}' of a fusion has vectors of {numbers['lanes']} lanes")
    if "vectors" in numbers and numbers["mr"] * numbers["vectors"] > _MOST_SUMS:
        raise PassError(f"'{KERNEL}' of a fusion has {numbers['mr']} rows of vectors")
    return cls(**numbers)


def _decode_numbers(attribute: ir.Attribute) -> dict[str, int]:
    chosen = ir.DictAttr(attribute)
    return {one.name: ir.IntegerAttr(one.attr).value for one in chosen if one.name != "template"}


def _read(fusion: ir.Operation, name: str, decode: Callable[[ir.Attribute], T]) -> T:
    """An attribute that a person may have edited. Raises PassError where it is another kind."""
    try:
        return decode(fusion.attributes[name])
    except (ValueError, TypeError, KeyError):  # upstream's casts
        raise PassError(f"'{name}' of a fusion is of another kind than it must be") from None
