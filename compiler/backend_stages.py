"""The stages after linalg, which IREE makes: its own IR, LLVM's IR, and assembly."""

from tessel.compiler.targets.base import Target
from tessel.compiler.targets.iree import (
    compile_to_assembly,
    compile_to_llvm,
    compile_to_phase,
)
from tessel.compiler.worker import in_back_end


def later_stage(source: bytes, target: Target, stage: str) -> str:
    """The text of stage `iree`, `llvm` or `asm` for a program that was lowered to linalg."""
    if stage == "iree":
        return in_back_end(compile_to_phase, source, target, "flow")
    function = compile_to_llvm if stage == "llvm" else compile_to_assembly
    return in_back_end(function, source, target)
