"""Addresses of elements, for instructions that take a pointer and a distance between rows."""

from collections.abc import Sequence

from tessel.compiler.emit.index import Index, IndexLike, as_index
from tessel.dialects.mlir import arith, ir, llvm, memref


def address_of(array: ir.Value, indices: Sequence[IndexLike]) -> ir.Value:
    """The address of an element of an array in row-major order, with no gaps."""
    # Not by `memref.extract_strided_metadata`: IREE 3.13 forgets an array's offset in its buffer.
    start, element = Index(memref.extract_aligned_pointer_as_index(array)), Index(0)
    for index, step in zip(indices, _steps(array), strict=True):
        element = element + as_index(index) * step
    word = ir.IntegerType.get_signless(64)
    address = arith.index_cast(word, (start + element * _itemsize(array)).value)
    return llvm.inttoptr(ir.Type.parse("!llvm.ptr"), address)


def row_bytes(array: ir.Value) -> ir.Value:
    """Bytes from an element to that below it, as a 64-bit integer."""
    word = ir.IntegerType.get_signless(64)
    return arith.constant(word, _steps(array)[-2] * _itemsize(array))


def _steps(array: ir.Value) -> list[int]:
    """How many elements neighbours along each axis are apart; the first size may be dynamic."""
    steps = [1]
    for size in reversed(ir.MemRefType(array.type).shape[1:]):
        steps.insert(0, steps[0] * size)
    return steps


def _itemsize(array: ir.Value) -> int:
    element = ir.MemRefType(array.type).element_type
    width = element.width if isinstance(element, ir.IntegerType | ir.FloatType) else 0
    assert width in (8, 16, 32, 64), f"elements of {element} have no size in bytes"
    return width // 8
