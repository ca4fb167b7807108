"""The kernel chosen for a fusion, as its attribute: a template's name and its tiles.

    {tessel.fusion = "matmul", tessel.kernel = {template = "gemm", rows = 6, vectors = 4, ...},
     tessel.problem = "gemm rows=128 depth=768 width=3072"}

A person may edit it and go on with `tessel-lower-kernels`.
"""

from dataclasses import asdict, fields
from typing import Any, TypeVar

from tessel.compiler.kernels.problem import KernelProblem, parse_problem
from tessel.dialects.mlir import ir

KERNEL, PROBLEM = "tessel.kernel", "tessel.problem"

Tiles = TypeVar("Tiles")


def select_kernel(fusion: ir.Operation, problem: KernelProblem, tiles: Any) -> None:
    """Writes the choice on `fusion`; `tiles` is a dataclass of integers."""
    integer = ir.IntegerType.get_signless(64)
    chosen: dict[str, ir.Attribute] = {"template": ir.StringAttr.get(problem.template)}
    for name, number in asdict(tiles).items():
        chosen[name] = ir.IntegerAttr.get(integer, number)
    fusion.attributes[KERNEL] = ir.DictAttr.get(chosen)
    fusion.attributes[PROBLEM] = ir.StringAttr.get(problem.name)


def selected_problem(fusion: ir.Operation) -> KernelProblem | None:
    """What the kernel chosen for `fusion` is to compute; None where none was chosen by a pass."""
    if PROBLEM not in fusion.attributes:
        return None
    return parse_problem(ir.StringAttr(fusion.attributes[PROBLEM]).value)


def selected_template(fusion: ir.Operation) -> str | None:
    """The name of the template chosen for `fusion`, if one is."""
    if KERNEL not in fusion.attributes:
        return None
    return ir.StringAttr(ir.DictAttr(fusion.attributes[KERNEL])["template"]).value


def selected_numbers(fusion: ir.Operation) -> dict[str, int]:
    """The tiles chosen for `fusion`, by name."""
    chosen = ir.DictAttr(fusion.attributes[KERNEL])
    names = [one.name for one in chosen if one.name != "template"]
    return {name: ir.IntegerAttr(chosen[name]).value for name in names}


def selected_tiles(fusion: ir.Operation, cls: type[Tiles]) -> Tiles:
    """The tiles chosen for `fusion`."""
    numbers = selected_numbers(fusion)
    return cls(**{field.name: numbers[field.name] for field in fields(cls)})  # type: ignore[arg-type]
