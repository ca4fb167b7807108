"""Ufuncs of whole numbers, and products with vectors.

Written with NumPy's own functions, which come back to the front end.
"""

from typing import Any

import numpy as np

from tessel.compiler.frontend.tracing.apply import Array, traced
from tessel.compiler.frontend.tracing.control_flow import while_loop
from tessel.compiler.frontend.tracing.promotion import cast_to, promote_for


def gcd(x1: Array, x2: Array) -> Array:
    """`numpy.gcd`, by Euclid's algorithm on all elements at once."""
    (x, y), dtype = promote_for(np.gcd, (x1, x2))
    # Unsigned, since the absolute value of the least integer is beyond its dtype.
    unsigned = np.dtype(f"uint{8 * dtype.itemsize}")
    x, y = (cast_to(np.abs(traced(one)), unsigned) for one in (x, y))
    x, y = (one + 0 for one in np.broadcast_arrays(x, y))

    def step(pair: tuple[Array, Array]) -> tuple[Array, Array]:
        x, y = pair
        done = y == 0
        rest = x % np.where(done, cast_to(1, y.dtype), y)
        return np.where(done, x, y), np.where(done, y, rest)

    return cast_to(while_loop(lambda pair: np.any(pair[1] != 0), step, (x, y))[0], dtype)


def lcm(x1: Array, x2: Array) -> Array:
    """`numpy.lcm`: 0 where one is 0."""
    (x, y), _ = promote_for(np.lcm, (x1, x2))
    divisor = gcd(x, y)
    share = np.abs(x) // np.where(divisor == 0, cast_to(1, divisor.dtype), divisor)
    return share * np.abs(y)


def matvec(x1: Array, x2: Array) -> Array:
    """`numpy.matvec`: matrices [..., m, n] times vectors [..., n]."""
    return np.matmul(traced(x1), np.expand_dims(traced(x2), -1))[..., 0]


def vecmat(x1: Array, x2: Array) -> Array:
    """`numpy.vecmat`: the conjugate of vectors [..., m] times matrices [..., m, n]."""
    rows = np.expand_dims(np.conjugate(traced(x1)), -2)
    return np.matmul(rows, traced(x2))[..., 0, :]


def bitwise_count(x: Array) -> Array:
    """`numpy.bitwise_count`: the bits that are 1 in the absolute value, as uint8."""
    (x,), result = promote_for(np.bitwise_count, (x,))
    unsigned = np.dtype(f"uint{8 * x.dtype.itemsize}")
    rest: Any = cast_to(np.abs(x), unsigned)
    count: Any = np.zeros_like(rest)
    for _ in range(8 * x.dtype.itemsize):
        count = count + (rest & cast_to(1, unsigned))
        rest = rest >> cast_to(1, unsigned)
    return cast_to(count, result)
