"""Every bad input gives one clear sentence with the user's line, never a dump of IR or a crash."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import tessel

X = np.ones((2, 3), np.float32)
Y = np.ones((4, 5), np.float32)


def _wrong_rank(x, y):
    return np.transpose(x, (0, 1, 2))


def _inner_sizes(x, y):
    return x @ y


def _not_broadcastable(x, y):
    return x + y


def _wrong_dtype(x, y):
    return x << 1


def _axis_out_of_range(x, y):
    return np.sum(x, axis=2)


def _too_large(x, y):
    return np.broadcast_to(x[0, 0], (2**31, 2**31, 2**31)).sum()


def _too_large_zeros(x, y):
    return np.zeros((2**31, 2**31, 2**31)) + x[0, 0]


def _too_large_tiles(x, y):
    return np.tile(x, (2**32, 2**32))


def _too_large_product(x, y):
    long = np.broadcast_to(x[0, 0], (2**40,))
    return long[:, None] * long


def _unsupported_function(x, y):
    return np.linalg.svd(x)


def _data_dependent_shape(x, y):
    return np.nonzero(x)


def _mask_selection(x, y):
    return np.sort(x[x > 0])


def _branch(x, y):
    if x.sum() > 0:
        return x
    return y


def _loop(x, y):
    while x.sum() > 0:
        x = x - 1
    return x


def _to_list(x, y):
    return [0.0] * x[0, 0].astype(np.int64)


CASES: list[tuple[Callable[..., object], type[Exception], str]] = [
    (_wrong_rank, ValueError, "rank|axis|permut"),
    (_inner_sizes, ValueError, "3 columns meet 4 rows"),
    (_not_broadcastable, ValueError, r"\(2, 3\).*\(4, 5\).*broadcast"),
    (_wrong_dtype, TypeError, "left_shift.*float32"),
    (_axis_out_of_range, IndexError, "axis 2.*rank 2"),
    (_too_large, ValueError, "is larger than the largest array"),
    (_too_large_zeros, ValueError, "is larger than the largest array"),
    (_too_large_tiles, ValueError, "is larger than the largest array"),
    (_too_large_product, ValueError, "is larger than the largest array"),
    (_unsupported_function, NotImplementedError, "numpy.linalg.svd cannot be compiled; "),
    (_data_dependent_shape, NotImplementedError, "cannot be returned: .*depends on data; .*where"),
    (_mask_selection, NotImplementedError, "mask.*tessel.where"),
    (_branch, TypeError, "if/while.*tessel.where, tessel.cond or tessel.while_loop"),
    (_loop, TypeError, "if/while.*tessel.where, tessel.cond or tessel.while_loop"),
    (_to_list, TypeError, r"needs the value of a traced int64"),
]


@pytest.mark.parametrize(
    ("function", "kind", "message"), CASES, ids=lambda c: getattr(c, "__name__", "")
)
def test_error_names_the_users_line(
    function: Callable[..., object], kind: type[Exception], message: str
) -> None:
    """The error is of NumPy's kind, is one line, and points to the line in this file."""
    with pytest.raises(kind, match=message) as caught:
        tessel.compile(function)(X, Y)
    text = str(caught.value)
    assert isinstance(caught.value, tessel.TesselError)
    assert "\n" not in text
    first_line = function.__code__.co_firstlineno
    location = re.match(r"(.*):(\d+): ", text)
    assert location, text
    assert Path(location[1]) == Path(__file__)
    assert first_line < int(location[2]) <= first_line + 4


def test_unknown_target() -> None:
    """An unknown target is named, with the known ones."""
    with pytest.raises(tessel.TesselError, match="unknown target 'z80'.*x86-64-v3"):
        tessel.compile(lambda x: x, target="z80")


def test_wrong_argument_structure() -> None:
    """Missing arguments and values that are no arrays are named."""
    function = tessel.compile(lambda x, y: x)
    with pytest.raises(TypeError, match="missing a required argument: 'y'"):
        function(X)
    with pytest.raises(TypeError, match=r"argument x\['a'\] is a bytearray"):
        function({"a": bytearray(2)}, Y)
    with pytest.raises(TypeError, match="argument y has dtype <U1"):
        function(X, np.array(["a"]))


@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_arrays_with_operators_of_their_own() -> None:
    """Masks would be dropped, and products of matrices be computed by element."""
    for one in (np.ma.masked_greater(X, 2), np.asmatrix(X)):
        kind = type(one).__name__
        with pytest.raises(TypeError, match=rf"argument y\[0\] is a {kind}, .*asarray"):
            tessel.compile(lambda x, y: x * y[0])(X, [one])
        for function in (lambda x, y=one: x * y, lambda x, y=one: np.where(x > 0, y, 0)):
            with pytest.raises(NotImplementedError, match=f"a {kind} does not"):
                tessel.compile(function)(X)
    with pytest.raises(TypeError, match="argument x is a memoryview"):
        tessel.compile(lambda x: x)(memoryview(X))


def test_read_only_argument_that_is_written() -> None:
    """Writing to a read-only argument is refused before anything runs."""

    @tessel.compile
    def clear(x):
        x[...] = 0

    x = np.ones(3)
    x.flags.writeable = False
    with pytest.raises(ValueError, match="writes to a read-only array; pass a copy"):
        clear(x)
    np.testing.assert_array_equal(x, np.ones(3))


def test_unknown_stage() -> None:
    """An unknown stage is named, with the known ones."""
    with pytest.raises(tessel.TesselError, match="unknown stage 'mid'.*linalg"):
        tessel.compile(lambda x: x).ir("mid", X)


@pytest.mark.parametrize(
    ("arguments", "source", "message"),
    [
        ([], "func.func @f(%x: tensor<2xf32) { return }", r"<stdin>:1:\d+: error: .*\n.*\n *\^"),
        (["--pass-pipeline=builtin.module(tessel-nothing)"], "", "unknown pass 'tessel-nothing'"),
        (["/no/such/file.mlir"], "", "/no/such/file.mlir"),
    ],
)
def test_tessel_opt_reports(arguments: list[str], source: str, message: str) -> None:
    """tessel-opt answers with a caret diagnostic or one line, and exit code 1."""
    command = [sys.executable, "-m", "tessel.tools.tessel_opt", *arguments]
    done = subprocess.run(command, input=source, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert re.search(message, done.stderr), done.stderr
    assert "Traceback" not in done.stderr
