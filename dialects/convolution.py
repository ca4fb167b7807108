"""Convolution over any number of spatial axes, plain, grouped, dilated and transposed."""

import numpy as np

from tessel.dialects.base import Operand, Result, TesselOp, check
from tessel.dialects.dim import may_be, same_size, size_text
from tessel.dialects.flops import Attributes, Types, elements, product
from tessel.dialects.inference import shape_text
from tessel.dialects.types import ArrayType, accumulation_dtype, is_bool
from tessel.dialects.window import Windows, pad_spatial, window_view


class Convolution(TesselOp, name="convolution"):
    """Cross-correlation of an array with a kernel, as neural networks call convolution.

    Semantics: result[n, o, p] = sum over c, k of
    padded[n, g * C/groups + c, p * strides + k * dilation] * weight[o, c, k], where g = o // (O /
    groups) and padded is x with `input_dilation` - 1 zeros between elements, then zeros around
    (negative padding cuts off). A transposed convolution is one with `input_dilation` = its stride
    and a flipped kernel. float16 and bfloat16 are summed in float32 and rounded once.
    Shapes: x [N, C, *spatial], weight [O, C/groups, *kernel], result [N, O, *output], with
    output = (padded - (kernel - 1) * dilation - 1) // strides + 1, or 0 where no window fits.
    (C1) x and weight have equal rank, 3 to 5.  (C2) Equal dtypes, not bool.  (C3) One number a
    spatial axis in each attribute.  (C4) Strides, dilations and kernel sizes are 1 or more.
    (C5) groups >= 1 divides C and O.  (C6) weight has C / groups input channels.
    Source: StableHLO `convolution`; torch `conv1d` to `conv3d`.
    """

    x: Operand
    weight: Operand
    strides: tuple[int, ...]
    padding_low: tuple[int, ...]
    padding_high: tuple[int, ...]
    dilation: tuple[int, ...]
    input_dilation: tuple[int, ...]
    groups: int
    result: Result

    @staticmethod
    def infer(
        x: ArrayType,
        weight: ArrayType,
        strides: tuple[int, ...],
        padding_low: tuple[int, ...],
        padding_high: tuple[int, ...],
        dilation: tuple[int, ...],
        input_dilation: tuple[int, ...],
        groups: int,
    ) -> ArrayType:
        shapes = f"x {shape_text(x.shape)} and weight {shape_text(weight.shape)}"
        ranks = x.rank == weight.rank and 3 <= x.rank <= 5
        check(ranks, "C1", f"{shapes} must have one rank, 3 to 5")
        check(x.dtype == weight.dtype, "C2", f"dtypes {x.dtype} and {weight.dtype} differ")
        check(not is_bool(x.dtype), "C2", "dtype bool is not allowed")
        kernel = weight.shape[2:]
        windows = Windows(kernel, strides, padding_low, padding_high, dilation, input_dilation)
        windows.check_lengths("C3")
        windows.check_positive("C4")
        channels, outputs = x.shape[1], weight.shape[0]
        check(groups >= 1, "C5", f"groups is {groups}, must be 1 or more")
        for size, name in ((channels, "input"), (outputs, "output")):
            message = f"{groups} groups do not divide {size_text(size)} {name} channels"
            check(may_be(size, lambda count: count % groups == 0), "C5", message)
        if channels is not None and weight.shape[1] is not None:
            inputs = size_text(channels // groups)
            message = f"{shapes} with {groups} groups: weight must have {inputs} inputs"
            check(same_size(weight.shape[1] * groups, channels), "C6", message)
        return ArrayType(x.dtype, (x.shape[0], outputs, *windows.output_shape(x.shape[2:])))

    @classmethod
    def flops(cls, operands: Types, results: Types, attributes: Attributes) -> int | None:
        return product(2, elements(results[0]), *operands[1].shape[1:])

    @staticmethod
    def reference(
        x: np.ndarray,
        weight: np.ndarray,
        strides: tuple[int, ...],
        padding_low: tuple[int, ...],
        padding_high: tuple[int, ...],
        dilation: tuple[int, ...],
        input_dilation: tuple[int, ...],
        groups: int,
    ) -> np.ndarray:
        windows = Windows(
            weight.shape[2:], strides, padding_low, padding_high, dilation, input_dilation
        )
        wide = accumulation_dtype(x.dtype)
        view = window_view(pad_spatial(x.astype(wide, copy=False), windows, 0), windows)
        rank = x.ndim - 2
        outputs = weight.shape[0] // groups
        grouped = view.reshape(x.shape[0], groups, weight.shape[1], *view.shape[2:])
        kernel = weight.astype(wide, copy=False).reshape(groups, outputs, *weight.shape[1:])
        parts = [
            # Contracts channels and kernel: [N, *output, O/groups], one group at a time.
            np.tensordot(
                grouped[:, group],
                kernel[group],
                axes=([1, *range(2 + rank, 2 + 2 * rank)], [*range(1, 2 + rank)]),
            )
            for group in range(groups)
        ]
        joined = np.concatenate(parts, axis=-1)
        return np.moveaxis(joined, -1, 1).astype(x.dtype, copy=False)
