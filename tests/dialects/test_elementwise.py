"""The constraints of all elementwise ops: each number has a case that breaks it."""

import numpy as np
import pytest

from tessel.dialects import (
    arithmetic,
    bitwise,
    comparison,
    conversion,
    exponential,
    special,
    trigonometric,
)
from tessel.dialects.base import ConstraintError, TesselOp
from tessel.dialects.elementwise import ElementwiseOp
from tessel.dialects.types import SUPPORTED_DTYPES, ArrayType, bfloat16

FAMILIES = (arithmetic, bitwise, comparison, conversion, exponential, special, trigonometric)
OPS: list[type[ElementwiseOp]] = [
    op
    for family in FAMILIES
    for op in vars(family).values()
    if isinstance(op, type) and issubclass(op, ElementwiseOp) and op is not ElementwiseOp
]
BINARY = [op for op in OPS if len(op.operand_fields) == 2]
REFUSING = [op for op in OPS if not all(op.dtypes(dtype) for dtype in SUPPORTED_DTYPES)]


def name_of(op: type[TesselOp]) -> str:
    return op.short_name()


def array(dtype: object, *shape: int | None) -> ArrayType:
    return ArrayType(np.dtype(dtype), shape)


def allowed(op: type[ElementwiseOp]) -> list[np.dtype]:
    return [dtype for dtype in SUPPORTED_DTYPES if op.dtypes(dtype)]


def broken(op: type[TesselOp], *types: ArrayType, **attributes: object) -> str:
    """The number of the constraint that these operands break."""
    with pytest.raises(ConstraintError) as caught:
        op.infer_types(*types, **attributes)
    assert str(caught.value).startswith(op.short_name() + ": ")
    return caught.value.constraint


@pytest.mark.parametrize("op", BINARY, ids=[f"{name_of(op)}_c1" for op in BINARY])
def test_dtypes_that_differ(op: type[ElementwiseOp]) -> None:
    first, second = allowed(op)[:2]
    assert broken(op, array(first, 2), array(second, 2)) == "C1"


@pytest.mark.parametrize("op", REFUSING, ids=[f"{name_of(op)}_c2" for op in REFUSING])
def test_dtypes_that_are_not_allowed(op: type[ElementwiseOp]) -> None:
    for dtype in SUPPORTED_DTYPES:
        if not op.dtypes(dtype):
            assert broken(op, *[array(dtype, 2)] * len(op.operand_fields)) == "C2"


@pytest.mark.parametrize("op", BINARY, ids=[f"{name_of(op)}_c3" for op in BINARY])
def test_shapes_that_do_not_broadcast(op: type[ElementwiseOp]) -> None:
    dtype = allowed(op)[0]
    assert broken(op, array(dtype, 2, 3), array(dtype, 2)) == "C3"


@pytest.mark.parametrize("op", OPS, ids=name_of)
def test_inferred_dtype_is_the_reference_dtype(op: type[ElementwiseOp]) -> None:
    for dtype in allowed(op):
        operands = [np.ones((2, 1), dtype)] * len(op.operand_fields)
        (inferred,) = op.infer_types(*[ArrayType.of(operand) for operand in operands])
        with np.errstate(divide="ignore"):
            result = np.asarray(op.reference(*operands))
        assert inferred == ArrayType.of(result), f"{op.short_name()} of {dtype}"


@pytest.mark.parametrize("op", BINARY, ids=name_of)
def test_dynamic_sizes_broadcast(op: type[ElementwiseOp]) -> None:
    dtype = allowed(op)[0]
    (inferred,) = op.infer_types(array(dtype, None, 1, None), array(dtype, 5, 3))
    assert inferred.shape == (None, 5, 3)


def test_select_c1() -> None:
    assert broken(comparison.Select, *[array(np.int32, 2)] * 3) == "C1"


def test_select_c2() -> None:
    types = array(np.bool_, 2), array(np.int32, 2), array(np.int64, 2)
    assert broken(comparison.Select, *types) == "C2"


def test_select_c3() -> None:
    types = array(np.bool_, 2), array(np.int32, 3), array(np.int32, 3)
    assert broken(comparison.Select, *types) == "C3"


@pytest.mark.parametrize("dtype", [np.dtype(np.bool_), np.dtype(np.complex64)])
def test_bitcast_c1(dtype: np.dtype) -> None:
    assert broken(conversion.Bitcast, array(dtype, 2), dtype=np.dtype(np.int8)) == "C1"
    assert broken(conversion.Bitcast, array(np.int8, 2), dtype=dtype) == "C1"


def test_bitcast_c2() -> None:
    assert broken(conversion.Bitcast, array(np.int8, 2), dtype=bfloat16) == "C2"
