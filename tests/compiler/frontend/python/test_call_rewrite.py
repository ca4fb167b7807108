"""NumPy's functions by every name, the user's functions wherever they are, arrays from outside."""

import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import users_module
from numpy import arange as counted

import tessel

X = np.array([1.5, 2.5, 3.5])
INDICES = np.array([2, 0, 1])
TABLE = np.arange(12.0).reshape(4, 3)
MAKERS = {"zeros": np.zeros, "table": TABLE}


class Holder:
    """Keeps what a function may need."""

    xp = np
    table = TABLE
    full = staticmethod(functools.partial(np.full, 3))

    def __init__(self) -> None:
        self.own = TABLE + 1


HOLDER = Holder()


def _first(y, x):
    y[0] = x[0]
    return y


def _grid(x):
    grids = np.meshgrid(np.arange(3.0), np.arange(2.0))
    grids[0][0, 0] = x[0]
    return grids[0] + grids[1]


def _local_import(x):
    local = np
    y = local.ones(3)
    y += x
    return y


def _view_before_the_write(x):
    y = np.arange(6.0).reshape(2, 3)
    z = y.T
    y[1] = x
    return z, y


def _in_a_comprehension(x):
    rows = [np.arange(3) * 1.0 for _ in range(2)]
    rows[0][0] = x[0]
    return rows[0] + rows[1]


def _decorated(function):
    @functools.wraps(function)
    def around(*args):
        return function(*args) + np.ones(3)

    return around


@_decorated
def _inside(x):
    return _first(np.arange(3.0), x)


def _known_elements(x):
    indices = np.arange(3)
    total = x[indices[::-1]] * float(np.linspace(0, 1, 3)[1])
    for k in np.arange(2):
        total = total + x[k] * k
    return total[indices % 2 == 0] if indices.sum() > 2 else x


WRITES: dict[str, Callable[[Any], Any]] = {
    "arange": lambda x: _first(np.arange(3.0), x),
    "linspace": lambda x: _first(np.linspace(0, 1, 3), x),
    "logspace": lambda x: _first(np.logspace(0, 1, 3), x),
    "eye": lambda x: _first(np.eye(3), x),
    "zeros_like": lambda x: _first(np.zeros_like(TABLE), x),
    "array": lambda x: _first(np.array([1, 2, 3.0]), x),
    "copy": lambda x: _first(TABLE.copy(), x),
    "astype": lambda x: _first(TABLE.astype(np.float32), x),
    "tri": lambda x: _first(np.tri(3), x),
    "indices": lambda x: _first(np.indices((2, 3)) * 1.0, x),
    "mgrid": lambda x: _first(np.mgrid[0:3, 0:2] * 1.0, x),
    "r_": lambda x: _first(np.r_[0:3] * 1.0, x),
    "fromfunction": lambda x: _first(np.fromfunction(lambda a, b: a + b, (2, 3)), x),
    "imported by name": lambda x: _first(counted(3) * 1.0, x),
    "attribute of an object": lambda x: _first(HOLDER.xp.zeros(3), x),
    "partial": lambda x: _first(HOLDER.full(2.0), x),
    "dict of functions": lambda x: _first(MAKERS["zeros"](3), x),
    "map": lambda x: list(map(lambda v: _first(np.zeros(2), [v]), [x[0], x[1]])),
    "another module": lambda x: users_module.running_sums(x),
    "class of another module": lambda x: users_module.Buffer(3).fill(x),
    "object that is called": lambda x: users_module.Buffer(3)(x),
    "meshgrid": _grid,
    "local name": _local_import,
    "views": _view_before_the_write,
    "comprehension": _in_a_comprehension,
    "decorated": _inside,
    "known elements": _known_elements,
}

READS: dict[str, Callable[[Any], Any]] = {
    "global": lambda i: TABLE[i],
    "with slices": lambda i: (TABLE[:, i], TABLE[i, 1:], TABLE[..., i], TABLE[i][:, 1]),
    "one element": lambda i: TABLE[i[0]],
    "part of it": lambda i: TABLE[1:][i],
    "attribute": lambda i: (HOLDER.table[i], HOLDER.own[i, 0], Holder.table[i]),
    "dict": lambda i: MAKERS["table"][i],
    "comprehension": lambda i: [table[i] for table in (TABLE, TABLE * 2)],
    "method": lambda i: TABLE.take(i, 0),
    "take": lambda i: (np.take(TABLE, i, 0), np.take([1.5, 2, 3], i), np.take(TABLE, indices=i[0])),
    "take of modes": lambda i: [np.take(TABLE, i - 9, mode=one) for one in ("wrap", "clip")],
    "scan": lambda i: tessel.scan(lambda c, k: (c + TABLE[k], TABLE[k, 0]), TABLE[0], i)[1],
    "loop": lambda i: tessel.fori_loop(
        0, 9, lambda k, c: c + np.take(TABLE, i[k % 3], 1), TABLE[:, 0]
    ),
    "search": lambda i: (np.searchsorted(TABLE[:, 0], i), np.choose(i, [TABLE[0], 1.0, -1.0])),
    "another module": lambda i: (users_module.row(i), users_module.TABLE[i]),
    "sum": lambda i: functools.reduce(operator.add, [TABLE[i], TABLE[i]]),
}


def _check(function: Callable[[Any], Any], argument: np.ndarray) -> None:
    got, want = tessel.compile(function)(argument), function(argument)
    several = isinstance(want, tuple | list)
    for one, other in zip(got if several else [got], want if several else [want], strict=True):
        np.testing.assert_allclose(one, other)
        assert one.dtype == other.dtype


@pytest.mark.parametrize("kind", WRITES)
def test_made_arrays_can_be_written(kind: str) -> None:
    """With traced values, as NumPy's with numbers."""
    _check(WRITES[kind], X)


@pytest.mark.parametrize("kind", READS)
def test_arrays_from_outside_are_indexed(kind: str) -> None:
    """By traced indices."""
    _check(READS[kind], INDICES)


def test_functions_without_source() -> None:
    """Their globals and closures are substituted."""
    names: dict[str, Any] = {}
    exec(
        "import numpy as np\ndef f(x):\n    y = np.arange(3.0)\n    y[0] = x[0]\n    return y",
        names,
    )
    _check(names["f"], X)
    _check(lambda x: names["f"](x) + 1, X)


def test_arrays_from_outside_are_written_in_each_call() -> None:
    """Also where the trace itself could have written them, once."""
    table = np.zeros((2, *X.shape))

    @tessel.compile
    def writes(x):
        table[0] = x
        table[1] += 1
        return x

    for count in (1, 2):
        writes(X * count)
        np.testing.assert_array_equal(table, [X * count, np.full(X.shape, count)])


def test_the_users_frames_stay_as_they_are() -> None:
    """Errors name the user's line, without frames of ours between."""

    def inner(x):
        raise KeyError("mine")

    with pytest.raises(KeyError) as caught:
        tessel.compile(lambda x: inner(x))(X)
    names = [entry.name for entry in caught.traceback[-2:]]
    assert names == ["<lambda>", "inner"]


def _as_it_is(function: Any) -> Any:
    return function


@_as_it_is
def _in_one_line(x): return float(x[0]) * np.arange(3.0)[x.argmax()]  # fmt: skip


def test_a_decorated_function_in_one_line() -> None:
    x = np.array([2.0, 3])
    assert tessel.compile(_in_one_line)(x) == _in_one_line(x)
