"""Random numbers from keys, without hidden state."""

from tessel.compiler.frontend.numpy.random import (
    bernoulli,
    bits,
    choice,
    key,
    normal,
    permutation,
    randint,
    split,
    uniform,
)

__all__ = [
    "bernoulli",
    "bits",
    "choice",
    "key",
    "normal",
    "permutation",
    "randint",
    "split",
    "uniform",
]
