"""Layers with weights, and what stands around them: linear, embedding, one-hot, dropout."""

from typing import Any

import numpy as np

from tessel.compiler.frontend.nn.checks import as_indices, equal, require, text
from tessel.compiler.frontend.numpy import random
from tessel.compiler.frontend.numpy.functions import elementwise, linear_algebra, manipulation
from tessel.compiler.frontend.tracing.apply import Array, apply, type_of
from tessel.compiler.frontend.tracing.promotion import cast_to, common_dtype, dtype_of
from tessel.dialects.comparison import Equal
from tessel.dialects.indexing import Take


def linear(x: Array, weight: Array, bias: Array | None = None) -> Array:
    """x times the transpose of weight, plus bias; dtypes promote as NumPy's do.

    Shapes: x [..., I], weight [O, I], bias [O], result [..., O] (PyTorch's order).
    Raises ShapeError where they do not fit.
    """
    weight_type, features = type_of(weight), type_of(x).shape[-1:]
    require(weight_type.rank == 2, f"linear needs a weight of rank 2, not {text(weight)}")
    require(
        len(features) == 1 and equal(features[0], weight_type.shape[1]),
        f"linear of {text(x)} needs a weight with as many columns, not {text(weight)}",
        "weights have one row for each output",
    )
    if bias is not None:
        fits = type_of(bias).rank == 1 and equal(type_of(bias).shape[0], weight_type.shape[0])
        require(fits, f"linear with weight {text(weight)} cannot have bias {text(bias)}")
    given = [x, weight] if bias is None else [x, weight, bias]
    dtype = common_dtype(*given)
    product = linear_algebra.matmul(
        cast_to(x, dtype), manipulation.transpose(cast_to(weight, dtype))
    )
    return product if bias is None else elementwise.add(product, cast_to(bias, dtype))


def embedding(indices: Array, weight: Array) -> Array:
    """The rows of weight that indices name; an index outside is that of the nearest row.

    Negative ones count from the back.

    Shapes: indices [...] of integers, weight [V, D], result [..., D].
    Raises DTypeError for indices that are not integers, ShapeError for a weight of another rank.
    """
    require(type_of(weight).rank == 2, f"embedding needs a weight of rank 2, not {text(weight)}")
    return apply(Take, weight, as_indices("embedding", indices), axis=0)


def one_hot(indices: Array, classes: int, dtype: Any = np.float32) -> Array:
    """1 at the index along a new last axis, 0 elsewhere; all 0 for an index that is no class.

    Shapes: indices [...] of integers, result [..., classes] of `dtype`.
    """
    columns = manipulation.expand_dims(as_indices("one_hot", indices), -1)
    return cast_to(apply(Equal, columns, np.arange(classes, dtype=np.int64)), dtype)


def dropout(x: Array, rate: float = 0.5, key: Array | None = None) -> Array:
    """x itself without a key (inference); with one, elements are 0 with probability `rate`.

    Those that stay are divided by 1 - rate. `key` is one of `tessel.random.key`. The shape is x's.
    Raises ShapeError for a rate outside [0, 1) and, with a key, for an x with dynamic sizes.
    """
    require(0 <= rate < 1, f"dropout has rate {rate}, which must be at least 0 and less than 1")
    if key is None:
        return x
    x_type = type_of(x)
    kept = random.bernoulli(key, 1 - rate, x_type.shape)
    scaled = elementwise.divide(x, 1 - rate)
    return elementwise.where(kept, scaled, cast_to(0, dtype_of(scaled)))
