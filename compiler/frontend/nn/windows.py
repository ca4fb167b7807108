"""Convolution and pooling over one to three spatial axes, channels first: x [N, C, *spatial].

Strides, padding, dilation and windows are one number for all spatial axes, or one for each. Arrays
of a call promote as NumPy's do. Raises ShapeError where shapes or numbers do not fit.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tessel.compiler.frontend.nn.checks import as_float, equal, per_axis, require, text
from tessel.compiler.frontend.numpy.functions import elementwise, manipulation, reductions
from tessel.compiler.frontend.tracing.apply import Array, apply, type_of
from tessel.compiler.frontend.tracing.promotion import cast_to, common_dtype
from tessel.dialects.convolution import Convolution
from tessel.dialects.pooling import Pool
from tessel.dialects.shape import Reverse

Sizes = int | Sequence[int]
Padding = str | int | Sequence[Any]


def conv(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    *,
    stride: Sizes = 1,
    padding: Padding = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Array:
    """Cross-correlation with a kernel, plus bias, as neural networks call convolution.

    `padding` is a number of zeros for both ends, a (low, high) pair an axis, "valid" (none) or
    "same" (as many positions as x has, over stride; the odd zero goes to the high end).
    Shapes: x [N, C, *spatial], weight [O, C / groups, *kernel], bias [O], result [N, O, *output].
    """
    count = _spatial_axes("conv", x, weight)
    x, weight, bias = _promoted("conv", x, weight, bias, outputs=type_of(weight).shape[0])
    steps, spread = per_axis("stride", stride, count), per_axis("dilation", dilation, count)
    low, high = _padding(padding, x, weight, steps, spread)
    product = apply(
        Convolution,
        x,
        weight,
        strides=steps,
        padding_low=low,
        padding_high=high,
        dilation=spread,
        input_dilation=(1,) * count,
        groups=int(groups),
    )
    return _add_bias(product, bias)


def conv_transpose(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    *,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Array:
    """The transpose of `conv` with the same numbers, plus bias: each x is spread by the kernel.

    Shapes: x [N, C, *spatial], weight [C, O / groups, *kernel] (PyTorch's order), bias [O], result
    [N, O, *output] with output = (x - 1) * stride - 2 * padding + dilation * (kernel - 1) +
    output_padding + 1.
    """
    count = _spatial_axes("conv_transpose", x, weight)
    kernel = _kernel_sizes(weight)
    inputs, outputs = type_of(weight).shape[:2]
    is_static = inputs is not None and outputs is not None
    require(is_static, f"conv_transpose needs a weight with static sizes, not {text(weight)}")
    divides = groups >= 1 and inputs % groups == 0
    require(divides, f"conv_transpose: {groups} groups do not divide {inputs} input channels")
    x, weight, bias = _promoted("conv_transpose", x, weight, bias, outputs=outputs * groups)
    spread = per_axis("dilation", dilation, count)
    around = per_axis("padding", padding, count)
    extra = per_axis("output_padding", output_padding, count)
    low = tuple(d * (k - 1) - p for d, k, p in zip(spread, kernel, around))
    product = apply(
        Convolution,
        x,
        _flipped(weight, int(groups), kernel),
        strides=(1,) * count,
        padding_low=low,
        padding_high=tuple(number + more for number, more in zip(low, extra)),
        dilation=spread,
        input_dilation=per_axis("stride", stride, count),
        groups=int(groups),
    )
    return _add_bias(product, bias)


def max_pool(
    x: Array,
    window: Sizes,
    *,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
) -> Array:
    """The largest element of each window; windows are side by side unless `stride` is given.

    Shapes: x [N, C, *spatial], result [N, C, *output].
    """
    return _pool("max", x, window, stride, padding, dilation, include_padding=False)


def avg_pool(
    x: Array,
    window: Sizes,
    *,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    count_include_padding: bool = True,
) -> Array:
    """The average of each window; windows are side by side unless `stride` is given.

    Padding counts as zeros, or not at all without `count_include_padding`.
    Shapes: x [N, C, *spatial], result [N, C, *output].
    """
    (x,) = as_float("avg_pool", x)
    return _pool("average", x, window, stride, padding, 1, bool(count_include_padding))


def global_avg_pool(x: Array) -> Array:
    """The average of each channel over all spatial axes, which keep size 1.

    Shapes: x [N, C, *spatial], result [N, C, 1, ...].
    """
    rank = type_of(x).rank
    require(rank >= 3, f"global_avg_pool needs x of rank 3 or more, not {text(x)}")
    return reductions.mean(x, tuple(range(2, rank)), keepdims=True)


def _pool(
    kind: str,
    x: Array,
    window: Sizes,
    stride: Sizes | None,
    padding: Sizes,
    dilation: Sizes,
    include_padding: bool,
) -> Array:
    rank = type_of(x).rank
    require(3 <= rank <= 5, f"pooling needs x of rank 3 to 5, not {text(x)}")
    sizes = per_axis("window", window, rank - 2)
    around = per_axis("padding", padding, rank - 2)
    return apply(
        Pool,
        x,
        kind=kind,
        window=sizes,
        strides=sizes if stride is None else per_axis("stride", stride, rank - 2),
        padding_low=around,
        padding_high=around,
        dilation=per_axis("dilation", dilation, rank - 2),
        count_include_padding=include_padding,
    )


def _spatial_axes(name: str, x: Array, weight: Array) -> int:
    rank = type_of(x).rank
    fits = 3 <= rank <= 5 and type_of(weight).rank == rank
    require(fits, f"{name}: x {text(x)} and weight {text(weight)} must have one rank, 3 to 5")
    return rank - 2


def _promoted(
    name: str, x: Array, weight: Array, bias: Array | None, outputs: int | None
) -> tuple[Array, Array, Array | None]:
    """The arrays in one dtype; ShapeError when bias is not one number for each output."""
    if bias is not None:
        fits = type_of(bias).rank == 1 and equal(type_of(bias).shape[0], outputs)
        require(fits, f"{name} with {outputs} output channels cannot have bias {text(bias)}")
    dtype = common_dtype(x, weight) if bias is None else common_dtype(x, weight, bias)
    return (
        cast_to(x, dtype),
        cast_to(weight, dtype),
        None if bias is None else cast_to(bias, dtype),
    )


def _padding(
    padding: Padding, x: Array, weight: Array, strides: Sequence[int], dilation: Sequence[int]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Zeros at the low and at the high end of each spatial axis."""
    count = len(strides)
    if padding == "valid":
        return (0,) * count, (0,) * count
    if padding == "same":
        return _same_padding(x, _kernel_sizes(weight), strides, dilation)
    require(not isinstance(padding, str), f'padding "{padding}" is neither "same" nor "valid"')
    if isinstance(padding, Sequence) and any(isinstance(one, Sequence) for one in padding):
        pairs = all(isinstance(one, Sequence) and len(one) == 2 for one in padding)
        require(pairs and len(padding) == count, f"padding {padding} is not {count} pairs")
        return tuple(int(one[0]) for one in padding), tuple(int(one[1]) for one in padding)
    both = per_axis("padding", padding, count)  # type: ignore[arg-type]
    return both, both


def _same_padding(
    x: Array, kernel: Sequence[int], strides: Sequence[int], dilation: Sequence[int]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    totals = []
    for size, window, step, spread in zip(type_of(x).shape[2:], kernel, strides, dilation):
        reach = spread * (window - 1) + 1
        # With stride 1 the size cancels; otherwise the padding is that of this size alone.
        if step == 1:
            totals.append(reach - 1)
        else:
            size = int(size)  # type: ignore[arg-type]
            totals.append(max((-(-size // step) - 1) * step + reach - size, 0))
    return tuple(total // 2 for total in totals), tuple(total - total // 2 for total in totals)


def _kernel_sizes(weight: Array) -> tuple[int, ...]:
    return tuple(int(size) for size in type_of(weight).shape[2:])  # type: ignore[arg-type]


def _flipped(weight: Array, groups: int, kernel: tuple[int, ...]) -> Array:
    """[C, O / groups, *kernel] as the weight [O, C / groups, *kernel] of the transposed problem."""
    inputs, outputs = type_of(weight).shape[:2]
    split = manipulation.reshape(weight, (groups, inputs // groups, outputs, *kernel))  # type: ignore[operator]
    swapped = manipulation.transpose(split, (0, 2, 1, *range(3, 3 + len(kernel))))
    joined = manipulation.reshape(swapped, (groups * outputs, inputs // groups, *kernel))  # type: ignore[operator]
    return apply(Reverse, joined, axes=tuple(range(2, 2 + len(kernel))))


def _add_bias(product: Array, bias: Array | None) -> Array:
    """The result, with bias for each channel."""
    if bias is None:
        return product
    shape = np.ones(type_of(product).rank - 1, np.int64)
    shape[0] = -1
    return elementwise.add(product, manipulation.reshape(bias, [int(size) for size in shape]))
