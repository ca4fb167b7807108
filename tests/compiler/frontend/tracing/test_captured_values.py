"""What functions read besides their arguments: a change compiles again, and is told."""

import logging
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

import tessel
from tessel.compiler.frontend.tracing.captured_values import Excluded, captured_by

X = np.arange(3.0)


@dataclass
class Model:
    """Read through `self`, a property and another object."""

    scale: float = 2.0
    inner: types.SimpleNamespace = field(default_factory=lambda: types.SimpleNamespace(shift=1.0))
    calls: int = 0
    offset = 4.0

    @property
    def doubled(self) -> float:
        return self.scale * 2

    def run(self, x):
        self.calls += 1
        return x * self.doubled + self.inner.shift + self.offset


class Namespace:
    """Names that a test changes."""

    number: Any = 2
    text = "sum"
    flag = True
    nothing: Any = None
    pair: Any = (1.0, 2)
    table = np.arange(3.0)
    settings: dict[str, Any]
    weights = np.ones((40, 40))

    def __init__(self) -> None:
        self.settings = {"a": 1.0, "deep": [1, 2], "array": np.ones(2)}
        self.table = np.arange(3.0)
        self.weights = np.ones((40, 40))
        self.model = Model()
        self.module = types.ModuleType("users_module")
        exec("POWER = 3\ndef raised(x): return x ** POWER", vars(self.module))


def _reads(n: Namespace, x):
    y = x * n.number + (0 if n.nothing is None else n.nothing)
    y = y.sum() if n.text == "sum" else y
    y = y + n.pair[0] + n.pair[1] + n.table[1] if n.flag else y
    y = y * n.settings["a"] + n.settings["deep"][1] + n.settings["array"][0]
    return y + n.model.run(x) + n.module.raised(x) + n.weights.sum()


def _set(name: str, value: Any) -> Callable[[Namespace], None]:
    return lambda n: setattr(n, name, value)


CHANGES: dict[str, Callable[[Namespace], None]] = {
    "n.number was 2 and is 2.0": _set("number", 2.0),
    "n.text was 'sum' and is 'none'": _set("text", "none"),
    "n.flag was True and is False": _set("flag", False),
    "n.nothing was None and is 1.5": _set("nothing", 1.5),
    "n.pair was (1.0, 2) and is (1.0, 3)": _set("pair", (1.0, 3)),
    "contents of n.table changed": lambda n: n.table.__setitem__(1, 9),
    "n.table was an array float64[3]": _set("table", np.full(3, 7.0)),
    "contents of n.settings": lambda n: n.settings.update(a=5.0),
    "contents of n.settings ": lambda n: n.settings["deep"].__setitem__(1, 5),
    "contents of n.settings changed": lambda n: n.settings["array"].fill(5),
    "n.model.scale was 2.0 and is 3.0": lambda n: setattr(n.model, "scale", 3.0),
    "n.model.offset was 4.0 and is 0.5": lambda n: setattr(n.model, "offset", 0.5),
    "n.model.inner.shift was 1.0": lambda n: setattr(n.model.inner, "shift", 8.0),
    "n.model was": lambda n: setattr(n, "model", Model(9.0)),
    "POWER was 3 and is 2": lambda n: setattr(n.module, "POWER", 2),
    "n.weights was an array": _set("weights", np.ones((40, 40)) + 1),
    "n.weights changed in place": lambda n: n.weights.fill(3),
}


@pytest.mark.parametrize("told", CHANGES)
def test_a_change_is_found(told: str) -> None:
    """And the name of what changed is told, without compiling anything here."""
    n = Namespace()

    def function(x):
        return _reads(n, x)

    captured = captured_by(function, [])
    assert captured.holds is not None
    assert captured.holds()
    assert captured.holds()
    CHANGES[told](n)
    assert not captured.holds()
    assert told in (captured.change() or "")
    assert captured_by(function, []).change() is None


def test_equal_objects_are_no_change() -> None:
    """A number that is another object, and an array with the same few elements."""
    n = Namespace()
    n.number = 1e300
    captured = captured_by(lambda x: _reads(n, x), [])
    assert captured.holds is not None
    n.number, n.table = float("1e300"), np.arange(3.0)
    assert captured.holds()
    assert captured.holds()


def test_an_equal_object_hides_no_change() -> None:
    """What else changed is found again and again."""
    n = Namespace()
    n.number = 1e300
    captured = captured_by(lambda x: _reads(n, x), [])
    assert captured.holds is not None
    n.number, n.table[1] = float("1e300"), 9.0
    assert not captured.holds()
    assert not captured.holds()
    n.table[1] = 1.0
    assert captured.holds()


def test_what_is_state_does_not_count() -> None:
    """It is an argument of the program (`frontend/state`); all else that is assigned counts."""
    model = Model()
    captured = captured_by(model.run, [])
    state = captured_by(model.run, [], Excluded(frozenset({(id(model), "calls")})))
    model.run(X)
    assert captured.change() == "self.calls was 0 and is 1"
    assert state.change() is None


def test_methods_are_not_compared() -> None:
    """An object gives another bound method each time."""

    class Layer:
        @tessel.compile
        def run(self, x):
            return self.inner.run(x)

        inner: Any = types.SimpleNamespace(run=lambda x: x)

    captured = captured_by(Layer.run, [Layer()])
    assert captured.holds is not None
    assert captured.holds()


def test_defaults_are_captured() -> None:
    """Those that are changed in place and those that are replaced, by position and by name."""

    def function(x, k=[1.0], scale=2.0, *, table={"a": np.ones(2)}):  # noqa: B006, B008
        return x * k[0] * scale + table["a"][0]

    compiled = tessel.compile(function)
    plain, table = [1.0], {"a": np.ones(2)}
    np.testing.assert_array_equal(compiled(X), X * 2 + 1)
    assert function.__defaults__ is not None
    function.__defaults__[0][0] = 3.0
    np.testing.assert_array_equal(compiled(X), X * 6 + 1)
    function.__defaults__ = (plain, 5.0)
    np.testing.assert_array_equal(compiled(X), X * 5 + 1)
    assert function.__kwdefaults__ is not None
    function.__kwdefaults__["table"]["a"][0] = 7
    np.testing.assert_array_equal(compiled(X), X * 5 + 7)
    function.__kwdefaults__ = {"table": table}
    np.testing.assert_array_equal(compiled(X), X * 5 + 1)
    assert compiled.stats.compiles == 5
    np.testing.assert_array_equal(compiled(X), X * 5 + 1)
    assert compiled.stats.compiles == 5
    captured = captured_by(function, [])
    plain[0] = 4.0
    assert captured.change() == "the contents of k changed"


def test_results_are_those_of_now(caplog: pytest.LogCaptureFixture) -> None:
    """Compiled functions follow what changes, and go back to programs that they have."""
    n, scale = Namespace(), 2.0

    def function(x):
        return _reads(n, x) * scale

    compiled = tessel.compile(function)
    caplog.set_level(logging.INFO, logger="tessel.recompiles")
    for number in (2, 3, 2):
        n.number = number
        np.testing.assert_allclose(compiled(X), function(X))
    assert compiled.stats.compiles == 2
    scale = 5.0
    np.testing.assert_allclose(compiled(X), function(X))
    assert "function compiles again: scale was 2.0 and is 5.0" in caplog.text


def test_weights_are_replaced() -> None:
    """`update` writes into the arrays themselves, so that Python sees the same ones."""
    w = np.ones((30, 30))

    @tessel.compile
    def product(x):
        return w @ x

    x = np.ones(30)
    np.testing.assert_array_equal(product(x), 30)
    product.update(w=np.full((30, 30), 2.0))
    np.testing.assert_array_equal(product(x), 60)
    w[3, 7] = 5
    product.update()
    assert product(x)[3] == 63
    with pytest.raises(TypeError, match="no large array 'v'; it has w"):
        product.update(v=w)
    with pytest.raises(ValueError, match="shape"):
        product.update(w=np.ones(3))
    with pytest.raises(TypeError, match="dtype"):
        product.update(w=np.ones((30, 30), np.float32))
