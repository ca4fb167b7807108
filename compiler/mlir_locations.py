"""Where in the user's code an op comes from: the user's line -> MLIR location -> `file:line`."""

import re

from tessel.compiler.diagnostics import SourceLocation
from tessel.compiler.locations import user_location
from tessel.dialects.mlir import ir


def current_location(context: ir.Context) -> ir.Location:
    """The user's line that is running now, as an MLIR location."""
    return location_at(user_location(), context)


def location_at(location: SourceLocation | None, context: ir.Context) -> ir.Location:
    """A line of the user's code as an MLIR location."""
    if location is None:
        return ir.Location.unknown(context)
    position = ir.Location.file(location.file, location.line, 0, context=context)
    return ir.Location.name(location.function or "<module>", position, context=context)


def source_location_of(location: ir.Location) -> SourceLocation | None:
    """The user's line that `current_location` wrote into a location, or that fusing kept."""
    match = re.search(r'"([^"]+)":(\d+):\d+', str(location))
    return SourceLocation(match[1], int(match[2])) if match else None
