# ruff: noqa: B007
"""Loops whose bodies change more than variables: attributes, containers, closures, iterators."""

from dataclasses import dataclass
from typing import Any

import numpy as np

N = 40


class Accumulator:
    """State in attributes."""

    total = 0.0

    def __init__(self, x):
        self.value, self.count = x, 0

    def add(self, y):
        self.value = self.value * 0.5 + y
        self.count += 1


def attribute(x):
    state = Accumulator(x)
    for i in range(N):
        state.value = state.value * 0.5 + i
    return state.value


def attribute_in_method(x):
    state = Accumulator(x)
    for i in range(N):
        state.add(x * i)
    return state.value, state.count


def attribute_of_attribute(x):
    outer = Accumulator(x)
    outer.inner = Accumulator(x)
    for i in range(N):
        outer.inner.value = outer.inner.value + x
    return outer.inner.value


@dataclass
class Pair:
    first: Any
    second: Any


def attribute_of_dataclass(x):
    pair = Pair(x, 0)
    for i in range(N):
        pair.first = pair.first * 0.5 + x
        pair.second += i
    return pair.first, pair.second


class Slotted:
    """State in slots."""

    __slots__ = ("value",)


def slots(x):
    state = Slotted()
    state.value = x
    for i in range(N):
        state.value = state.value * 0.5 + i
    return state.value


def class_attribute(x):
    Accumulator.total = 0.0
    for i in range(N):
        Accumulator.total = Accumulator.total + x[0]
    return Accumulator.total


def nested_item(x):
    state = {"a": {"b": x}, "c": [x, [0]]}
    for i in range(N):
        state["a"]["b"] = state["a"]["b"] * 0.5 + i
        state["c"][1][0] += 1
    return state


def items_of_tuple(x):
    state = ([x], {"n": 0})
    for i in range(N):
        state[0][0] = state[0][0] * 0.5 + i
        state[1]["n"] += 2
    return state


def set_in_loop(x):
    seen = set()
    for i in range(N):
        seen.add(i % 3)
        x = x * 0.5 + len(seen)
    return x, len(seen)


def list_in_loop(x):
    rows = []
    for i in range(N):
        if len(rows) < 5:
            rows.append(x * i)
        x = x * 0.5
    return x, rows


def list_concatenated(x):
    rows = []
    for i in range(7):
        rows += [x[i % 6]]
        x = x * 0.5
    return x, rows


def tuple_grows(x):
    rows = ()
    for i in range(7):
        rows = (*rows, x[0])
        x = x * 0.5
    return rows


def dict_built(x):
    found = {}
    for i in range(70):
        found[i % 7] = x[i % 6] + i
    return found


def nonlocal_counter(x):
    count = 0

    def step(y):
        nonlocal count
        count = count + 1
        return y * 0.5 + count

    for i in range(N):
        x = step(x)
    return x, count


def nonlocal_in_loop(x):
    total = 0.0

    def run():
        nonlocal total
        for i in range(N):
            total = total * 0.5 + x[0] + i

    run()
    return total


_STEPS = 0


def count_steps(y):
    global _STEPS
    _STEPS = _STEPS + 1
    return y * 0.5 + _STEPS


def global_counter(x):
    global _STEPS
    _STEPS = 0
    for i in range(N):
        x = count_steps(x)
    return x, _STEPS


def iterator(x):
    numbers = iter(range(1000))
    for i in range(N):
        x = x * 0.5 + next(numbers)
    return x


def generator(x):
    numbers = (k * 2 for k in range(1000))
    for i in range(N):
        x = x * 0.5 + next(numbers)
    return x, next(numbers)


def random_numbers(x):
    rng = np.random.default_rng(3)
    for i in range(N):
        x = x * 0.5 + rng.normal()
    return x


def closure_read(x):
    y = 5.0

    def shifted(z):
        return z * 0.5 + y

    for i in range(N):
        x = shifted(x)
        y = x[0]
    return x, y


def closures_made(x):
    made = []
    for i in range(5):
        made.append(lambda z, k=i: z * k)
    return [one(x) for one in made], i


def function_kept(x):
    for i in range(N):
        x = x * 0.5

        def last(z, w=x, k=i):
            return z * w * k

    return last(x)


def two_names_of_one_list(x):
    for i in range(N):
        x = x * 0.5 + i
        a = b = [x[0] * 1]
    a[0] = a[0] + 100
    return a, b


STATE_PROGRAMS = [
    one
    for name, one in list(globals().items())
    if callable(one)
    and getattr(one, "__module__", "") == __name__
    and not isinstance(one, type)
    and name != "count_steps"
]
