"""Compiled activations equal their references, at ordinary numbers, huge ones, infinities, NaN."""

import numpy as np
import pytest
from differential import Case, check_cases
from elementwise_cases import special_values
from hypothesis import given
from hypothesis import strategies as st
from sampling import BATCHED, FLOATS, random_array

import tessel
from tessel import nn
from tessel.dialects import activation as ops
from tessel.dialects.types import SUPPORTED_DTYPES, is_complex

ACTIVATIONS = [
    (ops.Sigmoid, {}),
    (ops.Silu, {}),
    (ops.Gelu, {"approximate": "none"}),
    (ops.Gelu, {"approximate": "tanh"}),
    (ops.Softplus, {}),
    (ops.Elu, {"alpha": 1.5}),
    (ops.LeakyRelu, {"alpha": 0.1}),
    (ops.HardSigmoid, {}),
    (ops.HardSwish, {}),
    (ops.Mish, {}),
    (ops.Softsign, {}),
]


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_activations_of_special_numbers(dtype: np.dtype):
    near = np.concatenate([[20, -20, 90], np.linspace(-6, 6, 97)]).astype(dtype)
    x = np.concatenate([special_values(dtype), near])
    check_cases([_case(op, x, attributes, False) for op, attributes in ACTIVATIONS])


@BATCHED
@given(
    st.lists(
        st.tuples(
            st.sampled_from(ACTIVATIONS),
            st.sampled_from(FLOATS),
            st.lists(st.sampled_from([0, 1, 2, 3, 7]), max_size=3),
            st.integers(0, 2**32 - 1),
            st.booleans(),
        ),
        min_size=15,
        max_size=25,
    )
)
def test_activations_of_random_arrays(drawn: list):
    cases = []
    for (op, attributes), dtype, shape, seed, dynamic in drawn:
        x = random_array(np.random.default_rng(seed), tuple(shape), dtype)
        cases.append(_case(op, x.T, attributes, dynamic))
    check_cases(cases)


def test_gelu_ends_exactly():
    """What is bounded at 5.55 is all of x, or nothing."""
    x = np.array([5.6, 100, 1e30, -5.6, -100, -1e30], np.float32)
    np.testing.assert_array_equal(tessel.compile(nn.gelu)(x), [*x[:3], 0, 0, 0])


def test_relu_of_every_dtype():
    rng = np.random.default_rng(0)
    real = [dtype for dtype in SUPPORTED_DTYPES if not is_complex(dtype)]
    check_cases([Case(ops.Relu, [random_array(rng, (5, 3), dtype)]) for dtype in real])


def _case(op: type, x: np.ndarray, attributes: dict, dynamic: bool) -> Case:
    """Errors of gelu are relative to 1 at least: where it is nearly 0, numbers near 1 cancel."""
    return Case(op, [x], attributes, dynamic, scale=1.0 if op is ops.Gelu else 0.0)
