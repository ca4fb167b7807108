"""Convolutions over NHWC images, [N, H, W, C], as kernels compute them."""

import numpy as np

from tessel.dialects.base import Operand, Result, TesselOp, check
from tessel.dialects.flops import Attributes, Types, elements, product
from tessel.dialects.inference import shape_text
from tessel.dialects.packing import PackMatrix, unpack_matrix
from tessel.dialects.types import ArrayType, is_float
from tessel.dialects.window import output_size

TO_LAST, TO_FIRST = (0, 2, 3, 1), (0, 3, 1, 2)
"""Permutations from [N, C, H, W] to [N, H, W, C], and back."""


class ChannelsLastConvolution(TesselOp, name="channels_last_convolution"):
    """Cross-correlation of images with a kernel, channels last, without padding.

    Semantics: result[n, y, x, o] = sum over i, j, c of image[n, y * strides[0] + i * dilation,
    x * strides[1] + j, c] * weight[i, j, c, o]; `dilation` is that of rows.
    Shapes: image [N, H, W, C], weight [I, J, C, O], result [N, Y, X, O] with
    Y = (H - (I - 1) * dilation - 1) // strides[0] + 1, X = (W - J) // strides[1] + 1.
    (C1) Both have rank 4 and static sizes.  (C2) One floating-point dtype.  (C3) Equal C.
    (C4) Two strides and a dilation of 1 or more.  (C5) The window fits into the image.
    Source: TensorFlow `conv2d` with NHWC and HWIO; oneDNN's nhwc convolutions.
    """

    image: Operand
    weight: Operand
    strides: tuple[int, ...]
    dilation: int
    result: Result

    @staticmethod
    def infer(
        image: ArrayType, weight: ArrayType, strides: tuple[int, ...], dilation: int
    ) -> ArrayType:
        _check_images(image, weight)
        check(image.sizes[3] == weight.sizes[2], "C3", _shapes(image, weight))
        output = _output(image, weight.sizes[0], weight.sizes[1], strides, dilation)
        return image.with_shape((image.shape[0], *output, weight.shape[3]))

    @classmethod
    def flops(cls, operands: Types, results: Types, attributes: Attributes) -> int | None:
        return product(2, elements(results[0]), *operands[1].shape[:-1])

    @staticmethod
    def reference(
        image: np.ndarray, weight: np.ndarray, strides: tuple[int, ...], dilation: int
    ) -> np.ndarray:
        windows = _windows(image, weight.shape[0], weight.shape[1], strides, dilation)
        return np.einsum("nyxijc,ijco->nyxo", windows, weight, optimize=True).astype(image.dtype)


class PackedConvolution(TesselOp, name="packed_convolution"):
    """A channels-last convolution whose weight, as a matrix [I * J * C, O], is packed.

    Semantics: channels_last_convolution(image, weight), packed = pack_matrix(reshape(weight)) with
    kr 1 and O = `filters`.
    Shapes: image [N, H, W, C], packed [P, I * J * C, NR], result [N, Y, X, filters].
    (C1) image has rank 4, packed rank 3, and both static sizes.  (C2) One floating-point dtype.
    (C3) `kernel` is (I, J), and packed has I * J * C rows.  (C4) Two strides and a dilation of 1 or
    more.  (C5) The window fits into the image.  (C6) `filters` fit P panels.
    """

    image: Operand
    packed: Operand
    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilation: int
    filters: int
    result: Result

    @staticmethod
    def infer(
        image: ArrayType,
        packed: ArrayType,
        kernel: tuple[int, ...],
        strides: tuple[int, ...],
        dilation: int,
        filters: int,
    ) -> ArrayType:
        are_static = image.is_static and packed.is_static
        ranks = (image.rank, packed.rank) == (4, 3) and are_static
        check(ranks, "C1", f"{_shapes(image, packed)} are not an image and panels")
        equal = image.dtype == packed.dtype and is_float(image.dtype)
        check(equal, "C2", f"dtypes {image.dtype} and {packed.dtype}")
        panels, k, nr = packed.sizes
        fits = len(kernel) == 2 and kernel[0] * kernel[1] * image.sizes[3] == k
        check(fits, "C3", f"kernel {kernel} over {image.sizes[3]} channels has not {k} rows")
        output = _output(image, kernel[0], kernel[1], strides, dilation)
        message = f"{filters} channels do not fit {panels} panels of {nr}"
        check(-(-filters // nr) == panels, "C6", message)
        return image.with_shape((image.shape[0], *output, filters))

    @classmethod
    def flops(cls, operands: Types, results: Types, attributes: Attributes) -> int | None:
        return product(2, elements(results[0]), operands[1].shape[1])

    @staticmethod
    def reference(
        image: np.ndarray,
        packed: np.ndarray,
        kernel: tuple[int, ...],
        strides: tuple[int, ...],
        dilation: int,
        filters: int,
    ) -> np.ndarray:
        matrix = unpack_matrix(packed, packed.shape[1], filters, kr=1)
        weight = matrix.reshape(*kernel, image.shape[3], filters)
        return ChannelsLastConvolution.reference(image, weight, strides, dilation)


class DepthwiseConvolution(TesselOp, name="depthwise_convolution"):
    """Cross-correlation of each channel with a kernel of its own, channels last, zeros around.

    Semantics: result[n, y, x, c] = sum over i, j of padded[n, y * strides[0] + i, x * strides[1] +
    j, c] * weight[i, j, c], where padded is the image with `low` and `high` rows and columns of
    zeros before and after it.
    Shapes: image [N, H, W, C], weight [I, J, C], result [N, Y, X, C] as channels_last_convolution.
    (C1) image has rank 4, weight rank 3, and both static sizes.  (C2) One floating-point dtype.
    (C3) Equal C.  (C4) Two strides of 1 or more.  (C5) The window fits into the padded image.
    (C6) Two numbers of 0 or more in `low` and `high`.
    Source: TensorFlow `depthwise_conv2d`.
    """

    image: Operand
    weight: Operand
    strides: tuple[int, ...]
    low: tuple[int, ...]
    high: tuple[int, ...]
    result: Result

    @staticmethod
    def infer(
        image: ArrayType,
        weight: ArrayType,
        strides: tuple[int, ...],
        low: tuple[int, ...],
        high: tuple[int, ...],
    ) -> ArrayType:
        are_static = image.is_static and weight.is_static
        ranks = (image.rank, weight.rank) == (4, 3) and are_static
        check(ranks, "C1", f"{_shapes(image, weight)} are not an image and kernels")
        equal = image.dtype == weight.dtype and is_float(image.dtype)
        check(equal, "C2", f"dtypes {image.dtype} and {weight.dtype}")
        check(image.sizes[3] == weight.sizes[2], "C3", _shapes(image, weight))
        valid = len(low) == len(high) == 2 and min(*low, *high) >= 0
        check(valid, "C6", f"padding is {low} and {high}")
        count, height, width, channels = image.sizes
        padded = (count, height + low[0] + high[0], width + low[1] + high[1], channels)
        output = _output(image.with_shape(padded), weight.sizes[0], weight.sizes[1], strides, 1)
        return image.with_shape((count, *output, channels))

    @classmethod
    def flops(cls, operands: Types, results: Types, attributes: Attributes) -> int | None:
        return product(2, elements(results[0]), *operands[1].shape[:-1])

    @staticmethod
    def reference(
        image: np.ndarray,
        weight: np.ndarray,
        strides: tuple[int, ...],
        low: tuple[int, ...],
        high: tuple[int, ...],
    ) -> np.ndarray:
        padded = np.pad(image, ((0, 0), *zip(low, high), (0, 0)))
        windows = _windows(padded, weight.shape[0], weight.shape[1], strides, 1)
        return np.einsum("nyxijc,ijc->nyxc", windows, weight).astype(image.dtype)


def pack_weight(weight: np.ndarray, nr: int) -> np.ndarray:
    """A weight [I, J, C, O] as `packed_convolution` takes it."""
    matrix = weight.reshape(-1, weight.shape[3])
    return PackMatrix.reference(matrix, nr=nr, kr=1)


def _shapes(image: ArrayType, weight: ArrayType) -> str:
    return f"image {shape_text(image.shape)} and weight {shape_text(weight.shape)}"


def _check_images(image: ArrayType, weight: ArrayType) -> None:
    ranks = image.rank == weight.rank == 4 and image.is_static and weight.is_static
    check(ranks, "C1", f"{_shapes(image, weight)} must have rank 4 and static sizes")
    equal = image.dtype == weight.dtype and is_float(image.dtype)
    check(equal, "C2", f"dtypes {image.dtype} and {weight.dtype}")


def _output(
    image: ArrayType, rows: int, columns: int, strides: tuple[int, ...], dilation: int
) -> tuple[int, int]:
    valid = len(strides) == 2 and min(*strides, dilation) >= 1
    check(valid, "C4", f"strides {strides}, dilation {dilation}")
    _, height, width, _ = image.sizes
    height = output_size(height, rows, strides[0], dilation)
    width = output_size(width, columns, strides[1])
    check(min(height, width) > 0, "C5", f"a window {rows}x{columns} exceeds the image")
    return height, width


def _windows(
    image: np.ndarray, rows: int, columns: int, strides: tuple[int, ...], dilation: int
) -> np.ndarray:
    """[N, Y, X, I, J, C]"""
    span = (rows - 1) * dilation + 1
    view = np.lib.stride_tricks.sliding_window_view(image, (span, columns), axis=(1, 2))
    strided = view[:, :: strides[0], :: strides[1], :, ::dilation]
    return strided.transpose(0, 1, 2, 4, 5, 3)
