"""What kernels need to know of a processor's vector instructions: one table.

A level is chosen by features, as Linux names them (`targets/processors.py`), from the best down.
"""

from dataclasses import dataclass

from tessel.compiler.targets.cpu.processors import PROCESSORS, Processor

_TILE_DTYPES = {"amx_bf16": "bfloat16", "amx_int8": "uint8", "amx_fp16": "float16"}
"""Feature -> the dtype of rows that its tiles multiply."""


@dataclass(frozen=True)
class InstructionSet:
    """Vector registers of a processor, and which dot products it has.

    `vector_bytes` is the size of a register, `registers` their number. `bfloat16_dot` and
    `int8_dot` say that one instruction multiplies and sums pairs of bfloat16 (x86: vdpbf16ps), or
    fours of uint8 and int8 (vpdpbusd). `tile_dtypes` names the dtypes of rows that tiles multiply
    (AMX). `pause` names LLVM's intrinsics that say that a thread waits.
    """

    name: str
    vector_bytes: int
    registers: int
    bfloat16_dot: bool = False
    int8_dot: bool = False
    tile_dtypes: frozenset[str] = frozenset()
    pause: tuple[str, ...] = ("llvm.x86.sse2.pause",)

    def lanes(self, itemsize: int) -> int:
        """Elements of `itemsize` bytes in a register."""
        return self.vector_bytes // itemsize


def instruction_set(processor: Processor | None) -> InstructionSet | None:
    """The best level that `processor` has; None where kernels are not written for it."""
    if processor is None:
        return None
    has = processor.features.__contains__
    if has("asimd"):
        return InstructionSet("neon", 16, 32, pause=())
    if has("avx512f"):
        dots = has("avx512_bf16"), has("avx512_vnni")
        tiles = (dtype for feature, dtype in _TILE_DTYPES.items() if has(feature))
        return InstructionSet("avx512", 64, 32, *dots, frozenset(tiles))
    return InstructionSet("avx2", 32, 16) if has("avx2") and has("fma") else None


def instruction_set_of(name: str) -> InstructionSet | None:
    """The level of the processor called `name`; None for one that is not in the table."""
    return instruction_set(PROCESSORS.get(name))
