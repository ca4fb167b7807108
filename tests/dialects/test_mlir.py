"""The bindings: what they would do again for each op."""

import sys

import numpy as np

import tessel


class Searches:
    """Notes which modules are searched for, and finds none."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def find_spec(self, name: str, *_: object) -> None:
        """What the import system asks first."""
        self.names.append(name)


def test_modules_of_dialects_are_not_searched(monkeypatch) -> None:
    """Not once, where the first program has imported all that there is."""
    x = np.ones((64, 64), np.float32)
    compiled = tessel.compile(lambda x: (x @ x).sum(axis=0) + x[0])
    compiled.ir("linalg", x)
    searches = Searches()
    monkeypatch.setattr(sys, "meta_path", [searches, *sys.meta_path])
    compiled.ir("linalg", x)
    assert searches.names == []
