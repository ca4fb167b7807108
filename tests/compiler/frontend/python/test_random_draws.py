"""Random numbers that NumPy or Python would draw once for all calls, and those that may be."""

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.random import rand

import tessel

X = np.ones(3)
GENERATOR = np.random.default_rng(1)
OLD_GENERATOR = np.random.RandomState(1)

_WITHOUT_SOURCE: dict[str, Any] = {}
exec(
    "import numpy as np, random\nfrom numpy.random import rand\n"
    "def seeded(x): return x + np.random.default_rng(0).random(3)\n"
    "def module(x): return x + np.random.rand(3)\n"
    "def name(x): return x + rand(3)\n"
    "def python(x): return x + random.random()\n",
    _WITHOUT_SOURCE,
)

REFUSED: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "function": ("numpy.random.rand", lambda x: x + np.random.rand(3)),
    "imported by name": ("numpy.random.rand", lambda x: x + rand(3)),
    "permutation": ("numpy.random.permutation", lambda x: x[np.random.permutation(3)]),
    "no method": ("numpy.random.ranf", lambda x: x + np.random.ranf(3)),
    "seed": ("numpy.random.seed", lambda x: (np.random.seed(0), x)[1]),
    "generator": ("Generator.normal", lambda x: x + GENERATOR.normal(size=3)),
    "old generator": ("RandomState.rand", lambda x: x + OLD_GENERATOR.rand(3)),
    "its bits": (
        "numpy.random.Generator",
        lambda x: x + np.random.Generator(GENERATOR.bit_generator).random(3),
    ),
    "no seed": ("numpy.random.default_rng", lambda x: x + np.random.default_rng().random(3)),
    "None as seed": ("numpy.random.RandomState", lambda x: x + np.random.RandomState(None).rand(3)),
    "Python": ("random.random", lambda x: x + random.random()),
    "Python's method": ("random.uniform", lambda x: x + random.uniform(0, 1)),
    "map": ("numpy.random.rand", lambda x: x + np.array(list(map(np.random.rand, [3])))[0]),
    "module without source": ("numpy.random.rand", _WITHOUT_SOURCE["module"]),
    "name without source": ("numpy.random.rand", _WITHOUT_SOURCE["name"]),
    "Python without source": ("random.random", _WITHOUT_SOURCE["python"]),
}

SEEDED: list[Callable[[Any], Any]] = [
    lambda x: x + np.random.default_rng(0).normal(size=3),
    lambda x: x[np.random.default_rng(seed=0).permutation(3)],
    lambda x: x + np.random.RandomState(3).rand(3),
    lambda x: x + np.random.Generator(np.random.PCG64(3)).random(3),
    lambda x: x + np.random.Generator(np.random.default_rng(2).bit_generator).random(3),
    lambda x: x + np.random.default_rng(0).spawn(2)[1].random(3),
    lambda x: x + random.Random(3).random(),
    _WITHOUT_SOURCE["seeded"],
]


@pytest.mark.parametrize("kind", REFUSED)
def test_draws_are_refused(kind: str) -> None:
    """With the function that draws, the line, and what to do."""
    name, function = REFUSED[kind]
    file = "<string>" if "without source" in kind else r"test_random_draws\.py"
    told = rf"{file}:\d+: {name}\(\) would draw the same .*; .*tessel\.random"
    with pytest.raises(tessel.TesselError, match=told):
        tessel.compile(function)(X)


def test_a_generator_as_argument_is_refused() -> None:
    """It is part of the program, and not of its data."""
    with pytest.raises(tessel.TesselError, match=r"Generator.random\(\) would draw"):
        tessel.compile(lambda x, generator: x + generator.random(3))(X, GENERATOR)


def test_seeded_generators_draw() -> None:
    """Those that the function makes give the same numbers in each call of Python's, too."""
    results = tessel.compile(lambda x: [function(x) for function in SEEDED])(X)
    for got, function in zip(results, SEEDED, strict=True):
        np.testing.assert_array_equal(got, function(X))


def test_generators_draw_elsewhere() -> None:
    """Compiling changes nothing about functions that Python calls afterwards."""
    kept = []

    def keeps(x):
        kept.append(lambda: np.random.rand(3))
        return x

    tessel.compile(keeps)(X)
    assert np.random.rand(3).shape == GENERATOR.random(3).shape == kept[0]().shape
