"""What a module says of its processor, read and written."""

import pytest

from tessel import dialects
from tessel.compiler.diagnostics import PassError
from tessel.compiler.kernels.target_attributes import (
    attach_target,
    emulates_amx,
    hardware_of,
    strip_target_attributes,
)
from tessel.dialects.mlir import ir


def module_with(attributes: str) -> ir.Operation:
    with dialects.new_context(), ir.Location.unknown():
        return ir.Module.parse(f"module attributes {{{attributes}}} {{}}").operation


def test_written_and_read() -> None:
    module = module_with("")
    attach_target(module, "znver4", 3)
    hardware = hardware_of(module)
    assert (hardware.instructions.name, hardware.threads) == ("avx512", 3)
    strip_target_attributes(module)
    assert not module.attributes


def test_who_needs_a_processor_is_told_that_there_is_none() -> None:
    with pytest.raises(PassError, match="does not say its processor"):
        hardware_of(module_with(""))
    with pytest.raises(PassError, match="no kernels for 'x86-64-v2'"):
        hardware_of(module_with('tessel.processor = "x86-64-v2"'))


def test_amx_is_emulated_where_the_module_wants_it() -> None:
    for extra, emulated in (("", False), (", tessel.emulate_amx", True)):
        module = module_with(f'tessel.processor = "graniterapids"{extra}')
        assert hardware_of(module).instructions.tile_dtypes == {"bfloat16", "float16", "uint8"}
        assert emulates_amx(module) == emulated
        strip_target_attributes(module)
        assert not module.attributes
