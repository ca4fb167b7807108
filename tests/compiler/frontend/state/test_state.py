"""State that functions assign and read: each call gives and leaves what NumPy gives and leaves.

Each program is run several times beside a plain copy of itself; it is compiled a bounded number of
times, however often it is called.
"""

import collections
import dataclasses
import math
import threading
from collections.abc import Callable
from types import SimpleNamespace as Namespace
from typing import Any, cast

import numpy as np
import pytest

import tessel

X = np.arange(1.0, 4.0)
W = np.linspace(-1, 1, 16).reshape(4, 4) ** 3
Compile = Callable[[Any], Any]
Program = tuple[Callable[[int], Any], Callable[[], Any]]
"""A call by its number, and the state after it."""


def adam(compiled: Compile) -> Program:
    class Adam:
        def __init__(self) -> None:
            self.t, self.m, self.v = 0, np.zeros(4), np.zeros(4)

        @compiled
        def step(self, w, g):
            self.t += 1
            self.m = 0.9 * self.m + 0.1 * g
            self.v *= 0.99
            self.v += 0.01 * g * g
            rate = 0.1 * math.sqrt(1 - 0.99**self.t) / (1 - 0.9**self.t)
            return w - rate * self.m / (np.sqrt(self.v) + 1e-8)

    one = Adam()
    return lambda i: one.step(W[0], W[i]), lambda: (one.t, one.m, one.v)


def running_mean(compiled: Compile) -> Program:
    class Mean:
        def __init__(self) -> None:
            self.mean, self.count = np.float64(0), 0

        @compiled
        def add(self, x):
            self.count += 1
            self.mean += (x.mean() - self.mean) / self.count
            return x - self.mean

    one = Mean()
    return lambda i: one.add(W[i]), lambda: (one.mean, one.count)


def lstm(compiled: Compile) -> Program:
    """A tuple that is None at first, made anew in each call."""

    class Lstm:
        state: Any = None

        @compiled
        def step(self, x):
            if self.state is None:
                self.state = (np.zeros(4), np.zeros(4))
            h, c = self.state
            c = c * 0.5 + np.tanh(W @ h + x)
            self.state = (np.tanh(c), c)
            return self.state[0]

    one = Lstm()
    return lambda i: one.step(W[i]), lambda: one.state


def gpt(compiled: Compile) -> Program:
    """A cache in a dict that is written at a position."""

    class Gpt:
        def __init__(self) -> None:
            self.cache, self.position = {"k": np.zeros((8, 4)), "v": np.zeros((8, 4))}, 0

        @compiled
        def step(self, x):
            self.cache["k"][self.position] = W @ x
            self.cache["v"][self.position] = x
            known = np.arange(8) <= self.position
            weights = np.exp(np.where(known, self.cache["k"] @ x, -np.inf))
            self.position += 1
            return (weights / weights.sum()) @ self.cache["v"]

    one = Gpt()
    return lambda i: one.step(W[i]), lambda: (one.cache, one.position)


def memoised(compiled: Compile) -> Program:
    """A constant made in the first call, and kept."""

    class Table:
        def __init__(self) -> None:
            self.cache: dict[str, Any] = {}

        @compiled
        def scaled(self, x):
            if "v" not in self.cache:
                self.cache["v"] = np.arange(4.0)
            return x * self.cache["v"]

    one = Table()
    return lambda i: one.scaled(W[i]), lambda: one.cache


def variables(compiled: Compile) -> Program:
    """`nonlocal` in the function and in one that it calls."""
    scale, total, count = 2.0, np.zeros(4), 0

    def add(x):
        nonlocal total, count
        total = total + x
        count += 1

    @compiled
    def function(x):
        nonlocal scale
        scale = scale + 1
        add(x)
        add(2 * x)
        return total * scale / count

    return lambda i: function(W[i]), lambda: (scale, total, count)


FLAG = 0


def global_flag(compiled: Compile) -> Program:
    global FLAG
    FLAG = 0

    @compiled
    def function(x):
        global FLAG
        FLAG += 1
        return x + FLAG if FLAG < 3 else x - FLAG

    return lambda i: function(W[i]), lambda: FLAG


def statistics(compiled: Compile) -> Program:
    """What the function only writes: a counter, the last sum, the shape, the argument itself."""

    class Layer:
        def __init__(self) -> None:
            self.calls, self.last, self.shape, self.x = 0, None, (), W[0]

        @compiled
        def run(self, x):
            self.calls += 1
            self.last, self.shape, self.x = x.sum(), x.shape, x
            return x * 2

    one = Layer()
    rows = list(W)
    return lambda i: one.run(rows[i]), lambda: (
        one.calls,
        one.last,
        one.shape,
        any(one.x is row for row in rows),
    )


def replaced_objects(compiled: Compile) -> Program:
    """A dict, a named tuple, a dataclass and an object that each call makes anew."""
    pair = collections.namedtuple("pair", "h n")

    @dataclasses.dataclass
    class Data:
        h: Any
        n: int = 0

    class Plain:
        def __init__(self, h, n):
            self.h, self.n = h, n

    class Holder:
        def __init__(self) -> None:
            self.dict: dict[str, Any] = {"h": np.zeros(4), "n": 0}
            self.pair, self.data, self.plain = pair(W[0], 1), Data(W[1]), Plain(W[2], 2)

        @compiled
        def step(self, x):
            self.dict = {"h": self.dict["h"] + x, "n": self.dict["n"] + 1}
            self.pair = self.pair._replace(h=self.pair.h * self.pair.n)
            self.data = dataclasses.replace(self.data, h=self.data.h + x, n=self.data.n + 1)
            self.plain = Plain(self.plain.h - x, self.plain.n + 2)
            return self.dict["h"] * self.plain.n + self.pair.h - self.data.h * self.data.n

    one = Holder()
    return lambda i: one.step(W[i]), lambda: (
        one.dict,
        tuple(one.pair),
        (one.data.h, one.data.n),
        (one.plain.h, one.plain.n),
    )


def buffers(compiled: Compile) -> Program:
    """Arrays from outside that are written, two names for one, and a view of another."""
    shared = np.zeros(4)

    class Ring:
        __slots__ = ("again", "at", "buffer", "row", "same")

        def __init__(self) -> None:
            self.buffer, self.at, self.again = np.zeros((3, 4)), 0, shared
            self.row, self.same = self.buffer[1], shared

        @compiled
        def add(self, x):
            self.buffer[self.at % 3] = x
            self.at += 1
            shared[:] = shared * 0.5 + x
            shared[0] += 1
            self.again += 0.5
            return self.buffer.sum(0) + self.row * self.same

    one = Ring()
    return lambda i: one.add(W[i]), lambda: (one.buffer, one.row, shared, one.same is one.again)


def shared_object(compiled: Compile) -> Program:
    """Two objects that share a third, and a counter of their class."""

    class Layer:
        total = 0

        def __init__(self, inner: Any) -> None:
            self.inner = inner

        @compiled
        def run(self, x):
            Layer.total += 1
            self.inner["n"] += 1
            self.inner["h"] = self.inner["h"] + x
            return self.inner["h"] * self.inner["n"] + Layer.total

    inner: dict[str, Any] = {"n": 0, "h": np.zeros(4)}
    one, other = Layer(inner), Layer(inner)
    return lambda i: (one if i % 2 else other).run(W[i]), lambda: (inner, Layer.total)


def exact_numbers(compiled: Compile) -> Program:
    """Integers have no bounds; narrow arrays meet a number that no longer fits."""

    class Numbers:
        def __init__(self) -> None:
            self.seed, self.n = 12345678901234567, 124

        @compiled
        def draw(self, x, narrow):
            self.seed = (self.seed * 6364136223846793005 + 1442695040888963407) % 2**64
            self.n += 2
            return x * (self.seed / 2**64), narrow < self.n, self.seed, [self.n % 5]

    one, narrow = Numbers(), np.full(3, 127, np.int8)
    return lambda i: one.draw(W[i], narrow), lambda: (one.seed, one.n)


def training(compiled: Compile) -> Program:
    """Statistics that are assigned in training alone, in objects of a list."""

    class Norm:
        def __init__(self) -> None:
            self.mean, self.training = np.zeros(4), True

        def forward(self, x):
            if self.training:
                self.mean = 0.9 * self.mean + 0.1 * x.mean(0)
            return x - self.mean

    class Net:
        def __init__(self) -> None:
            self.layers = [Norm(), Norm()]

        @compiled
        def forward(self, x):
            for layer in self.layers:
                x = layer.forward(x)
            return x

    net = Net()

    def run(i: int) -> Any:
        for layer in net.layers:
            layer.training = i % 2 == 0
        return net.forward(W + i)

    return run, lambda: [layer.mean for layer in net.layers]


def argument_containers(compiled: Compile) -> Program:
    """A dict and a list of the caller's that the function writes to."""
    cache: dict[str, Any] = {"k": np.zeros(4), "n": np.float64(0)}
    results: list[Any] = [W[0]]

    @compiled
    def step(x, cache, results):
        cache["k"] = cache["k"] + x
        cache["n"] += 1
        results[0] = results[0] * 2
        return cache["k"] * cache["n"]

    return lambda i: step(W[i], cache, results), lambda: (cache, results)


def loops(compiled: Compile) -> Program:
    """Loops that assign, and one that writes to an array of the state."""

    class Loop:
        def __init__(self) -> None:
            self.h, self.n, self.buffer = np.zeros(4), 0, np.zeros(300)

        @compiled
        def run(self, x):
            for i in range(4):
                self.h = np.tanh(self.h + x[i])
                self.n += i
            for i in range(1, 300):
                self.buffer[i] = self.buffer[i - 1] * 0.5 + x[0]
            return self.h * self.n + self.buffer[-1]

    one = Loop()
    return lambda i: one.run(W[i]), lambda: (one.h, one.n, one.buffer)


PROGRAMS: dict[Callable[[Compile], Program], int] = {
    adam: 1,
    running_mean: 1,
    lstm: 2,
    gpt: 1,
    memoised: 2,
    variables: 1,
    global_flag: 2,
    statistics: 2,
    replaced_objects: 1,
    buffers: 1,
    shared_object: 2,
    exact_numbers: 2,
    training: 2,
    argument_containers: 1,
    loops: 1,
}
"""And how many programs they may need."""


def _same(found: Any, expected: Any) -> bool:
    if type(found) is not type(expected):
        return False
    if isinstance(expected, dict):
        return list(found) == list(expected) and _same(
            list(found.values()), list(expected.values())
        )
    if isinstance(expected, list | tuple):
        return len(found) == len(expected) and all(map(_same, found, expected))
    if isinstance(expected, np.ndarray | np.generic | float):
        return np.allclose(found, expected, rtol=1e-12, atol=1e-15)
    return found == expected


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_calls_are_those_of_numpy(program: Callable[[Compile], Program]) -> None:
    """Results, the state after each call, and its types."""
    functions: list[Any] = []

    def compiled(function: Any) -> Any:
        functions.append(tessel.compile(function))
        return functions[-1]

    run, state = program(compiled)
    found = [(run(i), _copied(state())) for i in range(4)]
    run, state = program(lambda function: function)
    for i in range(4):
        assert _same(found[i][0], run(i))
        assert _same(found[i][1], state())
    assert functions[0].stats.compiles <= PROGRAMS[program]


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_copied, value))
    return value.copy() if isinstance(value, np.ndarray) else value


def test_errors_leave_the_state_as_it_was() -> None:
    """Those of the function, of checks of data, and of numbers as Python raises them."""

    class Holder:
        def __init__(self) -> None:
            self.n, self.h, self.items = 2, np.zeros(3), [1.0]

        @tessel.compile
        def step(self, x, at):
            self.n -= 1
            self.h = self.h + 1
            self.items[0] = 5.0
            if x.shape[0] == 4:
                raise KeyError("mine")
            return x[at] * self.h / (1 / self.n)

    one = Holder()
    with pytest.raises(KeyError, match="mine"):
        one.step(np.ones(4), np.int64(0))
    assert (one.n, one.h.tolist(), one.items) == (2, [0, 0, 0], [1.0])
    assert one.step(np.ones(3), np.int64(0)).tolist() == [1, 1, 1]
    assert (one.n, one.h.tolist(), one.items) == (1, [1, 1, 1], [5.0])
    with pytest.raises(ZeroDivisionError):
        one.step(np.ones(3), np.int64(0))
    one.n = 7
    with pytest.raises(IndexError):
        one.step(np.ones(3), np.int64(9))
    assert (one.n, one.h.tolist(), one.items) == (7, [1, 1, 1], [5.0])


def test_threads_lose_no_call() -> None:
    """Calls of one function read and write its state one after another."""

    class Counter:
        def __init__(self) -> None:
            self.n, self.total = 0, np.zeros(3)

        @tessel.compile
        def add(self, x):
            self.n += 1
            self.total = self.total + x
            return self.total

    one = Counter()
    threads = [
        threading.Thread(target=lambda: [one.add(np.ones(3)) for _ in range(20)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (one.n, one.total.tolist()) == (80, [80, 80, 80])
    assert Counter.add.stats.compiles == 1


def test_what_cannot_be_replayed_is_refused() -> None:
    """In one sentence, and nothing is changed."""
    lock, numbers, large = Namespace(), iter([1.0, 2.0]), np.zeros(1 << 17)
    held = Namespace()

    def branch(x):
        def yes():
            held.n = 1
            return x

        return tessel.cond(x[0] > 0, yes, lambda: -x)

    def loop(x):
        def body(y):
            held.n = 1
            return y / 2

        return tessel.while_loop(lambda y: y[0] > 1, body, x)

    def keeps(x):
        held.lock = threading.Lock()
        return x

    def takes(x):
        return x * next(numbers)

    def fills(x):
        np.copyto(large, 1.0)
        return x

    def out(x):
        held.n = 2
        return x

    for function, words in (
        (branch, "a branch of cond assigns held.n"),
        (loop, "the body of while_loop assigns held.n"),
        (keeps, "held.lock is set to a lock"),
        (takes, "takes from the list_iterator numbers"),
        (fills, "writes to the array large"),
    ):
        with pytest.raises(tessel.TesselError, match=words):
            tessel.compile(function)(X)
    with pytest.raises(tessel.TesselError, match="assigns attributes"):
        cast(Any, tessel.compile(out))(X, out=np.empty(3))
    assert not vars(held)
    assert not vars(lock)


def test_a_known_slot_is_an_argument_in_every_program() -> None:
    """What one call assigns is no constant in a call that only reads it."""

    class Norm:
        def __init__(self) -> None:
            self.mean = np.zeros(3)

        @tessel.compile
        def run(self, x, training):
            if training:
                self.mean = self.mean + x
            return x - self.mean

    one = Norm()
    for i in range(6):
        one.run(X, i % 2 == 0)
        assert one.run(X, False).tolist() == (X - one.mean).tolist()
    assert Norm.run.stats.compiles == 2


def test_what_another_thread_assigns_during_a_trace_stays() -> None:
    """Where no code of the function assigns it."""
    held = Namespace(n=0, requests=0)
    begun, done = threading.Event(), threading.Event()

    def serve() -> None:
        begun.wait()
        held.requests += 1
        done.set()

    @tessel.compile
    def function(x):
        held.n += 1
        begun.set()
        done.wait()
        return x + held.n

    thread = threading.Thread(target=serve)
    thread.start()
    function(X)
    thread.join()
    assert (held.n, held.requests) == (1, 1)


def test_an_argument_that_is_reached_by_another_name_is_refused() -> None:
    """Where it is assigned in: a trace would have two objects for it."""
    cache = {"k": np.zeros(3)}

    @tessel.compile
    def function(x, given):
        given["k"] = given["k"] + x
        return cache["k"]

    assert function(X, {"k": X}).tolist() == [0, 0, 0]
    with pytest.raises(tessel.TesselError, match="reached by another name"):
        function(X, cache)
    assert cache["k"].tolist() == [0, 0, 0]
