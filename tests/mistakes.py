"""Mistakes with what functions read and keep, drawn at random: each ends in one sentence.

python tests/mistakes.py 1000 [seed]      exit 1 where one does not, or where memory grows
"""

import contextvars
import copy
import functools
import pickle
import random
import sys
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

import tessel

LONGEST = 400
"""Characters of a message."""

X = np.arange(3.0)
_LARGE = np.ones((40, 40))


_LEFT: contextvars.ContextVar[list[Any]] = contextvars.ContextVar("left", default=[])  # noqa: B039


class Kept:
    """Where careless functions leave their arrays, and a function that leaves some.

    What is left in a context is no state that is given its value after the call.
    """

    def __init__(self) -> None:
        self.keep = tessel.compile(self._keep)

    def _keep(self, x, default=[]):  # noqa: B006
        y = x * 2
        _LEFT.set([x, y, y[0], y[1:]])
        default[:] = [y]
        return y


KEPT = Kept()

USES: tuple[Callable[[Any], Any], ...] = (
    *(lambda a: a + 1, lambda a: 1 - a, lambda a: a @ a, lambda a: -a, lambda a: a == a),
    *(lambda a: np.sum(a), lambda a: np.concatenate([a, a]), lambda a: np.where(a > 0, a, 1)),
    *(lambda a: a[0], lambda a: a[...], lambda a: a.__setitem__(0, 1), lambda a: list(a)),
    *(lambda a: float(a), lambda a: bool(a), lambda a: int(a), lambda a: range(a), len),
    *(repr, lambda a: f"{a}", str, lambda a: a.T, lambda a: a.copy(), lambda a: a.tolist()),
    *(np.asarray, copy.copy, copy.deepcopy, pickle.dumps, hash, sorted, lambda a: a.shape),
    *(lambda a: {a: 1}, lambda a: functools.lru_cache(lambda b: b)(a), lambda a: a.nonsense),
    *(lambda a: KEPT.keep(a), lambda a: tessel.compile(lambda x: x + a)(X)),
    *(lambda a: tessel.compile(lambda x: np.stack([x, a]))(X), lambda a: np.add.at(X, [0], a)),
    *(lambda a: X.__setitem__(0, a), lambda a: X[a], lambda a: np.zeros(a), lambda a: np.save),
    *(lambda a: tessel.scan(lambda c, x: (c + a, x), X[0], X), lambda a: setattr(a, "shape", 3)),
)
"""What is done with an array that does not belong there."""


def after_the_trace(use: Callable[[Any], Any]) -> Any:
    """An array of a trace that has ended."""
    if not _LEFT.get():
        KEPT.keep(X)
    return use(random.choice(_LEFT.get()))


def _fails(function: Callable[[Any], Any]) -> Any:
    return tessel.compile(function)(X)


def in_another_thread(use: Callable[[Any], Any]) -> Any:
    """An array of a trace that goes on in this thread; sometimes with this thread's context."""

    def function(x):
        errors: list[BaseException] = []

        def run() -> None:
            try:
                use(x)
            except Exception as error:
                errors.append(error)

        context = contextvars.copy_context()
        copied = random.random() < 0.5
        thread = threading.Thread(target=context.run if copied else run, args=(run,) * copied)
        thread.start()
        thread.join()
        raise errors[0] if errors else ValueError("nothing wrong")

    return _fails(function)


def in_another_trace(use: Callable[[Any], Any]) -> Any:
    """An array of a trace that waits for the trace of another function."""

    def function(x):
        inner = tessel.compile(lambda y: (use(x), 1 / 0))
        # In a context of its own; in that of this trace it would be traced as a part of it.
        exec("run(g, v)", {"run": contextvars.Context().run, "g": inner, "v": _LARGE[:3, 0]})
        return x

    return _fails(function)


def in_its_trace(use: Callable[[Any], Any]) -> Any:
    """Where it belongs, and what is done may be wrong all the same."""

    def function(x):
        use(x)
        raise ValueError("the end of this trace")

    return _fails(function)


def recursing(use: Callable[[Any], Any]) -> Any:
    """A function that never ends."""

    @tessel.compile
    def function(x):
        return function(x + 1) + 1

    return function(X)


MISTAKES = (after_the_trace, in_another_thread, in_another_trace, in_its_trace)


def make(count: int, seed: int) -> Counter[str]:
    """How many of `count` mistakes ended in which error. AssertionError for a long message."""
    random.seed(seed)
    found: Counter[str] = Counter()
    longest = ""
    for number in range(count):
        mistake = recursing if number % 100 == 50 else random.choice(MISTAKES)
        try:
            mistake(random.choice(USES))
        except Exception as error:
            found[type(error).__name__] += 1
            longest = max(longest, str(error), key=len)
        else:
            found["none"] += 1
    assert len(longest) < LONGEST, longest
    return found


def resident_bytes() -> int:
    """Memory of this process now."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


def main() -> None:
    """Makes as many mistakes as the command line says, after a tenth as many to warm up."""
    count, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    make(max(count // 10, 200), seed + 1)
    before = resident_bytes()
    found = make(count, seed)
    grown = (resident_bytes() - before) / 1e6
    sys.stdout.write(f"{count} mistakes, memory grew by {grown:.1f} MB: {dict(found)}\n")
    sys.exit(grown > 30)


if __name__ == "__main__":
    main()
