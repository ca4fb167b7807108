"""Programs for all sizes: what sizes agree, contradict each other, broadcast, and are 0."""

import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tessel

RANDOM = np.random.default_rng(5)


def check(function, calls, compiles=None):
    """Each call gives what NumPy gives: value, dtype and shape, or the kind of error."""
    compiled = tessel.compile(function, dynamic=True)
    for arguments in calls:
        try:
            want = function(*arguments)
        except (ValueError, IndexError, TypeError) as expected:
            with pytest.raises(type(expected)):
                compiled(*arguments)
            continue
        got = compiled(*arguments)
        assert np.shape(got) == np.shape(want)
        assert np.asarray(got).dtype == np.asarray(want).dtype
        np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-12)
    if compiles is not None:
        assert compiled.stats.compiles == compiles


def arrays(*shapes):
    return tuple(RANDOM.standard_normal(shape) for shape in shapes)


def test_one_program_for_sizes_that_agree() -> None:
    calls = [arrays((n, m), m) for n, m in ((4, 8), (3, 5), (1, 7), (0, 4), (9, 1))]
    check(lambda a, b: (a + b) * 2, calls, compiles=1)
    check(lambda a, b: (a * b).sum(0) / a.shape[0] if a.shape[0] else b, calls, compiles=2)


def test_sizes_of_one_that_are_stretched_have_a_program() -> None:
    shapes = [
        ((4, 8), (4, 8)),
        ((4, 8), (1, 8)),
        ((5, 8), (1, 8)),
        ((4, 1), (4, 6)),
        ((4, 8), (3, 8)),
    ]
    check(lambda a, b: a + b, [arrays(*one) for one in shapes], compiles=3)


def test_contradicting_sizes_raise_at_the_line() -> None:
    compiled = tessel.compile(lambda a, b: a @ b, dynamic=True)
    compiled(*arrays((4, 8), (8, 3)))
    with pytest.raises(ValueError, match=r"test_dynamic_sizes.py.*\(4, 8\) and \(7, 3\)"):
        compiled(*arrays((4, 8), (7, 3)))
    compiled(*arrays((2, 6), (6, 5)))
    assert compiled.stats.compiles == 1


def test_slices_and_indices() -> None:
    calls = [arrays(n) for n in (6, 9, 2, 1, 0)]
    check(lambda a: a[1:-1], calls)
    check(lambda a: a[::-1] - a, calls)
    check(lambda a: a[::2], calls)
    check(lambda a: a[3] + a[-1], calls)


def test_shapes_that_follow_from_sizes() -> None:
    calls = [arrays((n, m)) for n, m in ((6, 8), (9, 4), (3, 5), (0, 4))]
    check(lambda a: a.reshape(-1, 2), calls)
    check(lambda a: a.reshape(a.shape[1], a.shape[0]).T, calls, compiles=1)
    check(lambda a: np.arange(a.shape[0])[:, None] * a, calls)
    check(lambda a: np.zeros((a.shape[1], a.shape[0] + 1))[:, 1:] + a.T, calls)


def test_what_was_refused() -> None:
    check(lambda a, b: np.einsum("bij,bjk->bik", a, b), [arrays((2, 3, 4), (2, 4, 5))])
    check(lambda a: np.median(a, axis=1), [arrays((5, 7)), arrays((4, 6))])
    check(lambda a: np.split(a, 2)[1], [arrays(4), arrays(8), arrays(5)])
    systems = [(np.eye(n) * 9 + RANDOM.random((n, n)), RANDOM.random(n)) for n in (3, 5)]
    check(lambda a, b: np.linalg.solve(a, b), systems, compiles=1)
    check(lambda a: np.linalg.qr(a)[1] * 0, [arrays((4, 3)), arrays((3, 3))])


def test_a_size_decides_in_python() -> None:
    def branch(a):
        return a * 2 if a.shape[0] > 3 else a + 1

    check(branch, [arrays(n) for n in (4, 9, 2, 3)], compiles=2)
    check(lambda a: sum(a[i] for i in range(len(a))), [arrays((3, 2)), arrays((2, 2))])


def test_the_log_says_which_guard_was_broken(caplog) -> None:
    compiled = tessel.compile(lambda a, b: a + b, dynamic=True)
    compiled(*arrays(4, 4))
    with caplog.at_level(logging.INFO, "tessel.recompiles"):
        compiled(*arrays(4, 1))
    assert "== b.shape[0]" in caplog.text or "b.shape[0] ==" in caplog.text


def test_sizes_that_depend_on_data_are_checked() -> None:
    def both(a, b, k, m):
        return a[:k] + b[:m]

    def write(a, b, k, m):
        c = a.copy()
        c[:k] = b[:m]
        return c

    a, b = arrays(8, 8)
    for function in (both, write):
        compiled = tessel.compile(function)
        for k, m in ((4, 4), (8, 8), (0, 0)):
            got = compiled(a, b, np.int64(k), np.int64(m))
            np.testing.assert_array_equal(got, function(a, b, k, m))
        for k, m in ((4, 3), (3, 4), (8, 2)):
            with pytest.raises(ValueError, match="depends on data"):
                compiled(a, b, np.int64(k), np.int64(m))


def test_reshapes_of_nothing() -> None:
    """A size of 0 that the types know, beside sizes that they do not."""

    def merge(x):
        return x.transpose(2, 0, 1).reshape(x.shape[2], -1) if x.shape[1] == 0 else x[:, 0]

    def split(x):
        return (x.T.reshape(-1, 2, x.shape[0] * x.shape[1]) + 1) if x.shape[2] == 0 else x[0]

    sizes = ((2, 0, 4), (5, 0, 3), (2, 3, 4), (0, 0, 2))
    check(merge, [arrays(one) for one in sizes])
    check(split, [arrays((one[0], one[2], one[1])) for one in sizes])


def test_windows_at_the_end_of_an_array() -> None:
    def windows(a, w):
        total = np.zeros(4)
        for k in range(62):
            total = total + w @ a[k : k + 3]
        return total

    a, w = arrays(64, (4, 3))
    np.testing.assert_allclose(tessel.compile(windows)(a, w), windows(a, w))
    with pytest.raises(ValueError, match="is 2, and must be 3"):
        tessel.compile(windows)(a[:63], w)


def test_calls_under_guarded_memory() -> None:
    """A part of what `fuzz_dynamic.py` runs, in a process that may die."""
    program = Path(__file__).parents[2] / "fuzz_dynamic.py"
    command = [sys.executable, str(program), "--programs", "12", "--pairs", "6"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=250)
    assert done.returncode == 0, done.stdout + done.stderr
