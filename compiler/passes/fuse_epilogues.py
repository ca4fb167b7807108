"""Groups a product, convolution or pool with the elementwise ops that follow it into a fusion.

    p = matmul(x, w); b = add(p, bias); y = gelu(b)
      ->  y = scf.execute_region no_inline { matmul, add, gelu } {tessel.fusion = "matmul"}

A kernel applies them to its results while they are in registers. Products of which nothing follows
become fusions too, so that a kernel can be chosen for each. The kind of the fusion is "matmul",
"convolution", "depthwise" or "pool". Zeros around images, for a convolution behind, end a fusion:
they are written by the kernel that makes the images.
Keeps: shapes, dtypes, results to rounding.  Does not fire: on products of batches of matrices, on
dynamic K and N, beyond 24 arrays to read. An op joins when it computes on
floats or int32 of the product's shape, what else it reads is a matrix, row, column or element, and
nothing between is used outside. Which ops begin a fusion
the templates of `compiler/kernels` say.
Test: lit_tests/passes/fuse_epilogues.mlir
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from tessel.compiler.kernels.epilogue import fits_epilogue
from tessel.compiler.kernels.padding import is_image_padding
from tessel.compiler.kernels.registry import templates
from tessel.compiler.kernels.template import KernelTemplate
from tessel.compiler.lowering.base import MOST_INPUTS
from tessel.compiler.passes.base import Pass
from tessel.dialects.control_flow import blocks_outside_fusions, fuse
from tessel.dialects.instance import OpInstance, only_user, read_op
from tessel.dialects.mlir import ir
from tessel.dialects.types import ArrayType

_REACH = 64
"""How many ops behind the product an epilogue may end: it bounds the search."""


@dataclass(frozen=True)
class FuseEpilogues(Pass):
    """From each product forwards, in program order."""

    def run(self, module: ir.Operation) -> None:
        for block in blocks_outside_fusions(module):
            operations = [view.operation for view in block.operations]
            for position, operation in enumerate(operations):
                root = read_op(operation)
                template = None if root is None else _template_of(root)
                if root is not None and template is not None:
                    # What an earlier product has taken in stands in another block now.
                    left = (one for one in operations[position + 1 :] if one.block == block)
                    trailing_axes = template.trailing_axes
                    members = _members(operation, islice(left, _REACH), trailing_axes)
                    if template.writes_padding:
                        members += _padding(members[-1])
                    fuse(template.fusion, members)


def _template_of(op: OpInstance) -> KernelTemplate | None:
    """The template whose fusions an op begins."""
    found = (one for one in templates().values() if op.cls in one.roots and one.is_root(op))
    return next(found, None)


def _members(
    product: ir.Operation, following: Iterable[ir.Operation], trailing_axes: int
) -> list[ir.Operation]:
    """The product and its epilogue: the longest chain that ends in one value used outside.

    The last `trailing_axes` dimensions are the columns of the product.
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
        if op is None or not fits_epilogue(op, shape, trailing_axes):
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


def _padding(last: ir.Operation) -> list[ir.Operation]:
    """The op that alone uses the last result, where it adds zeros around images."""
    user = only_user(last.results[0])
    return [user.operation] if user is not None and is_image_padding(user) else []


def _only_last_is_used(members: list[ir.Operation]) -> bool:
    inside = set(members)
    return all(
        use.owner.operation in inside for member in members[:-1] for use in member.results[0].uses
    )
