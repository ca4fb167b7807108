"""Refuses assignments in bodies of branches and loops, which are traced once for all their runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tessel.compiler.diagnostics import UnsupportedError
from tessel.compiler.frontend.tracing.trace import current_trace
from tessel.compiler.locations import user_location


@contextmanager
def nothing_assigned(what: str) -> Iterator[None]:
    """Raises UnsupportedError where something is assigned in a body that is traced once."""
    trace = current_trace()
    state: Any = None if trace is None else trace.state
    before = None if state is None else state.checkpoint()
    yield
    changed = [] if before is None else before.changed()
    if changed:
        message = f"{what} assigns {changed[0]}, which is not of the body"
        hint = "return it from there, and assign it outside"
        raise UnsupportedError(message, location=user_location(), hint=hint)
