"""Cores are whole when they are nearly as fast as they have ever been."""

import time
from collections.abc import Iterable

from tessel.compiler.tuning.vcpu_contention import Cores, all_cores


def cores_of(seconds: Iterable[float]) -> Cores:
    """Cores that take these seconds after the first looks, which take 1."""
    looks = iter([1.0] * 20 + list(seconds))
    return Cores(lambda: next(looks))


def test_slower_than_ever_is_not_whole():
    cores = cores_of([1.0, 1.2, 1.5, 0.8, 1.2])
    assert [cores.are_whole() for _ in range(5)] == [True, True, False, True, False]


def test_work_is_done_again_where_they_were_not_whole_before_and_after():
    cores, done = cores_of([2.0, 1.0, 2.0, 1.0, 1.0, 5.0]), iter("abc")
    result, waited = cores.undisturbed(lambda: next(done), 10.0)
    assert result == "b"
    assert 0 < waited < 5
    assert not cores.are_whole()


def test_waits_no_longer_than_it_may():
    begin = time.perf_counter()
    result, waited = cores_of([2.0] * 1000).undisturbed(lambda: "late", 0.05)
    assert result == "late"
    assert waited >= 0.05
    assert time.perf_counter() - begin < 5


def test_without_patience_nothing_is_looked_at():
    assert cores_of([]).undisturbed(lambda: "now", 0.0)[0] == "now"


def test_of_this_machine():
    """Looked at again and again it has been whole at its fastest."""
    cores = all_cores()
    assert any(cores.are_whole() for _ in range(200))
