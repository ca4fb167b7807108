"""Turns each fusion that has a kernel into that kernel's code and a call of it.

    scf.execute_region { packed_matmul, add } {tessel.fusion = "matmul", tessel.kernel = {...}}
      ->  stream.executable @gemm_... { scf, vector and memref ops }  and  flow.dispatch @gemm_...

The templates are in `compiler/kernels`.
Keeps: shapes, dtypes, results to rounding.  Does not fire: on fusions without a kernel.
Test: lit_tests/passes/lower_kernels.mlir
"""

from dataclasses import dataclass, replace

from tessel.compiler.diagnostics import PassError
from tessel.compiler.kernels.amx import AmxUnit, LoopUnit
from tessel.compiler.kernels.arg_reduction import arg_reduce_rows
from tessel.compiler.kernels.attention import attention
from tessel.compiler.kernels.attention_decode import attention_decode
from tessel.compiler.kernels.attention_operands import AttentionOperands, Heads
from tessel.compiler.kernels.attention_tiles import AttentionTiles, DecodeTiles
from tessel.compiler.kernels.column_source import PackedColumns, PlainColumns
from tessel.compiler.kernels.concatenation import concatenate
from tessel.compiler.kernels.concatenation_pieces import (
    columns_of,
    piece_of,
    pieces_of,
    problem_of,
)
from tessel.compiler.kernels.depthwise import Windows, depthwise
from tessel.compiler.kernels.depthwise_planes import depthwise_planes
from tessel.compiler.kernels.epilogue import Epilogue, from_flat_matrix
from tessel.compiler.kernels.executable import module_of
from tessel.compiler.kernels.frame import Frame, is_frame
from tessel.compiler.kernels.fusion_rules import check_fusions
from tessel.compiler.kernels.gemm import gemm
from tessel.compiler.kernels.gemm_amx import gemm_amx
from tessel.compiler.kernels.gemm_tiles import AmxTiles, GemmTiles, PanelTiles
from tessel.compiler.kernels.hardware import hardware_of
from tessel.compiler.kernels.index_fusion import call_index_kernel
from tessel.compiler.kernels.index_tiles import IndexTiles
from tessel.compiler.kernels.move_tiles import PackTiles, TransposeTiles, matrices_of
from tessel.compiler.kernels.moves import pack_panels, transpose_matrices
from tessel.compiler.kernels.plane_tiles import PlaneTiles, planes_problem
from tessel.compiler.kernels.pool import pool
from tessel.compiler.kernels.pool_tiles import PoolTiles, pool_problem
from tessel.compiler.kernels.row_shape import RowShape
from tessel.compiler.kernels.row_source import MatrixRows, WindowRows
from tessel.compiler.kernels.row_tiles import ConcatenationTiles, DepthwiseTiles, RowTiles
from tessel.compiler.kernels.rows import reduce_rows
from tessel.compiler.kernels.selected import selected_template, selected_tiles
from tessel.compiler.kernels.winograd import winograd
from tessel.compiler.kernels.winograd_input import winograd_input
from tessel.compiler.kernels.winograd_tiles import WinogradInputTiles, WinogradTiles
from tessel.compiler.lowering.base import dim, dynamic_sizes, signless
from tessel.compiler.lowering.element import as_signless
from tessel.compiler.lowering.regroup import collapse, expand, split_last
from tessel.compiler.lowering.term import Term
from tessel.compiler.passes.base import Pass
from tessel.dialects.attention import AttentionOp
from tessel.dialects.contraction import Matmul
from tessel.dialects.control_flow import fused_ops, fusions_of, yielded_values
from tessel.dialects.instance import OpInstance
from tessel.dialects.mlir import ir, tensor
from tessel.dialects.reduction import Argmax
from tessel.dialects.shape import Transpose
from tessel.dialects.types import ArrayType


@dataclass(frozen=True)
class LowerKernels(Pass):
    """One fusion after the other."""

    def run(self, module: ir.Operation) -> None:
        check_fusions(module)
        with ir.Location.unknown(module.context):
            for fusion in fusions_of(module):
                template = selected_template(fusion)
                if template is not None:
                    _lower(fusion, template)


def _lower(fusion: ir.Operation, template: str) -> None:
    ops = fused_ops(fusion)
    with ir.InsertionPoint(fusion), fusion.location:
        results = _TEMPLATES[template](fusion, ops, yielded_values(fusion))
        for old, new in zip(fusion.results, results, strict=True):
            old.replace_all_uses_with(as_signless(new, old.type))
    fusion.erase()


def _lower_gemm(
    fusion: ir.Operation, ops: list[OpInstance], ends: list[ir.Value]
) -> list[ir.Value]:
    """All rows of lhs as one matrix."""
    (end,), (product, *rest) = ends, ops
    lhs, rhs = product.operands
    frame, rest, end = _framed(rest, end)
    result = ArrayType.of(ends[0])
    groups = split_last(result.rank)
    group = 1 if product.cls is Matmul else product.attributes["group"]
    columns = PlainColumns(rhs) if product.cls is Matmul else PackedColumns(rhs, group)
    rows = _of_depth(collapse(lhs, groups), columns.depth)
    epilogue = Epilogue.of(product.result, rest, end)
    count = ArrayType.of(rows).shape[0]
    made_rows = count if frame is None else frame.count * frame.size
    matrix = result.with_shape((made_rows, result.shape[-1]))
    sizes = [] if count is not None else [dim(rows, 0)]
    tiles = selected_tiles(fusion, GemmTiles)
    if isinstance(columns, PackedColumns):
        _check_panels(columns, tiles)
    width = result.shape[-1]
    assert width is not None, "a product's columns are known"
    zero_point = 0 if product.cls is Matmul else product.attributes["zero_point"]
    source = MatrixRows(rows, group, zero_point)
    made = gemm(source, columns, width, tiles, epilogue, signless(matrix), sizes, frame)
    return [expand(made, groups, result, dynamic_sizes(result, lambda axis: dim(lhs, axis)))]


def _check_panels(columns: PackedColumns, tiles: PanelTiles) -> None:
    """Raises PassError for tiles of another width than the panels that lie in memory."""
    packed = ArrayType.of(columns.tensor).sizes[-1] // columns.group
    if packed != tiles.columns:
        raise PassError(f"tiles of {tiles.columns} columns do not fit panels of {packed}")


def _of_depth(rows: ir.Value, depth: int) -> ir.Value:
    """Rows [M, K] whose K the matrix tells that multiplies them."""
    array = ArrayType.of(rows)
    target = array.with_shape((array.shape[0], depth))
    return rows if array.shape[1] == depth else tensor.cast(target.to_mlir(), rows)


def _framed(
    rest: list[OpInstance], end: ir.Value
) -> tuple[Frame | None, list[OpInstance], ir.Value]:
    """The zeros that the last op adds, where it does, and the ops and the value before it."""
    if not rest or not is_frame(rest[-1]):
        return None, rest, end
    pad = rest[-1]
    return Frame.of(pad), rest[:-1], pad.operands[0]


def _lower_gemm_amx(
    fusion: ir.Operation, ops: list[OpInstance], ends: list[ir.Value]
) -> list[ir.Value]:
    (end,), (product, *rest) = ends, ops
    lhs, packed = product.operands
    result = ArrayType.of(end)
    groups = split_last(result.rank)
    rows = collapse(lhs, groups)
    matrix = signless(result.with_shape((ArrayType.of(rows).sizes[0], result.sizes[-1])))
    hardware = hardware_of(module_of(fusion))
    unit = LoopUnit() if hardware is not None and hardware.has_tiles_in_loops else AmxUnit()
    epilogue = Epilogue.of(product.result, rest, end)
    width, tiles = product.attributes["width"], selected_tiles(fusion, AmxTiles)
    made = gemm_amx(rows, packed, width, tiles, unit, epilogue, matrix)
    return [expand(made, groups, result, [])]


def _lower_convolution(
    fusion: ir.Operation, ops: list[OpInstance], ends: list[ir.Value]
) -> list[ir.Value]:
    """All windows as the rows of one matrix."""
    (end,), (product, *rest) = ends, ops
    image, packed = product.operands
    frame, rest, end = _framed(rest, end)
    result = ArrayType.of(ends[0])
    _, y, x, c = product.result_type.sizes
    i, j = product.attributes["kernel"]
    down, across = product.attributes["strides"]
    rows = WindowRows(
        collapse(image, [[0], [1], [2, 3]]),
        ArrayType.of(image).sizes[3],
        (i, j),
        (down, across),
        product.attributes["dilation"],
        (y, x),
    )
    epilogue = Epilogue.of(product.result, rest, end)
    matrix = signless(result.with_shape((result.size // c, c)))
    tiles = selected_tiles(fusion, GemmTiles)
    columns = PackedColumns(packed, 1)
    _check_panels(columns, tiles)
    made = gemm(rows, columns, c, tiles, epilogue, matrix, [], frame)
    return [expand(made, [[0, 1, 2], [3]], result, [])]


def _lower_winograd_input(
    fusion: ir.Operation, ops: list[OpInstance], ends: list[ir.Value]
) -> list[ir.Value]:
    return [winograd_input(ops[0].operands[0], selected_tiles(fusion, WinogradInputTiles))]


def _lower_winograd(
    fusion: ir.Operation, ops: list[OpInstance], ends: list[ir.Value]
) -> list[ir.Value]:
    """Tiles as the rows of 16 matrices side by side."""
    (end,), (product, *rest) = ends, ops
    cut, packed = product.operands
    frame, rest, end = _framed(rest, end)
    rows = MatrixRows(collapse(cut, [[0], [1, 2]]))
    epilogue = Epilogue.of(product.result, rest, end)
    output, width = product.attributes["output"], product.attributes["width"]
    tiles = selected_tiles(fusion, WinogradTiles)
    columns = PackedColumns(packed, 1)
    _check_panels(columns, tiles)
    made = winograd(rows, columns, output, width, tiles, epilogue, frame)
    return [expand(made, [[0, 1, 2], [3]], ArrayType.of(ends[0]), [])]


def _lower_depthwise(
    fusion: ir.Operation, ops: list[OpInstance], ends: list[ir.Value]
) -> list[ir.Value]:
    (end,), (product, *rest) = ends, ops
    n, y, x, c = ArrayType.of(end).sizes
    down, across = product.attributes["strides"]
    epilogue = Epilogue.of(product.result, rest, end)
    tiles = selected_tiles(fusion, DepthwiseTiles)
    image, weight = product.operands
    top, left = product.attributes["low"]
    windows = Windows((down, across), (top, left))
    made = depthwise(image, weight, windows, tiles, epilogue, (n, y, x, c))
    return [expand(made, [[0, 1, 2], [3]], ArrayType.of(end), [])]


def _lower_depthwise_planes(
    fusion: ir.Operation, ops: list[OpInstance], ends: list[ir.Value]
) -> list[ir.Value]:
    """An image [1, C, H, W] and weights [C, 1, I, J]."""
    (end,), (product, *rest) = ends, ops
    image, weight = product.operands
    problem = planes_problem(product)
    assert problem is not None, "the pass that fuses epilogues has looked"
    epilogue = Epilogue.of(product.result, rest, end, columns=2)
    tiles = selected_tiles(fusion, PlaneTiles)
    groups = [[0, 1], [2], [3]]
    planes = depthwise_planes(
        collapse(image, groups), collapse(weight, groups), problem, tiles, epilogue
    )
    return [expand(planes, [[0, 1], [2, 3]], ArrayType.of(end), [])]


def _lower_pool(
    fusion: ir.Operation, ops: list[OpInstance], ends: list[ir.Value]
) -> list[ir.Value]:
    """Images [N, 1, H, W, C]."""
    (end,), (pooled, *rest) = ends, ops
    problem = pool_problem(pooled)
    assert problem is not None, "the pass that fuses epilogues has looked"
    image = collapse(pooled.operands[0], [[0, 1], [2], [3], [4]])
    epilogue = Epilogue.of(pooled.result, rest, end)
    made = pool(image, problem, selected_tiles(fusion, PoolTiles), epilogue)
    return [expand(made, [[0, 1, 2, 3], [4]], ArrayType.of(end), [])]


def _lower_attention(
    fusion: ir.Operation, ops: list[OpInstance], ends: list[ir.Value]
) -> list[ir.Value]:
    problem = _attention_operands(ops, ends)
    if problem.mask is not None:
        turned = Transpose.build(problem.mask, permutation=(0, 1, 3, 2))
        problem = replace(problem, mask=turned)
    return attention(problem, selected_tiles(fusion, AttentionTiles))


def _lower_attention_decode(
    fusion: ir.Operation, ops: list[OpInstance], ends: list[ir.Value]
) -> list[ir.Value]:
    problem = _attention_operands(ops, ends)
    tiles = selected_tiles(fusion, DecodeTiles)
    if tiles.block_keys % tiles.lanes:
        raise PassError(f"blocks of {tiles.block_keys} keys are no whole vectors of {tiles.lanes}")
    return attention_decode(problem, tiles)


def _attention_operands(ops: list[OpInstance], ends: list[ir.Value]) -> AttentionOperands:
    """Transpositions before and after become the order in which the kernel reads and writes."""
    attended = next(op for op in ops if issubclass(op.cls, AttentionOp))
    end, *rest = ends
    made = {op.result: op for op in ops}
    (query, q), (key, k), (value, v) = (_heads(one, made) for one in attended.operands[:3])
    order = (0, 1, 2, 3)
    if end != attended.result:
        b, h, s, d = map(made[end].attributes["permutation"].index, range(4))
        order = (b, h, s, d)
    mask = attended.operands[3]
    return AttentionOperands(
        (query, key, value),
        q,
        k,
        v,
        Heads.whole(signless(ArrayType.of(end)), order),
        rest[0].type if rest else None,
        None if mask is None else _of_rank_4(mask),
        attended.attributes["causal"],
        attended.attributes["scale"],
    )


def _heads(value: ir.Value, made: dict[ir.Value, OpInstance]) -> tuple[ir.Value, Heads]:
    """The array that a kernel reads for `value`, and how its heads lie in it.

    A transposition gives their order, a slice before it their part of the array.
    """
    b, h, s, d = range(4)
    if value in made and made[value].cls is Transpose:
        b, h, s, d = made[value].attributes["permutation"]
        value = made[value].operands[0]
    if value not in made:
        return value, Heads.whole(value.type, (b, h, s, d))
    part = made[value]
    sizes, starts = part.result_type.sizes, part.attributes["starts"]
    source = part.operands[0]
    return source, Heads(
        source.type,
        (sizes[b], sizes[h], sizes[s], sizes[d]),
        (b, h, s, d),
        (starts[b], starts[h], starts[s], starts[d]),
    )


def _of_rank_4(mask: ir.Value) -> ir.Value:
    shape = Term(mask).shape()
    return Term(mask).reshape([1] * (4 - len(shape)) + shape).value


def _lower_rows(
    fusion: ir.Operation, ops: list[OpInstance], ends: list[ir.Value]
) -> list[ir.Value]:
    return reduce_rows(ops, ends, selected_tiles(fusion, RowTiles))


def _lower_arg_reduction(
    fusion: ir.Operation, ops: list[OpInstance], ends: list[ir.Value]
) -> list[ir.Value]:
    (op,), (result,) = ops, (ArrayType.of(end) for end in ends)
    rows = RowShape(op.operand_types[0].sizes, 1)
    places = arg_reduce_rows(
        rows.collapse(op.operands[0]),
        largest=op.cls is Argmax,
        tiles=selected_tiles(fusion, RowTiles),
    )
    return [rows.expand(places, result)]


def _lower_concatenation(
    fusion: ir.Operation, ops: list[OpInstance], ends: list[ir.Value]
) -> list[ir.Value]:
    last, (result,) = ops[-1], (ArrayType.of(end) for end in ends)
    block, columns = last.operation.block, columns_of(last)
    pieces = [piece_of(end, block, columns) for end in pieces_of(last)[1]]
    made = concatenate(pieces, problem_of(last), selected_tiles(fusion, ConcatenationTiles))
    return [from_flat_matrix(made, columns, result)]


def _lower_transpose(
    fusion: ir.Operation, ops: list[OpInstance], ends: list[ir.Value]
) -> list[ir.Value]:
    """Matrices [N, R, C], whose dimensions may be several of the array."""
    (transposed, *rest), (end,) = ops, ends
    matrices = matrices_of(transposed)
    assert matrices is not None, "the pass that fuses moves has looked"
    rows = Term(transposed.operands[0]).reshape(matrices).value
    frame = replace(Frame.of(rest[0]), count=1) if rest else None
    made = transpose_matrices(rows, selected_tiles(fusion, TransposeTiles), frame)
    return [Term(made).reshape(ArrayType.of(end).sizes).value]


def _lower_pack(
    fusion: ir.Operation, ops: list[OpInstance], ends: list[ir.Value]
) -> list[ir.Value]:
    (op,), (end,) = ops, ends
    packed = signless(ArrayType.of(end))
    return [pack_panels(op.operands[0], packed, selected_tiles(fusion, PackTiles))]


def _lower_indexing(
    fusion: ir.Operation, ops: list[OpInstance], ends: list[ir.Value]
) -> list[ir.Value]:
    return call_index_kernel(ops, selected_tiles(fusion, IndexTiles))


_TEMPLATES = {
    "gemm": _lower_gemm,
    "gemm_amx": _lower_gemm_amx,
    "convolution": _lower_convolution,
    "winograd_input": _lower_winograd_input,
    "winograd": _lower_winograd,
    "depthwise": _lower_depthwise,
    "depthwise_planes": _lower_depthwise_planes,
    "pool": _lower_pool,
    "attention": _lower_attention,
    "attention_decode": _lower_attention_decode,
    "rows": _lower_rows,
    "arg_reduction": _lower_arg_reduction,
    "concatenation": _lower_concatenation,
    "transpose": _lower_transpose,
    "pack": _lower_pack,
    "gather": _lower_indexing,
    "scatter": _lower_indexing,
    "check_indices": _lower_indexing,
}
"""Template -> how a fusion becomes a call of it."""
