"""Tiles of Intel's AMX: registers of 16 rows of 16 words of 4 bytes, and products of two of them.

A `TileUnit` says what a kernel does with tiles. `AmxUnit` emits LLVM's intrinsics, for which LLVM
configures the registers once a kernel; `LoopUnit` does the same in loops over memory, so that a
kernel for AMX runs, and is checked, where there is none. All tiles are whole: LLVM gives a register
one shape for the kernel, and has none left where tails have others.
Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, chapter 18.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from tessel.compiler.emit.address import address_of, row_bytes
from tessel.compiler.emit.element import Element, cast, constant, signless_type
from tessel.compiler.emit.index import Index, IndexLike
from tessel.compiler.emit.vector import intrinsic, load, loop, stack_alloc, store
from tessel.dialects.mlir import arith, ir, llvm
from tessel.dialects.types import accumulation_dtype, bfloat16

TILE = 16
"""Rows of a tile, and words of 4 bytes in a row."""

_PRODUCTS = {
    bfloat16: "tdpbf16ps",
    np.dtype(np.float16): "tdpfp16ps",
    np.dtype(np.uint8): "tdpbusd",
}
"""dtype of lhs -> the instruction; rhs has the same, beside uint8 it has int8."""


class TileUnit(Protocol):
    """What a kernel does with tiles, which are values; `indices` are those of a first element."""

    def zeros(self, sums: np.dtype) -> ir.Value: ...

    def load(self, array: ir.Value, indices: Sequence[IndexLike]) -> ir.Value: ...

    def add_product(
        self, total: ir.Value, lhs: ir.Value, rhs: ir.Value, dtype: np.dtype
    ) -> ir.Value:
        """total[m, n] + sum over k of lhs[m, k] * rhs[k, n], words of which hold neighbours of K.

        `dtype` is that of lhs. `total` may not be used again.
        """
        ...

    def store(self, tile: ir.Value, array: ir.Value, indices: Sequence[IndexLike]) -> None: ...


class AmxUnit:
    """The instructions."""

    def zeros(self, sums: np.dtype) -> ir.Value:
        return _call("tilezero", _tile(), _shape())

    def load(self, array: ir.Value, indices: Sequence[IndexLike]) -> ir.Value:
        given = [*_shape(), address_of(array, indices), row_bytes(array)]
        return _call("tileloadd64", _tile(), given)

    def add_product(
        self, total: ir.Value, lhs: ir.Value, rhs: ir.Value, dtype: np.dtype
    ) -> ir.Value:
        rows, row_length = _shape()
        return _call(_PRODUCTS[dtype], _tile(), [rows, row_length, row_length, total, lhs, rhs])

    def store(self, tile: ir.Value, array: ir.Value, indices: Sequence[IndexLike]) -> None:
        _call("tilestored64", None, [*_shape(), address_of(array, indices), row_bytes(array), tile])


class LoopUnit:
    """The same in memory: a tile is an array of words, and sums are changed where they are."""

    def zeros(self, sums: np.dtype) -> ir.Value:
        tile, zero = stack_alloc([TILE, TILE], signless_type(sums)), constant(0, sums).value
        _each_word(lambda row, word: store(zero, tile, [row, word]))
        return tile

    def load(self, array: ir.Value, indices: Sequence[IndexLike]) -> ir.Value:
        integer, word_type = (ir.IntegerType.get_signless(bits) for bits in (64, 32))
        tile = stack_alloc([TILE, TILE], word_type)
        begin, stride = address_of(array, indices), row_bytes(array)
        first = llvm.ptrtoint(integer, begin)

        def copy(row: Index, word: Index) -> None:
            row_start = arith.muli(arith.index_cast(integer, row.value), stride)
            offset = arith.addi(row_start, arith.index_cast(integer, (word * 4).value))
            pointer = llvm.inttoptr(begin.type, arith.addi(first, offset))
            store(llvm.load(word_type, pointer), tile, [row, word])

        _each_word(copy)
        return tile

    def add_product(
        self, total: ir.Value, lhs: ir.Value, rhs: ir.Value, dtype: np.dtype
    ) -> ir.Value:
        other = np.dtype(np.int8) if dtype == np.uint8 else dtype

        def add(row: Index, column: Index) -> None:
            def step(k: Index, sums: list[ir.Value]) -> list[ir.Value]:
                left = _numbers(load(lhs, [row, k]), dtype)
                right = _numbers(load(rhs, [k, column]), other)
                result = Element(sums[0], left[0].dtype)
                for x, y in zip(left, right):
                    result = result + x * y
                return [result.value]

            (made,) = loop(0, TILE, 1, [load(total, [row, column])], step)
            store(made, total, [row, column])

        _each_word(add)
        return total

    def store(self, tile: ir.Value, array: ir.Value, indices: Sequence[IndexLike]) -> None:
        first, begin = indices

        def copy(row: Index, word: Index) -> None:
            store(load(tile, [row, word]), array, [row + first, word + begin])

        _each_word(copy)


def _each_word(visit: Callable[[Index, Index], None]) -> None:
    """Calls `visit(row, word)` in two loops."""

    def each_of_row(row: Index, _: Sequence[ir.Value]) -> None:
        loop(0, TILE, 1, [], lambda word, _: visit(row, word))

    loop(0, TILE, 1, [], each_of_row)


def _numbers(word: ir.Value, dtype: np.dtype) -> list[Element]:
    """The numbers in a word, as those that they are summed in: float32, or int32."""
    bits = 8 * dtype.itemsize
    sums = np.dtype(np.int32) if dtype.kind in "iu" else accumulation_dtype(dtype)
    whole, part = Element(word, np.dtype(np.uint32)), np.dtype(f"uint{bits}")
    parts = [cast(whole >> bits * i, part) for i in range(32 // bits)]
    return [cast(_read_as(one, dtype), sums) for one in parts]


def _read_as(bits: Element, dtype: np.dtype) -> Element:
    return Element(bits.value, dtype) if dtype.kind in "iu" else bits.bits(dtype)


def _call(name: str, result: ir.Type | None, operands: Sequence[ir.Value]) -> ir.Value:
    return intrinsic(f"llvm.x86.{name}.internal", result, operands)


def _tile() -> ir.Type:
    return ir.Type.parse("!llvm.x86_amx")


def _shape() -> tuple[ir.Value, ir.Value]:
    """Rows of a tile, and bytes of a row."""
    short = ir.IntegerType.get_signless(16)
    return arith.constant(short, TILE), arith.constant(short, 4 * TILE)
