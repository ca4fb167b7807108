"""Walks from a value back over what it is computed from."""

from collections.abc import Iterator

import numpy as np
import pytest

from tessel import dialects
from tessel.dialects.arithmetic import Add, Multiply
from tessel.dialects.builder import TensorValue
from tessel.dialects.constant import Parameter
from tessel.dialects.instance import defining_op
from tessel.dialects.mlir import ir
from tessel.dialects.shape import Reshape
from tessel.dialects.uses import backward_slice, producers_of, views_behind


@pytest.fixture(autouse=True)
def module() -> Iterator[ir.Module]:
    """A module that ops are added to."""
    with dialects.new_context(), ir.Location.unknown():
        module = ir.Module.create()
        with ir.InsertionPoint(module.body):
            yield module


def _parameter() -> ir.Value:
    return Parameter.build(key="p", dtype=np.dtype(np.float32), shape=(2,))


def test_each_value_once_and_users_first():
    x = _parameter()
    doubled = Add.build(x, x)
    end = Multiply.build(doubled, x)
    assert list(backward_slice([end])) == [end, x, doubled]
    assert [op.result for op in producers_of(end)] == [x, doubled, end]


def test_a_walk_ends_where_it_is_told_to():
    x = _parameter()
    doubled = Add.build(x, x)
    end = Multiply.build(doubled, doubled)

    def sources(value: ir.Value) -> list[ir.Value]:
        op = defining_op(value, Multiply)
        return [] if op is None else op.operands

    assert list(backward_slice([end], sources)) == [end, doubled]


def test_values_that_are_used_again_and_again():
    """A chain of sixty sums of a value with itself has 2**60 ways to its start."""
    value = _parameter()
    for _ in range(60):
        value = Add.build(value, value)
    assert len(list(backward_slice([value]))) == 61
    assert len(producers_of(value)) == 61


def test_views_from_the_last_to_the_first():
    x = _parameter()
    first = TensorValue(x).reshape([2, 1]).value
    last = TensorValue(first).reshape([1, 2]).value
    views = views_behind(last, lambda one: isinstance(one.opview, Reshape))
    assert [view.results[0] for view in views] == [last, first]
