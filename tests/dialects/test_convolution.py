"""The definition of convolution: its constraints, result type and reference."""

import itertools
from typing import Any

import numpy as np
from sampling import array_type, random_array, violates

from tessel.dialects.convolution import Convolution


def attributes(axes: int, **changes: Any) -> dict[str, Any]:
    """A convolution's attributes that do nothing, with some changed."""
    names = ("strides", "dilation", "input_dilation")
    plain = {name: (1,) * axes for name in names}
    return plain | {"padding_low": (0,) * axes, "padding_high": (0,) * axes, "groups": 1} | changes


X, WEIGHT = array_type("float32", 2, 4, 8, 8), array_type("float32", 6, 4, 3, 3)


def test_convolution_c1():
    violates(Convolution, "C1", array_type("float32", 2, 4), WEIGHT, **attributes(2))
    violates(Convolution, "C1", X, array_type("float32", 6, 4, 3), **attributes(2))


def test_convolution_c2():
    violates(Convolution, "C2", X, array_type("float64", 6, 4, 3, 3), **attributes(2))
    mask = array_type("bool", 1, 1, 3)
    violates(Convolution, "C2", mask, mask, **attributes(1))


def test_convolution_c3():
    for name in ("strides", "padding_low", "padding_high", "dilation", "input_dilation"):
        violates(Convolution, "C3", X, WEIGHT, **attributes(2, **{name: (1,)}))


def test_convolution_c4():
    for name in ("strides", "dilation", "input_dilation"):
        violates(Convolution, "C4", X, WEIGHT, **attributes(2, **{name: (1, 0)}))
    empty = array_type("float32", 6, 4, 3, 0)
    violates(Convolution, "C4", X, empty, **attributes(2))


def test_convolution_c5():
    violates(Convolution, "C5", X, WEIGHT, **attributes(2, groups=0))
    violates(Convolution, "C5", X, WEIGHT, **attributes(2, groups=3))


def test_convolution_c6():
    violates(Convolution, "C6", X, WEIGHT, **attributes(2, groups=2))


def test_convolution_infers_sizes():
    x, weight = array_type("float32", 2, 4, None, 9), array_type("float32", 6, 2, 3, 3)
    changed = attributes(2, groups=2, strides=(1, 2), padding_high=(0, 1), dilation=(1, 2))
    expected = array_type("float32", 2, 6, None, 3)
    assert Convolution.infer_types(x, weight, **changed) == [expected]
    short = array_type("float32", 2, 4, 2, 2)
    result = array_type("float32", 2, 6, 0, 0)
    assert Convolution.infer_types(short, WEIGHT, **attributes(2)) == [result]


def test_convolution_reference_is_its_formula():
    rng = np.random.default_rng(0)
    integers = np.dtype(np.int64)
    x, weight = random_array(rng, (2, 4, 5), integers), random_array(rng, (6, 2, 2), integers)
    changed = attributes(
        1, groups=2, strides=(2,), dilation=(3,), input_dilation=(2,), padding_low=(1,)
    )
    result = Convolution.reference(x, weight, **changed)
    padded = np.zeros((2, 4, 10), np.int64)
    padded[:, :, 1::2] = x
    assert result.shape == (2, 6, 4)
    for n, o, p in itertools.product(*map(range, result.shape)):
        channels = padded[n, o // 3 * 2 : o // 3 * 2 + 2]
        assert result[n, o, p] == (channels[:, [2 * p, 2 * p + 3]] * weight[o]).sum()


def test_convolution_reference_cuts_with_negative_padding():
    rng = np.random.default_rng(1)
    x, weight = (random_array(rng, (1, 2, 7), np.dtype(np.int32)) for _ in range(2))
    cut = Convolution.reference(x, weight[..., :3], **attributes(1, padding_low=(-2,)))
    plain = Convolution.reference(x[..., 2:], weight[..., :3], **attributes(1))
    np.testing.assert_array_equal(cut, plain)
