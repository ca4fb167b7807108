"""The definition of attention: its constraints, result type and reference."""

import math

import numpy as np
from sampling import array_type, violates

from tessel.dialects.attention import AttentionLogsumexp
from tessel.dialects.attention import ScaledDotProductAttention as Attention

QUERY = array_type("float32", 2, 6, 5, 8)
KEY = array_type("float32", 2, 3, 7, 8)
VALUE = array_type("float32", 2, 3, 7, 4)
PLAIN = {"causal": False, "scale": 0.5}


def test_attention_c1():
    violates(Attention, "C1", array_type("float32", 6, 5, 8), KEY, VALUE, None, **PLAIN)


def test_attention_c2():
    violates(Attention, "C2", QUERY, array_type("float64", 2, 3, 7, 8), VALUE, None, **PLAIN)
    whole = array_type("int32", 2, 6, 5, 8)
    violates(Attention, "C2", whole, whole, whole, None, **PLAIN)


def test_attention_c3():
    for key, value in (
        (array_type("float32", 1, 3, 7, 8), VALUE),
        (array_type("float32", 2, 3, 7, 9), VALUE),
        (KEY, array_type("float32", 2, 2, 7, 4)),
        (KEY, array_type("float32", 2, 3, 6, 4)),
    ):
        violates(Attention, "C3", QUERY, key, value, None, **PLAIN)


def test_attention_c4():
    query = array_type("float32", 2, 4, 5, 8)
    violates(Attention, "C4", query, KEY, VALUE, None, **PLAIN)


def test_attention_c5():
    violates(Attention, "C5", QUERY, KEY, VALUE, array_type("float64", 5, 7), **PLAIN)


def test_attention_c6():
    violates(Attention, "C6", QUERY, KEY, VALUE, array_type("bool", 3, 5, 7), **PLAIN)
    violates(Attention, "C6", QUERY, KEY, VALUE, array_type("bool", 1, 2, 6, 5, 7), **PLAIN)


def test_attention_c7():
    violates(Attention, "C7", QUERY, KEY, VALUE, None, causal=False, scale=math.inf)


def test_attention_infers_the_depth_of_values():
    mask = array_type("bool", 5, 7)
    expected = array_type("float32", 2, 6, 5, 4)
    assert Attention.infer_types(QUERY, KEY, VALUE, mask, **PLAIN) == [expected]


def test_causal_is_aligned_at_the_top_left():
    rng = np.random.default_rng(0)
    query, key, value = (rng.normal(size=(1, 1, size, 4)) for size in (2, 3, 3))
    result = Attention.reference(query, key, value, None, causal=True, scale=1.0)
    np.testing.assert_allclose(result[0, 0, 0], value[0, 0, 0])
    both = Attention.reference(query[:, :, 1:], key[:, :, :2], value[:, :, :2], None, False, 1.0)
    np.testing.assert_allclose(result[0, 0, 1], both[0, 0, 0])


def test_a_query_that_attends_to_nothing_gets_zeros():
    rng = np.random.default_rng(1)
    query, key, value = (rng.normal(size=(1, 1, 3, 4)) for _ in range(3))
    mask = np.array([[True, True, True], [False, False, False], [True, False, False]])
    result = Attention.reference(query, key, value, mask, causal=False, scale=1.0)
    assert not result[0, 0, 1].any()
    np.testing.assert_allclose(result[0, 0, 2], value[0, 0, 0])


def test_logsumexp_has_the_constraints_of_attention():
    shallow = array_type("float32", 1, 3, 7, 8)
    violates(AttentionLogsumexp, "C1", array_type("float32", 6, 5, 8), KEY, VALUE, None, **PLAIN)
    violates(AttentionLogsumexp, "C2", QUERY, KEY, array_type("int32", 2, 3, 7, 4), None, **PLAIN)
    violates(AttentionLogsumexp, "C3", QUERY, shallow, VALUE, None, **PLAIN)
    violates(AttentionLogsumexp, "C4", array_type("float32", 2, 4, 5, 8), KEY, VALUE, None, **PLAIN)
    violates(AttentionLogsumexp, "C5", QUERY, KEY, VALUE, array_type("int8", 5, 7), **PLAIN)
    violates(AttentionLogsumexp, "C6", QUERY, KEY, VALUE, array_type("bool", 3, 5, 7), **PLAIN)
    violates(AttentionLogsumexp, "C7", QUERY, KEY, VALUE, None, causal=False, scale=math.nan)


def test_logsumexp_is_wide():
    for dtype, wide in (("bfloat16", "float32"), ("float64", "float64")):
        arrays = [one.with_dtype(np.dtype(dtype)) for one in (QUERY, KEY, VALUE)]
        result, logsumexp = AttentionLogsumexp.infer_types(*arrays, None, **PLAIN)
        assert result == array_type(dtype, 2, 6, 5, 4)
        assert logsumexp == array_type(wide, 2, 6, 5)


def test_logsumexp_of_nothing_is_minus_infinity():
    query, key, value = (np.ones((1, 1, 2, 4)) for _ in range(3))
    mask = np.array([[False, False], [True, True]])
    _, found = AttentionLogsumexp.reference(query, key, value, mask, causal=False, scale=0.5)
    np.testing.assert_allclose(found[0, 0], [-np.inf, 2 + np.log(2)])
