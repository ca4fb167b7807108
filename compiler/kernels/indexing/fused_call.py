"""Fusions of ops with indices as calls of their kernels, and what their checks say."""

from tessel.compiler.diagnostics import PassError
from tessel.compiler.emit.element import as_signless
from tessel.compiler.emit.reshape import collapse, expand
from tessel.compiler.kernels.indexing.arrays import CheckedColumn, IndexArrays, first_failure
from tessel.compiler.kernels.indexing.check_kernel import check_indices
from tessel.compiler.kernels.indexing.columns import checks_among, index_columns, single_element
from tessel.compiler.kernels.indexing.gather_kernel import gather
from tessel.compiler.kernels.indexing.problem import IndexConfiguration
from tessel.compiler.kernels.indexing.reader import check_configuration
from tessel.compiler.kernels.indexing.scatter_kernel import Combination, scatter
from tessel.compiler.lowering.base import dim, dynamic_sizes
from tessel.compiler.lowering.indexing import COMBINE
from tessel.dialects.builder import TensorValue
from tessel.dialects.checks import CheckIndices
from tessel.dialects.indexing import ScatterNd
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir
from tessel.dialects.types import ArrayType


def call_index_kernel(ops: list[OpInstance], configuration: IndexConfiguration) -> list[ir.Value]:
    """The results of a fusion whose last op gathers, scatters or is a check.

    Raises PassError where a person has written what no kernel does.
    """
    arrays = _index_arrays(ops)
    check_configuration(configuration, len(arrays.columns))
    if ops[-1].cls is CheckIndices:
        return _failure(ops, arrays, [check_indices(arrays, configuration)])
    move = _scatter if ops[-1].cls is ScatterNd else _gather
    made, *found = move(ops[-1], arrays, configuration)
    return [made, *_failure(ops, arrays, found)]


def _gather(
    op: OpInstance, arrays: IndexArrays, configuration: IndexConfiguration
) -> list[ir.Value]:
    picked, *found = gather(as_signless(op.operands[0]), arrays, configuration)
    result = op.result_type
    return [expand(picked, [list(range(result.rank))], result, []), *found]


def _scatter(
    op: OpInstance, arrays: IndexArrays, configuration: IndexConfiguration
) -> list[ir.Value]:
    x, result, kind = as_signless(op.operands[0]), op.result_type, op.attributes["kind"]
    how = Combination(kind, COMBINE[kind], result.dtype)
    updates = _as_vector(single_element(op.operands[2]))
    flat, *found = scatter(x, updates, arrays, how, configuration)
    sizes = dynamic_sizes(result, lambda axis: dim(x, axis))
    return [expand(flat, [list(range(result.rank))], result, sizes), *found]


def _index_arrays(ops: list[OpInstance]) -> IndexArrays:
    columns = index_columns(ops[-1])
    if columns is None:
        raise PassError(f"there is no kernel for the indices of '{ops[-1].cls.OPERATION_NAME}'")
    checks = [
        CheckedColumn(
            check.column,
            check.size,
            check.static,
            check.op.attributes["counts_from_back"],
            check.op.attributes["code"],
        )
        for check in checks_among(ops, columns)
    ]
    arrays = [one.indices for one in columns]
    dtypes = [ArrayType.of(one).dtype for one in arrays]
    return IndexArrays([_as_vector(one) for one in arrays], dtypes, checks)


def _failure(ops: list[OpInstance], arrays: IndexArrays, found: list[ir.Value]) -> list[ir.Value]:
    """What the checks of a kernel say, if there are any."""
    return [first_failure(ops[0].operands[0], one, arrays.checks) for one in found]


def _as_vector(value: ir.Value) -> ir.Value:
    """All elements of an array, in row-major order."""
    rank = ArrayType.of(value).rank
    one = value if rank else TensorValue(value).reshape([1]).value
    return collapse(as_signless(one), [list(range(max(rank, 1)))])
