"""Lowerings of `dialects/constant.py`."""

import numpy as np

from tessel.compiler.emit.element import Element, cast, make_complex
from tessel.compiler.emit.iree_ops import iree_op
from tessel.compiler.lowering.base import (
    elementwise,
    empty,
    generic,
    identity_map,
    lowers,
    signless,
)
from tessel.dialects.attributes import encode_array
from tessel.dialects.constant import Constant, Iota, Parameter
from tessel.dialects.control_flow import index
from tessel.dialects.instance import OpInstance, read_op
from tessel.dialects.mlir import arith, ir, linalg, tensor
from tessel.dialects.types import ArrayType, bfloat16, is_complex, is_unsigned


@lowers(Constant)
def lower_constant(op: OpInstance) -> ir.Value:
    result, value = op.result_type, op.attributes["value"]
    target = signless(result)
    if result.size == 0:
        return tensor.empty([*result.shape], ir.RankedTensorType(target).element_type)
    if is_complex(result.dtype):
        return _complex_constant(op)
    if result.dtype == bfloat16:
        wide = arith.constant(
            _with_element(target, ir.F32Type.get()), op.operation.attributes["value"]
        )
        return arith.truncf(target, wide)
    if is_unsigned(result.dtype):
        signed = np.ascontiguousarray(value).view(value.dtype.str.replace("u", "i"))
        dense = ir.DenseElementsAttr.get(signed, shape=value.shape)
        return arith.constant(target, dense)
    return arith.constant(target, op.operation.attributes["value"])


@lowers(Parameter)
def lower_parameter(op: OpInstance) -> ir.Value:
    """A load of the module's global that names the parameter; the hand-over declares the global."""
    result = op.result_type
    stored = load_parameter(op.attributes["key"], signless(_stored_type(result)))
    if not is_complex(result.dtype):
        return stored
    axes = [ir.AffineExpr.get_dim(axis) for axis in range(result.rank)]
    maps = [
        ir.AffineMap.get(result.rank, 0, [*axes, ir.AffineExpr.get_constant(part)])
        for part in (0, 1)
    ]
    part = _stored_type(result).dtype

    def joined(real: ir.Value, imaginary: ir.Value, _: ir.Value) -> list[ir.Value]:
        return [make_complex(Element(real, part), Element(imaginary, part)).value]

    maps.append(identity_map(result.rank))
    parallel = ["parallel"] * result.rank
    return generic([stored, stored], maps, [empty(result)], parallel, joined)[0]


def _stored_type(parameter: ArrayType) -> ArrayType:
    """How a parameter's bytes are declared: complex numbers as pairs, where IREE 3.13 crashes."""
    if not is_complex(parameter.dtype):
        return parameter
    real = np.finfo(parameter.dtype).dtype
    return parameter.with_dtype(real).with_shape((*parameter.shape, 2))


def load_parameter(key: str, target: ir.Type) -> ir.Value:
    """A load of the global `key`; `declare_parameters` declares it."""
    properties = {"global": f'@"{key}"'}
    return iree_op("util.global.load", [], [target], properties).results[0]


def used_parameters(module: ir.Operation) -> dict[str, ArrayType]:
    """The parameters that a program of the dialect reads, by key."""
    found: dict[str, ArrayType] = {}

    def visit(operation: ir.Operation) -> ir.WalkResult:
        op = read_op(operation)
        if op is not None and op.cls is Parameter:
            found[op.attributes["key"]] = op.result_type
        return ir.WalkResult.ADVANCE

    module.walk(visit)
    return found


def declare_parameters(module: ir.Operation, parameters: dict[str, ArrayType]) -> None:
    """Declares a global for each parameter, named in IREE's parameter scope `model`."""
    block = module.regions[0].blocks[0]
    for key, array_type in parameters.items():
        with ir.InsertionPoint.at_block_begin(block), ir.Location.unknown():
            tensor_type = signless(_stored_type(array_type))
            properties = {
                "sym_name": f'"{key}"',
                "sym_visibility": '"private"',
                "type": str(tensor_type),
                "initial_value": f'#flow.parameter.named<"model"::"{key}"> : {tensor_type}',
            }
            iree_op("util.global", [], [], properties)


@lowers(Iota)
def lower_iota(op: OpInstance) -> ir.Value:
    (sizes,), result = op.operands, op.result_type
    output = empty(result, [index(size) for size in sizes])
    wide = np.dtype(np.int64)

    def element(_: ir.Value) -> list[ir.Value]:
        count = linalg.IndexOp(op.attributes["axis"]).result
        number = Element(arith.index_cast(ir.IntegerType.get_signless(64), count), wide)
        return [cast(number, result.dtype).value]

    maps = [identity_map(result.rank)]
    return generic([], maps, [output], ["parallel"] * result.rank, element)[0]


def _with_element(tensor_type: ir.Type, element: ir.Type) -> ir.Type:
    return ir.RankedTensorType.get(ir.RankedTensorType(tensor_type).shape, element)


def _complex_constant(op: OpInstance) -> ir.Value:
    """Joins the parts in a loop nest.

    Upstream's bindings cannot hold a dense complex attribute, and IREE has no splat of complex128.
    """
    result, value = op.result_type, op.attributes["value"]
    part = result.with_dtype(value.dtype)
    parts = [
        arith.constant(signless(part), encode_array(np.asarray(value[..., i]))) for i in (0, 1)
    ]
    return elementwise(parts, [part, part], [result], lambda x, y: [make_complex(x, y)])[0]
