"""What compiling does, counted: figures that no machine changes, so that none grows unseen."""

import sys
from collections import Counter
from importlib.machinery import ModuleSpec

import numpy as np
import pytest

import tessel
from benchmarks.models import transformer
from benchmarks.models.transformer import Transformer
from tessel.compiler import driver
from tessel.dialects.base import TesselOp
from tessel.dialects.instance import OpInstance
from tessel.dialects.types import ArrayType


def lowered(layers: int, counts: Counter | None = None) -> tuple[int, str]:
    """The ops of an encoder of so many layers, and what IREE is given; counts begin behind them."""
    model = Transformer(layers, 64, 2, 128, before=False, causal=False)
    forward = transformer.in_tessel(model, transformer.weights_of(model))
    traced = tessel.compile(forward).trace(transformer.example(model, 16))
    operations = traced.as_text("dialect").count("tessel.")
    if counts is not None:
        counts.clear()
    return operations, traced.lower().as_text()


@pytest.fixture
def counts(monkeypatch) -> Counter:
    """Calls of what is called once for each op, or each operand of one."""
    counter: Counter = Counter()

    def count(name: str, owner: type, method: str) -> None:
        original = getattr(owner, method)

        def counted(self, *args):
            counter[name] += 1
            return original(self, *args)

        monkeypatch.setattr(owner, method, counted)

    count("ops read", OpInstance, "__init__")
    count("verifications", TesselOp, "_verify")
    of = ArrayType.of

    def counted_of(value):
        counter["types read"] += 1
        return of(value)

    monkeypatch.setattr(ArrayType, "of", staticmethod(counted_of))
    return counter


def test_work_is_linear_in_the_layers(counts):
    """Four more layers cost what the four before did."""
    seen = {}
    for layers in (4, 8, 12):
        lowered(layers, counts)
        seen[layers] = Counter(counts)
    for name in ("ops read", "types read", "verifications"):
        four, eight, twelve = (seen[layers][name] for layers in (4, 8, 12))
        assert twelve - eight <= 1.05 * (eight - four), name


def test_an_op_is_looked_at_a_bounded_number_of_times(counts):
    operations, _ = lowered(8, counts)
    assert counts["verifications"] <= 3 * operations
    assert counts["ops read"] <= 45 * operations
    assert counts["types read"] <= 80 * operations


def test_iree_reads_each_kernel_once():
    """Twelve layers have no kernel more than six, and the text grows by calls alone."""
    (_, six), (_, twelve) = lowered(6), lowered(12)
    assert twelve.count('"stream.executable"()') == six.count('"stream.executable"()') <= 12
    assert len(twelve) < 1.5 * len(six)


def test_iree_is_called_once(monkeypatch):
    calls = []
    compiled = driver.cached_compile
    monkeypatch.setattr(driver, "cached_compile", lambda *a: calls.append(1) or compiled(*a))
    model = Transformer(3, 32, 2, 64, before=True, causal=True)
    forward = transformer.in_tessel(model, transformer.weights_of(model))
    tessel.compile(forward)(transformer.example(model, 16))
    assert len(calls) == 1


def test_no_module_is_looked_for_in_vain():
    """MLIR's bindings look for the Python module of a dialect whenever they meet an op of it."""

    asked: list[str] = []

    class Finder:
        def find_spec(self, name: str, path=None, target=None) -> ModuleSpec | None:
            asked.append(name)
            return None

    lowered(2)
    finder = Finder()
    sys.meta_path.insert(0, finder)
    try:
        lowered(3)
    finally:
        sys.meta_path.remove(finder)
    assert [name for name in asked if name.startswith("torch_mlir")] == []


def test_results_are_as_before():
    """Numbers of a model whose layers share their kernels."""
    model = Transformer(18, 64, 2, 128, before=True, causal=True)
    forward = transformer.in_tessel(model, transformer.weights_of(model))
    x = transformer.example(model, 24)
    np.testing.assert_allclose(
        tessel.compile(forward)(x), forward(x.astype(np.float64)), rtol=1e-3, atol=1e-3
    )
