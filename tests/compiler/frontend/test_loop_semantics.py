# ruff: noqa: B007
"""Loops of Python that do more than compute with arrays: what they leave is what Python leaves."""

import copy
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np
import pytest
from loop_state_programs import (
    STATE_PROGRAMS,
    attribute,
    iterator,
    nested_item,
    nonlocal_counter,
)

import tessel
from tessel.compiler.frontend.tracing.pytree import flatten

N = 100
"""Iterations: too many for a loop to be short."""

X = np.random.default_rng(0).uniform(0.5, 1, 6)
Y = X.astype(np.float32)


def index_reassigned(x):
    s = 0
    for i in range(N):
        i = 2 * i
        s = s + x[0] * 0 + i
    return s, i


def index_augmented(x):
    for i in range(5, N):
        x = x + i
        i += 3
    return x, i


def index_deleted_name_of_inner_loop(x):
    for i in range(N):
        for i in range(3):
            x = x + i
        x = x * 0.5 + i
    return x, i


def index_of_inner_comprehension(x):
    for i in range(N):
        x = x * 0.5 + sum(x[i] for i in range(3)) + i
    return x, i


def walrus_in_condition(x, flag=False):
    y = 0.0
    for i in range(N):
        x = x * 0.5 + y
        if flag and (y := 2.0):
            x = x + 1
    return x, y


def walrus(x):
    for i in range(N):
        x = x * 0.5 + (z := x[0] + i)
    return x, z


def caught_in_body(x):
    table = [0.5] * 7
    for i in range(N):
        try:
            k = table[i]
        except IndexError:
            k = 0.25
        x = x * 0.5 + k
    return x, k


def all_caught(x):
    table = [0.5] * 7
    for i in range(N):
        try:
            k = table[i]
        except Exception:
            k = 0.25
        x = x * 0.5 + k
    return x


def key_of_dict(x):
    table = {k: k * 0.5 for k in range(N)}
    for i in range(N):
        x = x * 0.5 + table[i]
    return x


def continue_in_try(x):
    for i in range(N):
        try:
            x = x + 1
            continue
        finally:
            x = x * 0.5
    return x


def continue_in_else(x):
    for i in range(N):
        for j in (1, 2):
            x = x * 0.5 + j
        else:
            continue
        x = x * 100
    return x, i, j


def break_in_else(x):
    for i in range(N):
        for j in (1, 2):
            x = x * 0.5 + j
        else:
            if i == 4:
                break
    return x, i


def else_of_loop(x):
    for i in range(N):
        x = x * 0.5 + i
    else:
        x = x + 1
    return x


def returns_inside(x):
    for i in range(N):
        x = x * 0.5 + i
        if i == 7:
            return x, i
    return x, None


def read_after_jump(x, flag=True):
    y = x
    for i in range(3):
        for j in range(N):
            y = y * 0.5 + j
        if flag:
            continue
        y = x
    return y


def read_in_finally(x):
    y = x
    z = x
    try:
        for i in range(N):
            y = y * 0.5 + i
    finally:
        z = y + 1
    return z


def read_in_handler(x):
    y = x
    try:
        for i in range(N):
            y = y * 0.5 + i
        raise KeyError("known")
    except KeyError:
        return y


def matched(x, kind=2):
    y = 1.0
    for i in range(N):
        x = x * 0.5 + y
        match kind:
            case 1:
                y = 3.0
            case n:
                x = x + n
    return x, y, n


def suppressed(x):
    from contextlib import suppress

    y = 1.0
    for i in range(N):
        x = x * 0.5 + y
        with suppress(KeyError):
            raise KeyError("before y")
            y = 2.0
    return x, y


def deletion(x):
    for i in range(N):
        y = x * 0.5
        x = y + i
        del y
    return x


def weak_float_replaced(x):
    s = x[0]
    for i in range(N):
        x = x * np.float32(0.5) + s
        s = 0.1
    return x, s


def dtype_of_first_iteration(x):
    s = np.array([100], np.int8)
    total = x[:1] * 0
    for i in range(N):
        total = total + (s + np.int8(100)) * np.float32(0.001)
        s = total * 2
    return total, s


def float64_then_float32(x):
    s = np.float64(0.1)
    for i in range(N):
        x = x * np.float32(0.25) + s.astype(np.float32)
        s = x[0] * np.float32(0.5)
    return x, s


def integer_then_float(x):
    s = 1
    for i in range(N):
        x = x * np.float32(0.5) + s
        s = s / 2 + 1
    return x, s


def float_then_integer(x):
    s = 0.5
    for i in range(N):
        x = x * 0.5 + s
        s = i
    return x, s


def large_integers(x):
    n = 1
    for i in range(100):
        n = n * 3
        x = x * 0.5 + n % 7
    return x, float(n)


def weak_after_the_loop(x):
    s = 0.0
    for i in range(N):
        s = s * 0.5 + i
        x = x * np.float32(0.5)
    return x * s


def strong_after_the_loop(x):
    s = np.float64(0)
    for i in range(N):
        s = s * 0.5 + i
        x = x * np.float32(0.5)
    return x * s


def shape_of_first_iteration(x):
    s = 0.0
    for i in range(20):
        s = s * 0.5 + x
    return s


def kind_of_first_iteration(x):
    best = None
    for i in range(20):
        best = x if best is None else np.maximum(best, x * i)
    return best


def flag_of_first_iteration(x):
    first = True
    for i in range(N):
        x = x * 0.5 if first else x * 0.25 + 1
        first = False
    return x, first


def other_loops(x):
    total = x[0] * 0
    for k, (a, b) in enumerate(zip(x, reversed(x))):
        total = total + a * b * k
    for a in x[::2]:
        total = total * 0.5 + a
    for k in range(10, 0, -3):
        total = total * 0.5 + k
    return total, k


def zero_iterations(x, count=0):
    i, y = 7, 5.0
    for i in range(count):
        y = x[0] + i
    return y, i


def deep_nest(x):
    for i in range(20):
        for j in range(i):
            for k in range(j, 20, 3):
                x = x * 0.9 + k
            k = k + 1
        i = i * 2
    return x, i, j, k


_OWN = [
    one
    for one in list(globals().values())
    if isinstance(one, FunctionType) and one.__module__ == __name__
]
FUNCTIONS = [
    (one, Y if any(word in one.__name__ for word in ("float", "the_loop", "iteration")) else X)
    for one in (*_OWN, *STATE_PROGRAMS)
]


def test_all_that_loops_leave() -> None:
    """All functions in one program: each result is Python's, in value, dtype and shape."""
    functions = [one for one, _ in FUNCTIONS]

    def everything(arguments: list[Any]) -> list[Any]:
        return [one(x) for one, x in zip(functions, arguments, strict=True)]

    arguments = [x for _, x in FUNCTIONS]
    want = everything(copy.deepcopy(arguments))
    got = tessel.compile(everything)(copy.deepcopy(arguments))
    wrong = [
        f"{one.__name__}: {b}; right is {a}"
        for one, a, b in zip(functions, want, got, strict=True)
        if not _same(a, b)
    ]
    assert not wrong, "\n".join(wrong)


def _same(want: Any, got: Any) -> bool:
    left, right = (flatten(one)[0] for one in (want, got))
    pairs = [(np.asarray(a), np.asarray(b)) for a, b in zip(left, right, strict=True)]
    return all(
        (a.shape, a.dtype) == (b.shape, b.dtype)
        and np.allclose(b, a, *((1e-5, 1e-6) if a.dtype == np.float32 else (1e-12, 1e-12)))
        for a, b in pairs
    )


def dynamic_zero(x, count):
    i, y, last = 7, 5.0, x * 0
    for i in range(count):
        y = x[0] + i
        last = x * i
    return y, i, last


def dynamic_reassigned(x, count):
    i = 3
    for i in range(count):
        x = x * 0.5 + i
        i = i * 2
    return x, i


def dynamic_weak(x, count):
    total = 0
    for i in range(count):
        total = total + i
    return x * total, total


@pytest.mark.parametrize("count", [0, 1, 4])
@pytest.mark.parametrize("function", [dynamic_zero, dynamic_reassigned, dynamic_weak])
def test_traced_bounds(function: Callable[..., Any], count: int) -> None:
    """Loops that may run zero times leave what was there."""
    want = function(X, np.int64(count))
    assert _same(want, tessel.compile(function)(X, np.int64(count)))


@pytest.mark.parametrize("function", [index_reassigned, walrus, continue_in_try])
def test_stays_one_loop(function: Callable[..., Any]) -> None:
    """What Python gives needs no copies of the body."""
    assert "scf.for" in tessel.compile(function).ir("trace", X)


@pytest.mark.parametrize("function", [attribute, nested_item, nonlocal_counter, iterator])
def test_is_traced_in_each_iteration(function: Callable[..., Any]) -> None:
    """What a body does to other objects than variables is done each time."""
    assert "scf.for" not in tessel.compile(function).ir("trace", X)
