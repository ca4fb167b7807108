"""Programs for all lengths, beside a program of its own for each length.

    .venv/bin/python -m benchmarks.lengths [--lengths 128 500 2048]

A product of so many rows with a matrix of 768 x 3072, and attention, plain and causal, whose
queries, keys and values are stored as in models, [1, S, 12 * 64]. Prints a line a length: the time
of both, and how fast one program for all lengths is as a share of the other.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import geometric_mean
from typing import Any

import numpy as np

import tessel
from benchmarks.case import normal
from benchmarks.measure import measure
from tessel import nn
from tessel.compiler.tuning.cpu_idle import cores_kept_awake

_HEADS, _DEPTH, _WIDTH = 12, 64, 3072
_LENGTHS = [128, 131, 256, 500, 512, 1024, 2048]


@dataclass(frozen=True)
class _Computation:
    """A function of arrays whose second size is the length."""

    name: str
    function: Callable[..., Any]
    inputs: Callable[[int], list[np.ndarray]]


def main() -> None:
    """Prints a line a length, and their mean for each computation."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lengths", type=int, nargs="+", default=_LENGTHS)
    lengths = parser.parse_args().lengths
    with cores_kept_awake():
        _print_shares(lengths)


def _print_shares(lengths: Sequence[int]) -> None:
    for one in _computations():
        unknown = tessel.compile(one.function, dynamic=True)
        shares = [_share(one, unknown, length) for length in lengths]
        print(f"{one.name}: {geometric_mean(shares):.2f} of the speed, at least {min(shares):.2f}")


def _computations() -> list[_Computation]:
    weight, bias = normal(_HEADS * _DEPTH, _WIDTH, scale=0.04), normal(_WIDTH)
    return [
        _Computation("product", lambda x: x @ weight + bias, partial(_arrays, 1)),
        _Computation("plain", partial(_attend, causal=False), partial(_arrays, 3)),
        _Computation("causal", partial(_attend, causal=True), partial(_arrays, 3)),
    ]


def _share(one: _Computation, unknown: Callable[..., Any], length: int) -> float:
    arrays, known = one.inputs(length), tessel.compile(one.function)
    calls = {"known": lambda: [known(*arrays)], "unknown": lambda: [unknown(*arrays)]}
    first, second = (timing.median for timing in measure(calls).values())
    shown = f"{first * 1e3:8.3f} ms known  {second * 1e3:8.3f} ms unknown  x{first / second:.2f}"
    print(f"{one.name:8} {length:5} {shown}", flush=True)
    return first / second


def _arrays(count: int, length: int) -> list[np.ndarray]:
    return [normal(1, length, _HEADS * _DEPTH, seed=seed) for seed in range(count)]


def _attend(query: Any, key: Any, value: Any, *, causal: bool) -> Any:
    heads = [
        one.reshape(one.shape[0], one.shape[1], _HEADS, _DEPTH).transpose(0, 2, 1, 3)
        for one in (query, key, value)
    ]
    return nn.scaled_dot_product_attention(*heads, causal=causal).transpose(0, 2, 1, 3)


if __name__ == "__main__":
    main()
