"""The kernel chosen for a fusion, as its attribute: a template's name and its tiles.

    {tessel.fusion = "matmul", tessel.kernel = {template = "gemm", rows = 6, vectors = 4, ...}}

A person may edit it and go on with `tessel-lower-kernels`.
"""

from dataclasses import asdict, fields
from typing import Any, TypeVar

from tessel.dialects.mlir import ir

KERNEL = "tessel.kernel"

Tiles = TypeVar("Tiles")


def select_kernel(fusion: ir.Operation, template: str, tiles: Any) -> None:
    """Writes the choice on `fusion`; `tiles` is a dataclass of integers."""
    integer = ir.IntegerType.get_signless(64)
    chosen: dict[str, ir.Attribute] = {"template": ir.StringAttr.get(template)}
    for name, number in asdict(tiles).items():
        chosen[name] = ir.IntegerAttr.get(integer, number)
    fusion.attributes[KERNEL] = ir.DictAttr.get(chosen)


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
