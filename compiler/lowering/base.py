"""How an op becomes linalg: one function an op, registered beside its family.

    @lowers(Matmul)
    def lower_matmul(op: OpInstance) -> ir.Value: ...

    @lowers_elementwise(Add)
    def add(lhs: Element, rhs: Element) -> Element: ...

The pass `tessel-lower-to-linalg` calls them with operands whose unsigned types have become
signless; `op.operand_types` and `op.result_types` still tell the dialect's dtypes.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import PassError
from tessel.compiler.emit.element import Element, signless, signless_type
from tessel.compiler.emit.iree_ops import iree_op
from tessel.compiler.emit.reshape import collapse, groups_without
from tessel.compiler.mlir_locations import source_location_of
from tessel.dialects.base import TesselOp
from tessel.dialects.instance import OpInstance, owner_of
from tessel.dialects.mlir import DYNAMIC, arith, complex_dialect, ir, linalg, tensor
from tessel.dialects.types import ArrayType

MOST_INPUTS = 24
"""Arrays that a kernel reads: IREE's runtime refuses one with more than 32, its result included."""

Lowering = Callable[[OpInstance], Any]
ElementFunction = Callable[..., Element]

LOWERINGS: dict[type[TesselOp], Lowering] = {}
"""Op -> its lowering. Filled by `@lowers` when the family's file is imported."""

ELEMENT_FUNCTIONS: dict[type[TesselOp], ElementFunction] = {}
"""Elementwise op -> what it does to one element. Filled by `@lowers_elementwise`."""


def lowers(*classes: type[TesselOp]) -> Callable[[Lowering], Lowering]:
    """Registers a function as the lowering of an op (or of several that share it)."""

    def register(function: Lowering) -> Lowering:
        for cls in classes:
            LOWERINGS[cls] = function
        return function

    return register


def lowers_elementwise(*classes: type[TesselOp]) -> Callable[[ElementFunction], ElementFunction]:
    """Registers what an elementwise op does to one element; attributes come as keywords."""

    def register(function: ElementFunction) -> ElementFunction:
        for cls in classes:
            ELEMENT_FUNCTIONS[cls] = function
        return function

    return register


def index_constant(value: int) -> ir.Value:
    """An `index` constant."""
    return arith.constant(ir.IndexType.get(), value)


def dim(value: ir.Value, axis: int) -> ir.Value:
    """The size of one dimension as an `index`: a constant where it is static."""
    size = ir.RankedTensorType(value.type).shape[axis]
    if size != DYNAMIC:
        return index_constant(size)
    return tensor.dim(value, index_constant(axis))


def dynamic_sizes(result: ArrayType, size_of: Callable[[int], ir.Value]) -> list[ir.Value]:
    """`size_of(axis)` for each dimension of `result` that is dynamic."""
    return [size_of(axis) for axis, size in enumerate(result.shape) if size is None]


def empty(result: ArrayType, sizes: Sequence[ir.Value] = ()) -> ir.Value:
    """An uninitialised tensor; `sizes` as from `dynamic_sizes`."""
    remaining = iter(sizes)
    mixed = [next(remaining) if size is None else size for size in result.shape]
    return tensor.empty(mixed, signless_type(result.dtype))


def filled(result: ArrayType, element: ir.Value, sizes: Sequence[ir.Value] = ()) -> ir.Value:
    """A tensor with `element` everywhere."""
    if result.dtype == np.complex128:
        number = _complex_number(element)
        if result.is_static and result.size == 1 and number is not None:
            return _one_element(result, number)
        return _filled_by_a_loop(result, element, sizes)
    return linalg.fill(element, outs=[empty(result, sizes)])


def _one_element(result: ArrayType, number: complex) -> ir.Value:
    """A constant: two sums that begin with one computed element are added up in it by IREE 3.13.

    Its attribute is text, since Python cannot hold one of complex numbers.
    """
    target = signless(result)
    text = f"dense<({number.real:.17e}, {number.imag:.17e})> : {target}"
    return iree_op("arith.constant", [], [target], {"value": text}).results[0]


def _complex_number(element: ir.Value) -> complex | None:
    """The finite number that a complex `element` is known to be."""
    owner = owner_of(element)
    if owner is None or not isinstance(owner.opview, complex_dialect.CreateOp):
        return None
    parts = [owner_of(part) for part in owner.operands]
    known = [
        part.opview.literal_value
        for part in parts
        if part is not None and isinstance(part.opview, arith.ConstantOp)
    ]
    return complex(*known) if len(known) == 2 and np.isfinite(known).all() else None


def _filled_by_a_loop(result: ArrayType, element: ir.Value, sizes: Sequence[ir.Value]) -> ir.Value:
    """IREE 3.13 refuses a fill of 16-byte elements, so each is computed: element - 0 * index.

    The index is that of an axis of more than one element, since upstream folds that of the others.
    """
    axis = next((axis for axis, size in enumerate(result.shape) if size != 1), None)
    if axis is None:
        return tensor.from_elements(signless(result), [element])

    def body(_: ir.Value) -> list[ir.Value]:
        real = ir.F64Type.get()
        counter = arith.index_cast(ir.IntegerType.get_signless(64), linalg.IndexOp(axis).result)
        nothing = arith.mulf(arith.sitofp(real, counter), arith.constant(real, 0.0))
        parts = [complex_dialect.re(element), arith.subf(complex_dialect.im(element), nothing)]
        return [complex_dialect.CreateOp(element.type, *parts).result]

    maps, iterators = [identity_map(result.rank)], ["parallel"] * result.rank
    return generic([], maps, [empty(result, sizes)], iterators, body)[0]


def generic(
    inputs: Sequence[ir.Value],
    maps: Sequence[ir.AffineMap],
    outputs: Sequence[ir.Value],
    iterators: Sequence[str],
    body: Callable[..., Sequence[ir.Value]],
) -> list[ir.Value]:
    """A `linalg.generic`; `maps` has one map an input and one an output.

    `body` takes the scalars of all inputs and outputs and returns the scalars to yield.
    """
    kinds = [ir.Attribute.parse(f"#linalg.iterator_type<{kind}>") for kind in iterators]
    operation = linalg.GenericOp(
        [output.type for output in outputs],
        list(inputs),
        list(outputs),
        ir.ArrayAttr.get([ir.AffineMapAttr.get(affine) for affine in maps]),
        ir.ArrayAttr.get(kinds),
    )
    types = [ir.RankedTensorType(value.type).element_type for value in (*inputs, *outputs)]
    block = operation.regions[0].blocks.append(*types)
    with ir.InsertionPoint(block):
        linalg.YieldOp(list(body(*block.arguments)))
    return list(operation.results)


def lowered(function: Lowering, op: OpInstance) -> list[ir.Value]:
    """What stands for the results of `op`. Raises PassError, at its line, for what has no code."""
    try:
        made = function(op)
    except NotImplementedError as error:
        raise PassError(str(error), location=source_location_of(op.operation.location)) from error
    return list(made) if isinstance(made, list | tuple) else [made]


def identity_map(rank: int) -> ir.AffineMap:
    return ir.AffineMap.get_identity(rank)


def broadcast_axes(
    value: ir.Value, operand: ArrayType, result: ArrayType
) -> tuple[ir.Value, list[int]]:
    """`value` without the dimensions of size 1 that `result` stretches; the axes of the rest.

    IREE fuses a reduction with what its result is broadcast to only when the map drops dimensions:
    layer norm of [1024, 4096] is then one kernel, in 0.8 ms and not 3.5 ms (Zen 4, 2 cores).
    """
    offset = result.rank - operand.rank
    kept = [
        axis
        for axis, size in enumerate(operand.shape)
        if size != 1 or result.shape[offset + axis] == 1
    ]
    small = collapse(value, groups_without(operand.rank, set(range(operand.rank)) - set(kept)))
    return small, [offset + axis for axis in kept]


def broadcast_map(operand: ArrayType, result: ArrayType) -> ir.AffineMap:
    """The map that reads `operand` for each element of a `result` that it broadcasts to."""
    offset = result.rank - operand.rank
    exprs = [
        ir.AffineExpr.get_constant(0)
        if size == 1 and result.shape[offset + axis] != 1
        else ir.AffineExpr.get_dim(offset + axis)
        for axis, size in enumerate(operand.shape)
    ]
    return ir.AffineMap.get(result.rank, 0, exprs)


def projection_map(rank: int, axes: Sequence[int]) -> ir.AffineMap:
    """The map from `rank` loops to the loops `axes`, in that order."""
    return ir.AffineMap.get(rank, 0, [ir.AffineExpr.get_dim(axis) for axis in axes])


def broadcast_sizes(
    operands: Sequence[ir.Value], types: Sequence[ArrayType], result: ArrayType
) -> list[ir.Value]:
    """The dynamic sizes of `result`, read from the operands that broadcast to it."""

    def size_of(axis: int) -> ir.Value:
        for value, operand in zip(operands, types):
            position = axis - (result.rank - operand.rank)
            if position >= 0 and operand.shape[position] is None:
                return dim(value, position)
        raise AssertionError("a result's dynamic size comes from an operand")

    return dynamic_sizes(result, size_of)


def elementwise(
    operands: Sequence[ir.Value],
    types: Sequence[ArrayType],
    results: Sequence[ArrayType],
    body: Callable[..., Sequence[Element]],
) -> list[ir.Value]:
    """One loop nest that computes all `results` (of one shape) from broadcast operands."""
    shape = results[0]
    sizes = broadcast_sizes(operands, types, shape)
    pairs = [broadcast_axes(value, one, shape) for value, one in zip(operands, types)]
    maps = [projection_map(shape.rank, axes) for _, axes in pairs]
    outputs = [empty(result, sizes) for result in results]

    def scalars(*values: ir.Value) -> list[ir.Value]:
        elements = [Element(value, operand.dtype) for value, operand in zip(values, types)]
        return [element.value for element in body(*elements)]

    maps += [identity_map(shape.rank)] * len(results)
    inputs = [value for value, _ in pairs]
    return generic(inputs, maps, outputs, ["parallel"] * shape.rank, scalars)
