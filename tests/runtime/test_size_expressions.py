"""Sizes are what Python computes from the shapes."""

import pytest

from tessel.runtime.size_expressions import ArgumentSize, ComputedSize, number_of

SHAPES = [(7, 5), (3,)]


@pytest.mark.parametrize(
    ("operation", "expected"),
    [("add", 12), ("multiply", 35), ("floor_divide", 1), ("ceil_divide", 2), ("remainder", 2)],
)
def test_operations(operation: str, expected: int) -> None:
    size = ComputedSize(operation, ArgumentSize(0, 0), ArgumentSize(0, 1))
    assert number_of(size, SHAPES) == expected


def test_operations_within_operations() -> None:
    inner = ComputedSize("multiply", ArgumentSize(1, 0), 64)
    assert number_of(ComputedSize("add", inner, ArgumentSize(0, 1)), SHAPES) == 197


def test_a_number_is_itself() -> None:
    assert number_of(4, []) == 4
