"""Results that are no arrays: what holds traced ones is refused, all else is delivered."""

import collections
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

import tessel

X = np.arange(3.0)


class _List(list):
    pass


class _Slots:
    __slots__ = ("array",)

    def __init__(self, array: Any):
        self.array = array


class _Pair(collections.namedtuple("_Pair", ["first", "second"])):
    """Takes other arguments than it has fields."""

    def __new__(cls, both):
        return super().__new__(cls, both, both)


@dataclass
class _Computed:
    value: Any
    double: Any = field(init=False)

    def __post_init__(self) -> None:
        self.double = self.value * 2


HOLDING: dict[str, Callable[[Any], Any]] = {
    "defaultdict": lambda x: collections.defaultdict(list, a=[x * 2]),
    "OrderedDict": lambda x: collections.OrderedDict(a=x * 2),
    "Counter": lambda x: [collections.Counter(a=x[0])],
    "deque": lambda x: collections.deque([x * 2]),
    "_List": lambda x: (x, _List([x * 2])),
    "_Slots": lambda x: _Slots(x * 2),
    "SimpleNamespace": lambda x: types.SimpleNamespace(deep={"a": [x * 2]}),
    "dict_values": lambda x: {"a": x * 2}.values(),
    "map": lambda x: map(abs, [x * 2]),
    "generator": lambda x: (one * 2 for one in [x, x]),
    "function": lambda x: lambda: x * 2,
    "method": lambda x: (x * 2).sum,
}

TEXTS: list[Callable[[Any], Any]] = [
    lambda x: f"{x[0]}",
    lambda x: [x, {"a": str([x])}],
    lambda x: {str(x): x},
    lambda x: {repr(x)},
]


@pytest.mark.parametrize("kind", HOLDING)
def test_traced_arrays_do_not_reach_the_caller(kind: str) -> None:
    """With the kind of the object, the line, and what to return instead."""
    told = rf"\.py:\d+: <lambda>\(\) returns a {kind} that holds traced arrays; return the arrays"
    with pytest.raises(tessel.TesselError, match=told):
        tessel.compile(HOLDING[kind])(X)


@pytest.mark.parametrize("function", TEXTS)
def test_texts_of_traced_arrays_are_refused(function: Callable[[Any], Any]) -> None:
    """They would show no values."""
    told = r"\.py:\d+: <lambda>\(\) returns a text made of a traced array.*; return the array"
    with pytest.raises(tessel.TesselError, match=told):
        tessel.compile(function)(X)


def test_objects_without_arrays_are_delivered() -> None:
    """Also functions, whose module may hold anything; named tuples and dataclasses of arrays."""

    def returns(x):
        ordered = collections.OrderedDict(a=1)
        return x * 2, ordered, _List([1]), {1, 2}, len, lambda: 3, _Pair(x), _Computed(x), "text"

    compiled = tessel.compile(returns)
    for _ in range(2):
        array, ordered, numbers, both, builtin, function, pair, computed, text = compiled(X)
        np.testing.assert_array_equal(array, X * 2)
        assert (ordered, numbers, both, builtin) == (collections.OrderedDict(a=1), [1], {1, 2}, len)
        assert (type(ordered), type(numbers)) == (collections.OrderedDict, _List)
        assert function() == 3
        assert text == "text"
        assert type(pair) is _Pair
        np.testing.assert_array_equal(pair.second, X)
        np.testing.assert_array_equal(computed.double, X * 2)
