"""`tessel.compile` as a user meets it: calls, structures, in-place writes, threads, memory."""

import gc
import threading
from collections import namedtuple
from dataclasses import dataclass

import numpy as np
import pytest
from resident_memory import resident_bytes

import tessel


@dataclass
class Point:
    x: object
    y: object


Pair = namedtuple("Pair", ["first", "second"])


def test_arguments_and_results_nest() -> None:
    """Dicts, lists, tuples, named tuples and dataclasses go in and come out."""

    @tessel.compile
    def function(tree, point, pair):
        return (
            {"sum": tree["a"] + tree["b"][0], "point": Point(point.y, point.x)},
            Pair(*pair),
            None,
        )

    a, b = np.arange(3.0), np.ones(3)
    named, pair, nothing = function({"a": a, "b": [b]}, Point(a, b), Pair(b, a))
    np.testing.assert_array_equal(named["sum"], a + b)
    np.testing.assert_array_equal(named["point"].x, b)
    np.testing.assert_array_equal(pair.second, a)
    assert isinstance(pair, Pair)
    assert nothing is None


def test_one_compilation_serves_equal_types() -> None:
    """A thousand calls compile once; a new dtype compiles again."""
    double = tessel.compile(lambda x: x + x)
    for _ in range(1000):
        double(np.ones(4))
    assert double.stats.compiles == 1
    double(np.ones(4, np.float32))
    assert double.stats.compiles == 2


def test_dynamic_serves_all_sizes() -> None:
    """With dynamic=True one program serves sizes 4, 1, 0 and 17."""
    double = tessel.compile(lambda x: x + x, dynamic=True)
    for size in (4, 1, 0, 17):
        np.testing.assert_array_equal(double(np.ones(size)), np.full(size, 2.0))
    assert double.stats.compiles == 1


def test_static_arguments_are_part_of_the_program() -> None:
    """Integers and strings are Python values inside the function; floats are traced and weak."""

    @tessel.compile(static_argnames="scale")
    def function(x, count, name, weight, scale):
        for _ in range(count):
            x = x * weight
        return x + scale if name == "add" else x

    x = np.ones(3, np.float32)
    result = function(x, 2, "add", 2.0, 1.0)
    assert result.dtype == np.float32
    np.testing.assert_array_equal(result, np.full(3, 5.0, np.float32))
    function(x, 2, "add", 3.0, 1.0)
    assert function.stats.compiles == 1
    function(x, 3, "add", 3.0, 1.0)
    assert function.stats.compiles == 2


def test_in_place_changes_reach_the_caller() -> None:
    """A function that writes to its argument changes the caller's array."""

    @tessel.compile
    def clear_first_row(x):
        x[0] = 0.0

    x = np.ones((2, 3))
    assert clear_first_row(x) is None
    np.testing.assert_array_equal(x, [[0, 0, 0], [1, 1, 1]])


def test_out_receives_the_result() -> None:
    """`out=` names the array that the result is written into."""
    double = tessel.compile(lambda x: x + x)
    out = np.empty(4)
    assert double(np.ones(4), out=out) is out
    np.testing.assert_array_equal(out, np.full(4, 2.0))
    x = np.ones(100_000)
    assert double(x, out=x) is x
    np.testing.assert_array_equal(x, np.full(100_000, 2.0))


@pytest.mark.parametrize("size", [5, 100_000])
def test_any_array_layout_is_accepted(size: int) -> None:
    """Misaligned, non-contiguous, read-only, byte-swapped and empty arrays give NumPy's results."""
    double = tessel.compile(lambda x: x + x)
    misaligned = np.frombuffer(bytearray(8 * size + 1), np.uint8)[1:].view(np.float64)
    misaligned[...] = 3.0
    read_only = np.arange(float(size))
    read_only.flags.writeable = False
    swapped = np.arange(float(size)).astype(">f8")
    for x in (
        misaligned,
        np.arange(2.0 * size)[::2],
        np.arange(float(size))[::-1],
        read_only,
        swapped,
    ):
        np.testing.assert_array_equal(double(x), np.asarray(x, np.float64) * 2)
    assert double(np.empty((0, 3))).shape == (0, 3)


def test_closed_over_arrays_become_parameters_once() -> None:
    """A large array that the function closes over is one parameter, however often it is used."""
    weights = np.ones((64, 64))
    function = tessel.compile(lambda x: (x @ weights) @ weights)
    x = np.ones((2, 64))
    np.testing.assert_array_equal(function(x), np.full((2, 64), 4096.0))
    assert function.ir("dialect", x).count("tessel.parameter") == 1


def test_a_compiled_function_inside_another_is_part_of_it() -> None:
    """Calling a compiled function while tracing traces through it."""
    inner = tessel.compile(lambda x: x + 1)
    outer = tessel.compile(lambda x: inner(x) * 2)
    np.testing.assert_array_equal(outer(np.ones(3)), np.full(3, 4.0))
    assert inner.stats.compiles == 0


def test_errors_of_the_function_are_its_own() -> None:
    """Python runs while tracing: exceptions, context managers and generators behave as ever."""

    @tessel.compile
    def function(x, key):
        try:
            scale = {"a": 2}[key]
        except KeyError:
            raise LookupError(f"no {key}") from None
        return sum(row for row in (x * scale for _ in range(2)))

    np.testing.assert_array_equal(function(np.ones(2), "a"), np.full(2, 4.0))
    with pytest.raises(LookupError, match="no b"):
        function(np.ones(2), "b")


def test_many_threads_compile_and_call() -> None:
    """Eight threads compile and call 20 functions at once; each is compiled once, all are right."""
    functions = [tessel.compile(lambda x, k=k: x * float(k) + k) for k in range(20)]
    x = np.arange(8.0)
    failures: list[str] = []

    def work() -> None:
        for k, function in enumerate(functions):
            if not np.array_equal(function(x), x * k + k):
                failures.append(f"function {k}")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert [function.stats.compiles for function in functions] == [1] * 20


def test_threads_compile_different_programs_at_once() -> None:
    """Each thread has programs of its own, so that contexts are made and dropped at once."""
    wrong: list[int] = []

    def work(number: int) -> None:
        for size in range(1, 4):
            function = tessel.compile(lambda x: x * float(number) + x[::-1])
            x = np.arange(float(size))
            if not np.array_equal(function(x), x * number + x[::-1]):
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_calls_leave_memory_flat() -> None:
    """Twenty thousand calls, small and large, do not grow the process."""
    double = tessel.compile(lambda x: x + x)
    small, large = np.ones(16, np.float32), np.ones(50_000, np.float32)

    def run(count: int) -> None:
        for _ in range(count):
            double(small)
            double(large)

    run(1000)
    gc.collect()
    before = resident_bytes()
    run(10_000)
    gc.collect()
    assert resident_bytes() - before < 4 << 20


@pytest.mark.parametrize("stage", ["trace", "dialect", "fused", "linalg", "iree", "llvm", "asm"])
def test_every_stage_can_be_read(stage: str) -> None:
    """`ir(stage)` gives the program's text at each stage."""
    function = tessel.compile(lambda x: np.exp(x) + 1)
    wanted = {"linalg": "linalg.generic", "iree": "flow", "llvm": "define", "asm": "vaddps"}
    text = function.ir(stage, np.ones(64, np.float32))
    assert wanted.get(stage, "tessel.exp") in text


def test_static_arrays_are_part_of_the_program() -> None:
    """Python may decide by their elements; other contents compile again."""

    def signed(x, signs):
        for sign in signs:
            x = -x if sign < 0 else x + 1
        return x

    compiled = tessel.compile(signed, static_argnames=("signs",))
    x = np.arange(3.0)
    for signs in ([1, -1, 1], [-1, -1, 1], [1, -1, 1]):
        np.testing.assert_array_equal(compiled(x, np.array(signs)), signed(x, signs))
    assert compiled.stats.compiles == 2
