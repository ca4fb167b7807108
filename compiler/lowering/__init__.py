"""From the dialect to linalg: one file a family, mirroring `dialects/`. Importing registers all."""

from tessel.compiler.lowering import (
    activation,
    attention,
    constant,
    contraction,
    convolution,
    elementwise,
    normalization,
    pooling,
    reduction,
    shape,
    slicing,
)

__all__ = [
    "activation",
    "attention",
    "constant",
    "contraction",
    "convolution",
    "elementwise",
    "normalization",
    "pooling",
    "reduction",
    "shape",
    "slicing",
]
