"""Functions of neural networks, on NumPy arrays and in compiled functions."""

from tessel.compiler.frontend.nn.activation import (
    elu,
    gelu,
    hard_sigmoid,
    hard_swish,
    leaky_relu,
    mish,
    relu,
    sigmoid,
    silu,
    softplus,
    softsign,
)
from tessel.compiler.frontend.nn.attention import scaled_dot_product_attention
from tessel.compiler.frontend.nn.layers import dropout, embedding, linear, one_hot
from tessel.compiler.frontend.nn.normalization import (
    batch_norm,
    group_norm,
    layer_norm,
    log_softmax,
    rms_norm,
    softmax,
)
from tessel.compiler.frontend.nn.windows import (
    avg_pool,
    conv,
    conv_transpose,
    global_avg_pool,
    max_pool,
)
from tessel.compiler.frontend.numpy.functions.elementwise import tanh

__all__ = [
    "avg_pool",
    "batch_norm",
    "conv",
    "conv_transpose",
    "dropout",
    "elu",
    "embedding",
    "gelu",
    "global_avg_pool",
    "group_norm",
    "hard_sigmoid",
    "hard_swish",
    "layer_norm",
    "leaky_relu",
    "linear",
    "log_softmax",
    "max_pool",
    "mish",
    "one_hot",
    "relu",
    "rms_norm",
    "scaled_dot_product_attention",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "tanh",
]
