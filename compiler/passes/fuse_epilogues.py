"""Groups a product, convolution or pool with the elementwise ops that follow it into a fusion.

    p = matmul(x, w); b = add(p, bias); y = gelu(b)
      ->  y = scf.execute_region no_inline { matmul, add, gelu } {tessel.fusion = "matmul"}

A kernel applies them to its results while they lie in registers. Products of which nothing follows
become fusions too, so that a kernel can be chosen for each. The kind of the fusion is "matmul",
"convolution", "depthwise" or "pool". Zeros around images, for a convolution behind, end a fusion:
they are written by the kernel that makes the images.
Keeps: shapes, dtypes, results to rounding.  Does not fire: on products of batches of matrices, on
sizes of K and N known only when running, beyond 24 arrays to read. An op joins when it computes on
floats or int32 of the product's shape, what else it reads is a matrix, row, column or element, and
nothing between is used outside. Of pools those that `kernels/pool_tiles.py` describes.
Test: lit_tests/passes/fuse_epilogues.mlir
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

import numpy as np

from tessel.compiler.kernels.epilogue import fits_epilogue
from tessel.compiler.kernels.frame import is_frame
from tessel.compiler.kernels.plane_tiles import planes_problem
from tessel.compiler.kernels.pool_tiles import pool_problem
from tessel.compiler.lowering.base import MOST_INPUTS
from tessel.compiler.passes.base import Pass
from tessel.dialects.base import TesselOp
from tessel.dialects.channels_last import ChannelsLastConvolution, DepthwiseConvolution
from tessel.dialects.contraction import Matmul
from tessel.dialects.control_flow import blocks_outside_fusions, fuse
from tessel.dialects.convolution import Convolution
from tessel.dialects.instance import OpInstance, only_user, read_op
from tessel.dialects.mlir import ir
from tessel.dialects.pooling import Pool
from tessel.dialects.types import ArrayType, is_float

KINDS: dict[type[TesselOp], str] = {
    Matmul: "matmul",
    ChannelsLastConvolution: "convolution",
    DepthwiseConvolution: "depthwise",
    Convolution: "depthwise_planes",
    Pool: "pool",
}
"""Product -> the kind of its fusions."""

_REACH = 64
"""How many ops behind the product an epilogue may end: it bounds the search."""


@dataclass(frozen=True)
class FuseEpilogues(Pass):
    """From each product forwards, in program order."""

    def run(self, module: ir.Operation) -> None:
        for block in blocks_outside_fusions(module):
            operations = [view.operation for view in block.operations]
            for place, operation in enumerate(operations):
                product = read_op(operation)
                if product is not None and _is_product(product):
                    # What an earlier product has taken in stands in another block now.
                    left = (one for one in operations[place + 1 :] if one.block == block)
                    columns = 2 if product.cls is Convolution else 1
                    members = _members(operation, islice(left, _REACH), columns)
                    fuse(KINDS[product.cls], [*members, *_frame(product, members[-1])])


def _is_product(op: OpInstance) -> bool:
    if op.cls is Convolution:
        return planes_problem(op) is not None
    if op.cls is Pool:
        return pool_problem(op) is not None
    return op.cls in KINDS and (op.cls is not Matmul or _is_one_matrix(op))


def _is_one_matrix(op: OpInstance) -> bool:
    """Whether all rows are multiplied by one matrix of known sizes."""
    lhs, rhs = op.operand_types
    known = rhs.is_static and rhs.rank == 2
    multiplied = is_float(lhs.dtype) or lhs.dtype == np.int32
    return known and multiplied and 0 not in (*lhs.shape, *rhs.shape)


def _members(
    product: ir.Operation, following: Iterable[ir.Operation], columns: int
) -> list[ir.Operation]:
    """The product and its epilogue: the longest chain that ends in one value used outside.

    The last `columns` dimensions are the columns of the product.
    """
    shape = ArrayType.of(product.results[0]).shape
    members, best = [product], 1
    made = {product.results[0]}
    read = set(product.operands)
    excluded: set[ir.Value] = set()
    for operation in following:
        operands = set(operation.operands)
        if operation.regions or operands & excluded or not operands & made:
            excluded.update(operation.results if operands & (made | excluded) else [])
            continue
        op = read_op(operation)
        if op is None or not fits_epilogue(op, shape, columns):
            excluded.update(operation.results)
            continue
        read |= operands - made
        if len(read) > MOST_INPUTS:
            break
        members.append(operation)
        made.add(operation.results[0])
        if _only_last_is_used(members):
            best = len(members)
    return members[:best]


def _frame(product: OpInstance, last: ir.Operation) -> list[ir.Operation]:
    """The op that alone uses the last result, where it adds zeros around images."""
    user = only_user(last.results[0])
    makes_rows = product.cls in (Matmul, ChannelsLastConvolution)
    framed = makes_rows and user is not None and is_frame(user)
    return [user.operation] if framed and user is not None else []


def _only_last_is_used(members: list[ir.Operation]) -> bool:
    inside = set(members)
    return all(
        use.owner.operation in inside for member in members[:-1] for use in member.results[0].uses
    )
