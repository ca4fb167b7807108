"""Containers that a function adds to: they grow as Python's do, and nothing compiles again.

Where anything of them is read, each length is another program, and the results are Python's.
"""

import collections
import copy
import operator
from collections.abc import Callable
from types import SimpleNamespace as Namespace
from typing import Any

import numpy as np
import pytest

import tessel
from tessel.compiler.frontend.tracing.additions import ContainerRead, additions_to, only_adds

X = np.arange(12.0).reshape(3, 4)


def _differences(make: Callable[[Any], tuple[Callable[[Any], Any], Any]]) -> tuple[str, int]:
    """Where three calls differ from Python's, in words, and how many programs they needed."""
    functions: list[Any] = []

    def compiled(function: Any) -> Any:
        functions.append(tessel.compile(function))
        return functions[-1]

    run, held = make(compiled)
    plain, expected = make(lambda function: function)
    for row in X:
        pairs = [(run(row), plain(row)), (held, expected)]
        for found, right in copy.deepcopy(pairs):
            try:
                np.testing.assert_equal(found, right)
            except AssertionError as error:
                return str(error), 0
    return "", functions[0].stats.compiles


def _grows(compiled: Any) -> Any:
    """All that only adds, by each name, under several of them, and in a loop."""
    losses: list[Any] = []
    held = Namespace(
        losses=losses,
        same=losses,
        logs={"loss": [], "n": 0},
        seen=set(),
        by_step={},
        last=collections.deque(maxlen=2),
        n=0,
    )
    held.made = []

    def function(x):
        nonlocal losses
        held.n += 1
        held.losses.append(x.sum())
        held.same.append((held.n, x))
        losses += [x * 2, "text"]
        held.logs["loss"].append({"max": x.max()})
        held.logs["n"] += 1
        held.seen.add(held.n)
        held.by_step[held.n] = x[0]
        held.by_step.update(last=held.n)
        held.last.append(x)
        for i in range(3):
            held.made.append(x[i])
        held.made.extend(i * x for i in range(2))
        return x + held.n

    return compiled(function), held.__dict__


def test_containers_grow_in_one_program() -> None:
    assert _differences(_grows) == ("", 1)


def _reads(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def make(compiled: Any) -> Any:
        log: list[int] = []

        def function(x):
            log.append(2)
            return x * read(log)

        return compiled(function), log

    return make


def _by_pattern(log: Any) -> int:
    match log:
        case [_]:
            return 1
        case [*_]:
            return 2
    return 3


class _Sized:
    def __init__(self, log: Any):
        self.log = log

    def __len__(self) -> int:
        return len(self.log)


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(len, id="len"),
        pytest.param(lambda log: 2 if log == [2] else 3, id="equal"),
        pytest.param(lambda log: sum([*log]), id="unpacked"),
        pytest.param(lambda log: len(operator.add([1], log)), id="added to a list"),
        pytest.param(lambda log: len(_Sized(log)), id="by another object"),
        pytest.param(lambda log: np.array(log).sum(), id="as an array"),
        pytest.param(_by_pattern, id="by a pattern"),
        pytest.param(lambda log: len(copy.deepcopy(log)), id="copied"),
    ],
)
def test_what_is_read_is_pythons(read: Callable[[Any], Any]) -> None:
    assert _differences(_reads(read))[0] == ""


def test_reads_that_are_caught_and_those_of_views() -> None:
    def caught(compiled: Any) -> Any:
        log: list[int] = []

        def function(x):
            try:
                count = len(log)
            except BaseException:
                count = 7
            log.append(count)
            return x * count

        return compiled(function), log

    def view(compiled: Any) -> Any:
        log: list[int] = []
        held = Namespace(size=log.__len__)

        def function(x):
            log.append(1)
            return x * held.size()

        return compiled(function), log

    assert _differences(caught)[0] == ""
    assert _differences(view)[0] == ""


def test_a_list_that_is_replaced_is_another_one_to_add_to() -> None:
    held = Namespace(log=[], other=[1.0])

    @tessel.compile
    def function(x):
        held.log.append(x.sum())
        return x * len(held.other)

    function(X[0])
    held.log = []
    function(X[1])
    assert held.log == [X[1].sum()]
    assert function.stats.compiles == 1
    held.log = held.other
    np.testing.assert_array_equal(function(X[2]), X[2] * 2)
    assert held.other == [1.0, X[2].sum()]


def test_errors_add_nothing() -> None:
    log: list[Any] = []

    @tessel.compile
    def function(x, i):
        log.append(x.sum())
        return x[i]

    function(X[0], np.int64(1))
    with pytest.raises(IndexError):
        function(X[0], np.int64(9))
    assert log == [X[0].sum()]


def test_stand_ins() -> None:
    """They are of the container's class, and end the trace where anything is asked of them."""
    for container in ([], {}, set(), collections.deque()):
        stand_in: Any = additions_to(container, 0)
        assert isinstance(stand_in, type(container))
        for read in (len, bool, iter, list, repr, hash, lambda one: one == 1, lambda one: one.pop):
            stand_in.is_read = False
            with pytest.raises(ContainerRead):
                read(stand_in)
            assert stand_in.is_read
    assert only_adds([1, 2], {0: 1})
    assert not only_adds([2, 1], {0: 1})
    assert not only_adds([], {0: 1})
    assert not only_adds({"a": 1}, {"a": 2})
