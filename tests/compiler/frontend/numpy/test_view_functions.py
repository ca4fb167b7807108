"""Functions of NumPy that give views: writing to the result changes the array."""

from typing import Any

import numpy as np
import pytest
from numpy_comparison import check_as_numpy

import tessel

NUMBERS = np.arange(24, dtype=np.float32).reshape(2, 3, 4)

VIEWS = {
    "transpose": np.transpose,
    "transpose_axes": lambda x: np.transpose(x, (2, 0, -2)),
    "matrix_transpose": np.matrix_transpose,
    "swapaxes": lambda x: np.swapaxes(x, 0, -1),
    "moveaxis": lambda x: np.moveaxis(x, (0, 1), (-1, 0)),
    "rollaxis": lambda x: np.rollaxis(x, 2),
    "rollaxis_end": lambda x: np.rollaxis(x, 0, -1),
    "reshape": lambda x: np.reshape(x, (4, -1)),
    "ravel": np.ravel,
    "squeeze": lambda x: np.squeeze(x[:, :1]),
    "squeeze_axis": lambda x: np.squeeze(x[:, :1], axis=-2),
    "expand_dims": lambda x: np.expand_dims(x, (0, -1)),
    "flip": np.flip,
    "flip_axes": lambda x: np.flip(x, (0, -1)),
    "flipud": np.flipud,
    "fliplr": np.fliplr,
    "rot90": np.rot90,
    "rot180": lambda x: np.rot90(x, -2, axes=(1, 2)),
    "rot270": lambda x: np.rot90(x, 3),
    "split": lambda x: np.split(x, 2, axis=-1)[1],
    "split_at": lambda x: np.split(x, [1, 2], axis=1)[1],
    "array_split": lambda x: np.array_split(x, 3, axis=2)[2],
    "hsplit": lambda x: np.hsplit(x, 3)[1],
    "vsplit": lambda x: np.vsplit(x, [1])[1],
    "dsplit": lambda x: np.dsplit(x, 2)[0],
    "unstack": lambda x: np.unstack(x, axis=2)[1],
    "atleast_1d": lambda x: np.atleast_1d(x),
    "atleast_2d": lambda x: np.atleast_2d(x[0, 0]),
    "atleast_3d": lambda x: np.atleast_3d(x[0]),
    "atleast_vector": lambda x: np.atleast_3d(x[0, 0]),
    "method": lambda x: x.reshape(6, 4).T.swapaxes(0, 1),
    "einsum": lambda x: np.einsum("ijk->kij", x),
    "einsum_diagonals": lambda x: np.einsum("ijj->ji", x[..., 1:]),
    "einsum_diagonal": lambda x: np.einsum("iii->i", x[:, 1:, ::2]),
    "einsum_again": lambda x: np.einsum("ij->ji", np.einsum("i...->...i", x)[0])[::-1],
    "flat": lambda x: np.reshape(x.T, (4, 3, 2)).T,
}


def read_and_written(x: Any) -> dict[str, Any]:
    """Each view, and the array after the view was written to."""
    results: dict[str, Any] = {}
    for name, function in VIEWS.items():
        base = x * 2 + 0
        view = function(base)
        results[name] = view * 1
        view[...] = view + 100
        results[f"{name}_base"] = base * 1
    return results


def test_views_share_their_array() -> None:
    """Reading and writing through each view is as in NumPy."""
    check_as_numpy(read_and_written, NUMBERS)


def others(x: Any, z: Any) -> dict[str, Any]:
    """Views that follow their array, parts of complex numbers, and orders of elements."""
    base = x * 1
    diagonal, wide = np.diagonal(base, 1, 1, -1), np.broadcast_to(base, (2, *x.shape))
    both = np.broadcast_arrays(base, x[0])
    base[...] = base + 1
    z = z * 1
    np.real(z)[0] = 7
    z.imag[1:] = 5
    z.real *= 2
    z.imag = z.imag + 1
    ordered = x * 1
    ordered[0, 0] = ordered[0, 0][::-1]
    ordered.sort(axis=-1)
    return {
        "diagonal": diagonal + 0,
        "broadcast": wide + 0,
        "broadcast_arrays": [one + 0 for one in both],
        "complex": z,
        "fortran": np.reshape(x, (4, 6), order="F"),
        "fortran_ravel": x.ravel(order="F"),
        "fortran_flatten": x.flatten("F"),
        "sorted": ordered,
        "several": np.atleast_2d(x, x[0, 0, 0]),
        "trace": np.trace(x, 1, -1, 0),
        "whole_trace": np.trace(x.astype(np.int8)),
        "diag": np.diag(x[0], -1),
        "diag_made": [np.diag(x[0, 0], k) for k in (-2, 0, 1)],
        "diagflat": np.diagflat(x[0, :, :2], 1),
        "uneven": np.array_split(x[0, 0], 3),
        "parts": np.array_split(x[0, 0], 6),
        "vector": np.hsplit(x[0, 0], 2),
    }


def test_others() -> None:
    """Views that cannot be written to follow their array; real and imaginary parts can be."""
    check_as_numpy(others, NUMBERS, np.arange(3) + 1j)


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (lambda x: np.broadcast_to(x, (2, 2, 3, 4)).fill(1), ValueError, "read-only"),
        (lambda x: np.diagonal(x).fill(1), ValueError, "read-only"),
        (lambda x: np.split(x, 2, axis=1), ValueError, "use numpy.array_split"),
        (lambda x: np.array_split(x, 0), ValueError, "cannot split into 0 parts"),
        (lambda x: np.dsplit(x[0], 2), ValueError, "needs rank 3"),
        (lambda x: np.transpose(x, (0, 1)), ValueError, "do not order the dimensions"),
        (lambda x: np.swapaxes(x, 0, 3), IndexError, "axis 3 is out of range"),
        (lambda x: np.moveaxis(x, (0, 1), 1), ValueError, "moves 2 axes to 1 positions"),
        (lambda x: np.reshape(x, (5, -1)), ValueError, "cannot reshape 24 elements"),
        (lambda x: np.squeeze(x, 0), ValueError, "axis 0 has size 2"),
    ],
)
def test_refusals(function: Any, error: type, message: str) -> None:
    """What cannot be is one sentence with the user's line, of the type that NumPy raises."""
    with pytest.raises(error, match=rf"test_view_functions\.py:\d+: .*{message}"):
        tessel.compile(function)(NUMBERS)
