"""Calls of programs for all sizes under guarded memory, against NumPy: value, shape, kind of error.

    python tests/fuzz_dynamic.py --programs 30 --pairs 100

Arguments end where memory ends: whoever reads or writes behind them dies, which is counted. What
is between an argument and that end, for alignment, is NaN.
"""

import argparse
import ctypes
import mmap
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from tqdm import tqdm

import tessel

_ALIGNMENT = 16
"""Bytes at which arguments begin, so that they are read in place."""

_SIZES = (0, 1, 1, 2, 3, 4, 5, 7, 8, 13)


@dataclass(frozen=True)
class Program:
    """A function of two arrays, and how many dimensions they have."""

    function: Callable[..., Any]
    ranks: tuple[int, int]


def _loop(a: Any, b: Any) -> Any:
    total = np.zeros(a.shape[1])
    for i in range(a.shape[0]):
        total = total + a[i] * b
    return total


def _write(a: Any, b: Any) -> Any:
    c = a.copy()
    c[1:] = b
    c[0] += 1
    return c


def _normalize(a: Any, b: Any) -> Any:
    centred = a - a.mean(-1, keepdims=True)
    return centred * b / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5)


PROGRAMS = (
    Program(lambda a, b: a + b, (2, 2)),
    Program(lambda a, b: a * b - b, (2, 1)),
    Program(lambda a, b: a @ b, (2, 2)),
    Program(lambda a, b: a @ b, (2, 1)),
    Program(lambda a, b: np.maximum(a, b).sum(0), (2, 2)),
    Program(lambda a, b: np.concatenate([a, b]), (2, 2)),
    Program(lambda a, b: np.concatenate([a, b], axis=1).T, (2, 2)),
    Program(lambda a, b: np.stack([a, b]), (1, 1)),
    Program(lambda a, b: np.where(a > 0, a, b), (2, 2)),
    Program(lambda a, b: a.reshape(-1, 2) @ b, (2, 2)),
    Program(lambda a, b: a.reshape(b.shape[0], -1), (2, 1)),
    Program(lambda a, b: a.ravel() * b, (2, 1)),
    Program(lambda a, b: a[2] + b, (2, 1)),
    Program(lambda a, b: a[:, -1] * b, (2, 1)),
    Program(lambda a, b: a[1:-1] + b, (1, 1)),
    Program(lambda a, b: a[:3] - b[-3:], (1, 1)),
    Program(lambda a, b: a[::-1] + b, (1, 1)),
    Program(lambda a, b: a[::2] * b, (1, 1)),
    Program(lambda a, b: np.outer(a, b).sum(1), (1, 1)),
    Program(lambda a, b: np.einsum("ij,kj->ik", a, b), (2, 2)),
    Program(lambda a, b: np.broadcast_to(a, b.shape) + 1, (1, 2)),
    Program(lambda a, b: a.max(0) + b.min(), (2, 1)),
    Program(lambda a, b: np.cumsum(a, axis=0)[-1] + b, (2, 1)),
    Program(lambda a, b: np.pad(a, 1)[1:-1] + b, (1, 1)),
    Program(lambda a, b: np.tril(a) @ b, (2, 1)),
    Program(lambda a, b: np.arange(a.shape[0]) * a + b, (1, 1)),
    Program(lambda a, b: a.sum(0) / a.shape[0] + b, (2, 1)),
    Program(_loop, (2, 1)),
    Program(_write, (1, 1)),
    Program(_normalize, (2, 1)),
)
"""Each meets sizes that agree, that contradict each other, that broadcast, and that are 0."""


def guarded(array: np.ndarray) -> np.ndarray:
    """A copy that ends where memory ends that may be read."""
    page = mmap.PAGESIZE
    size = max(array.nbytes, 1)
    held = -(-(size + _ALIGNMENT) // page) * page
    region = mmap.mmap(-1, held + page)
    start = ctypes.addressof(ctypes.c_char.from_buffer(region))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mprotect(ctypes.c_void_p(start + held), page, 0):
        raise OSError(ctypes.get_errno(), "mprotect failed")
    offset = (held - size) // _ALIGNMENT * _ALIGNMENT
    tail = (held - offset) // array.itemsize
    np.frombuffer(region, array.dtype, tail, offset)[:] = np.nan
    placed = np.frombuffer(region, array.dtype, array.size, offset).reshape(array.shape)
    placed[...] = array
    return placed


def compare(program: Program, compiled: Any, arguments: Sequence[np.ndarray]) -> str:
    """`equal`, `error` (the same kind), or what differs."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        want, expected = _outcome(program.function, arguments)
        got, error = _outcome(compiled, [guarded(one) for one in arguments])
    shapes = [one.shape for one in arguments]
    if expected is not None:
        if isinstance(error, type(expected)):
            return "error"
        return f"{shapes}: {error!r} or {got!r}, NumPy raises {expected!r}"
    if error is not None:
        return f"{shapes}: {error!r}, NumPy gives {want.shape}"
    if want.shape != got.shape or want.dtype != got.dtype:
        return f"{shapes}: {got.dtype}{got.shape}, NumPy gives {want.dtype}{want.shape}"
    if not np.allclose(got, want, 1e-9, 1e-12, equal_nan=True):
        return f"{shapes}: {got}, NumPy gives {want}"
    return "equal"


def arguments_of(program: Program, random: np.random.Generator) -> list[np.ndarray]:
    """Two arrays whose sizes often agree."""
    shapes = [list(random.choice(_SIZES, rank)) for rank in program.ranks]
    first, second = shapes
    if random.random() < 0.6:
        second[-1] = first[random.integers(len(first))]
    if random.random() < 0.3 and len(first) == len(second):
        second[:] = first
    return [random.standard_normal(shape) for shape in shapes]


def run(
    programs: int, pairs: int, seed: int = 0, dynamic: bool | None = True
) -> tuple[Counter[str], list[str]]:
    """Counts of outcomes, and what differed."""
    random = np.random.default_rng(seed)
    counts: Counter[str] = Counter()
    differences: list[str] = []
    for number, program in enumerate(tqdm(PROGRAMS[:programs], disable=not sys.stderr.isatty())):
        compiled = tessel.compile(program.function, dynamic=dynamic)
        for _ in range(pairs):
            outcome = compare(program, compiled, arguments_of(program, random))
            known = outcome in ("equal", "error")
            counts[outcome if known else "different"] += 1
            if not known:
                differences.append(f"program {number}: {outcome}")
        counts["compilations"] += compiled.stats.compiles
    return counts, differences


def _outcome(function: Callable[..., Any], arguments: Sequence[np.ndarray]) -> Any:
    try:
        return np.asarray(function(*arguments)), None
    except (ValueError, IndexError, TypeError, ZeroDivisionError, NotImplementedError) as error:
        return None, error


def main() -> int:
    """Runs what the command line asks for; 1 where something differed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--programs", type=int, default=len(PROGRAMS))
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--automatic", action="store_true", help="dynamic=None")
    options = parser.parse_args()
    dynamic = None if options.automatic else True
    counts, differences = run(options.programs, options.pairs, options.seed, dynamic)
    for one in differences[:40]:
        print(one)
    print(dict(counts))
    return bool(differences)


if __name__ == "__main__":
    sys.exit(main())
