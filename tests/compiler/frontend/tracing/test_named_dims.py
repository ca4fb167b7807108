"""`dynamic={"x": {0: Dim("batch")}}`: ranges, equal sizes, multiples, and what is refused."""

import numpy as np
import pytest

import tessel
from tessel import AUTO, STATIC, Dim
from tessel.compiler.diagnostics import ArgumentError, ShapeError


def ones(*shape):
    return np.ones(shape)


def test_a_dim_is_dynamic_from_the_start_and_has_a_range() -> None:
    batch = Dim("batch", min=2, max=64, multiple_of=2)
    compiled = tessel.compile(lambda x: x * 2, dynamic={"x": {0: batch, -1: STATIC}})
    for size in (2, 4, 64):
        np.testing.assert_array_equal(compiled(ones(size, 3)), np.full((size, 3), 2.0))
    assert compiled.stats.compiles == 1
    compiled(ones(4, 5))
    compiled(ones(8, 6))
    assert compiled.stats.compiles == 3
    for size, message in ((1, "at least 2"), (66, "at most 64"), (5, "a multiple of 2")):
        text = rf"^<lambda>\(\): x.shape\[0\] is {size}, and batch is {message}$"
        with pytest.raises(ShapeError, match=text):
            compiled(ones(size, 3))


def test_axes_of_one_dim() -> None:
    n = Dim("n")
    said = {"x": {0: n}, "y": [n + 1], "tree": {"z": (2 * n - 1, None)}}
    compiled = tessel.compile(
        lambda x, y, tree: x + y[1:] + tree["z"][x.shape[0] - 1 :, 0], dynamic=said
    )
    for size in (3, 5, 2):
        got = compiled(ones(size), ones(size + 1), {"z": ones(2 * size - 1, 2)})
        np.testing.assert_array_equal(got, np.full(size, 3.0))
    assert compiled.stats.compiles == 1
    assert compiled._entries
    with pytest.raises(ShapeError, match=r"y.shape\[0\] is 9, and n is 3 by x.shape\[0\]"):
        compiled(ones(3), ones(9), {"z": ones(5, 2)})
    with pytest.raises(ShapeError, match=r"shape\[0\] is 4, which is not 2 \* n - 1 for any n"):
        compiled(ones(3), ones(4), {"z": ones(4, 2)})


def test_automatic_and_static_dimensions() -> None:
    compiled = tessel.compile(lambda x: x + 1, dynamic={"x": (AUTO, STATIC)})
    for shape in ((3, 2), (0, 2), (1, 2), (7, 2), (7, 4)):
        np.testing.assert_array_equal(compiled(ones(*shape)), np.full(shape, 2.0))
    assert compiled.stats.compiles == 2
    # What is not mentioned is as by default.
    compiled = tessel.compile(lambda x: x + 1, dynamic={"x": {0: AUTO}})
    for shape in ((3, 2), (4, 3), (5, 4)):
        compiled(ones(*shape))
    assert compiled.stats.compiles == 2


def test_a_program_for_one_number_is_refused_for_a_dim() -> None:
    def function(x):
        return x + np.arange(3.0)

    compiled = tessel.compile(function, dynamic={"x": {0: Dim("n", max=9)}})
    with pytest.raises(ShapeError, match=r"function\(\) needs x.shape\[0\] to be 3.*tessel.AUTO"):
        compiled(ones(3))
    np.testing.assert_array_equal(
        tessel.compile(function, dynamic={"x": [AUTO]})(ones(3)), [1, 2, 3]
    )


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"y": {0: AUTO}}, r"<lambda>\(\) has no 'y', of which dynamic= says something"),
        ({"x": {2: AUTO}}, "x has 2 dimensions, and no axis 2"),
        ({"x": [AUTO]}, "x has 2 dimensions, and dynamic= names 1"),
        ({"x": {0: "batch"}}, "dynamic= of axis 0 is 'batch'"),
        ({"x": 3}, "dynamic= is 3; say"),
    ],
)
def test_what_is_no_dimension(said, message) -> None:
    with pytest.raises(ArgumentError, match=message):
        tessel.compile(lambda x: x + 1, dynamic=said)(ones(2, 3))
    with pytest.raises(ArgumentError, match="no size fits"):
        Dim("n", min=4, max=3)


def test_a_number_says_a_size() -> None:
    compiled = tessel.compile(lambda x: x + 1, dynamic={"x": {0: 4}})
    compiled(ones(4))
    with pytest.raises(ShapeError, match=r"x.shape\[0\] is 5, and was said to be 4"):
        compiled(ones(5))
