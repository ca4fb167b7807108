"""What a program costs: floating-point operations and bytes, and where it should run."""

from tessel.dialects.mlir import ir


def choose_driver(module: ir.Module) -> str:
    """The device for a program: the calling thread, or the pool of worker threads."""
    return "local-sync"
