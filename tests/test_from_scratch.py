"""docs/from_scratch.py is a compiler, in 400 lines, without Tessel."""

import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tessel.dialects.mlir import ir

FILE = Path(__file__).parent.parent / "docs" / "from_scratch.py"


@pytest.fixture(scope="module")
def compiler() -> dict[str, Any]:
    """The names of the file."""
    return runpy.run_path(str(FILE))


def compile_quietly(compiler: dict[str, Any], function: Any) -> Any:
    return compiler["compiled"](function, lambda step, module: None)


def test_it_is_short_and_stands_alone() -> None:
    """400 lines, and nothing of Tessel."""
    text = FILE.read_text()
    assert len(text.splitlines()) <= 400
    assert not re.search(r"^\s*(import|from) tessel", text, re.MULTILINE)


def test_it_prints_each_step_and_agrees_with_numpy() -> None:
    """Run as a script, as its first lines say."""
    done = subprocess.run(
        [sys.executable, str(FILE)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    steps = re.findall(r"^// After (.*):$", done.stdout, re.MULTILINE)
    assert steps == [
        *("tracing", "canonicalize", "decompose", "common subexpressions"),
        *("lower to linalg", "fuse"),
    ]
    after = dict(zip(steps, re.split(r"^// After .*:$", done.stdout, flags=re.MULTILINE)[1:]))
    assert "tiny.transpose" in after["tracing"]
    assert "tiny.transpose" not in after["canonicalize"]
    assert "tiny.mean" not in after["decompose"]
    assert after["decompose"].count("tiny.exp") == 2
    assert after["common subexpressions"].count("tiny.exp") == 1
    assert "tiny." not in after["lower to linalg"]
    assert after["lower to linalg"].count("linalg.generic") == 13
    assert after["fuse"].count("linalg.generic") == 5
    assert "// The machine code agrees with NumPy:" in done.stdout


def test_every_op(compiler: dict[str, Any]) -> None:
    """One program with all of them, on shapes with axes of size 1."""

    def function(x: Any, y: Any) -> Any:
        z = np.exp(np.maximum(x, y)) / (x * x + 1.5) - y
        top = np.max(z, axis=0, keepdims=True) + np.mean(z, axis=-1, keepdims=True)
        return (top @ x.T.T.T) * np.sum(x, axis=1, keepdims=True)

    rng = np.random.default_rng(1)
    x, y = (rng.standard_normal(shape, np.float32) for shape in ((5, 7), (1, 7)))
    result = compile_quietly(compiler, function)(x, y)
    np.testing.assert_allclose(result, function(x, y), rtol=1e-5)


def test_errors_name_the_users_line(compiler: dict[str, Any]) -> None:
    """Shapes are checked while tracing, and functions of no op are refused by name."""

    def mismatched(x: Any) -> Any:
        return x @ x

    line = mismatched.__code__.co_firstlineno + 1
    x = np.ones((2, 3), np.float32)
    with pytest.raises(ValueError, match=rf"test_from_scratch.py:{line}: tiny.matmul: operands"):
        compile_quietly(compiler, mismatched)(x)
    with pytest.raises(TypeError, match=r"np\.sort is not in this dialect"):
        compile_quietly(compiler, lambda x: np.sort(x, axis=0))(x)


def test_the_verifier_refuses_wrong_types(compiler: dict[str, Any]) -> None:
    """IR that was edited is checked by the same `infer`."""
    text = """
      func.func @main(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
        %0 = "tiny.transpose"(%x) : (tensor<2x3xf32>) -> tensor<2x3xf32>
        return %0 : tensor<2x3xf32>
      }"""
    with ir.Context():
        compiler["Tiny"].load()
        with pytest.raises(ir.MLIRError, match=r"must be \(3, 2\)"):
            ir.Module.parse(text)
