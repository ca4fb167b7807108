"""What can be compiled, and how compiled functions behave as functions."""

import asyncio
import copy
import doctest
import functools
import inspect
import pickle
import threading
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tessel

X = np.arange(3.0)


@tessel.compile
def doubled(x):
    """Twice x.

    >>> doubled(np.ones(2))
    array([2., 2.])
    """
    return x * 2


@tessel.compile
def factorial(x, n):
    return x if n == 0 else factorial(x * n, n - 1)


@tessel.compile
def even(x, n):
    return x if n == 0 else odd(x + 1, n - 1)


@tessel.compile
def odd(x, n):
    return -x if n == 0 else even(x * 2, n - 1)


@tessel.compile
def endless(x):
    return endless(x) + 1


@tessel.compile
def countdown(n):
    return np.ones(2) if n == 0 else countdown(n - 1) * 2


class Layer:
    scale = 3.0

    @tessel.compile
    def method(self, x):
        return x * self.scale

    @tessel.compile
    @classmethod
    def inner_class_method(cls, x):
        return x * cls.scale

    @classmethod
    @tessel.compile
    def outer_class_method(cls, x):
        return x * cls.scale

    @tessel.compile
    @staticmethod
    def inner_static_method(x):
        return x * 3

    @staticmethod
    @tessel.compile
    def outer_static_method(x):
        return x * 3

    def plain(self, x):
        return x * self.scale

    def __call__(self, x):
        return x * self.scale

    @tessel.compile
    @property
    def size(self):
        return np.arange(3.0) * self.scale


THREEFOLD: dict[str, Callable[[Any], Any]] = {
    "method": lambda x: Layer().method(x),
    "class method": lambda x: Layer.inner_class_method(x),
    "class method around": lambda x: Layer().outer_class_method(x),
    "static method": lambda x: Layer().inner_static_method(x),
    "static method around": lambda x: Layer.outer_static_method(x),
    "property": lambda x: Layer().size,
    "bound method": tessel.compile(Layer().plain),
    "callable object": tessel.compile(Layer()),
    "partial": tessel.compile(functools.partial(lambda a, b: a * b, 3.0)),
    "compiled twice": tessel.compile(tessel.compile(lambda x: x * 3)),
    "in a coroutine": lambda x: asyncio.run(_call(x)),
}


async def _call(x):
    return await asyncio.to_thread(lambda: doubled(x) + x)


@pytest.mark.parametrize("kind", THREEFOLD)
def test_kinds_of_functions(kind: str) -> None:
    """Each computes three times x."""
    np.testing.assert_array_equal(THREEFOLD[kind](X), 3 * X)


async def _coroutine(x):
    return x


def _generator(x):
    yield x


async def _both(x):
    yield x


@pytest.mark.parametrize("wrong", [_coroutine, _generator, _both, Layer, 3])
def test_what_is_no_function_is_refused(wrong: Any) -> None:
    """When it is compiled, not when it is called."""
    with pytest.raises(TypeError, match=r"test_wrapping\.py:\d+: "):
        tessel.compile(wrong)


def test_recursion() -> None:
    """As Python has it: static and mutual recursion end, and endless ones are told."""
    np.testing.assert_array_equal(factorial(X, 4), 24 * X)
    np.testing.assert_array_equal(even(X, 3), -((X + 1) * 2 + 1))
    np.testing.assert_array_equal(countdown(3), [8, 8])
    for endless_call in (lambda: endless(X), lambda: even(X, -1), lambda: countdown(-1)):
        with pytest.raises(RecursionError):
            endless_call()


def test_a_trace_may_wait_for_a_thread_that_calls() -> None:
    """Of another compiled function."""

    def waits(x):
        found: list[Any] = []
        thread = threading.Thread(target=lambda: found.append(doubled(np.ones(5))))
        thread.start()
        thread.join()
        return x + found[0][0]

    np.testing.assert_array_equal(tessel.compile(waits)(X), X + 2)


def test_copies_are_the_function_itself() -> None:
    """As of Python's functions."""
    assert copy.copy(doubled) is doubled
    assert copy.deepcopy([doubled])[0] is doubled
    assert pickle.loads(pickle.dumps(doubled)) is doubled
    assert weakref.ref(doubled)() is doubled
    assert pickle.loads(pickle.dumps(Layer.outer_static_method)) is Layer.outer_static_method
    with pytest.raises(pickle.PicklingError, match="define it in a module"):
        pickle.dumps(tessel.compile(lambda x: x))


def test_what_python_tells_about_it() -> None:
    """Signature, name, documentation and examples are the function's."""
    assert str(inspect.signature(doubled)) == "(x)"
    assert doubled.__name__ == "doubled"
    assert "doubled" in repr(doubled)
    found = doctest.DocTestFinder().find(doubled, "doubled", globs={"np": np, "doubled": doubled})
    assert [doctest.DocTestRunner().run(one).attempted for one in found] == [1]
