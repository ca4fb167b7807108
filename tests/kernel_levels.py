"""The instruction sets that kernels are tested for."""

import pytest

from tessel.compiler.targets.processors import PROCESSORS, this_machine

LEVELS = [
    name for name in ("x86-64-v3", "x86-64-v4") if not this_machine().missing(PROCESSORS[name])
]
"""The levels with kernels that this machine can run."""

HAS_BFLOAT16_DOT = "avx512_bf16" in this_machine().features
"""Whether this machine multiplies pairs of bfloat16."""

needs_bfloat16_dot = pytest.mark.skipif(
    not HAS_BFLOAT16_DOT, reason="no dot products of bfloat16 here"
)
needs_int8_dot = pytest.mark.skipif(
    "avx512_vnni" not in this_machine().features, reason="no dot products of int8 here"
)
