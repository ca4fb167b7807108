"""A random call of every op: shapes with 0, 1 and primes, all dtypes, any layout, dynamic sizes.

`STRATEGIES` has one strategy for each op but those of `ELSEWHERE`, whose own tests draw them.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from differential import Case
from hypothesis import strategies as st
from sampling import POSITIVE_SIZES, SIZES, sample

from tessel.dialects import (
    bitwise,
    checks,
    comparison,
    conversion,
    cumulative,
    indexing,
    reduction,
    slicing,
    sorting,
)
from tessel.dialects import constant as constants
from tessel.dialects import random as randoms
from tessel.dialects import shape as shapes
from tessel.dialects.arithmetic import Power
from tessel.dialects.base import ConstraintError, TesselOp
from tessel.dialects.context import all_ops
from tessel.dialects.elementwise import ElementwiseOp
from tessel.dialects.types import SUPPORTED_DTYPES, ArrayType, is_bool, is_complex, is_float

INT64 = np.dtype(np.int64)
REAL = [dtype for dtype in SUPPORTED_DTYPES if not is_complex(dtype)]
DTYPES = st.sampled_from(SUPPORTED_DTYPES)

ELSEWHERE = {
    "test_activation.py": "relu sigmoid silu gelu softplus elu leaky_relu hard_sigmoid hard_swish"
    " mish softsign",
    "test_attention.py": "scaled_dot_product_attention scaled_dot_product_attention_logsumexp",
    "test_contraction.py": "matmul",
    "test_convolution.py": "convolution",
    "test_normalization.py": "softmax log_softmax layer_norm rms_norm group_norm batch_norm",
    "test_packing.py": "pack_matrix packed_matmul",
    "test_pooling.py": "pool",
    "test_channels_last.py": "channels_last_convolution packed_convolution depthwise_convolution",
    "test_constant.py": "constant parameter",
    "test_winograd.py": "winograd_input winograd_convolution",
}
"""Files of tests/compiler/lowering that draw these ops themselves."""

_UNSTEADY = {
    *("power", "nextafter", "tan", "logaddexp", "fmod", "remainder", "floor_divide", "lgamma"),
    *("digamma", "gamma"),
}
"""Ops that turn an error of input rounding into a large one; their own tests choose the inputs."""


def array_of(draw: Any, dtypes: Any = DTYPES, sizes: Any = SIZES, ranks: Any = None) -> np.ndarray:
    """A random array."""
    shape = draw(st.lists(sizes, min_size=ranks or 0, max_size=3).map(tuple))
    return sample(draw, shape, draw(dtypes))


@st.composite
def elementwise(draw: Any, op: type[ElementwiseOp]) -> Case:
    """Operands that broadcast: axes of size 1, leading axes missing."""
    shape = draw(st.lists(SIZES, max_size=3).map(tuple))
    dtype = draw(st.sampled_from(allowed_dtypes(op)))
    dynamic = draw(st.booleans())
    operands = []
    for position in range(len(op.operand_fields)):
        own = shape
        if not dynamic and position and draw(st.booleans()):
            first = draw(st.integers(0, len(shape)))
            own = tuple(draw(st.sampled_from([1, size])) for size in shape[first:])
        kind = np.dtype(np.bool_) if op is comparison.Select and position == 0 else dtype
        operands.append(steady(op, sample(draw, own, kind)))
    return Case(op, operands, attributes_of(draw, op, dtype), dynamic)


def steady(op: type[TesselOp], array: np.ndarray) -> np.ndarray:
    """Inputs that the op's own tests cover are kept away from its poles and overflows."""
    if op in (bitwise.ShiftLeft, bitwise.ShiftRight):
        return array % 8
    if op is Power and array.dtype.kind in "iu":
        return np.abs(array % 5)
    if is_float(array.dtype) and op.short_name() in _UNSTEADY:
        return np.abs(array).astype(array.dtype) + array.dtype.type(1)
    return array


def allowed_dtypes(op: type[TesselOp]) -> list[np.dtype]:
    """The dtypes for which the op's constraints hold."""
    found = []
    for dtype in SUPPORTED_DTYPES:
        types = [ArrayType(dtype, (2,)) for _ in op.operand_fields]
        if op is comparison.Select:
            types[0] = ArrayType(np.dtype(np.bool_), (2,))
        try:
            op.infer_types(*types, **({"dtype": dtype} if "dtype" in op.attribute_fields else {}))
        except ConstraintError:
            continue
        if is_float(dtype) or not (is_complex(dtype) and op.short_name() in _UNSTEADY):
            found.append(dtype)
    return found


def attributes_of(draw: Any, op: type[TesselOp], dtype: np.dtype) -> dict[str, Any]:
    """Attributes of elementwise ops: the dtype of casts, chosen so that values stay in range."""
    if op is conversion.Cast:
        wider = [one for one in SUPPORTED_DTYPES if np.can_cast(dtype, one, "safe")]
        return {"dtype": draw(st.sampled_from(wider or [dtype]))}
    if op is conversion.Bitcast:
        same = [
            one for one in SUPPORTED_DTYPES if one.kind in "iu" and one.itemsize == dtype.itemsize
        ]
        return {"dtype": draw(st.sampled_from(same))}
    return {}


@st.composite
def reductions(draw: Any, op: type[TesselOp]) -> Case:
    dtype = draw(st.sampled_from(allowed_reduced(op)))
    empty = op in (
        reduction.ReduceSum,
        reduction.ReduceProd,
        reduction.ReduceAll,
        reduction.ReduceAny,
    )
    x = array_of(draw, st.just(dtype), SIZES if empty else POSITIVE_SIZES)
    axes = tuple(axis for axis in range(x.ndim) if draw(st.booleans()))
    attributes = {"axes": axes, "keepdims": draw(st.booleans())}
    return Case(op, [x], attributes, draw(st.booleans()), _terms(x))


def allowed_reduced(op: type[TesselOp]) -> list[np.dtype]:
    """The dtypes that a reduction takes."""
    return [
        dtype
        for dtype in SUPPORTED_DTYPES
        if (op in (reduction.ReduceAll, reduction.ReduceAny)) == is_bool(dtype)
        and not (op in (reduction.ReduceMax, reduction.ReduceMin) and is_complex(dtype))
    ]


def _terms(x: np.ndarray) -> float:
    """The sum of the terms' magnitudes: what the error of a sum that cancels is relative to."""
    if x.dtype.kind in "biu":
        return 0.0
    return float(np.abs(x.astype(np.complex128)).sum())


@st.composite
def along_an_axis(draw: Any, op: type[TesselOp], dtypes: list[np.dtype], *names: str) -> Case:
    """Ops of one array and an axis, with boolean attributes `names`."""
    sizes = POSITIVE_SIZES if op in (reduction.Argmax, reduction.Argmin) else SIZES
    x = array_of(draw, st.sampled_from(dtypes), sizes, ranks=1)
    attributes: dict[str, Any] = {"axis": draw(st.integers(0, x.ndim - 1))}
    attributes |= {name: draw(st.booleans()) for name in names}
    if op is sorting.TopK:
        attributes["k"] = draw(st.integers(0, x.shape[attributes["axis"]]))
    # Sorts of dynamic size take a second to compile; `test_sorting.py` has one.
    dynamic = draw(st.booleans()) and op.__module__ != sorting.__name__
    return Case(op, [x], attributes, dynamic, _terms(x))


@st.composite
def moves(draw: Any, op: type[TesselOp]) -> Case:
    """Ops of dialects/shape.py."""
    x = array_of(draw, ranks=1)
    rank, dynamic = x.ndim, draw(st.booleans())
    if op is shapes.Transpose:
        attributes: dict[str, Any] = {"permutation": tuple(draw(st.permutations(range(rank))))}
        return Case(op, [x], attributes, dynamic)
    if op is shapes.Reverse:
        return Case(
            op, [x], {"axes": tuple(i for i in range(rank) if draw(st.booleans()))}, dynamic
        )
    if op is shapes.DimOp:
        return Case(op, [x], {"axis": draw(st.integers(0, rank - 1))}, dynamic)
    if op is shapes.Pad:
        low, high = (tuple(draw(st.integers(0, 3)) for _ in range(rank)) for _ in range(2))
        return Case(op, [x, sample(draw, (), x.dtype)], {"low": low, "high": high}, dynamic)
    if op is shapes.Concatenate:
        axis = draw(st.integers(0, rank - 1))
        shape = (*x.shape[:axis], draw(SIZES), *x.shape[axis + 1 :])
        return Case(op, [x, sample(draw, shape, x.dtype)], {"axis": axis}, dynamic)
    if op is shapes.BroadcastTo:
        small = tuple(draw(st.sampled_from([1, size])) for size in x.shape)
        target = (draw(SIZES), *x.shape)
        return Case(op, [sample(draw, small, x.dtype), []], {"shape": target})
    shape = draw(st.permutations([size for size in x.shape for size in (size, 1)]))
    return Case(op, [x, []], {"shape": tuple(shape)})


@st.composite
def parts(draw: Any, op: type[TesselOp]) -> Case:
    """Ops of dialects/slicing.py."""
    x = array_of(draw, ranks=1)
    counts = tuple(draw(st.integers(0, size)) for size in x.shape)
    dynamic = draw(st.booleans())
    if op in (slicing.DynamicSlice, slicing.DynamicUpdateSlice):
        starts = [np.array(draw(st.integers(-3, 15)), np.int64) for _ in x.shape]
        if op is slicing.DynamicUpdateSlice:
            return Case(op, [x, sample(draw, counts, x.dtype), starts], {}, dynamic)
        known = [draw(st.booleans()) for _ in counts]
        sizes = [np.array(n, np.int64) for n, is_known in zip(counts, known) if not is_known]
        shape = tuple(n if is_known else -1 for n, is_known in zip(counts, known))
        return Case(op, [x, starts, sizes], {"shape": shape}, dynamic)
    steps = tuple(draw(st.integers(1, 3)) for _ in x.shape)
    counts = tuple(-(-n // step) for n, step in zip(counts, steps))
    spans = [max((n - 1) * step + 1, 0) for n, step in zip(counts, steps)]
    starts = tuple(draw(st.integers(0, size - span)) for size, span in zip(x.shape, spans))
    if op is slicing.Slice:
        stops = tuple(start + span for start, span in zip(starts, spans))
        return Case(op, [x], {"starts": starts, "stops": stops, "steps": steps})
    update = sample(draw, counts, x.dtype)
    return Case(op, [x, update], {"starts": starts, "steps": steps}, dynamic)


@st.composite
def lookups(draw: Any, op: type[TesselOp]) -> Case:
    """Ops of dialects/indexing.py; some indices are outside."""
    x = array_of(draw, sizes=POSITIVE_SIZES, ranks=1)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    axis, dynamic = draw(st.integers(0, x.ndim - 1)), draw(st.booleans())

    def indices(*shape: int) -> np.ndarray:
        return rng.integers(-9, 9, shape).astype(draw(st.sampled_from(["int64", "int32"])))

    if op is indexing.Take:
        return Case(op, [x, indices(*draw(st.lists(SIZES, max_size=2)))], {"axis": axis}, dynamic)
    if op is indexing.TakeAlongAxis:
        shape = (*x.shape[:axis], draw(SIZES), *x.shape[axis + 1 :])
        return Case(op, [x, indices(*shape)], {"axis": axis}, dynamic)
    if op is indexing.SearchSorted:
        values = array_of(draw, st.sampled_from(REAL))
        ordered = np.sort(sample(draw, (draw(SIZES),), values.dtype))
        return Case(op, [ordered, values], {"side": draw(st.sampled_from(["left", "right"]))})
    count = draw(st.integers(1, x.ndim))
    batch = draw(st.lists(SIZES, max_size=2))
    if op is indexing.GatherNd:
        return Case(op, [x, indices(*batch, count)])
    kinds = [kind for kind in indexing.SCATTER_KINDS if _combines(kind, x.dtype)]
    updates = sample(draw, (*batch, *x.shape[count:]), x.dtype)
    kind = draw(st.sampled_from(kinds))
    vectors = indices(*batch, count).astype(np.int64)
    return Case(op, [x, vectors, updates], {"kind": kind}, scale=_terms(updates))


def _combines(kind: str, dtype: np.dtype) -> bool:
    if kind == "set":
        return True
    return not is_bool(dtype) and not (is_complex(dtype) and kind in ("minimum", "maximum"))


@st.composite
def counters(draw: Any, op: type[TesselOp]) -> Case:
    shape = tuple(draw(st.lists(SIZES, min_size=1, max_size=3)))
    if op is randoms.RandomBits:
        key = np.array([draw(st.integers(0, 2**64 - 1)) for _ in range(2)], np.uint64)
        dtype = np.dtype(draw(st.sampled_from([np.uint32, np.uint64])))
        return Case(op, [key], {"shape": shape, "dtype": dtype})
    dtype = draw(st.sampled_from([one for one in REAL if not is_bool(one)]))
    axis = draw(st.integers(0, len(shape) - 1))
    return Case(op, [[]], {"shape": shape, "axis": axis, "dtype": dtype})


@st.composite
def failures(draw: Any, op: type[TesselOp]) -> Case:
    """Ops of dialects/checks.py: something failed before, fails now, or nothing does."""
    failure = np.array(draw(st.sampled_from([(0, 0, 0), (7, -1, 2**40)])), np.int64)
    named = {"code": draw(st.integers(1, 9)), "error": "IndexError", "message": "{value}"}
    if op is checks.Check:
        numbers = [np.array(draw(st.integers(-9, 9)), np.int64) for _ in range(2)]
        return Case(op, [failure, np.array(draw(st.booleans())), *numbers], named)
    dtype = draw(st.sampled_from([one for one in SUPPORTED_DTYPES if one.kind in "iu"]))
    shape = draw(st.lists(SIZES, max_size=2).map(tuple))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    indices = rng.integers(0 if dtype.kind == "u" else -6, 6, shape).astype(dtype)
    size = np.array(draw(st.integers(0, 7)), np.int64)
    return Case(op, [failure, indices, size], named | {"counts_from_back": draw(st.booleans())})


def _strategy(op: type[TesselOp]) -> st.SearchStrategy[Case] | None:
    numbers = [dtype for dtype in SUPPORTED_DTYPES if not is_bool(dtype)]
    real_numbers = [dtype for dtype in numbers if not is_complex(dtype)]
    extremes = (cumulative.CumulativeMax, cumulative.CumulativeMin)
    by_module: dict[str, Callable[[], st.SearchStrategy[Case]]] = {
        cumulative.__name__: lambda: along_an_axis(op, real_numbers if op in extremes else numbers),
        sorting.__name__: lambda: along_an_axis(
            op, REAL, *(() if op is sorting.TopK else ("descending",))
        ),
        reduction.__name__: lambda: (
            along_an_axis(op, REAL, "keepdims")
            if issubclass(op, reduction.ArgReductionOp)
            else reductions(op)
        ),
        shapes.__name__: lambda: moves(op),
        slicing.__name__: lambda: parts(op),
        indexing.__name__: lambda: lookups(op),
        randoms.__name__: lambda: counters(op),
        checks.__name__: lambda: failures(op),
        constants.__name__: lambda: counters(op),
    }
    if op.short_name() in " ".join(ELSEWHERE.values()).split():
        return None
    if op.__module__ in by_module:
        return by_module[op.__module__]()
    broadcasts = issubclass(op, ElementwiseOp) or op in (
        comparison.Select,
        conversion.Cast,
        conversion.Bitcast,
    )
    return elementwise(op) if broadcasts else None


STRATEGIES = {
    cls: strategy for cls in all_ops().values() if (strategy := _strategy(cls)) is not None
}
"""Op -> random calls of it."""
