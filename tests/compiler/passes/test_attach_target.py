"""`tessel-attach-target`: passes that need a processor find the one that the target names."""

import pytest

from tessel import dialects
from tessel.compiler.diagnostics import PassError
from tessel.compiler.driver import run_passes, run_until
from tessel.compiler.kernels.target_attributes import hardware_of
from tessel.compiler.targets.registry import resolve_target
from tessel.dialects.mlir import ir


def module_of(text: str = "module {}") -> ir.Module:
    with dialects.new_context(), ir.Location.unknown():
        return ir.Module.parse(text)


def test_the_pipeline_of_a_target_attaches_it() -> None:
    module = module_of()
    run_until(module, "fused", resolve_target("znver4", 3, here=False))
    hardware = hardware_of(module.operation)
    assert (hardware.instructions.name, hardware.threads) == ("avx512", 3)


def test_a_target_without_kernels_attaches_none() -> None:
    module = module_of()
    run_until(module, "fused", resolve_target("x86-64-v2", 3, here=False))
    assert not module.operation.attributes


def test_what_a_person_wrote_stays() -> None:
    module = module_of('module attributes {tessel.processor = "haswell"} {}')
    run_until(module, "fused", resolve_target("znver4", 3, here=False))
    hardware = hardware_of(module.operation)
    assert (hardware.instructions.name, hardware.threads) == ("avx2", 1)


def test_a_processor_without_kernels_is_refused() -> None:
    with pytest.raises(PassError, match="no kernels for the processor 'i386'"):
        run_passes(module_of(), ["tessel-attach-target{processor=i386}"])
    with pytest.raises(PassError, match="threads are 0"):
        run_passes(module_of(), ["tessel-attach-target{threads=0}"])
