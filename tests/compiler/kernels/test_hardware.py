"""What a module says of its processor, read and written."""

from tessel import dialects
from tessel.compiler.kernels.hardware import describe_target, forget_target, hardware_of
from tessel.compiler.targets.cpu.target import cpu_target
from tessel.dialects.mlir import ir


def test_written_and_read():
    with dialects.new_context(), ir.Location.unknown():
        module = ir.Module.create().operation
        assert hardware_of(module) is None
        describe_target(module, cpu_target("znver4", 3, "a test", here=False))
        hardware = hardware_of(module)
        assert hardware is not None
        assert (hardware.instructions.name, hardware.threads) == ("avx512", 3)
        forget_target(module)
        assert hardware_of(module) is None


def test_what_a_person_wrote_stays():
    with dialects.new_context(), ir.Location.unknown():
        module = ir.Module.parse('module attributes {tessel.processor = "haswell"} {}').operation
        describe_target(module, cpu_target("znver4", 3, "a test", here=False))
        hardware = hardware_of(module)
        assert hardware is not None
        assert (hardware.instructions.name, hardware.threads) == ("avx2", 1)


def test_no_kernels_for_other_processors():
    with dialects.new_context(), ir.Location.unknown():
        module = ir.Module.create().operation
        describe_target(module, cpu_target("x86-64-v2", 1, "a test", here=False))
        assert hardware_of(module) is None


def test_tiles_are_instructions_unless_the_module_wants_loops():
    with dialects.new_context(), ir.Location.unknown():
        for extra, in_loops in (("", False), (", tessel.tiles_in_loops", True)):
            text = f'module attributes {{tessel.processor = "graniterapids"{extra}}} {{}}'
            module = ir.Module.parse(text).operation
            hardware = hardware_of(module)
            assert hardware is not None
            assert hardware.instructions.tile_dtypes == {"bfloat16", "float16", "uint8"}
            assert hardware.has_tiles_in_loops == in_loops
            forget_target(module)
            assert not module.attributes
