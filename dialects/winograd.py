"""Convolutions with windows of 3 x 3 by 16 multiplications for 4 pixels, where others take 36.

A. Lavin, S. Gray: Fast Algorithms for Convolutional Neural Networks (CVPR 2016), F(2x2, 3x3). Its
transforms hold nothing but 0, 1 and 1/2, so that results are about as exact as the sum itself (1.0
to 2.2 times its error for 64 to 512 channels); F(4x4, 3x3), 36 for 16 pixels, has 14 times.
"""

import numpy as np

from tessel.dialects.base import Operand, Result, TesselOp, check
from tessel.dialects.flops import Attributes, Types, elements, product
from tessel.dialects.inference import shape_text
from tessel.dialects.packing import unpack_matrix
from tessel.dialects.types import ArrayType, is_float

STEP, WINDOW, EDGE = 2, 3, 4
"""Pixels between tiles, those of a window, and those of a tile, each way."""

POINTS = EDGE**2
"""Elements of a tile."""

INPUT_TRANSFORM = np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]], np.float32)
FILTER_TRANSFORM = np.array([[2, 0, 0], [1, 1, 1], [1, -1, 1], [0, 0, 2]], np.float32) / 2
OUTPUT_TRANSFORM = np.array([[1, 1, 1, 0], [0, 1, -1, -1]], np.float32)
"""What is applied to the lines and to the columns of a tile: B^T, G and A^T of the paper."""


class WinogradInput(TesselOp, name="winograd_input"):
    """Tiles of images, 4 x 4 pixels at every second, as `winograd_convolution` multiplies them.

    Semantics: result[t, 4 * a + b, c] = (B^T d B)[a, b] for t = (n * TY + y) * TX + x, where d is
    image[n, 2 * y : 2 * y + 4, 2 * x : 2 * x + 4, c], with zeros beyond the image.
    Shapes: image [N, H, W, C], result [N * TY * TX, 16, C], TY = (H - 1) // 2, TX = (W - 1) // 2.
    (C1) image has rank 4 and static sizes, and H, W >= 3.  (C2) A floating-point dtype.
    Source: Lavin and Gray 2016.
    """

    image: Operand
    result: Result

    @staticmethod
    def infer(image: ArrayType) -> ArrayType:
        fits = image.rank == 4 and image.is_static and min(image.sizes[1:3]) >= WINDOW
        check(fits, "C1", f"{shape_text(image.shape)} are no images of 3x3 pixels or more")
        check(is_float(image.dtype), "C2", f"dtype {image.dtype} is not of floats")
        count, height, width, channels = image.sizes
        tiles = tiles_in_all((count, height - 2, width - 2))
        return image.with_shape((tiles, POINTS, channels))

    @staticmethod
    def reference(image: np.ndarray) -> np.ndarray:
        _, height, width, channels = image.shape
        down, across = tiles_of(height - 2), tiles_of(width - 2)
        room = ((0, 0), (0, 2 * down + 2 - height), (0, 2 * across + 2 - width), (0, 0))
        view = np.lib.stride_tricks.sliding_window_view(
            np.pad(image, room), (EDGE, EDGE), axis=(1, 2)
        )
        tiles = view[:, ::STEP, ::STEP].reshape(-1, channels, POINTS)
        return np.matmul(both_ways(INPUT_TRANSFORM, image.dtype), tiles.transpose(0, 2, 1))


class WinogradConvolution(TesselOp, name="winograd_convolution"):
    """Cross-correlation of images, cut into tiles, with windows of 3 x 3.

    Semantics: result = channels_last_convolution(image, weight), up to rounding, where tiles =
    winograd_input(image) and packed = pack_matrix of (G weight G^T)[a, b, c, o] as a matrix of rows
    (4 * a + b) * C + c, with kr 1.
    Shapes: tiles [N * TY * TX, 16, C], packed [P, 16 * C, NR], result [N, Y, X, filters], with
    `output` = (N, Y, X), TY = ceil(Y / 2), TX = ceil(X / 2).
    (C1) tiles and packed have rank 3 and static sizes.  (C2) One floating-point dtype.
    (C3) `output` has so many tiles, of 16 elements.  (C4) packed has 16 * C rows.  (C5) `filters`
    fit P panels.
    Source: Lavin and Gray 2016.
    """

    tiles: Operand
    packed: Operand
    output: tuple[int, ...]
    filters: int
    result: Result

    @staticmethod
    def infer(
        tiles: ArrayType, packed: ArrayType, output: tuple[int, ...], filters: int
    ) -> ArrayType:
        shapes = f"{shape_text(tiles.shape)} and {shape_text(packed.shape)}"
        are_static = tiles.is_static and packed.is_static
        ranks = tiles.rank == packed.rank == 3 and are_static
        check(ranks, "C1", f"{shapes} are not tiles and panels")
        equal = tiles.dtype == packed.dtype and is_float(tiles.dtype)
        check(equal, "C2", f"dtypes {tiles.dtype} and {packed.dtype}")
        count, points, channels = tiles.sizes
        fits = len(output) == 3 and count == tiles_in_all(output) and points == POINTS
        check(fits, "C3", f"{shape_text(tiles.shape)} are not the tiles of {output}")
        panels, k, nr = packed.sizes
        check(k == POINTS * channels, "C4", f"{channels} channels and {k} rows")
        message = f"{filters} channels do not fit {panels} panels of {nr}"
        check(-(-filters // nr) == panels, "C5", message)
        return tiles.with_shape((*output, filters))

    @classmethod
    def flops(cls, operands: Types, results: Types, attributes: Attributes) -> int | None:
        # The products of tiles; what makes pixels of them is little.
        return product(2, elements(operands[0]), attributes["filters"])

    @staticmethod
    def reference(
        tiles: np.ndarray, packed: np.ndarray, output: tuple[int, ...], filters: int
    ) -> np.ndarray:
        matrix = unpack_matrix(packed, packed.shape[1], filters, kr=1)
        windows = matrix.reshape(POINTS, tiles.shape[2], filters)
        products = np.matmul(tiles.transpose(1, 0, 2), windows).transpose(1, 0, 2)
        both = both_ways(OUTPUT_TRANSFORM, tiles.dtype)
        count, height, across = output
        lines, columns = tiles_of(height), tiles_of(across)
        cut = np.matmul(both, products).reshape(count, lines, columns, STEP, STEP, filters)
        whole = cut.transpose(0, 1, 3, 2, 4, 5).reshape(count, 2 * lines, 2 * columns, filters)
        return np.ascontiguousarray(whole[:, :height, :across])


def tiles_of(size: int) -> int:
    """Tiles along so many pixels of a result."""
    return -(-size // STEP)


def tiles_in_all(output: tuple[int, ...]) -> int:
    """Tiles of a result of (N, Y, X) pixels."""
    count, height, width = output
    return count * tiles_of(height) * tiles_of(width)


def both_ways(transform: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """The matrix that applies `transform` to the lines and to the columns of flat tiles."""
    return np.kron(transform, transform).astype(dtype)


def transform_weight(weight: np.ndarray) -> np.ndarray:
    """A weight [3, 3, C, O] as the matrix [16 * C, O] that `winograd_convolution` takes packed."""
    _, _, channels, outputs = weight.shape
    flat = weight.reshape(WINDOW**2, channels * outputs)
    made = np.matmul(both_ways(FILTER_TRANSFORM, weight.dtype), flat)
    return made.reshape(POINTS * channels, outputs)
