"""What a program computes, kernel by kernel, for people."""

from tessel.dialects.mlir import ir


def explain_module(module: ir.Module) -> str:
    """One line a kernel."""
    return str(module)
