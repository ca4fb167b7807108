"""From the dialect to linalg: one file a family, mirroring `dialects/`. Importing registers all."""

from tessel.compiler.lowering import (
    constant,
    contraction,
    elementwise,
    reduction,
    shape,
    slicing,
)

__all__ = ["constant", "contraction", "elementwise", "reduction", "shape", "slicing"]
