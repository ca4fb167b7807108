"""The instruction sets that kernels are tested for."""

from tessel.compiler.targets.processors import PROCESSORS, this_machine

LEVELS = [
    name for name in ("x86-64-v3", "x86-64-v4") if not this_machine().missing(PROCESSORS[name])
]
"""The levels with kernels that this machine can run."""


def has_bfloat16_dot() -> bool:
    """Whether this machine multiplies pairs of bfloat16."""
    return "avx512_bf16" in this_machine().features
