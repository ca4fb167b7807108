"""The definitions of activations: their constraints and references."""

from typing import Any

import numpy as np
import pytest
from sampling import array_type, violates

from tessel.dialects import activation as ops

PLAIN: list[tuple[type, dict[str, Any]]] = [
    (ops.Sigmoid, {}),
    (ops.Silu, {}),
    (ops.Gelu, {"approximate": "none"}),
    (ops.Softplus, {}),
    (ops.Elu, {"alpha": 1.0}),
    (ops.LeakyRelu, {"alpha": 0.1}),
    (ops.HardSigmoid, {}),
    (ops.HardSwish, {}),
    (ops.Mish, {}),
    (ops.Softsign, {}),
]


@pytest.mark.parametrize(("op", "attributes"), PLAIN)
def test_activation_c1(op: type, attributes: dict[str, Any]):
    violates(op, "C1", array_type("int32", 3), **attributes)


def test_relu_c1():
    violates(ops.Relu, "C1", array_type("complex64", 3))


def test_gelu_c2():
    violates(ops.Gelu, "C2", array_type("float32", 3), approximate="erf")


@pytest.mark.parametrize(
    ("op", "attributes", "expected"),
    [
        # At -1, 0 and 2, from the formulas with 20 digits.
        (ops.Sigmoid, {}, [0.26894142136999512, 0.5, 0.88079707797788244]),
        (ops.Silu, {}, [-0.26894142136999512, 0, 1.7615941559557649]),
        (ops.Gelu, {"approximate": "none"}, [-0.15865525393145705, 0, 1.9544997361036416]),
        (ops.Gelu, {"approximate": "tanh"}, [-0.15880800939172324, 0, 1.9545976940877750]),
        (ops.Softplus, {}, [0.31326168751822284, 0.69314718055994531, 2.1269280110429725]),
        (ops.Elu, {"alpha": 2.0}, [-1.2642411176571153, 0, 2]),
        (ops.LeakyRelu, {"alpha": 0.25}, [-0.25, 0, 2]),
        (ops.HardSigmoid, {}, [1 / 3, 0.5, 5 / 6]),
        (ops.HardSwish, {}, [-1 / 3, 0, 5 / 3]),
        (ops.Mish, {}, [-0.30340146137410895, 0, 1.9439589595339946]),
        (ops.Softsign, {}, [-0.5, 0, 2 / 3]),
        (ops.Relu, {}, [0, 0, 2]),
    ],
)
def test_activation_reference(op: type, attributes: dict[str, Any], expected: list[float]):
    result = op.reference(np.array([-1.0, 0.0, 2.0]), **attributes)
    np.testing.assert_allclose(result, expected, rtol=1e-13, atol=1e-15)
