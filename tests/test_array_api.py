"""`tessel.numpy` has the names, signatures and results of the array API standard 2024.12."""

import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

import array_api_programs as programs
import numpy as np
import pytest
from array_api_signatures import CONSTANTS, DTYPES, FFT, INFO, LINALG, MAIN

import tessel
import tessel.numpy as tnp
from tessel.compiler.diagnostics import UnsupportedError

POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def standard(table: str) -> list[tuple[str, inspect.Signature]]:
    """The functions of a table, as Python reads them."""
    functions: dict[str, Any] = {}
    for line in table.strip().splitlines():
        exec(f"def {line}: ...", functions)
    return [(name, inspect.signature(one)) for name, one in functions.items() if name[0] != "_"]


def check_signature(function: Callable[..., Any], wanted: inspect.Signature) -> None:
    """Every call that the standard allows fits the function."""
    given = inspect.signature(function).parameters
    for position, parameter in enumerate(wanted.parameters.values()):
        at = list(given.values())[position] if position < len(given) else None
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            assert at is not None, parameter
            assert at.kind is inspect.Parameter.VAR_POSITIONAL, parameter
        elif parameter.kind is inspect.Parameter.POSITIONAL_ONLY:
            assert at is not None, parameter
            assert at.kind in POSITIONAL, parameter
        elif parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD:
            assert at is not None, parameter
            assert (at.name, at.kind) == (parameter.name, parameter.kind)
        else:
            assert given[parameter.name].kind in (parameter.kind, POSITIONAL[1]), parameter


@pytest.mark.parametrize(("name", "signature"), standard(MAIN))
def test_main_namespace(name: str, signature: inspect.Signature) -> None:
    """Each function exists, is promised by `__all__`, and takes the standard's arguments."""
    assert name in tnp.__all__
    check_signature(getattr(tnp, name), signature)


@pytest.mark.parametrize(
    ("module", "name", "signature"),
    [(tnp.linalg, *one) for one in standard(LINALG)] + [(tnp.fft, *one) for one in standard(FFT)],
)
def test_extensions(module: ModuleType, name: str, signature: inspect.Signature) -> None:
    """The extensions are complete too."""
    assert name in module.__all__
    check_signature(getattr(module, name), signature)


def test_dtypes_constants_and_inspection() -> None:
    """Dtypes and constants are NumPy's; the namespace says what it can do."""
    assert tnp.__array_api_version__ == "2024.12"
    for name in (*DTYPES, *CONSTANTS):
        assert getattr(tnp, name) is getattr(np, name), name
    info = tnp.__array_namespace_info__()
    for name, signature in standard(INFO):
        check_signature(getattr(info, name), signature)
    assert info.dtypes(kind="integral") == info.dtypes(kind=("signed integer", "unsigned integer"))
    assert set(info.dtypes()) == set(DTYPES)
    assert info.default_device() in info.devices()
    with pytest.raises(ValueError, match="unknown kind of dtype 'real'"):
        info.dtypes(kind="real")
    with pytest.raises(ValueError, match="device 'gpu' does not exist"):
        tnp.zeros(3, device="gpu")


def floats(dtype: Any) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(7)
    return (generator.standard_normal((3, 4)) * 3).astype(dtype), generator.uniform(
        0.5, 2, (3, 4)
    ).astype(dtype)


def whole(dtype: Any) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(8)
    return generator.integers(0, 7, (3, 4)).astype(dtype), generator.integers(1, 5, (4,)).astype(
        dtype
    )


def complexes(dtype: Any) -> tuple[np.ndarray, np.ndarray]:
    x, y = floats(np.float64)
    return (x + 1j * y).astype(dtype), (y - 1j * x).astype(dtype)


def mixed(kind: Any, integer: Any) -> tuple[np.ndarray, np.ndarray]:
    return floats(kind)[0], whole(integer)[0]


@pytest.mark.parametrize(
    ("program", "arguments"),
    [
        (programs.real_functions, floats(np.float32)),
        (programs.real_functions, floats(np.float64)),
        (programs.integer_functions, whole(np.int8)),
        (programs.integer_functions, whole(np.uint16)),
        (programs.integer_functions, whole(np.int64)),
        (programs.complex_functions, complexes(np.complex64)),
        (programs.complex_functions, complexes(np.complex128)),
        (programs.statistics, mixed(np.float32, np.int16)),
        (programs.statistics, mixed(np.float64, np.uint8)),
        (programs.manipulations, mixed(np.float32, np.uint8)),
        (programs.manipulations, mixed(np.float64, np.int32)),
        (programs.creations, mixed(np.float32, np.int32)),
        (programs.linear_algebra, mixed(np.float32, np.int32)),
        (programs.linear_algebra, mixed(np.float64, np.int64)),
    ],
    ids=lambda value: (
        value.__name__ if callable(value) else "-".join(str(one.dtype) for one in value)
    ),
)
def test_numpy_eager_and_compiled_agree(program: Any, arguments: tuple[np.ndarray, ...]) -> None:
    """NumPy, `tessel.numpy` eagerly and compiled give one dtype, shape and value."""
    reference = program(np, *arguments)
    eager = program(tnp, *arguments)
    compiled = tessel.compile(lambda *arrays: program(tnp, *arrays))(*arguments)
    for name, want in reference.items():
        for got in (eager[name], compiled[name]):
            check_equal(name, np.asarray(got), np.asarray(want))


def check_equal(name: str, got: np.ndarray, want: np.ndarray) -> None:
    assert (got.dtype, got.shape) == (want.dtype, want.shape), name
    if want.dtype.kind in "biu":
        np.testing.assert_array_equal(got, want, err_msg=name)
        return
    single = want.dtype in (np.float32, np.complex64)
    tolerance = 1e-5 if single else 1e-12
    scale = tolerance * np.abs(want).max(initial=0)
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=scale, err_msg=name)


@pytest.mark.parametrize("dtype", [np.float32, np.int8, np.uint32])
def test_descending_sorts_are_stable(dtype: Any) -> None:
    """`descending` keeps the order of equal elements, and puts NaN first."""
    x = np.array([[2, 1, 2, 0, 1], [0, 0, 3, 3, 0]], dtype)
    if dtype == np.float32:
        x[0, 1] = np.nan
    want = np.array([[0, 2, 1, 4, 3], [2, 3, 0, 1, 4]])
    if dtype == np.float32:
        want[0] = [1, 0, 2, 4, 3]

    def program(x: Any) -> Any:
        return tnp.argsort(x, descending=True), tnp.sort(x, descending=True)

    for order, ordered in (program(x), tessel.compile(program)(x)):
        np.testing.assert_array_equal(order, want)
        np.testing.assert_array_equal(ordered, np.take_along_axis(x, want, 1))


def test_dynamic_sizes() -> None:
    """Triangles, tiles and broadcasts of arrays of which only the rank is known."""

    def program(x: Any, y: Any) -> Any:
        first, second = tnp.broadcast_arrays(y, x)
        return tnp.tril(x, k=-1), tnp.triu(x), tnp.tile(x, (2, 1, 3)), first, second

    x = np.arange(12, dtype=np.float32).reshape(3, 4)
    compiled = tessel.compile(program, dynamic=True)
    for got, want in zip(compiled(x, x[0]), program(x, x[0]), strict=True):
        np.testing.assert_array_equal(got, want)


def test_numbers_become_arrays() -> None:
    """`asarray` of a Python number promotes as an array, and every array says where it is."""

    def program(x: Any, number: float) -> Any:
        return tnp.asarray(number) + x.to_device(x.device), tnp.asarray([x[0], number, 1])

    x = np.ones(2, np.float32)
    for total, stacked in (program(x, 1.5), tessel.compile(program)(x, 1.5)):
        assert (total.dtype, stacked.dtype) == (np.float64, np.float64)
        np.testing.assert_array_equal(stacked, [1, 1.5, 1])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (tnp.nonzero, "what a mask chose cannot be returned: its size depends on data"),
        (tnp.unique_values, "numpy.unique_values cannot be compiled; its size depends on data"),
        (lambda x: tnp.repeat(x, tnp.astype(x, np.int64)), "traced repeats has a size that"),
        (lambda x: tnp.arange(x[0]), "numpy.arange of traced bounds has a size that depends"),
        (tnp.linalg.svdvals, "numpy.linalg.svdvals cannot be compiled"),
        (lambda x: tnp.linalg.matrix_norm(x[None], ord=2), "matrix_norm of order 2 cannot"),
    ],
)
def test_what_needs_data_is_refused(call: Any, message: str) -> None:
    """What cannot be compiled works eagerly or not at all, and is refused in one sentence."""
    with pytest.raises(UnsupportedError, match=message):
        tessel.compile(call)(np.array([3.0, 0.0, 2.0]))


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda x: tnp.expand_dims(x, axis=5), IndexError, "axis 5 is out of range"),
        (lambda x: tnp.squeeze(x, 0), ValueError, "axis 0 has size 3, not 1"),
        (lambda x: x[3], IndexError, "index 3 is out of bounds"),
        (lambda x: tnp.cumulative_sum(x[None]), ValueError, "rank 2 needs an axis"),
        (lambda x: tnp.vecdot(x, x[:1]), ValueError, "vecdot of .* of two sizes"),
        (lambda x: tnp.meshgrid(x, indexing="yx"), ValueError, 'takes indexing "xy" or "ij"'),
        (lambda x: tnp.asarray(x, dtype=np.int8, copy=False), ValueError, "without a copy"),
        (lambda x: tnp.bitwise_and(x, x), TypeError, "is not defined for float64, float64"),
        (lambda x: tnp.finfo(np.int8), TypeError, "finfo of int8"),
        (lambda x: tnp.iinfo(x), TypeError, "iinfo of float64"),
        (lambda x: tnp.linalg.cross(x[:2], x[:2]), ValueError, "vectors of three elements"),
    ],
)
def test_errors_are_of_the_kinds_that_numpy_raises(call: Any, kind: type, message: str) -> None:
    """IndexError, ValueError and TypeError, in compiled functions as in NumPy."""
    with pytest.raises(kind, match=message):
        tessel.compile(call)(np.array([3.0, 0.0, 2.0]))


def test_reductions_have_numpys_options() -> None:
    """`tessel.numpy` has the implementation that NumPy's functions compile to, eagerly as well."""
    x = np.arange(12, dtype=np.float32).reshape(3, 4)

    def options(xp: Any, x: Any) -> list[Any]:
        return [
            xp.sum(x, axis=1, where=x > 3, initial=2),
            xp.max(x, axis=0, where=x < 7, initial=-1),
            xp.mean(x, axis=0, where=x > 1),
            xp.std(x, axis=1, where=x < 11, keepdims=True),
        ]

    compiled = tessel.compile(lambda x: options(tnp, x))(x)
    for got, eager, want in zip(compiled, options(tnp, x), options(np, x), strict=True):
        check_equal("compiled", np.asarray(got), want)
        check_equal("eager", np.asarray(eager), want)
