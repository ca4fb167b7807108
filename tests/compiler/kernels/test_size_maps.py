"""Sizes of views and of results, from those of a function's arguments."""

import math
from collections.abc import Iterator

import pytest

from tessel import dialects
from tessel.compiler.emit.index import Index
from tessel.compiler.kernels.size_maps import (
    ArraySizes,
    UnknownSizeError,
    as_index,
    as_size,
    static_size,
)
from tessel.dialects.mlir import ir
from tessel.runtime.size_expressions import number_of

SOURCE = """
func.func @main(%x: tensor<?x?x12xf32>, %n: index) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c63 = arith.constant 63 : index
  %c64 = arith.constant 64 : index
  %d0 = tensor.dim %x, %c0 : tensor<?x?x12xf32>
  %d1 = tensor.dim %x, %c1 : tensor<?x?x12xf32>
  %rows = tensor.collapse_shape %x [[0, 1], [2]] : tensor<?x?x12xf32> into tensor<?x12xf32>
  %all = tensor.dim %rows, %c0 : tensor<?x12xf32>
  %0 = arith.addi %all, %c63 : index
  %blocks = arith.divui %0, %c64 : index
  %made = "flow.dispatch"(%c1, %c1, %c1, %rows, %all, %blocks) <{
      entry_points = [@k::@k], operandSegmentSizes = array<i32: 3, 1, 1, 1>,
      tied_operands = [-1 : index]}>
      : (index, index, index, tensor<?x12xf32>, index, index) -> tensor<?x64xf32>
  %wide = tensor.expand_shape %made [[0, 1], [2]] output_shape [%blocks, 1, 64]
      : tensor<?x64xf32> into tensor<?x1x64xf32>
  %cast = tensor.cast %wide : tensor<?x1x64xf32> to tensor<?x?x64xf32>
  %shape = tensor.from_elements %blocks, %c64 : tensor<2xindex>
  %turned = tensor.reshape %cast(%shape)
      : (tensor<?x?x64xf32>, tensor<2xindex>) -> tensor<?x?xf32>
  %cut = tensor.extract_slice %rows[0, 0] [%n, 1] [1, 1] : tensor<?x12xf32> to tensor<?xf32>
  return %cut : tensor<?xf32>
}
"""


@pytest.fixture
def block() -> Iterator[ir.Block]:
    with dialects.new_context() as context, ir.Location.unknown():
        context.allow_unregistered_dialects = True
        module = ir.Module.parse(SOURCE)
        yield module.body.operations[0].regions[0].blocks[0]


def values_of(block: ir.Block, name: str) -> list[ir.Value]:
    return [one.operation.results[0] for one in block.operations if one.operation.name == name]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tensor.collapse_shape", (35, 12)),
        ("flow.dispatch", (1, 64)),
        ("tensor.expand_shape", (1, 1, 64)),
        ("tensor.cast", (1, 1, 64)),
        ("tensor.reshape", (1, 64)),
    ],
)
def test_sizes_follow_from_arguments(block: ir.Block, name: str, expected: tuple[int, ...]) -> None:
    sizes = ArraySizes(list(block.arguments))
    assert list(sizes.symbols) == [(0, 0), (0, 1)]
    (value,) = values_of(block, name)
    found = [
        as_size(sizes.along(value, axis), list(sizes.symbols)) for axis in range(len(expected))
    ]
    assert tuple(number_of(one, [(5, 7, 12), ()]) for one in found) == expected
    nbytes = as_size(sizes.nbytes(value), list(sizes.symbols))
    assert number_of(nbytes, [(5, 7, 12), ()]) == 4 * math.prod(expected)


def test_as_numbers_of_ir(block: ir.Block) -> None:
    sizes = ArraySizes(list(block.arguments))
    (made,) = values_of(block, "flow.dispatch")
    assert as_index(sizes.along(made, 0), [Index(5), Index(70)]) == Index(6)
    assert static_size(sizes.along(made, 0)) is None
    assert static_size(sizes.along(made, 1)) == 64


def test_what_does_not_follow(block: ir.Block) -> None:
    sizes = ArraySizes(list(block.arguments))
    (cut,) = values_of(block, "tensor.extract_slice")
    with pytest.raises(UnknownSizeError):
        sizes.along(cut, 0)
    with pytest.raises(UnknownSizeError):
        sizes.number(block.arguments[1])
