"""Attributes of ops: Python values in the op's definition, MLIR attributes in the IR.

The annotation of the field chooses the form: `int`, `bool`, `float`, `str`, `tuple[int, ...]`,
`np.dtype`, `np.ndarray`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tessel.dialects.mlir import ir
from tessel.dialects.types import ArrayType, dtype_of, element_type


@dataclass(frozen=True)
class AttributeCodec:
    """How one kind of attribute is written to MLIR and read back."""

    encode: Callable[[Any], ir.Attribute]
    decode: Callable[[ir.Attribute], Any]
    description: str


def codec_for(annotation: Any) -> AttributeCodec:
    """The codec for a field's annotation. Raises TypeError for one that no attribute can have."""
    try:
        return _CODECS[annotation]
    except KeyError:
        raise TypeError(f"an attribute cannot be annotated {annotation!r}") from None


_NUMBERS = (ir.BoolAttr, ir.IntegerAttr, ir.FloatAttr)


def encode_array(value: np.ndarray) -> ir.Attribute:
    """A NumPy array of booleans, integers or floats (not bfloat16, not complex) as `dense<...>`.

    Upstream's bindings read no other dtypes back; `tessel.constant` stores those in parts.
    """
    array = np.ascontiguousarray(value).reshape(value.shape)
    if array.size == 0:
        return ir.Attribute.parse(f"dense<> : {ArrayType.of(array).to_mlir()}")
    if array.dtype == np.bool_:
        elements = [ir.BoolAttr.get(bool(item)) for item in array.reshape(-1)]
        return ir.DenseElementsAttr.get(elements, ArrayType.of(array).to_mlir())
    return ir.DenseElementsAttr.get(array, shape=array.shape, type=element_type(array.dtype))


def decode_array(attribute: ir.Attribute) -> np.ndarray:
    """The array that `encode_array` wrote; splats are expanded."""
    array_type = ArrayType.of(attribute.type)
    shape = [size or 0 for size in array_type.shape]
    if 0 in shape:
        return np.empty(shape, array_type.dtype)
    dense = ir.DenseElementsAttr(attribute)
    if dense.is_splat:
        return np.full(shape, dense.get_splat_value().value, array_type.dtype)
    if array_type.dtype == np.bool_:
        return np.array([bool(item) for item in ir.DenseIntElementsAttr(attribute)]).reshape(shape)
    return np.array(dense).astype(array_type.dtype, copy=False).reshape(shape)


def constant_value(attribute: ir.Attribute) -> Any:
    """What `arith.constant` holds: an array, or a number of its dtype; an index is an `int`."""
    if isinstance(attribute, ir.DenseElementsAttr):
        return decode_array(attribute)
    number = next(kind for kind in _NUMBERS if isinstance(attribute, kind))(attribute).value
    if isinstance(attribute.type, ir.IndexType):
        return number
    return dtype_of(attribute.type).type(number)


def _decode_integer(attribute: ir.Attribute) -> int:
    number = ir.IntegerAttr(attribute)
    if str(number.type) != "i64":
        raise TypeError(number)
    return number.value


_CODECS: dict[Any, AttributeCodec] = {
    int: AttributeCodec(
        lambda value: ir.IntegerAttr.get(ir.IntegerType.get_signless(64), int(value)),
        _decode_integer,
        "integer",
    ),
    bool: AttributeCodec(
        lambda value: ir.BoolAttr.get(bool(value)),
        lambda attribute: ir.BoolAttr(attribute).value,
        "boolean",
    ),
    float: AttributeCodec(
        lambda value: ir.FloatAttr.get(ir.F64Type.get(), float(value)),
        lambda attribute: ir.FloatAttr(attribute).value,
        "number",
    ),
    str: AttributeCodec(
        lambda value: ir.StringAttr.get(value),
        lambda attribute: ir.StringAttr(attribute).value,
        "string",
    ),
    tuple[int, ...]: AttributeCodec(
        lambda value: ir.DenseI64ArrayAttr.get([int(item) for item in value]),
        lambda attribute: tuple(ir.DenseI64ArrayAttr(attribute)),
        "integers",
    ),
    np.dtype: AttributeCodec(
        lambda value: ir.TypeAttr.get(element_type(value)),
        lambda attribute: dtype_of(ir.TypeAttr(attribute).value),
        "dtype",
    ),
    np.ndarray: AttributeCodec(encode_array, decode_array, "array"),
}
