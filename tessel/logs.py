"""Logs: `tessel.logs.set("+passes,-runtime,ir:fused")` does what `TESSEL_LOGS` does."""

from tessel.compiler.logs import NAMES, STAGES, set

__all__ = ["NAMES", "STAGES", "set"]
