"""Random programs of the dialect: graphs of ops whose values stay moderate.

Floats pass only through functions that keep them moderate and are smooth where it matters, so that
a rounding error stays one; integers pass through everything that wraps and compares.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tessel.dialects import (
    activation,
    arithmetic,
    bitwise,
    comparison,
    contraction,
    conversion,
    cumulative,
    exponential,
    indexing,
    normalization,
    reduction,
    shape,
    slicing,
    sorting,
    trigonometric,
)
from tessel.dialects.base import ConstraintError
from tessel.dialects.constant import build_constant
from tessel.dialects.mlir import ir
from tessel.dialects.types import ArrayType

SIZES = (1, 2, 3, 5, 7)
DTYPES = tuple(map(np.dtype, (np.float32, np.float64, np.int32, np.int64, np.uint8, np.bool_)))

_SMOOTH = (
    *(trigonometric.Sin, trigonometric.Cos, trigonometric.Tanh, trigonometric.Atan),
    *(activation.Sigmoid, activation.Mish, activation.Silu, activation.Softplus),
    *(arithmetic.Negate, arithmetic.Abs, exponential.Erf, trigonometric.Asinh),
)
_FLOAT_PAIRS = (arithmetic.Add, arithmetic.Subtract, arithmetic.Maximum, arithmetic.Minimum)
_INTEGER_PAIRS = (
    *(arithmetic.Add, arithmetic.Subtract, arithmetic.Multiply, arithmetic.Maximum),
    *(arithmetic.Minimum, bitwise.BitwiseAnd, bitwise.BitwiseOr, bitwise.BitwiseXor),
)
_COMPARISONS = (comparison.Less, comparison.Equal, comparison.GreaterEqual, comparison.NotEqual)
_REDUCTIONS = (reduction.ReduceMax, reduction.ReduceMin, reduction.ReduceSum)


def random_arguments(rng: np.random.Generator) -> list[np.ndarray]:
    """Two to four arrays, of one shape or of shapes that broadcast."""
    base = tuple(int(rng.choice(SIZES)) for _ in range(rng.integers(1, 4)))
    arrays = []
    for _ in range(rng.integers(2, 5)):
        own = base if rng.random() < 0.6 else tuple(1 if rng.random() < 0.5 else n for n in base)
        dtype = DTYPES[rng.integers(len(DTYPES))]
        numbers = rng.uniform(-2, 2, own) if dtype.kind == "f" else rng.integers(0, 100, own)
        arrays.append((numbers > 50).astype(dtype) if dtype.kind == "b" else numbers.astype(dtype))
    return arrays


def build_random(rng: np.random.Generator, arguments: list[ir.Value], count: int) -> list[ir.Value]:
    """Adds `count` random ops; the values that nothing uses, and a few others."""
    values = list(arguments)
    used: set[int] = set()
    made = 0
    while made < count:
        positions = [int(one) for one in rng.integers(max(0, len(values) - 12), len(values), 3)]
        builders = list(_builders(rng, [values[one] for one in positions]))
        arity, build = builders[rng.integers(len(builders))]
        try:
            result = build()
        except ConstraintError:
            continue
        if ArrayType.of(result).size > 4000:
            continue
        used.update(positions[:arity])
        values.append(result)
        made += 1
    first = len(arguments)
    return [one for at, one in enumerate(values) if at >= first and (at not in used or at % 5 == 0)]


def _builders(
    rng: np.random.Generator, values: list[ir.Value]
) -> Iterator[tuple[int, Callable[[], Any]]]:
    """Ops that may take these values, each with how many of them it takes."""
    x, y, z = values
    kind = ArrayType.of(x)
    pick = lambda classes: classes[rng.integers(len(classes))]  # noqa: E731
    yield from _movers(rng, x, y)
    if kind.dtype.kind == "f":
        yield 1, lambda: pick(_SMOOTH).build(x)
        yield 2, lambda: pick(_FLOAT_PAIRS).build(x, y)
        yield 2, lambda: pick(_FLOAT_PAIRS).build(x, y)
        yield 2, lambda: arithmetic.Multiply.build(trigonometric.Tanh.build(x), y)
        yield (
            2,
            lambda: contraction.Matmul.build(
                trigonometric.Tanh.build(x), trigonometric.Sin.build(y)
            ),
        )
        if kind.rank:
            axis = int(rng.integers(kind.rank))
            yield 1, lambda: normalization.Softmax.build(x, axis=axis)
            yield 1, lambda: cumulative.CumulativeSum.build(trigonometric.Sin.build(x), axis=axis)
    elif kind.dtype.kind in "iu":
        yield 2, lambda: pick(_INTEGER_PAIRS).build(x, y)
        yield 2, lambda: pick(_COMPARISONS).build(x, y)
        yield 1, lambda: arithmetic.FloorDivide.build(x, _constant(kind, 7))
        yield 1, lambda: arithmetic.Remainder.build(x, _constant(kind, 5))
        yield 1, lambda: conversion.Cast.build(_small(x, kind), dtype=DTYPES[rng.integers(5)])
        if kind.rank:
            axis = int(rng.integers(kind.rank))
            yield 1, lambda: sorting.Sort.build(x, axis=axis, descending=bool(rng.integers(2)))
            yield 1, lambda: sorting.Argsort.build(x, axis=axis, descending=False)
            yield 1, lambda: reduction.Argmax.build(x, axis=axis, keepdims=False)
            yield 1, lambda: cumulative.CumulativeMax.build(x, axis=axis)
    else:
        yield 1, lambda: bitwise.BitwiseNot.build(x)
        yield 2, lambda: bitwise.BitwiseXor.build(x, y)
        yield 3, lambda: comparison.Select.build(x, y, z)
        yield 1, lambda: conversion.Cast.build(x, dtype=DTYPES[rng.integers(5)])


def _movers(
    rng: np.random.Generator, x: ir.Value, y: ir.Value
) -> Iterator[tuple[int, Callable[[], Any]]]:
    """Ops that move elements, and reductions."""
    kind = ArrayType.of(x)
    if not kind.rank:
        return
    axis = int(rng.integers(kind.rank))
    size = kind.shape[axis] or 1
    order = tuple(int(one) for one in rng.permutation(kind.rank))
    yield 1, lambda: shape.Transpose.build(x, permutation=order)
    yield 1, lambda: shape.Reverse.build(x, axes=(axis,))
    yield 2, lambda: shape.Concatenate.build(x, y, axis=axis)
    yield 1, lambda: shape.Reshape.build(x, [], shape=(*kind.shape[::-1], 1))
    ones, zeros = [1] * kind.rank, [0] * kind.rank
    yield 1, lambda: shape.Pad.build(x, _constant(kind, 1), low=ones, high=zeros)
    indices = np.asarray(rng.integers(0, size, 4))
    yield 1, lambda: indexing.Take.build(x, build_constant(indices), axis=axis)
    start = int(rng.integers(size))
    starts = [start if one == axis else 0 for one in range(kind.rank)]
    yield 1, lambda: slicing.Slice.build(x, starts=starts, stops=kind.shape, steps=ones)
    yield 2, lambda: slicing.UpdateSlice.build(x, y, starts=zeros, steps=ones)
    if kind.dtype.kind != "b":
        op = _REDUCTIONS[rng.integers(3)]
        yield 1, lambda: op.build(x, axes=(axis,), keepdims=bool(rng.integers(2)))


def _small(x: ir.Value, kind: ArrayType) -> ir.Value:
    """Integers between 0 and 12, which every dtype holds exactly."""
    return arithmetic.Remainder.build(x, _constant(kind, 13))


def _constant(kind: ArrayType, number: int) -> ir.Value:
    return build_constant(np.asarray(number, kind.dtype))
