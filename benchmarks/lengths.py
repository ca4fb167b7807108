"""Attention of lengths known only when running, beside a program of its own for each length.

    .venv/bin/python -m benchmarks.lengths [--lengths 128 500 2048]

Queries, keys and values lie as models keep them, [1, S, 12 * 64]. Prints a line a length: the time
of both, and how fast one program for all lengths is as a share of the other.
"""

import argparse
from collections.abc import Callable
from typing import Any

import tessel
from benchmarks.case import normal
from benchmarks.measure import measure
from benchmarks.report import geometric_mean
from tessel import nn

_HEADS, _DEPTH = 12, 64
_LENGTHS = [128, 131, 256, 500, 512, 1024, 2048]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lengths", type=int, nargs="+", default=_LENGTHS)
    lengths = parser.parse_args().lengths
    for causal in (False, True):
        attend = _attention(causal)
        dynamic = tessel.compile(attend, dynamic=True)
        shares = [_share(attend, dynamic, length, causal) for length in lengths]
        mean, least = geometric_mean(shares), min(shares)
        print(f"{_kind(causal)}: {mean:.2f} of the speed, at least {least:.2f}")


def _share(
    attend: Callable[..., Any], dynamic: Callable[..., Any], length: int, causal: bool
) -> float:
    arrays = [normal(1, length, _HEADS * _DEPTH, seed=seed) for seed in range(3)]
    static = tessel.compile(attend)
    calls = {"known": lambda: [static(*arrays)], "unknown": lambda: [dynamic(*arrays)]}
    known, unknown = (one.median for one in measure(calls).values())
    shown = f"{known * 1e3:8.3f} ms known  {unknown * 1e3:8.3f} ms unknown  x{known / unknown:.2f}"
    print(f"{_kind(causal):6} {length:5} {shown}", flush=True)
    return known / unknown


def _attention(causal: bool) -> Callable[..., Any]:
    def attend(query: Any, key: Any, value: Any) -> Any:
        heads = [
            one.reshape(one.shape[0], one.shape[1], _HEADS, _DEPTH).transpose(0, 2, 1, 3)
            for one in (query, key, value)
        ]
        return nn.scaled_dot_product_attention(*heads, causal=causal).transpose(0, 2, 1, 3)

    return attend


def _kind(causal: bool) -> str:
    return "causal" if causal else "plain"


if __name__ == "__main__":
    main()
