"""Sizes with identity: arithmetic in one form, answers by hints, and the guards they leave."""

import pytest

from tessel.dialects.assumptions import Assumptions, DataDependentSizeError, SizeGuards
from tessel.dialects.dim import Dim, are_same, same_size, static_size, stretches
from tessel.dialects.inference import broadcast_dimensions
from tessel.dialects.polynomial import Polynomial


def sizes(**hints: int) -> tuple[Assumptions, list[Dim]]:
    """Symbols of arguments, with their values in this call."""
    assumptions = Assumptions(Dim)
    return assumptions, [
        Dim(Polynomial.of(assumptions.new_symbol(name, hint)), assumptions)
        for name, hint in hints.items()
    ]


def guards(assumptions: Assumptions) -> list[str]:
    return [str(one) for one in assumptions.guards]


def test_arithmetic_has_one_form() -> None:
    assumptions, (n, m) = sizes(n=4, m=6)
    assert are_same((n + 1) * 2 - n, n + 2)
    assert are_same(n * m, m * n)
    assert are_same(n * m // m, n)
    assert guards(assumptions) == ["m != 0"]
    assert n - n == 0
    assert (n * 6) % 3 == 0
    assert repr(n * m + 2) == "(2 + m * n)"


def test_divisions_round_down_and_cancel() -> None:
    _, (n, m) = sizes(n=7, m=3)
    assert (n // 2).hint == 3
    assert (n % 2).hint == 1
    assert (-n // 2).hint == -4
    assert are_same((n * m) // (2 * n), m // 2)
    with pytest.raises(ZeroDivisionError):
        _ = n // (m - 3)


def test_answers_become_guards() -> None:
    assumptions, (n, m) = sizes(n=4, m=4)
    assert n == m
    assert n > 3
    assert not n >= 5
    assert guards(assumptions) == ["n == m", "n >= 4", "4 >= n"]
    # What follows is not asked again.
    count = len(assumptions.guards)
    assert m > 3
    assert n * 2 == m + n
    assert n >= 0
    assert len(assumptions.guards) <= count + 1


def test_numbers_that_python_needs_are_pinned() -> None:
    assumptions, (n,) = sizes(n=3)
    assert [*range(n)] == [0, 1, 2]
    assert guards(assumptions) == ["n == 3"]
    assert n + 1 == 4
    assert {n: 1}[3] == 1
    assert f"{n}" == "3"
    assert list(assumptions.pinned().values()) == [3]


def test_broadcasting_knows_which_size_is_one() -> None:
    assumptions, (n, m) = sizes(n=1, m=5)
    assert are_same(broadcast_dimensions(n, m), m)
    assert guards(assumptions) == ["n == 1"]
    assumptions, (n, m) = sizes(n=5, m=5)
    broadcast_dimensions(n, m)
    assert len(assumptions.guards) == 1
    assumptions, (n, m) = sizes(n=4, m=5)
    with pytest.raises(ValueError, match="differ"):
        broadcast_dimensions(n, m)
    assert broadcast_dimensions(n, 1) is n
    assert guards(assumptions) == []


def test_dynamic_sizes_of_ir_agree_with_all() -> None:
    assert same_size(None, 3)
    assert stretches(None, 3)
    assert static_size(None, 3) == 3
    assert not are_same(None, None)


def test_guards_hold_or_not_for_other_sizes() -> None:
    assumptions, (n, m) = sizes(n=4, m=8)
    assert m == 2 * n
    symbols = {symbol: (0, axis) for axis, symbol in enumerate(assumptions.hints)}
    found = SizeGuards(tuple(assumptions.guards), symbols)
    assert found.broken_by([(3, 6)]) is None
    assert str(found.broken_by([(3, 7)])) == "m == 2 * n"


def test_sizes_that_depend_on_data_have_no_answer() -> None:
    assumptions, (n,) = sizes(n=4)
    size = assumptions.of_data()
    for question in (lambda: size == n, lambda: size > 2, lambda: int(size), lambda: bool(size)):
        with pytest.raises(DataDependentSizeError):
            question()
    assert same_size(size, n)
    assert len(assumptions.unproven) == 1
    assert same_size(size + 1 - 1, size)
    assert len(assumptions.unproven) == 1
