"""Random programs of views and in-place writes, which NumPy and a compiled function run alike.

A program is a list of steps, each a function of `memory_steps.py` with the numbers drawn for it.
Steps take arrays made so far by position and may add one, so that views of views are written to.
The whole fuzz: `python tests/memory_programs.py 500` compares 500 programs, 20 a compilation, of
seeds from 0 on; `python tests/memory_programs.py 500 1000` others.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from memory_steps import DRAWN, NAMES, take_step

import tessel

DTYPES = [np.dtype(name) for name in ("f8", "i8", "i4", "f8", "c16", "i1", "f4")]


@dataclass(frozen=True)
class Step:
    """One step: what it does, to which arrays, with which numbers."""

    name: str
    positions: tuple[int, ...]
    numbers: tuple[Any, ...]


@dataclass(frozen=True)
class MemoryProgram:
    """Steps, and the arrays that they begin with."""

    steps: tuple[Step, ...]
    arguments: tuple[np.ndarray, ...]


def run_program(program: MemoryProgram, arguments: Sequence[Any]) -> list[Any]:
    """All arrays, after all steps."""
    arrays = list(arguments)
    for step in program.steps:
        run_step(step, arrays)
    return arrays


def run_step(step: Step, arrays: list[Any]) -> None:
    """Runs a step; what it makes is added to the arrays, and 1 where NumPy raises ValueError."""
    given = [arrays[one] for one in step.positions]
    try:
        made = take_step(step.name, given, step.numbers)
    except ValueError:
        made = np.ones(())
    if made is not None:
        arrays.append(made)


def random_program(rng: np.random.Generator, count: int) -> MemoryProgram:
    """A program of `count` steps."""
    arguments = _arguments(rng)
    arrays: list[Any] = [*_copies(arguments)]
    steps: list[Step] = []
    while len(steps) < count:
        name = NAMES[rng.integers(len(NAMES))]
        positions, numbers = DRAWN[name](rng, arrays)
        step = Step(name, positions, numbers)
        try:
            run_step(step, arrays)
        except (AttributeError, IndexError, TypeError):
            continue
        if arrays[-1].size > 300:
            arrays.pop()
            continue
        steps.append(step)
    return MemoryProgram(tuple(steps), tuple(arguments))


def _copies(arguments: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Arrays with strides and overlaps as `arguments` do, in memory of their own."""
    copies: dict[int, np.ndarray] = {}
    found = []
    for one in arguments:
        owner = one
        while owner.base is not None:
            owner = owner.base
        memory = copies.setdefault(id(owner), owner.copy())
        offset = one.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
        found.append(np.ndarray(one.shape, one.dtype, memory, offset, one.strides))
    return found


def _arguments(rng: np.random.Generator) -> list[np.ndarray]:
    """Two or three arrays, in any order of axes, sometimes overlapping."""
    found: list[np.ndarray] = []
    for _ in range(rng.integers(2, 4)):
        if found and rng.random() < 0.25:
            found.append(_overlapping(rng, found[0]))
            continue
        shape = tuple(int(one) for one in rng.integers(1, 5, rng.integers(1, 4)))
        dtype = DTYPES[rng.integers(len(DTYPES))]
        memory = rng.integers(-9, 9, 2 * int(np.prod(shape))).astype(dtype)
        kind = rng.integers(5)
        array = memory[: len(memory) // 2].reshape(shape)
        if kind == 1:
            array = memory[: len(memory) // 2].reshape(shape[::-1]).T
        elif kind == 2:
            array = memory[::2].reshape(shape)
        elif kind == 3:
            array = array[::-1]
        elif kind == 4:
            array = np.moveaxis(array, 0, -1)
        found.append(array)
    return found


def _overlapping(rng: np.random.Generator, array: np.ndarray) -> np.ndarray:
    kind = rng.integers(4)
    if kind == 0:
        return array
    if kind == 1:
        return array.T
    return array[1:] if kind == 2 and len(array) > 1 else array[::-1]


def differences(seed: int, programs: int, steps: int = 25) -> list[str]:
    """What a compilation of so many programs gives that NumPy does not."""
    rng = np.random.default_rng(seed)
    made = [random_program(rng, int(rng.integers(3, steps))) for _ in range(programs)]

    def everything(arguments: list[Any]) -> list[Any]:
        return [run_program(one, own) for one, own in zip(made, arguments, strict=True)]

    want_arguments, got_arguments = ([_copies(one.arguments) for one in made] for _ in range(2))
    want = everything(want_arguments)
    got = tessel.compile(everything)(got_arguments)
    found = []
    for number, program in enumerate(made):
        text = "\n  ".join(map(str, program.steps))
        if len(want[number]) != len(got[number]):
            found.append(f"program {number} of seed {seed}, other refusals:\n  {text}")
            continue
        pairs = [
            *zip(want_arguments[number], got_arguments[number], strict=True),
            *zip(want[number], got[number], strict=True),
        ]
        for position, (x, y) in enumerate(pairs):
            same = (np.shape(x), x.dtype) == (np.shape(y), y.dtype)
            if not same or not np.allclose(x, y, 1e-5, 1e-5):
                found.append(
                    f"program {number} of seed {seed}, array {position}:\n  {text}\n{x}\n{y}"
                )
                break
    return found


if __name__ == "__main__":
    count = int(sys.argv[1])
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    seeds = range(first, first - (-count // 20))
    wrong = [text for seed in seeds for text in differences(seed, 20)]
    equal = f"{20 * len(seeds) - len(wrong)} of {20 * len(seeds)} programs equal NumPy\n"
    sys.stdout.write("\n".join([*wrong[:5], equal]))
    sys.exit(bool(wrong))
