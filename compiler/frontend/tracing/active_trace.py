"""Which trace is active in this thread; known without MLIR's bindings, which `trace.py` needs."""

from contextvars import ContextVar
from typing import Any

ACTIVE: ContextVar[Any] = ContextVar("tessel_trace", default=None)
"""The `Trace`, or None outside a compiled function."""
