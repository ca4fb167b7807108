"""`dynamic=None`: static first, then dynamic in the axes whose sizes vary, and in no other."""

import logging

import numpy as np
import pytest

import tessel
from tessel import nn


def ones(*shape):
    return np.ones(shape)


def same(compiled, function, *arguments):
    np.testing.assert_array_equal(compiled(*arguments), function(*arguments))


@pytest.mark.parametrize(("dynamic", "compiles"), [(None, 2), (True, 1), (False, 7)])
def test_compilations_for_many_sizes(dynamic, compiles) -> None:
    compiled = tessel.compile(lambda x: x + x, dynamic=dynamic)
    for size in (4, 8, 1, 0, 3, 17, 1000):
        np.testing.assert_array_equal(compiled(ones(size)), np.full(size, 2.0))
    assert compiled.stats.compiles == compiles


def test_only_what_varies_becomes_dynamic() -> None:
    compiled = tessel.compile(lambda x: x * 2)
    for shape in ((4, 8), (5, 8), (9, 8)):
        compiled(ones(*shape))
    assert compiled.stats.compiles == 2
    assert "tensor<?x8xf64>" in compiled.ir("trace", ones(9, 8))
    compiled(ones(9, 3))
    compiled(ones(2, 2))
    assert compiled.stats.compiles == 3
    assert "tensor<?x?xf64>" in compiled.ir("trace", ones(9, 7))


def test_a_static_program_stays_in_use() -> None:
    compiled = tessel.compile(lambda x: x + 1)
    for size in (4, 8, 4, 8):
        compiled(ones(size))
    entries = [entry for kept in compiled._entries.values() for entry in kept]
    assert sorted(len(entry.axes) for entry in entries) == [0, 1]
    assert compiled._entry(compiled._signature.bind((ones(4),), {})).axes == frozenset()


def test_two_arguments_and_their_guards() -> None:
    def function(x, y):
        return x + y

    compiled = tessel.compile(function)
    for shapes in (((4,), (4,)), ((6,), (6,)), ((1,), (1,)), ((7,), (1,)), ((9,), (1,))):
        same(compiled, function, *map(np.ones, shapes))
    assert compiled.stats.compiles <= 4
    with pytest.raises(ValueError, match="shape"):
        compiled(ones(3), ones(2))


def test_a_number_that_is_needed_each_time_is_static() -> None:
    def function(x):
        return sum(x[i] * i for i in range(x.shape[0]))

    compiled = tessel.compile(function)
    for size in (2, 3, 4, 5, 6):
        same(compiled, function, ones(size, 2))
    traces = compiled.stats.traces
    same(compiled, function, ones(7, 2))
    assert compiled.stats.traces == traces + 1


def test_what_is_slow_without_sizes_stays_static(caplog) -> None:
    weight = np.ones((2, 1, 3, 3), np.float32)

    def function(x):
        return nn.conv(x, weight)

    compiled = tessel.compile(function)
    with caplog.at_level(logging.INFO, "tessel.recompiles"):
        for batch in (1, 2):
            compiled(np.ones((batch, 1, 5, 5), np.float32))
    assert "x.shape[0] stays static" in caplog.text
    assert "convolution of dynamic sizes is slow" in caplog.text
    assert "x float32[2, 1, 5, 5]: x.shape[0] is 2, was 1" in str(compiled._history)


def test_slow_programs_are_for_few_elements() -> None:
    compiled = tessel.compile(lambda x: x.sum())
    for size in (4, 8, 9, 100_000, 10, 200_000):
        assert compiled(ones(size)) == size
    assert [len(one) for one in compiled._entries.values()] == [1, 1, 1, 1]
    assert compiled.stats.compiles == 4


def test_reasons_name_the_argument_and_both_values(caplog) -> None:
    compiled = tessel.compile(lambda tree, n: tree["a"] * n)
    with caplog.at_level(logging.INFO, "tessel.recompiles"):
        compiled({"a": ones(4)}, 2)
        compiled({"a": ones(5)}, 2)
        compiled({"a": ones(5)}, 3)
        compiled({"a": ones(5).astype(np.float32)}, 3)
    assert "tree['a'].shape[0] is 5, was 4" in caplog.text
    assert "from here on for all sizes of tree['a'].shape[0]" in caplog.text
    assert "n is 3, was 2" in caplog.text
    assert "tree['a'] is float32, was float64" in caplog.text
    explained = compiled.explain({"a": ones(5)}, 2)
    assert "tree['a'] float64[?], n 2: tree['a'].shape[0] is 5, was 4" in explained


def test_the_number_of_programs_is_bounded(caplog, monkeypatch) -> None:
    monkeypatch.setattr("tessel.compiler.compiled_entry._KEPT_PROGRAMS", 3)
    compiled = tessel.compile(lambda x: x + 1, dynamic=False)
    for size in range(1, 6):
        np.testing.assert_array_equal(compiled(ones(size)), np.full(size, 2.0))
    assert len(compiled._entries) == 3
    assert caplog.text.count("drops the oldest") == 1
    np.testing.assert_array_equal(compiled(ones(1)), [2.0])


def test_written_arguments_of_many_sizes() -> None:
    def function(x):
        x += 1
        x[0] = 5

    compiled = tessel.compile(function)
    for shape in ((4, 2), (3, 2), (1, 2), (7, 2)):
        for order in ("C", "F"):
            got, want = np.zeros(shape, order=order), np.zeros(shape)
            compiled(got)
            function(want)
            np.testing.assert_array_equal(got, want)


def test_the_eighth_compilation_is_a_warning(caplog) -> None:
    function = tessel.compile(lambda x, n: x * n)
    for n in range(7):
        function(np.ones(2), n)
    assert not [one for one in caplog.records if one.levelno >= logging.WARNING]
    for n in range(7, 10):
        function(np.ones(2), n)
    (record,) = [one for one in caplog.records if one.levelno >= logging.WARNING]
    assert "n is 7, was 6; that is 8 times, and docs/guide.md" in record.getMessage()
