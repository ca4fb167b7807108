"""The numbered constraints of ops that move, reduce and look up elements: each is checked."""

from typing import Any

import numpy as np
import pytest
from sampling import array_type, violates

from tessel.dialects import (
    arithmetic,
    checks,
    cumulative,
    indexing,
    reduction,
    shape,
    slicing,
    sorting,
)
from tessel.dialects import random as randoms
from tessel.dialects.base import ConstraintError, TesselOp
from tessel.dialects.constant import Iota
from tessel.dialects.conversion import Bitcast

X = array_type("float32", 3, 5)
BOOL, COMPLEX = array_type("bool", 3, 5), array_type("complex64", 3, 5)
INTEGER, INDICES = array_type("int64"), array_type("int64", 4)
SHORT = array_type("int16", 4)
EMPTY = array_type("float32", 0, 5)

CASES: list[tuple[type[TesselOp], str, tuple[Any, ...], dict[str, Any]]] = [
    (shape.Transpose, "C1", (X,), {"permutation": (0, 0)}),
    (shape.Reshape, "C1", (X, []), {"shape": (4, 4)}),
    (shape.Reshape, "C2", (X, []), {"shape": (-1, 5)}),
    (shape.BroadcastTo, "C1", (X, []), {"shape": (4, 5)}),
    (shape.BroadcastTo, "C2", (X, [INTEGER]), {"shape": (3, 5)}),
    (shape.DimOp, "C1", (X,), {"axis": 2}),
    (shape.Concatenate, "C1", (X, X), {"axis": 2}),
    (shape.Concatenate, "C2", (X, BOOL), {"axis": 0}),
    (shape.Concatenate, "C3", (X, array_type("float32", 3, 4)), {"axis": 0}),
    (shape.Pad, "C1", (X, array_type("float32")), {"low": (1,), "high": (1, 1)}),
    (shape.Pad, "C2", (X, array_type("float64")), {"low": (1, 1), "high": (1, 1)}),
    (shape.Reverse, "C1", (X,), {"axes": (1, 0)}),
    (slicing.DynamicSlice, "C1", (X, [INTEGER], []), {"shape": (1, 1)}),
    (slicing.DynamicSlice, "C2", (X, [INTEGER, INTEGER], []), {"shape": (-1, 1)}),
    (slicing.DynamicSlice, "C3", (X, [INTEGER, INTEGER], []), {"shape": (4, 1)}),
    (slicing.DynamicUpdateSlice, "C1", (X, X, [INTEGER]), {}),
    (slicing.DynamicUpdateSlice, "C2", (X, INDICES, [INTEGER, INTEGER]), {}),
    (slicing.DynamicUpdateSlice, "C3", (X, BOOL, [INTEGER, INTEGER]), {}),
    (indexing.Take, "C1", (X, INDICES), {"axis": 2}),
    (indexing.Take, "C2", (X, SHORT), {"axis": 1}),
    (indexing.Take, "C3", (EMPTY, INDICES), {"axis": 0}),
    (indexing.TakeAlongAxis, "C1", (X, X), {"axis": -1}),
    (indexing.TakeAlongAxis, "C2", (X, X), {"axis": 1}),
    (indexing.TakeAlongAxis, "C3", (X, array_type("int64", 2, 5)), {"axis": 1}),
    (indexing.TakeAlongAxis, "C4", (EMPTY, array_type("int64", 1, 5)), {"axis": 0}),
    (indexing.GatherNd, "C1", (X, array_type("int64", 4, 3)), {}),
    (indexing.GatherNd, "C2", (X, array_type("uint32", 4, 2)), {}),
    (indexing.GatherNd, "C3", (EMPTY, array_type("int64", 4, 1)), {}),
    (indexing.ScatterNd, "C1", (X, array_type("int64", 4, 3), X), {"kind": "set"}),
    (indexing.ScatterNd, "C2", (X, array_type("int16", 3, 1), X), {"kind": "set"}),
    (indexing.ScatterNd, "C3", (X, array_type("int64", 4, 1), X), {"kind": "set"}),
    (indexing.ScatterNd, "C4", (X, array_type("int64", 3, 1), X), {"kind": "divide"}),
    (indexing.ScatterNd, "C4", (BOOL, array_type("int64", 3, 1), BOOL), {"kind": "add"}),
    (indexing.SearchSorted, "C1", (X, X), {"side": "left"}),
    (indexing.SearchSorted, "C2", (INDICES, X), {"side": "left"}),
    (indexing.SearchSorted, "C3", (INDICES, INDICES), {"side": "middle"}),
    (randoms.RandomBits, "C1", (INDICES,), {"shape": (3,), "dtype": np.dtype(np.uint32)}),
    (
        randoms.RandomBits,
        "C2",
        (array_type("uint64", 2),),
        {"shape": (3,), "dtype": np.dtype(np.int32)},
    ),
    (Iota, "C1", ([],), {"shape": (3,), "axis": 1, "dtype": np.dtype(np.int64)}),
    (Iota, "C2", ([],), {"shape": (3,), "axis": 0, "dtype": np.dtype(np.bool_)}),
    (Iota, "C3", ([],), {"shape": (-1,), "axis": 0, "dtype": np.dtype(np.int64)}),
    (Bitcast, "C1", (BOOL,), {"dtype": np.dtype(np.int8)}),
    (Bitcast, "C2", (X,), {"dtype": np.dtype(np.int64)}),
]
CASES += [
    (op, number, (x,), {"axis": axis, "descending": False})
    for op in (sorting.Sort, sorting.Argsort)
    for number, x, axis in (("C1", X, 2), ("C2", COMPLEX, 0))
]
CASES += [
    (sorting.TopK, number, (x,), {"k": k, "axis": axis})
    for number, x, k, axis in (("C1", X, 1, 2), ("C2", COMPLEX, 1, 0), ("C3", X, 4, 0))
]
CASES += [
    (op, number, (x,), {"axis": axis})
    for op in (cumulative.CumulativeSum, cumulative.CumulativeMax)
    for number, x, axis in (("C1", X, 2), ("C2", BOOL, 0))
]
CASES += [
    (op, "C1", (x,), {"axes": (1, 0), "keepdims": False})
    for op, x in (
        (reduction.ReduceSum, X),
        (reduction.ReduceMax, X),
        (reduction.ReduceAll, BOOL),
    )
]
CASES += [
    (reduction.ReduceSum, "C2", (BOOL,), {"axes": (0,), "keepdims": False}),
    (reduction.ReduceAny, "C2", (X,), {"axes": (0,), "keepdims": False}),
    (reduction.ReduceMin, "C2", (COMPLEX,), {"axes": (0,), "keepdims": False}),
    (reduction.ReduceMin, "C3", (EMPTY,), {"axes": (0,), "keepdims": False}),
    (reduction.Argmax, "C1", (X,), {"axis": 2, "keepdims": False}),
    (reduction.Argmax, "C2", (COMPLEX,), {"axis": 0, "keepdims": False}),
    (reduction.Argmin, "C3", (EMPTY,), {"axis": 0, "keepdims": False}),
]

_FAILURE, _FLAG = array_type("int64", 3), array_type("bool")
_NAMED = {"code": 1, "error": "IndexError", "message": ""}
_FROM_BACK = _NAMED | {"counts_from_back": True}
CASES += [
    (checks.Check, "C1", (INDICES, _FLAG, INTEGER, INTEGER), _NAMED),
    (checks.Check, "C2", (_FAILURE, BOOL, INTEGER, INTEGER), _NAMED),
    (checks.Check, "C3", (_FAILURE, _FLAG, INTEGER, INDICES), _NAMED),
    (checks.Check, "C4", (_FAILURE, _FLAG, INTEGER, INTEGER), _NAMED | {"code": 0}),
    (checks.Check, "C4", (_FAILURE, _FLAG, INTEGER, INTEGER), _NAMED | {"error": "KeyError"}),
    (checks.CheckIndices, "C1", (INTEGER, INDICES, INTEGER), _FROM_BACK),
    (checks.CheckIndices, "C2", (_FAILURE, X, INTEGER), _FROM_BACK),
    (checks.CheckIndices, "C2", (_FAILURE, INDICES, SHORT), _FROM_BACK),
    (checks.CheckIndices, "C3", (_FAILURE, INDICES, INTEGER), _FROM_BACK | {"code": 0}),
]


@pytest.mark.parametrize(
    ("op", "constraint", "types", "attributes"),
    CASES,
    ids=[f"{op.short_name()}-{number}-{at}" for at, (op, number, _, _) in enumerate(CASES)],
)
def test_constraint(
    op: type[TesselOp], constraint: str, types: tuple[Any, ...], attributes: dict[str, Any]
) -> None:
    """Broken, it is named."""
    violates(op, constraint, *types, **attributes)


HUGE = 1 << 31

TOO_LARGE: list[tuple[type[TesselOp], tuple[Any, ...], dict[str, Any]]] = [
    (shape.BroadcastTo, (INTEGER, []), {"shape": (HUGE, HUGE, HUGE)}),
    (shape.BroadcastTo, (array_type("float32"), []), {"shape": (1 << 61,)}),
    (shape.BroadcastTo, (INTEGER, [INTEGER]), {"shape": (HUGE, -1, HUGE)}),
    (shape.BroadcastTo, (INTEGER, []), {"shape": (HUGE, 0, HUGE)}),
    (shape.Pad, (X, array_type("float32")), {"low": (1 << 62, 0), "high": (1 << 62, 0)}),
    (shape.Concatenate, tuple([array_type("uint8", 1 << 62)] * 2), {"axis": 0}),
    (arithmetic.Add, (array_type("int8", HUGE, 1), array_type("int8", 1 << 32)), {}),
]


@pytest.mark.parametrize(("op", "types", "attributes"), TOO_LARGE)
def test_no_array_is_larger_than_can_be_counted(
    op: type[TesselOp], types: tuple[Any, ...], attributes: dict[str, Any]
) -> None:
    with pytest.raises(ConstraintError, match=r"\[.*\] is larger than the largest array$"):
        op.infer_types(*types, **attributes)


def test_the_largest_array() -> None:
    op, attributes = shape.BroadcastTo, {"shape": ((1 << 63) - 1,)}
    (largest,) = op.infer_types(array_type("uint8"), [], **attributes)
    assert largest.shape == attributes["shape"]
