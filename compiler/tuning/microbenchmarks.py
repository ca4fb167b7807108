"""What the machine can do, all threads: the measure of every other figure.

Arithmetic and reads are measured with kernels of our own, so that nothing but the instructions
counts. `machine.py` keeps what is measured here.
"""

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from tessel import dialects
from tessel.compiler.driver import compile_module
from tessel.compiler.emit.index import Index
from tessel.compiler.emit.multiply_accumulate import add_product
from tessel.compiler.emit.vector import load_vector, loop, multiply_add, store_vector
from tessel.compiler.kernels.dispatch import Buffer, WorkgroupId, dispatch
from tessel.compiler.kernels.target_attributes import Hardware
from tessel.compiler.targets.cpu.instruction_set import instruction_set_of
from tessel.compiler.targets.registry import resolve_target
from tessel.compiler.tuning.timing import seconds_of
from tessel.dialects.mlir import arith, func, ir, vector
from tessel.runtime.executable import Executable

_TURNS = 1 << 17
_ARRAY = 256 << 20
"""Bytes that no cache holds."""

CACHED = tuple(64 << 10 << 2 * step for step in range(6))
"""Bytes of arrays for which caches are measured: 64 KiB to 64 MiB."""

_CACHE_TRAFFIC = 64 << 20
"""Bytes that go through a cache in a measurement, so that calling it does not count."""


def limits() -> dict[str, float]:
    """`fma`, `bfloat16` and `int8` in GFLOP/s, `read` and `copy` in GB/s.

    A copy counts both ways; instructions that the processor lacks are left out.
    """
    hardware = _hardware()
    pairs = {"bfloat16": _bfloat16(hardware)} if hardware.instructions.bfloat16_dot else {}
    fours = {"int8": _int8(hardware)} if hardware.instructions.int8_dot else {}
    return {
        "fma": _fma(hardware),
        **pairs,
        **fours,
        "read": _read(hardware, _ARRAY, 64 * hardware.threads, turns=1),
        "copy": _copy(),
    }


def memory_reader() -> tuple[Executable, np.ndarray]:
    """A program that reads its argument, and one that no cache holds."""
    hardware = _hardware()
    return _reader(hardware, _ARRAY, 64 * hardware.threads, turns=1)


def cache_limits(size: int) -> tuple[float, float]:
    """GB/s with which arrays of `size` bytes in all are read, and copied, again and again."""
    hardware = _hardware()
    turns = max(1, _CACHE_TRAFFIC // size)
    # A part for each thread: what one thread reads again is what its own caches may hold.
    read = _read(hardware, size, hardware.threads, turns)
    return read, _copy_again(hardware, size, turns)


def _hardware() -> Hardware:
    target = resolve_target("host")
    instructions = instruction_set_of(target.processor)
    if instructions is None:
        raise LookupError("there are no kernels for this processor, so its limits are not known")
    return Hardware(instructions, target.threads)


def _fma(hardware: Hardware) -> float:
    """Multiply-adds of float32."""
    return 2 * _registers(hardware, lambda held, total: multiply_add(held, held, total))


def _bfloat16(hardware: Hardware) -> float:
    """Multiply-adds of pairs of bfloat16."""
    lanes = hardware.instructions.lanes(2)

    def add_pairs(held: ir.Value, total: ir.Value) -> ir.Value:
        pairs = vector.bitcast(ir.VectorType.get([lanes], ir.BF16Type.get()), held)
        return add_product(pairs, pairs, total)

    return 4 * _registers(hardware, add_pairs)


def _int8(hardware: Hardware) -> float:
    """Multiply-adds of fours of uint8 and int8."""
    lanes = hardware.instructions.lanes(1)

    def add_fours(held: ir.Value, total: ir.Value) -> ir.Value:
        fours = vector.bitcast(ir.VectorType.get([lanes], _integer(8)), held)
        sums = vector.bitcast(ir.VectorType.get([lanes // 4], _integer(32)), total)
        return vector.bitcast(total.type, add_product(fours, fours, sums))

    return 8 * _registers(hardware, add_fours)


def _integer(bits: int) -> ir.Type:
    return ir.IntegerType.get_signless(bits)


def _registers(hardware: Hardware, add: Callable[[ir.Value, ir.Value], ir.Value]) -> float:
    """Lanes that go through an instruction in a nanosecond, in 12 chains of a thread."""
    lanes, chains = hardware.instructions.lanes(4), 12
    # More workgroups than threads: one that wakes late does less.
    workgroups = 16 * hardware.threads

    def body(inputs: list[Buffer], results: list[Buffer], workgroup_id: WorkgroupId) -> None:
        held = load_vector(inputs[0].memref, [0], lanes)
        begin = [load_vector(inputs[0].memref, [i], lanes) for i in range(chains)]
        sums = loop(0, _TURNS, 1, begin, lambda _, sums: [add(held, one) for one in sums])
        total = sums[0]
        for one in sums[1:]:
            total = arith.addf(total, one)
        store_vector(total, results[0].memref, [workgroup_id[0], 0])

    program = _program(workgroups, (64,), (workgroups, lanes), body)
    seconds = _best(program, np.full(64, 0.5, np.float32))
    return chains * lanes * workgroups * _TURNS / seconds / 1e9


def _read(hardware: Hardware, size: int, workgroups: int, turns: int) -> float:
    """GB/s with which workgroups read an array, each its part, `turns` times."""
    program, array = _reader(hardware, size, workgroups, turns)
    return turns * array.nbytes / _best(program, array) / 1e9


def _reader(
    hardware: Hardware, size: int, workgroups: int, turns: int
) -> tuple[Executable, np.ndarray]:
    """Workgroups sum parts of an array, each from four offsets at once for more lines under way.

    Each does so `turns` times, which counts where a cache holds its part.
    """
    lanes, streams = hardware.instructions.lanes(4), 4
    part = size // 4 // workgroups // streams // lanes * lanes
    shape = (workgroups, streams, part)

    def body(inputs: list[Buffer], results: list[Buffer], workgroup_id: WorkgroupId) -> None:
        source, target = inputs[0].memref, results[0].memref

        def step(first: Index, sums: list[ir.Value]) -> list[ir.Value]:
            held = [load_vector(source, [workgroup_id[0], i, first], lanes) for i in range(streams)]
            return [arith.addf(one, total) for one, total in zip(held, sums)]

        begin = [load_vector(source, [workgroup_id[0], i, 0], lanes) for i in range(streams)]
        sums = loop(0, turns, 1, begin, lambda _, sums: loop(0, part, lanes, sums, step))
        total = arith.addf(arith.addf(*sums[:2]), arith.addf(*sums[2:]))
        store_vector(total, target, [workgroup_id[0], 0])

    return _program(workgroups, shape, (workgroups, lanes), body), np.ones(shape, np.float32)


def _copy() -> float:
    """The C library's memcpy, with non-temporal stores, on all threads."""
    threads = resolve_target("host").threads
    source = np.ones((threads, _ARRAY // 4 // threads), np.float32)
    target = np.empty_like(source)
    with ThreadPoolExecutor(threads) as pool:

        def copy() -> None:
            list(pool.map(np.copyto, target, source))

        return 2 * source.nbytes / _best_of(copy) / 1e9


def _copy_again(hardware: Hardware, size: int, turns: int) -> float:
    """Each thread copies its half of an array to another; `size` is that of both."""
    lanes, threads = hardware.instructions.lanes(4), hardware.threads
    part = size // 8 // threads // lanes * lanes
    shape = (threads, part)

    def body(inputs: list[Buffer], results: list[Buffer], workgroup_id: WorkgroupId) -> None:
        source, target = inputs[0].memref, results[0].memref

        def step(first: Index, _: list[ir.Value]) -> None:
            store_vector(
                load_vector(source, [workgroup_id[0], first], lanes),
                target,
                [workgroup_id[0], first],
            )

        loop(0, turns, 1, [], lambda _, none: loop(0, part, lanes, none, step))

    program = _program(threads, shape, shape, body)
    return turns * 8 * math.prod(shape) / _best(program, np.ones(shape, np.float32)) / 1e9


def _program(
    workgroups: int,
    given: tuple[int, ...],
    made: tuple[int, ...],
    body: Callable[[list[Buffer], list[Buffer], WorkgroupId], None],
) -> Executable:
    with dialects.new_context(), ir.Location.unknown():
        module = ir.Module.create()
        element = ir.F32Type.get()
        types = [ir.RankedTensorType.get(list(shape), element) for shape in (given, made)]
        with ir.InsertionPoint(module.body):
            entry = func.FuncOp("main", ([types[0]], [types[1]]))
        with ir.InsertionPoint(entry.add_entry_block()):
            arguments = list(entry.arguments)
            func.ReturnOp(dispatch("limit", [workgroups, 1, 1], arguments, [types[1]], [], body))
        return compile_module(module, resolve_target("host"), driver="local-task")


def _best(program: Executable, array: np.ndarray) -> float:
    out = [np.empty(slot.static_shape, slot.dtype) for slot in program.binary.results]
    return _best_of(lambda: program([array], out))


def _best_of(call: Callable[[], object]) -> float:
    call()
    return min(seconds_of(call) for _ in range(12))
