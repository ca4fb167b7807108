"""Lists that a captured loop appends to hold what Python appends."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tessel
from tessel.compiler.frontend.tracing.pytree import flatten

X, Y = np.linspace(0.5, 1, 6), np.linspace(-1, 1, 36).reshape(6, 6)
N = 300


def appends_results(x, y):
    rows = []
    for _ in range(N):
        x = np.tanh(y @ x)
        rows.append(x)
    return np.array(rows), x


def appends_what_comes_in(x, y):
    rows = [x * 2]
    for _ in range(N):
        rows.append(x)
        x = np.tanh(y @ x)
    return np.stack(rows), len(rows)


def appends_numbers(x, y):
    sums, halves = [], []
    total = 0.0
    for i in range(3, N, 2):
        total = total + x[i % 6]
        sums.append(total)
        halves.append(i)
    return np.array(sums), halves, sums[-1], sums[7], total


def appends_tuples(x, y):
    pairs = []
    for i in range(N):
        x = np.cos(x)
        pairs.append((x, {"norm": np.sqrt(x @ x), "i": i}))
    return pairs[0], pairs[5][1]["norm"], pairs[-1]


def appends_twice(x, y):
    rows = []
    for i in range(N):
        x = np.sin(x + i)
        rows.append(x[0])
        rows.append(x[1] * 2)
        rows.append((x * i).astype(np.float32))
    return np.array(rows[::3]), rows[1], rows[-1]


def appends_in_two_loops(x, y):
    rows = []
    for _ in range(20):
        for _ in range(N):
            x = np.sin(y @ x)
        rows.append(x * 1)
    for _ in range(N):
        x = np.cos(x)
        rows.append(x)
    return np.array(rows)


def appends_wider_numbers(x, y):
    counts = []
    count = 0
    for i in range(N):
        counts.append(count)
        count = count + x[i % 6]
    return counts[0], counts[1], counts[-1]


def appends_float32(x, y):
    rows = []
    for i in range(N):
        rows.append((x * i).astype(np.float32))  # noqa: PERF401
    return np.concatenate(rows), rows[3]


def appends_nothing_else_of_a_list(x, y):
    rows = [np.zeros(6)]
    for i in range(N):
        rows.append(np.sqrt(x * i))  # noqa: PERF401
    rows.append(x)
    rows.reverse()
    return np.array(rows), [one[0] for one in rows[:3]]


CAPTURED = [
    appends_results,
    appends_what_comes_in,
    appends_numbers,
    appends_tuples,
    appends_twice,
    appends_in_two_loops,
    appends_wider_numbers,
    appends_float32,
    appends_nothing_else_of_a_list,
]


@pytest.mark.parametrize("function", CAPTURED, ids=lambda one: one.__name__)
def test_the_loop_is_captured_and_the_list_as_python_has_it(function: Callable[..., Any]):
    check(function)
    text = tessel.compile(function).ir("trace", X.copy(), Y.copy())
    assert "scf.for" in text
    assert text.count("tessel.tanh") + text.count("tessel.cos") + text.count("tessel.sqrt") < 5


def reads_the_list(x, y):
    rows = [x]
    for _ in range(40):
        rows.append(np.sin(rows[-1]))
    return np.array(rows)


def reads_its_length(x, y):
    rows = []
    for _ in range(40):
        x = x + len(rows)
        rows.append(x)
    return np.array(rows)


def appends_sometimes(x, y):
    rows = []
    for i in range(40):
        x = np.sin(x)
        if i % 10 == 0:
            rows.append(x)
    return rows


def appends_an_array_from_outside(x, y):
    rows = []
    for _ in range(40):
        rows.append(x)
        y = np.sin(y)
    x[0] = 7
    return np.array(rows), y


def writes_to_what_it_appends(x, y):
    rows = []
    for i in range(40):
        x += y[i % 6]
        rows.append(x)
    return np.array(rows)


def writes_in_the_next_iteration(x, y):
    rows = []
    x = x * 1
    for i in range(40):
        x[i % 6] = i
        x = np.sin(x)
        rows.append(x)
    return np.array(rows)


def writes_before_the_next_iteration(x, y):
    rows = []
    for i in range(40):
        rows.append(x)
        x = x + 1
        x[2] = i
    return np.array(rows)


def writes_after_the_loop(x, y):
    rows = []
    for _ in range(40):
        x = np.sin(x)
        rows.append(x)
    x[1] = 5
    rows[-1][2] = 6
    rows[3][0] = 7
    return np.array(rows), x


def writes_to_what_was_before(x, y):
    rows, z = [], x
    for _ in range(40):
        rows.append(z)
        z = np.sin(z)
    x[1] = 5
    return np.array(rows), rows[0]


def appends_a_view(x, y):
    rows = []
    for _ in range(40):
        y = np.sin(y)
        rows.append(y[1])
    y[1, 2] = 9
    return np.array(rows), y


def appends_one_array_twice(x, y):
    rows, others = [], []
    for i in range(40):
        z = x * i
        rows.append(z)
        others.append(z)
    rows[3][0] = 9
    return np.array(others), rows[3]


def other_names(x, y):
    rows = []
    same = rows
    for i in range(40):
        rows.append(x * i)
        x = x + len(same)
    return np.array(rows), x


def a_bound_method_appends(x, y):
    rows = []
    append = rows.append
    for i in range(40):
        append(x * i)
    return np.array(rows)


def a_function_reads_it(x, y):
    rows = []

    def count():
        return len(rows)

    for i in range(40):
        rows.append(x * i)
        x = x + count()
    return np.array(rows), x


def appends_other_shapes(x, y):
    rows = []
    for i in range(1, 6):
        rows.append(y[:i])
        x = np.sin(x) * i + np.cos(x)
    return rows, x


def appends_other_things(x, y):
    rows = []
    for _ in range(40):
        x = np.sin(x)
        rows.append((x, "text", None))
    return [one[0] for one in rows], rows[0][1]


def list_of_an_object(x, y):
    class Log:
        def __init__(self):
            self.rows = []

    log = Log()
    for _ in range(40):
        x = np.sin(x)
        log.rows.append(x)
    return np.array(log.rows)


def inside_another_loop(x, y):
    tables = []
    for _ in range(3):
        rows = []
        for _ in range(N):
            x = np.sin(y @ x)
            rows.append(x)
        tables.append(np.array(rows))
    return np.array(tables)


AS_PYTHON = [
    *[reads_the_list, reads_its_length, appends_sometimes, appends_an_array_from_outside],
    *[writes_to_what_it_appends, writes_in_the_next_iteration, writes_before_the_next_iteration],
    *[writes_after_the_loop, writes_to_what_was_before, appends_a_view, appends_one_array_twice],
    *[
        other_names,
        a_bound_method_appends,
        a_function_reads_it,
        appends_other_shapes,
        appends_other_things,
    ],
    *[list_of_an_object, inside_another_loop],
]


@pytest.mark.parametrize("function", AS_PYTHON, ids=lambda one: one.__name__)
def test_as_python_has_it(function: Callable[..., Any], monkeypatch: pytest.MonkeyPatch):
    # Loops are tried however short they are.
    name = "tessel.compiler.frontend.python.loop_capture.UNROLLED_OPERATIONS"
    monkeypatch.setattr(name, 0)
    check(function)


def test_sizes_may_be_dynamic():
    def function(x):
        rows = []
        for _ in range(N):
            x = np.sin(x)
            rows.append(x)
        return np.array(rows)

    compiled = tessel.compile(function, dynamic=True)
    for size in (6, 1, 9):
        x = np.linspace(0, 1, size)
        np.testing.assert_allclose(compiled(x), function(x), rtol=1e-12)


def check(function: Callable[..., Any]) -> None:
    """Results and arguments after the call are those of Python."""
    arguments, own = (X.copy(), Y.copy()), (X.copy(), Y.copy())
    expected, structure = flatten(function(*own))
    leaves, found = flatten(tessel.compile(function)(*arguments))
    assert found == structure
    for have, want in zip([*leaves, *arguments], [*expected, *own]):
        if isinstance(want, str | None):
            assert have == want
            continue
        assert np.asarray(have).dtype == np.asarray(want).dtype
        np.testing.assert_allclose(have, want, rtol=1e-9, atol=1e-12)
