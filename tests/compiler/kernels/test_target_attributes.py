"""What a module says of its processor, read and written."""

from tessel import dialects
from tessel.compiler.kernels.target_attributes import (
    attach_target,
    hardware_of,
    strip_target_attributes,
)
from tessel.compiler.targets.cpu.target import cpu_target
from tessel.dialects.mlir import ir


def test_written_and_read():
    with dialects.new_context(), ir.Location.unknown():
        module = ir.Module.create().operation
        assert hardware_of(module) is None
        attach_target(module, cpu_target("znver4", 3, "a test", here=False))
        hardware = hardware_of(module)
        assert hardware is not None
        assert (hardware.instructions.name, hardware.threads) == ("avx512", 3)
        strip_target_attributes(module)
        assert hardware_of(module) is None


def test_what_a_person_wrote_stays():
    with dialects.new_context(), ir.Location.unknown():
        module = ir.Module.parse('module attributes {tessel.processor = "haswell"} {}').operation
        attach_target(module, cpu_target("znver4", 3, "a test", here=False))
        hardware = hardware_of(module)
        assert hardware is not None
        assert (hardware.instructions.name, hardware.threads) == ("avx2", 1)


def test_no_kernels_for_other_processors():
    with dialects.new_context(), ir.Location.unknown():
        module = ir.Module.create().operation
        attach_target(module, cpu_target("x86-64-v2", 1, "a test", here=False))
        assert hardware_of(module) is None


def test_tiles_are_instructions_unless_the_module_wants_loops():
    with dialects.new_context(), ir.Location.unknown():
        for extra, in_loops in (("", False), (", tessel.emulate_amx", True)):
            text = f'module attributes {{tessel.processor = "graniterapids"{extra}}} {{}}'
            module = ir.Module.parse(text).operation
            hardware = hardware_of(module)
            assert hardware is not None
            assert hardware.instructions.tile_dtypes == {"bfloat16", "float16", "uint8"}
            assert hardware.emulates_amx == in_loops
            strip_target_attributes(module)
            assert not module.attributes
