"""From the dialect to linalg: one file a family, mirroring `dialects/`. Importing registers all."""

from tessel.compiler.lowering import (
    activation,
    attention,
    constant,
    contraction,
    convolution,
    cumulative,
    elementwise,
    indexing,
    normalization,
    packing,
    pooling,
    random,
    reduction,
    shape,
    slicing,
    sorting,
)

__all__ = [
    "activation",
    "attention",
    "constant",
    "contraction",
    "convolution",
    "cumulative",
    "elementwise",
    "indexing",
    "normalization",
    "packing",
    "pooling",
    "random",
    "reduction",
    "shape",
    "slicing",
    "sorting",
]
