"""What a program computes, kernel by kernel, for people: a table with costs and source lines."""

from tessel.compiler.explain.kernels import FusedKernel, fused_kernels_of
from tessel.compiler.text_table import text_table
from tessel.dialects.mlir import ir


def explain_module(module: ir.Module) -> str:
    """One line for each op or fusion of a module at stage `fused`: operations, bytes, user's line.

    `template` is the kernel chosen for it and its configuration, "IREE" where IREE schedules it.
    Bytes count what is read and written once; `?` is dynamic.
    """
    kernels = fused_kernels_of(module)
    rows = [_row(number, kernel) for number, kernel in enumerate(kernels, 1)]
    counts = [kernel.flops for kernel in kernels]
    known = [count for count in counts if count is not None]
    total = sum(known) if len(known) == len(counts) else None
    head = ("#", "kernel", "template", "result", "FLOPs", "bytes", "from")
    foot = ("", f"{len(rows)} kernels", "", "", number_text(total), "", "")
    return text_table([head, *rows, foot])


def number_text(count: int | None) -> str:
    """A count as people read it; `?` for a dynamic one."""
    return "?" if count is None else f"{count:,}"


def _row(number: int, kernel: FusedKernel) -> tuple[str, ...]:
    return (
        str(number),
        kernel.name,
        kernel.template,
        str(kernel.result),
        number_text(kernel.flops),
        number_text(kernel.traffic),
        kernel.lines,
    )
