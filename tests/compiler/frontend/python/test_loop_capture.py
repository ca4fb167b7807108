"""`for i in range(...)` of a compiled function: what becomes a loop, and what is copied."""

from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

import numpy as np
import pytest

import tessel
from tessel.compiler.diagnostics import ControlFlowError
from tessel.compiler.frontend.tracing.pytree import flatten

RNG = np.random.default_rng(0)
X, Y = RNG.uniform(0.5, 1, 6), RNG.uniform(0.5, 1, (6, 6))


def power_iteration(x, y):
    norm = 0.0
    for _ in range(200):
        x = y @ x
        norm = np.sqrt(x @ x)
        x = x / norm
    return x, norm


def carries_numbers(x, y):
    total, count, last = 0, 1, None
    for i in range(2, 12, 3):
        for j in range(9, i, -2):
            total = total + x[j % 6] * i
            count += j
            last = total - j
    return total, count, last, i, j


def triangular(x, y):
    for i in range(6):
        for j in range(i):
            y[i, j] -= y[i, :j] @ y[:j, j]
            y[i, j] /= y[j, j] + 3
        for j in range(i, 6):
            y[i, j] -= y[i, :i] @ y[:i, j]
    return x


def skips(x, y):
    for i in range(3, 103):
        y[i % 6] += x
        if x.shape[0] > 5:
            x = x * 0.5
            continue
        x = x + 1
    return x


def nested_structures(x, y):
    state = {"sum": x, "pair": (x * 2, 0)}
    for i in range(107):
        state = {"sum": state["sum"] + y[i % 6], "pair": (state["pair"][0] * 0.5, i)}
    return state


def helper_with_a_loop(x, y):
    def inner(z):
        for i in range(108):
            z = z + y[0] * i
        return z

    return inner(x) + inner(y[1])


CAPTURED = [
    power_iteration,
    carries_numbers,
    triangular,
    skips,
    nested_structures,
    helper_with_a_loop,
]


def leaves_early(x, y):
    for i in range(9):
        x = x + y[i % 6]
        if i > 4:
            break
    return x


def decides_by_index(x, y):
    for i in range(9):
        if i % 2 == 0:
            x = x + y[i % 6]
        else:
            x = x * 0.5
    return x


def swaps_buffers(x, y):
    other = x * 0
    for _ in range(7):
        other[1:-1] = (x[:-2] + x[2:]) / 2
        x, other = other, x
    return x


def collects(x, y):
    rows = []
    for i in range(8):
        rows.append(x * i)  # noqa: PERF401
    for i in range(8):
        rows[i] = rows[i] + 1
    return rows


def grows(x, y):
    for _ in range(6):
        x = np.concatenate([x, x[:1]])
    return x


def aliases(x, y):
    row = x
    for i in range(6):
        row = y[i]
        row += x
    row *= 2
    return row


def writes_then_replaces(x, y):
    for i in range(6):
        x[0] = i
        x = x * 2
    return x


UNROLLED = [
    leaves_early,
    decides_by_index,
    swaps_buffers,
    collects,
    grows,
    aliases,
    writes_then_replaces,
]


def short(x, y):
    for i in range(6):
        x = x + y[i]
    return x


def never(x, y):
    for i in range(0):
        x = x + y[i]
    return x


def without_arrays(x, y):
    total = 0
    for i in range(50):
        total += i
    return x + np.zeros(6) * total, total


def outer_small(x, y):
    for i in range(2):
        for j in range(6):
            x = x + y[j] * i
    return x


OTHERS = [short, never, without_arrays, outer_small]


def test_results_are_those_of_python() -> None:
    """All functions in one program: results, and the arguments that they change."""
    functions = [*CAPTURED, *UNROLLED, *OTHERS]

    def everything(arguments: list[Any]) -> list[Any]:
        return [one(*pair) for one, pair in zip(functions, arguments, strict=True)]

    want_arguments = [(X.copy(), Y.copy()) for _ in functions]
    got_arguments = [(X.copy(), Y.copy()) for _ in functions]
    want, got = everything(want_arguments), tessel.compile(everything)(got_arguments)
    for name, *pair in zip(functions, zip(want, want_arguments), zip(got, got_arguments)):
        left, right = (flatten(list(one))[0] for one in pair)
        for a, b in zip(left, right, strict=True):
            np.testing.assert_allclose(b, a, rtol=1e-12, err_msg=name.__name__)


@pytest.mark.parametrize("function", CAPTURED)
def test_becomes_a_loop(function: Callable[..., Any]) -> None:
    """The program does not grow with the number of iterations."""
    assert "scf.for" in tessel.compile(function).ir("trace", X, Y)


@pytest.mark.parametrize("function", [*UNROLLED, short, never, without_arrays])
def test_becomes_copies(function: Callable[..., Any]) -> None:
    """What cannot be captured, or need not, is traced for each iteration."""
    assert "scf.for" not in tessel.compile(function).ir("trace", X, Y)


def test_bounds_may_be_traced() -> None:
    """A range to an element of an array; the loop may run zero times."""

    def total(x, counts):
        sums = np.zeros(3)
        for row in range(counts.shape[0]):
            for i in range(counts[row]):
                sums[row] += x[i]
        return sums

    counts = np.array([0, 3, 6])
    np.testing.assert_allclose(tessel.compile(total)(X, counts), total(X, counts))


def test_comparisons_of_indices_unroll_loops_whose_bounds_they_are() -> None:
    """The inner loop is as long as the outer index says, and its body compares both."""

    def cholesky(a):
        lower = np.zeros(a.shape)
        for i in range(len(a)):
            for j in range(i + 1):
                rest = a[i, j] - lower[i, :j] @ lower[j, :j]
                if i == j:
                    lower[i, j] = np.sqrt(rest)
                else:
                    lower[i, j] = rest / lower[j, j]
        return lower

    a = np.eye(12) * 13 + 1
    np.testing.assert_allclose(tessel.compile(cholesky)(a), np.linalg.cholesky(a), atol=1e-12)


def test_texts_of_the_index_unroll_a_loop() -> None:
    """Weights that are named by layer are found."""
    weights = {f"layer{i}": Y + i for i in range(8)}

    def model(x):
        for i in range(8):
            x = np.tanh(weights[f"layer{i}"] @ x) + len(str(i))
        return x

    np.testing.assert_allclose(tessel.compile(model)(X), model(X), rtol=1e-12)


def test_traced_bounds_cannot_be_unrolled() -> None:
    """The error names the line that needs the index, and says what to do."""

    def odd(x, count):
        for i in range(count):
            if i % 2:
                x = x + 1
        return x

    with pytest.raises(ControlFlowError, match=r"test_loop_capture\.py:\d+: if/while.*traced"):
        tessel.compile(odd)(X, np.int64(3))


def test_errors_name_the_line_in_the_loop() -> None:
    """Lines of a rewritten function are those of the file."""

    def wrong(x):
        for i in range(9):
            x = x + i
            x = x + np.ones(5)
        return x

    line = wrong.__code__.co_firstlineno + 3
    with pytest.raises(tessel.TesselError, match=rf"test_loop_capture\.py:{line}: "):
        tessel.compile(wrong)(X)


def test_what_a_helper_keeps_is_kept_in_each_iteration() -> None:
    """A list that a function of the body appends to."""
    kept = []

    def keep(value):
        kept.append(value)

    def keeps(x):
        for i in range(900):
            keep(x * i)
        return kept[3]

    np.testing.assert_array_equal(tessel.compile(keeps)(X), X * 3)


def test_what_is_left_of_a_body_is_refused_not_computed_wrongly() -> None:
    """An array that only an iteration knows cannot be used after the loop."""
    kept = SimpleQueue()

    def leaks(x):
        for i in range(900):
            kept.put(x * i)
        return kept.get()

    with pytest.raises(ControlFlowError, match="inside the body of a traced loop"):
        tessel.compile(leaks)(X)


def nested(x: Any) -> Any:
    total = np.zeros(3)
    for a in range(2):
        for b in range(2):
            for c in range(2):
                for d in range(1):
                    for e in range(1):
                        for f in range(2):
                            for g in range(1):
                                for h in range(2):
                                    total[a + b] += x[c] * (d + e + f + g + h)
    return total


def continued(x: Any) -> Any:
    total = np.zeros(3)
    for a in range(2):
        for b in range(2):
            for c in range(2):
                for d in range(2):
                    for e in range(2):
                        for f in range(2):
                            for g in range(9):
                                if g == 4:
                                    continue
                                total[a + b] += x[c] * (d + e + f + g)
                            if f:
                                continue
                            total[b] += x[d]
                    if d:
                        continue
                    total[a] += x[c]
    return total


@pytest.mark.parametrize("function", [nested, continued])
def test_many_loops_within_each_other(function) -> None:
    """Python takes 20 blocks within each other; a rewritten loop makes two, or three."""
    x = np.arange(4.0) + 1
    np.testing.assert_allclose(tessel.compile(function)(x), function(x))


def test_eight_loops_are_loops() -> None:
    """Those of a, b, c and f: the innermost is short, and three run once."""
    assert tessel.compile(nested).ir("trace", np.arange(4.0)).count("scf.for") == 4
