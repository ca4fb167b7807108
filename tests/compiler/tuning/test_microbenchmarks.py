"""The machine's limits are measured by code of our own, which must at least run."""

import pytest

from tessel.compiler.targets.cpu.instruction_set import instruction_set_of
from tessel.compiler.targets.registry import resolve_target
from tessel.compiler.tuning.microbenchmarks import cache_limits


@pytest.mark.skipif(
    instruction_set_of(resolve_target("host").processor) is None,
    reason="no kernels for this processor",
)
def test_caches_are_measured():
    read, copy = cache_limits(256 << 10)
    assert read > 1
    assert copy > 1
