"""Thirty seconds that say whether anything works at all."""

import subprocess
import sys
from pathlib import Path

import numpy as np

import tessel

ROOT = Path(__file__).parents[1]


def layer(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> np.ndarray:
    y = np.maximum(x @ w + b, 0)
    return y / np.linalg.norm(y, axis=-1, keepdims=True)


def test_the_example_of_the_readme() -> None:
    """Plain NumPy code compiles, runs once, and runs again from what was compiled."""
    rng = np.random.default_rng(0)
    x, w, b = (rng.standard_normal(s).astype(np.float32) for s in ((8, 16), (16, 4), (4,)))
    compiled = tessel.compile(layer)
    np.testing.assert_allclose(compiled(x, w, b), layer(x, w, b), rtol=1e-5)
    np.testing.assert_allclose(compiled(x, w, b), layer(x, w, b), rtol=1e-5)
    assert compiled.stats.compiles == 1
    assert "tessel.matmul" in compiled.ir("dialect", x, w, b)
    assert "matmul" in compiled.explain(x, w, b)


_WITHOUT_FINDER = """
import sys
sys.meta_path = [one for one in sys.meta_path if "editable" not in one.__module__]
import tessel.compiler.api
print(tessel.compiler.__file__)
"""


def test_python_in_a_checkout_finds_the_packages_beside() -> None:
    """Also where what is installed is no link to the checkout."""
    command = [sys.executable, "-c", _WITHOUT_FINDER]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == str(ROOT / "compiler" / "__init__.py")
