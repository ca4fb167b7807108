"""What a fusion of each kind holds, looked at before it is lowered: a person may have edited it.

Passes that make fusions take in only what fits. Text that goes on from stage `fused` has fusions of
another hand, and what does not fit is told rather than met inside a kernel's template.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from tessel.compiler.diagnostics import PassError
from tessel.compiler.kernels.attention_tiles import fits_attention
from tessel.compiler.kernels.concatenation_pieces import (
    columns_of,
    is_joinable,
    piece_ops,
    pieces_of,
    start_of,
)
from tessel.compiler.kernels.epilogue import fits_epilogue
from tessel.compiler.kernels.frame import is_frame
from tessel.compiler.kernels.index_columns import holds_indices
from tessel.compiler.kernels.move_tiles import matrices_of
from tessel.compiler.kernels.plane_tiles import planes_problem
from tessel.compiler.kernels.pool_tiles import pool_problem
from tessel.compiler.kernels.row_program import rows_of
from tessel.compiler.kernels.selected import selected_template
from tessel.compiler.locations import place_of
from tessel.compiler.lowering.base import ELEMENT_FUNCTIONS
from tessel.compiler.lowering.elementwise import is_host_arithmetic
from tessel.compiler.lowering.reduction import REDUCTIONS
from tessel.dialects.attention import AttentionOp
from tessel.dialects.base import TesselOp
from tessel.dialects.channels_last import (
    ChannelsLastConvolution,
    DepthwiseConvolution,
    PackedConvolution,
)
from tessel.dialects.checks import CheckIndices
from tessel.dialects.contraction import Matmul
from tessel.dialects.control_flow import FUSION, fused_operations, fusions_of, yielded_values
from tessel.dialects.convolution import Convolution
from tessel.dialects.indexing import GatherNd, ScatterNd, Take
from tessel.dialects.instance import OpInstance, read_op
from tessel.dialects.mlir import ir
from tessel.dialects.packing import PackedMatmul, PackMatrix
from tessel.dialects.pooling import Pool
from tessel.dialects.reduction import Argmax, Argmin
from tessel.dialects.shape import Transpose
from tessel.dialects.slicing import Slice
from tessel.dialects.winograd import WinogradConvolution, WinogradInput


@dataclass(frozen=True)
class _Rule:
    """Whether ops, and the values that they hand out, are what a kind of fusion holds."""

    holds: Callable[[list[OpInstance], list[ir.Value]], bool]
    templates: tuple[str, ...] = ()


def check_fusions(module: ir.Operation) -> None:
    """Raises PassError for the first fusion in `module` that is none of its kind."""
    for fusion in fusions_of(module):
        _check(fusion)


def _check(fusion: ir.Operation) -> None:
    place = place_of(fusion.location)
    kind, template = _kind(fusion), selected_template(fusion)
    rule = _RULES.get(kind)
    if rule is None:
        raise PassError(f"there are no fusions of kind '{kind}'", place=place)
    ops, ends = _contents(fusion), yielded_values(fusion)
    made = {result for op in ops for result in op.operation.results}
    if not ops or not made.issuperset(ends) or not rule.holds(ops, ends):
        raise PassError(f"a fusion of kind '{kind}' does not hold such ops", place=place)
    if template is not None and template not in rule.templates:
        raise PassError(f"fusions of kind '{kind}' have no kernel '{template}'", place=place)
    fits = _FITS_TEMPLATE.get(template or "")
    if fits is not None and not fits(ops):
        raise PassError(f"the ops of a fusion do not fit the kernel '{template}'", place=place)


def _kind(fusion: ir.Operation) -> str:
    try:
        return ir.StringAttr(fusion.attributes[FUSION]).value
    except (ValueError, TypeError):  # upstream's casts
        raise PassError(f"'{FUSION}' is no text", place=place_of(fusion.location)) from None


def _contents(fusion: ir.Operation) -> list[OpInstance]:
    """Its ops; none where it holds others than those of the dialect, or several blocks."""
    if len(list(fusion.regions[0].blocks)) != 1:
        return []
    found = [read_op(one) for one in fused_operations(fusion)]
    known = [op for op in found if op is not None]
    return known if len(known) == len(found) else []


def _is_elementwise(ops: list[OpInstance], ends: list[ir.Value]) -> bool:
    """Of one shape, known when compiling."""
    shape = ops[-1].result_type.shape
    return all(_is_element_op(op) and op.result_type.shape == shape for op in ops)


def _is_element_op(op: OpInstance) -> bool:
    return op.cls in ELEMENT_FUNCTIONS and op.result_type.is_static and not is_host_arithmetic(op)


def _is_reduction(ops: list[OpInstance], ends: list[ir.Value]) -> bool:
    """Reductions of one shape along the same axes, and what is elementwise around them."""
    reductions = [op for op in ops if op.cls in REDUCTIONS]
    if not reductions:
        return False
    domain, axes = reductions[0].operand_types[0], reductions[0].attributes["axes"]
    if not domain.is_static or not domain.size or all(domain.sizes[axis] == 1 for axis in axes):
        return False
    kept = tuple(1 if axis in axes else size for axis, size in enumerate(domain.shape))
    dropped = tuple(size for axis, size in enumerate(domain.shape) if axis not in axes)
    shapes = (domain.shape, kept, dropped)
    return all(
        op.operand_types[0].shape == domain.shape and op.attributes["axes"] == axes
        if op.cls in REDUCTIONS
        else _is_element_op(op) and op.result_type.shape in shapes
        for op in ops
    )


def _is_alone(*classes: type[TesselOp]) -> Callable[[list[OpInstance], list[ir.Value]], bool]:
    return lambda ops, ends: len(ops) == 1 and ops[0].cls in classes


def _has_indices(*classes: type[TesselOp]) -> Callable[[list[OpInstance], list[ir.Value]], bool]:
    """One of `classes` behind the checks of its indices and what puts them together."""
    return lambda ops, ends: ops[-1].cls in classes and holds_indices(ops, ends)


def _is_product(
    classes: Mapping[type[TesselOp], Callable[[OpInstance], bool]], columns: int = 1
) -> Callable[[list[OpInstance], list[ir.Value]], bool]:
    """One of `classes`, each with what it must be, and an epilogue whose last value is yielded."""

    def holds(ops: list[OpInstance], ends: list[ir.Value]) -> bool:
        product, *rest = ops
        if product.cls not in classes or not classes[product.cls](product):
            return False
        if ends != [ops[-1].result]:
            return False
        # Zeros around images end the fusion of a product that has rows.
        framed = columns == 1 and rest and rest[-1].operands[0] == ops[-2].result
        if framed and is_frame(rest[-1]):
            rest = rest[:-1]
        shape = product.result_type.shape
        return all(fits_epilogue(op, shape, columns) for op in rest)

    return holds


def _is_matrix_product(op: OpInstance) -> bool:
    """Of rows with one matrix, neither of them empty."""
    lhs, rhs = op.operand_types
    known = rhs.is_static and (rhs.rank == 2 or op.cls is PackedMatmul)
    return known and 0 not in (*lhs.shape, *rhs.shape)


def _is_static(op: OpInstance) -> bool:
    """Whether its sizes are known, and none is 0."""
    types = [*op.flat_operand_types, *op.result_types]
    return all(one.is_static and one.size for one in types)


def _is_attention(ops: list[OpInstance], ends: list[ir.Value]) -> bool:
    """One attention; slices and transpositions before it, and perhaps one behind it."""
    places = [place for place, op in enumerate(ops) if issubclass(op.cls, AttentionOp)]
    if len(places) != 1:
        return False
    attended, before, behind = ops[places[0]], ops[: places[0]], ops[places[0] + 1 :]
    moves = {op.result for op in before}
    known = all(op.cls is Transpose or (op.cls is Slice and _is_part(op)) for op in before) and all(
        op.operands[0] not in moves or op.cls is Transpose for op in before
    )
    read = moves.issubset(value for op in ops for value in op.operation.operands)
    if not behind:
        return known and read and ends == list(attended.operation.results)
    turned = len(behind) == 1 and behind[0].cls is Transpose
    return known and read and turned and ends == [behind[0].result]


def _is_part(op: OpInstance) -> bool:
    return set(op.attributes["steps"]) == {1} and op.operand_types[0].is_static


def _is_concatenation(ops: list[OpInstance], ends: list[ir.Value]) -> bool:
    """Concatenations along one axis, and the elementwise ops that make their pieces."""
    last = ops[-1]
    if not is_joinable(last) or ends != [last.result]:
        return False
    columns, block = columns_of(last), last.operation.block
    chain, pieces = pieces_of(last)
    made = [piece_ops(end, block, columns) for end in pieces]
    count = len(chain) + sum(map(len, made))
    starts = all(start_of(ops, end) is not None for ops, end in zip(made, pieces))
    return count == len(ops) and starts and len(set(pieces)) == len(pieces) and _is_static(last)


def _is_transpose(ops: list[OpInstance], ends: list[ir.Value]) -> bool:
    turned, *rest = ops
    if turned.cls is not Transpose or not _is_static(turned) or ends != [ops[-1].result]:
        return False
    framed = not rest or (len(rest) == 1 and is_frame(rest[0]))
    inside = not rest or rest[0].operands[0] == turned.result
    return framed and inside and matrices_of(turned) is not None


def _is_float32(op: OpInstance) -> bool:
    types = [*op.flat_operand_types, *op.result_types]
    return all(one.dtype == np.float32 for one in types)


def _has_known_heads(ops: list[OpInstance]) -> bool:
    """Heads and their depths are what kernels are written for."""
    attended = _attention_of(ops)
    sizes = [one.shape[axis] for one in attended.operand_types[:3] for axis in (1, 3)]
    return None not in sizes and fits_attention(attended)


def _has_few_queries(ops: list[OpInstance]) -> bool:
    attended = _attention_of(ops)
    queries, causal = attended.operand_types[0].shape[2], attended.attributes["causal"]
    return _has_known_heads(ops) and queries is not None and not causal


def _attention_of(ops: list[OpInstance]) -> OpInstance:
    return next(op for op in ops if issubclass(op.cls, AttentionOp))


def _is_last_of_known(ops: list[OpInstance]) -> bool:
    array = ops[0].operand_types[0]
    return (
        _is_static(ops[0])
        and array.dtype == np.float32
        and ops[0].attributes["axis"] == array.rank - 1
    )


_RULES = {
    "elementwise": _Rule(_is_elementwise),
    "reduction": _Rule(_is_reduction, ("rows",)),
    "arg_reduction": _Rule(_is_alone(Argmax, Argmin), ("arg_reduction",)),
    "matmul": _Rule(
        _is_product({Matmul: _is_matrix_product, PackedMatmul: _is_matrix_product}),
        ("gemm", "gemm_amx"),
    ),
    "convolution": _Rule(
        _is_product(
            {
                ChannelsLastConvolution: _is_static,
                PackedConvolution: _is_static,
                WinogradConvolution: _is_static,
            }
        ),
        ("convolution", "winograd"),
    ),
    "winograd_input": _Rule(_is_alone(WinogradInput), ("winograd_input",)),
    "depthwise": _Rule(_is_product({DepthwiseConvolution: _is_static}), ("depthwise",)),
    "depthwise_planes": _Rule(
        _is_product({Convolution: lambda op: planes_problem(op) is not None}, columns=2),
        ("depthwise_planes",),
    ),
    "pool": _Rule(_is_product({Pool: lambda op: pool_problem(op) is not None}), ("pool",)),
    "attention": _Rule(_is_attention, ("attention", "attention_decode")),
    "concatenation": _Rule(_is_concatenation, ("concatenation",)),
    "transpose": _Rule(_is_transpose, ("transpose",)),
    "pack": _Rule(_is_alone(PackMatrix), ("pack",)),
    "gather": _Rule(_has_indices(GatherNd, Take), ("gather",)),
    "scatter": _Rule(_has_indices(ScatterNd), ("scatter",)),
    "check_indices": _Rule(_has_indices(CheckIndices), ("check_indices",)),
}
"""Kind of a fusion -> what it holds, and the kernels that there are for it."""

_FITS_TEMPLATE: dict[str, Callable[[list[OpInstance]], bool]] = {
    "rows": lambda ops: rows_of(ops) is not None,
    "arg_reduction": _is_last_of_known,
    "attention": _has_known_heads,
    "attention_decode": _has_few_queries,
    "transpose": lambda ops: _is_float32(ops[0]),
    "pack": lambda ops: _is_float32(ops[0]) and _is_static(ops[0]),
    "depthwise": lambda ops: _is_float32(ops[0]),
    "winograd_input": lambda ops: _is_float32(ops[0]) and _is_static(ops[0]),
    "winograd": lambda ops: _is_float32(ops[0]) and ops[0].cls is WinogradConvolution,
    "convolution": lambda ops: _is_float32(ops[0]) and ops[0].cls is PackedConvolution,
    "gemm": lambda ops: ops[0].cls is PackedMatmul or _is_float32(ops[0]),
    "gemm_amx": lambda ops: ops[0].cls is PackedMatmul and _is_static(ops[0]),
}
"""Template -> what it takes of what a fusion of its kind may hold."""
