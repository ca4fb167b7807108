"""The definitions of softmax and the norms: their constraints and references."""

import numpy as np
import pytest
from sampling import array_type, violates

from tessel.dialects.normalization import (
    BatchNorm,
    GroupNorm,
    LayerNorm,
    LogSoftmax,
    RmsNorm,
    Softmax,
)

X, C, INTEGERS = array_type("float32", 2, 4, 3), array_type("float32", 4), array_type("int32", 2, 4)
WIDE = array_type("float64", 4)


@pytest.mark.parametrize("op", [Softmax, LogSoftmax])
def test_softmax_c1(op: type):
    violates(op, "C1", X, axis=3)
    violates(op, "C1", X, axis=-1)


@pytest.mark.parametrize("op", [Softmax, LogSoftmax])
def test_softmax_c2(op: type):
    violates(op, "C2", INTEGERS, axis=0)


def test_layer_norm_c1():
    violates(LayerNorm, "C1", X, None, None, axis=3, epsilon=1e-5)


def test_layer_norm_c2():
    violates(LayerNorm, "C2", INTEGERS, None, None, axis=1, epsilon=1e-5)


def test_layer_norm_c3():
    violates(LayerNorm, "C3", X, None, array_type("float64", 3), axis=2, epsilon=1e-5)


def test_layer_norm_c4():
    violates(LayerNorm, "C4", X, array_type("float32", 3), None, axis=1, epsilon=1e-5)


def test_rms_norm_c1():
    violates(RmsNorm, "C1", X, None, axis=-1, epsilon=1e-5)


def test_rms_norm_c2():
    violates(RmsNorm, "C2", INTEGERS, None, axis=1, epsilon=1e-5)


def test_rms_norm_c3():
    violates(RmsNorm, "C3", X, array_type("float16", 3), axis=2, epsilon=1e-5)


def test_rms_norm_c4():
    violates(RmsNorm, "C4", X, C, axis=2, epsilon=1e-5)


def test_group_norm_c1():
    violates(GroupNorm, "C1", C, None, None, groups=1, epsilon=1e-5)


def test_group_norm_c2():
    violates(GroupNorm, "C2", INTEGERS, None, None, groups=1, epsilon=1e-5)


def test_group_norm_c3():
    violates(GroupNorm, "C3", X, WIDE, None, groups=2, epsilon=1e-5)


def test_group_norm_c4():
    violates(GroupNorm, "C4", X, None, array_type("float32", 2), groups=2, epsilon=1e-5)


def test_group_norm_c5():
    violates(GroupNorm, "C5", X, None, None, groups=3, epsilon=1e-5)
    violates(GroupNorm, "C5", X, None, None, groups=0, epsilon=1e-5)


def test_batch_norm_c1():
    violates(BatchNorm, "C1", C, C, C, C, C, epsilon=1e-5)


def test_batch_norm_c2():
    violates(BatchNorm, "C2", INTEGERS, C, C, C, C, epsilon=1e-5)


def test_batch_norm_c3():
    violates(BatchNorm, "C3", X, C, C, C, WIDE, epsilon=1e-5)


def test_batch_norm_c4():
    violates(BatchNorm, "C4", X, C, C, array_type("float32", 3), C, epsilon=1e-5)


def test_softmax_of_what_is_all_minus_infinity_is_nan():
    x = np.full((1, 3), -np.inf, np.float32)
    with np.errstate(invalid="ignore"):
        assert np.isnan(Softmax.reference(x, axis=1)).all()


def test_layer_norm_reference_has_mean_0_and_deviation_1():
    x = 1000 + np.random.default_rng(0).normal(size=(4, 50))
    result = LayerNorm.reference(x, None, None, axis=1, epsilon=0.0)
    np.testing.assert_allclose(result.mean(axis=1), 0, atol=1e-11)
    np.testing.assert_allclose(result.std(axis=1), 1, rtol=1e-11)


def test_group_norm_of_one_channel_a_group_is_layer_norm_of_each_channel():
    x = np.random.default_rng(1).normal(size=(2, 3, 5))
    by_group = GroupNorm.reference(x, None, None, groups=3, epsilon=1e-5)
    np.testing.assert_allclose(by_group, LayerNorm.reference(x, None, None, 2, 1e-5), rtol=1e-12)
