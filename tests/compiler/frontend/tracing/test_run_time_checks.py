"""What data alone shows is raised by the call, wherever the check stands; nothing is written."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tessel
from tessel.compiler.frontend.tracing.run_time_checks import check_at_run_time, check_indices

X = np.arange(5.0)
INDICES = np.arange(60) % 5
BAD = np.where(np.arange(60) == 30, 7, INDICES)


def _at(x: Any, i: Any) -> Any:
    check_indices(i, x.shape[0], 0)
    return tessel.numpy.take(x, i)


def _loop(x, i):
    total = x[0] * 0
    for k in range(60):
        total = total + _at(x, i[k])
    return total


def _scan(x, i):
    return tessel.scan(lambda total, k: (total + _at(x, k), _at(x, k)), 0.0, i)


def _nested(x, i):
    inner = tessel.compile(_at)

    def body(total, k):
        total = tessel.fori_loop(0, 2, lambda j, one: one + inner(x, k) * j, total)
        return total, total

    return tessel.scan(body, 0.0, i)


def _branch(x, i):
    return tessel.cond(i.max() < 9, lambda: _at(x, i), lambda: i * 0.0)


def _condition(x, i):
    return tessel.while_loop(lambda k: _at(x, k) < 3.5, lambda k: k + 1, i[0])


def _body(x, i):
    def step(carried):
        return carried[0] + 1, carried[1] + _at(x, carried[0])

    return tessel.while_loop(lambda carried: carried[1] < 6.5, step, (i[0], 0.0))


def _condition_and_body(x, i):
    def step(carried):
        return carried[0] + 1, _at(x, carried[0] + 1)

    return tessel.while_loop(lambda carried: _at(x, carried[0]) < 3.5, step, (i[0], 0.0))


ENDLESS = X * 0
CASES: dict[str, tuple[Callable[..., Any], Any, Any, int]] = {
    "straight": (_at, X, BAD, 7),
    "python's loop": (_loop, X, BAD, 7),
    "scan": (_scan, X, BAD, 7),
    "loops and a compiled function": (_nested, X, BAD, 7),
    "branch": (_branch, X, BAD, 7),
    "condition of a loop": (_condition, ENDLESS, INDICES, 5),
    "body of a while loop": (_body, ENDLESS, INDICES, 5),
    "condition and body": (_condition_and_body, ENDLESS, INDICES, 5),
}


@pytest.mark.parametrize("name", CASES)
def test_raises_the_first_failure(name: str) -> None:
    """At the user's line, as often as it is called; and good data goes through."""
    function, x, i, value = CASES[name]
    compiled = tessel.compile(function)
    for _ in range(2):
        message = rf"test_run_time_checks.py:\d+: index {value} is out of bounds for axis 0 with"
        with pytest.raises(IndexError, match=message):
            compiled(x, i)
    results, expected = (
        one if isinstance(one, tuple) else (one,)
        for one in (compiled(X, INDICES), function(X, INDICES))
    )
    for one, other in zip(results, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_branch_that_is_not_taken() -> None:
    """It does not fail."""
    np.testing.assert_array_equal(tessel.compile(_branch)(X, BAD + 20), np.zeros(60))


def test_dynamic_sizes() -> None:
    """The size in the message is that of the call."""
    compiled = tessel.compile(_at, dynamic=True)
    np.testing.assert_array_equal(compiled(X, np.array([4, -5])), [4, 0])
    for size, index in ((3, "index 4"), (0, "index")):
        message = f"{index} is out of bounds for axis 0 with size {size}"
        with pytest.raises(IndexError, match=message):
            compiled(X[:size], np.array([4, 0]))
    assert compiled(X, np.empty(0, np.int64)).shape == (0,)


def test_writes_nothing() -> None:
    """Neither arguments that the function changed nor `out`."""

    @tessel.compile
    def changes(x, i):
        x[:] = 0
        return _at(x, i)

    x, out = X.copy(), np.full(2, 7.0)
    with pytest.raises(IndexError):
        changes(x, np.array([1, 9]))
    np.testing.assert_array_equal(x, X)
    read = tessel.compile(_at)
    with pytest.raises(IndexError):
        read(X, np.array([1, 9]), out=out)
    np.testing.assert_array_equal(out, [7, 7])
    assert read(X, np.array([1, 2]), out=out) is out
    np.testing.assert_array_equal(out, [1, 2])


def test_first_of_several() -> None:
    """In the order of the program, and the kinds that NumPy raises."""

    @tessel.compile
    def several(x, i):
        check_at_run_time(x < 0, "ValueError", "negative")
        check_at_run_time(x == 0, "ZeroDivisionError", "zero")
        check_at_run_time(i > 9, "LinAlgError", "number {value} of {other}", i.max(), 3)
        return x

    kinds = [(-1, ValueError), (0, ZeroDivisionError), (1, np.linalg.LinAlgError)]
    for value, kind in kinds:
        with pytest.raises(kind):
            several(np.array([5.0, value]), np.array([3, 12]))
    with pytest.raises(np.linalg.LinAlgError, match="number 12 of 3"):
        several(X + 1, np.array([3, 12]))
    np.testing.assert_array_equal(several(X + 1, INDICES), X + 1)


def test_known_data() -> None:
    """Fails while tracing, and adds nothing to the program when it does not."""
    good, bad = np.array([0, -5]), np.array([0, -6])
    assert "check" not in tessel.compile(lambda x: _at(x, good)).ir("trace", X)
    with pytest.raises(IndexError, match="index -6 is out of bounds for axis 0 with size 5"):
        tessel.compile(lambda x: _at(x, bad))(X)
    with pytest.raises(IndexError, match="index -6 is out of bounds for axis 0 with size 5"):
        _at(X, bad)


def test_off() -> None:
    """No check, whose index is then clamped; other words are refused."""
    unchecked = tessel.compile(_at, checks="off")
    assert "check" not in unchecked.ir("trace", X, BAD)
    np.testing.assert_array_equal(unchecked(X, np.array([9, -9])), [4, 0])
    assert tessel.compile(checks="off")(_at).checks == "off"
    with pytest.raises(TypeError, match="unknown checks 'some'; checks: on, off"):
        tessel.compile(_at, checks="some")


@pytest.mark.parametrize("stage", ["trace", "dialect", "fused"])
def test_text(stage: str) -> None:
    """A program goes on from its text with its checks, which it does not hand out."""
    text = tessel.compile(_at).ir(stage, X, INDICES)
    program = tessel.compile_ir(text, stage=stage)
    np.testing.assert_array_equal(program(X, INDICES), X[INDICES])
    with pytest.raises(IndexError, match="index 7 is out of bounds for axis 0 with size 5"):
        program(X, BAD)


def test_text_that_returns_no_failure() -> None:
    """Is refused where it says that it does."""
    text = """
    func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> attributes {tessel.failure} {
      return %x : tensor<2xf32>
    }"""
    with pytest.raises(tessel.TesselError, match="the last result of 'main' is not what failed"):
        tessel.compile_ir(text)
