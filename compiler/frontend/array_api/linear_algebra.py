"""Matrix products and norms."""

from tessel.compiler.frontend.apply import Array, apply, type_of
from tessel.compiler.frontend.array_api import elementwise, manipulation
from tessel.compiler.frontend.array_api import statistical
from tessel.compiler.frontend.promotion import promote
from tessel.dialects.contraction import Matmul


def matmul(x: Array, y: Array) -> Array:
    """`numpy.matmul`: a vector counts as a row on the left, as a column on the right."""
    x, y = promote(x, y)
    left, right = type_of(x), type_of(y)
    if left.rank == 1:
        x = manipulation.expand_dims(x, 0)
    if right.rank == 1:
        y = manipulation.expand_dims(y, 1)
    product = apply(Matmul, x, y)
    if right.rank == 1:
        product = manipulation.squeeze(product, -1)
    return manipulation.squeeze(product, -1 if right.rank == 1 else -2) if left.rank == 1 else product


def norm(x: Array, axis: int | None = None, keepdims: bool = False) -> Array:
    """`numpy.linalg.norm` of order 2 over all elements, or over one axis."""
    squares = elementwise.multiply(x, x)
    return elementwise.sqrt(statistical.sum(squares, axis, keepdims=keepdims))
