"""Activations: elementwise functions of one array.

Each takes x of any shape and real dtype and returns an array of x's shape; integers are computed in
the dtype that `numpy.exp` gives them, half precision in float32 with one rounding.
Raises DTypeError for complex arrays.
"""

from tessel.compiler.frontend.nn.checks import as_float
from tessel.compiler.frontend.tracing.apply import Array, apply
from tessel.dialects import activation


def relu(x: Array) -> Array:
    """The larger of x and 0; integers stay integers."""
    return apply(activation.Relu, x)


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x))."""
    return apply(activation.Sigmoid, *as_float("sigmoid", x))


def silu(x: Array) -> Array:
    """x * sigmoid(x), also called swish."""
    return apply(activation.Silu, *as_float("silu", x))


def gelu(x: Array, approximate: str = "none") -> Array:
    """x times the normal distribution's probability below x.

    With `approximate="tanh"` the probability is approximated by tanh, as GPT-2 does.
    """
    return apply(activation.Gelu, *as_float("gelu", x), approximate=approximate)


def softplus(x: Array) -> Array:
    """log(1 + exp(x)), which does not overflow."""
    return apply(activation.Softplus, *as_float("softplus", x))


def elu(x: Array, alpha: float = 1.0) -> Array:
    """x where it is positive, else alpha * (exp(x) - 1)."""
    return apply(activation.Elu, *as_float("elu", x), alpha=float(alpha))


def leaky_relu(x: Array, alpha: float = 0.01) -> Array:
    """x where it is positive, else alpha * x."""
    return apply(activation.LeakyRelu, *as_float("leaky_relu", x), alpha=float(alpha))


def hard_sigmoid(x: Array) -> Array:
    """min(max(x + 3, 0), 6) / 6."""
    return apply(activation.HardSigmoid, *as_float("hard_sigmoid", x))


def hard_swish(x: Array) -> Array:
    """x * hard_sigmoid(x)."""
    return apply(activation.HardSwish, *as_float("hard_swish", x))


def mish(x: Array) -> Array:
    """x * tanh(softplus(x))."""
    return apply(activation.Mish, *as_float("mish", x))


def softsign(x: Array) -> Array:
    """x / (1 + abs(x))."""
    return apply(activation.Softsign, *as_float("softsign", x))
