"""`numpy.fft` in compiled functions: transforms of all kinds of sizes, dtypes and norms."""

from typing import Any

import numpy as np
import pytest
from numpy_comparison import check_as_numpy

import tessel
from tessel.compiler.frontend.numpy.functions import fourier

RANDOM = np.random.default_rng(5)

TOLERANCES = {np.float16: 2e-6, np.float32: 2e-6, np.float64: 2e-15}
"""Of the largest result: NumPy transforms float16 as float32."""


def one_axis(x: Any) -> dict[str, Any]:
    """Transforms of the last axis, of another one, cut, padded, and with each norm."""
    return {
        "fft": np.fft.fft(x),
        "inverse": np.fft.ifft(x + 1j * x[::-1]),
        "first_axis": np.fft.fft(x, axis=0),
        "cut": np.fft.fft(x, 4, norm="ortho"),
        "padded": np.fft.ifft(x, n=20, axis=1, norm="forward"),
        "half": np.fft.rfft(x),
        "half_odd": np.fft.rfft(x, 7),
        "half_of_one": np.fft.rfft(x, 1),
        "real": np.fft.irfft(x + 2j * x),
        "real_odd": np.fft.irfft(x + 2j * x, 9, norm="ortho"),
        "real_of_real": np.fft.irfft(x, axis=0),
        "hermitian": np.fft.hfft(x - 1j * x),
        "hermitian_inverse": np.fft.ihfft(x, norm="ortho"),
        "there_and_back": np.fft.irfft(np.fft.rfft(x), x.shape[-1]) - x + 1,
    }


def several_axes(x: Any) -> dict[str, Any]:
    """Transforms of several axes, and what orders their frequencies."""
    return {
        "two": np.fft.fft2(x),
        "two_inverse": np.fft.ifft2(x, axes=(0, 1)),
        "all": np.fft.fftn(x, norm="ortho"),
        "all_inverse": np.fft.ifftn(x, s=(4, 5), axes=(1, 2)),
        "half": np.fft.rfftn(x),
        "half_two": np.fft.rfft2(x, s=(4, 8), norm="forward"),
        "real": np.fft.irfftn(x - 1j * x, axes=(2, 0)),
        "real_two": np.fft.irfft2(x + 0j, s=(3, 7)),
        "axis_twice": np.fft.fftn(x, axes=(1, 1)),
        "shifted": np.fft.fftshift(x),
        "shifted_back": np.fft.ifftshift(x, axes=(0, 2)),
        "shifted_axis": np.fft.fftshift(x, 1),
        "frequencies": np.fft.fftfreq(x.shape[2], 0.1) * x,
        "half_frequencies": np.fft.rfftfreq(x.shape[2], d=2) + x[0, 0, 0],
    }


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_one_axis(dtype: Any) -> None:
    """One axis, over stacks."""
    x = RANDOM.standard_normal((3, 8)).astype(dtype)
    check_as_numpy(one_axis, x, tolerance=TOLERANCES[dtype])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_several_axes(dtype: Any) -> None:
    """Several axes, of sizes that are even, odd and prime."""
    x = RANDOM.standard_normal((3, 6, 5)).astype(dtype)
    check_as_numpy(several_axes, x, tolerance=TOLERANCES[dtype])


def sizes(*arrays: Any) -> dict[str, Any]:
    """A transform for each array, and an inverse of several steps."""
    results = {f"{x.shape[-1]}": np.fft.fft(x) for x in arrays}
    return results | {"inverse": np.fft.ifft(arrays[0])}


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
def test_sizes(dtype: Any) -> None:
    """Several steps, one point, primes small and large."""
    counts = (320, 1, 97, 331)
    draws = [RANDOM.standard_normal((2, 2, count)) for count in counts]
    arrays = [(x[0] + 1j * x[1]).astype(dtype) for x in draws]
    check_as_numpy(sizes, *arrays, tolerance=2e-6 if dtype == np.complex64 else 4e-15)


def test_whole_numbers() -> None:
    """Integers and truth values are transformed as float64; simple sums are exact."""
    whole = np.array([1, 2, 3, 4], np.int32)
    results = tessel.compile(lambda x: (np.fft.fft(x), np.fft.fft(x > 2)))(whole)
    np.testing.assert_array_equal(results[0], [10, -2 + 2j, -2, -2 - 2j])
    np.testing.assert_array_equal(results[1], np.fft.fft(whole > 2))
    assert all(one.dtype == np.complex128 for one in results)


def test_dynamic_sizes() -> None:
    """A program for each number of points; other sizes are dynamic."""

    def filtered(x: Any) -> Any:
        spectrum = np.fft.rfft(x, axis=-1)
        spectrum[..., np.fft.rfftfreq(x.shape[-1]) > 0.25] = 0
        return np.fft.irfft(spectrum, x.shape[-1]), np.fft.fftshift(x, 0)

    compiled = tessel.compile(filtered, dynamic=True)
    for shape in ((3, 8), (5, 8), (4, 9)):
        x = RANDOM.standard_normal(shape)
        for have, want in zip(compiled(x), filtered(x), strict=True):
            np.testing.assert_allclose(have, want, rtol=0, atol=1e-14)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda x: np.fft.fft(x, 0), ValueError, "data points .0. specified"),
        (lambda x: np.fft.fft(x, norm="none"), ValueError, "Invalid norm value none"),
        (lambda x: np.fft.rfft(x + 1j), TypeError, "numpy.fft.rfft is not defined for complex128"),
        (lambda x: np.fft.fft(x, axis=2), IndexError, "axis 2 is out of range"),
        (lambda x: np.fft.fft2(x, s=(2, 2, 2)), ValueError, "of 3 sizes over 2 axes"),
    ],
)
def test_mistakes(call: Any, kind: type, message: str) -> None:
    """The errors are of NumPy's kinds."""
    x = np.zeros((2, 4))
    with pytest.raises(kind):
        call(x)
    with pytest.raises(kind, match=message):
        tessel.compile(call)(x)


def test_roots_are_exact() -> None:
    """Roots of one are exact on the axes, and in the middle between them as near as can be."""
    roots = fourier._roots(8, 1)
    half = np.sqrt(0.5)
    expected = [1, half + half * 1j, 1j, -half + half * 1j, -1, -half - half * 1j, -1j]
    np.testing.assert_array_equal(roots[:7], expected)
