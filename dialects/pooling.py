"""Pooling: one element from each window of the spatial axes."""

import numpy as np

from tessel.dialects.base import Operand, Result, TesselOp, check
from tessel.dialects.flops import Attributes, Types, elements, product
from tessel.dialects.inference import shape_text
from tessel.dialects.types import ArrayType, accumulation_dtype, is_bool, is_complex, is_float
from tessel.dialects.window import Windows, pad_spatial, window_view

POOL_KINDS = ("max", "average", "sum")


class Pool(TesselOp, name="pool"):
    """Largest element, average or sum of each window.

    Semantics: result[n, c, p] = kind over k of padded[n, c, p * strides + k * dilation]. Padding
    never wins a `max` (a window of padding alone gives the least value, -inf for floats), adds 0
    to a `sum`, and counts in an `average` as 0 only with `count_include_padding` (without it a
    window of padding alone gives NaN). `max` gives NaN when the window has one. float16 and
    bfloat16 are summed in float32 and rounded once.
    Shapes: x [N, C, *spatial], result [N, C, *output], with output = (padded - (window - 1) *
    dilation - 1) // strides + 1, or 0 where no window fits.
    (C1) x has rank 3 to 5.  (C2) `kind` is "max", "average" or "sum".  (C3) One number a spatial
    axis in each attribute.  (C4) Window, strides and dilation are 1 or more, padding is not
    negative.  (C5) dtype: real for `max`, not bool for `sum`, floating point for `average`.
    Source: ONNX `MaxPool`, `AveragePool`; torch `max_pool2d`, `avg_pool2d`.
    """

    x: Operand
    kind: str
    window: tuple[int, ...]
    strides: tuple[int, ...]
    padding_low: tuple[int, ...]
    padding_high: tuple[int, ...]
    dilation: tuple[int, ...]
    count_include_padding: bool
    result: Result

    @staticmethod
    def infer(
        x: ArrayType,
        kind: str,
        window: tuple[int, ...],
        strides: tuple[int, ...],
        padding_low: tuple[int, ...],
        padding_high: tuple[int, ...],
        dilation: tuple[int, ...],
        count_include_padding: bool,
    ) -> ArrayType:
        check(3 <= x.rank <= 5, "C1", f"x {shape_text(x.shape)} must have rank 3 to 5")
        check(kind in POOL_KINDS, "C2", f"kind '{kind}' is none of {', '.join(POOL_KINDS)}")
        check(len(window) == x.rank - 2, "C3", f"window {window} does not fit rank {x.rank}")
        windows = pool_windows(window, strides, padding_low, padding_high, dilation)
        windows.check_lengths("C3")
        windows.check_positive("C4")
        message = f"padding {padding_low}, {padding_high} is negative"
        check(min((*padding_low, *padding_high)) >= 0, "C4", message)
        allowed = {
            "max": not is_complex(x.dtype),
            "sum": not is_bool(x.dtype),
            "average": is_float(x.dtype),
        }[kind]
        check(allowed, "C5", f"dtype {x.dtype} is not allowed for kind '{kind}'")
        return ArrayType(x.dtype, (*x.shape[:2], *windows.output_shape(x.shape[2:])))

    @classmethod
    def flops(cls, operands: Types, results: Types, attributes: Attributes) -> int | None:
        return product(elements(results[0]), *attributes["window"])

    @staticmethod
    def reference(
        x: np.ndarray,
        kind: str,
        window: tuple[int, ...],
        strides: tuple[int, ...],
        padding_low: tuple[int, ...],
        padding_high: tuple[int, ...],
        dilation: tuple[int, ...],
        count_include_padding: bool,
    ) -> np.ndarray:
        windows = pool_windows(window, strides, padding_low, padding_high, dilation)
        axes = tuple(range(-len(window), 0))
        if kind == "max":
            padded = pad_spatial(x, windows, least_value(x.dtype))
            return window_view(padded, windows).max(axis=axes)
        wide = x.astype(accumulation_dtype(x.dtype), copy=False)
        total = window_view(pad_spatial(wide, windows, 0), windows).sum(axis=axes, dtype=wide.dtype)
        if kind == "average":
            present = pad_spatial(np.ones_like(wide), windows, int(count_include_padding))
            total = total / window_view(present, windows).sum(axis=axes, dtype=wide.dtype)
        return total.astype(x.dtype, copy=False)


def pool_windows(
    window: tuple[int, ...],
    strides: tuple[int, ...],
    padding_low: tuple[int, ...],
    padding_high: tuple[int, ...],
    dilation: tuple[int, ...],
) -> Windows:
    """The windows of a pool, which has no gaps between elements."""
    return Windows(window, strides, padding_low, padding_high, dilation, (1,) * len(window))


def least_value(dtype: np.dtype) -> float | int | bool:
    """What no element of `dtype` is less than: the identity of `max`."""
    if is_bool(dtype):
        return False
    return -np.inf if is_float(dtype) else int(np.iinfo(dtype).min)
