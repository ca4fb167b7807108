"""The instruction sets that kernels are tested for."""

import pytest

from tessel.compiler.targets.cpu.processors import PROCESSORS, this_machine
from tessel.compiler.targets.registry import resolve_target

LEVELS = [
    name for name in ("x86-64-v3", "x86-64-v4") if not this_machine().missing(PROCESSORS[name])
]
"""The levels with kernels that this machine can run."""

_HOST = PROCESSORS.get(resolve_target("host").processor)
_FEATURES = _HOST.features if _HOST is not None else frozenset[str]()
"""What programs for the host may use: less than the machine has where `TESSEL_CPU` says so."""

HAS_BFLOAT16_DOT = "avx512_bf16" in _FEATURES
"""Whether programs for the host multiply pairs of bfloat16."""

needs_bfloat16_dot = pytest.mark.skipif(
    not HAS_BFLOAT16_DOT, reason="no dot products of bfloat16 here"
)
needs_int8_dot = pytest.mark.skipif(
    "avx512_vnni" not in _FEATURES, reason="no dot products of int8 here"
)
