"""What the README and the docstrings show runs as shown."""

import contextlib
import doctest
import importlib
import io
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = (
    "tessel.compiler.api",
    "tessel.compiler.frontend.pytree",
    "tessel.compiler.from_text",
    "tessel.compiler.kernels.problem",
    "tessel.compiler.text_table",
    "tessel.dialects.types",
)


def test_the_readme() -> None:
    """Its Python block runs, and prints the kernels and the IR."""
    block = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert block
    file = ROOT / "README.md"
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(block[1], str(file), "exec"), {"__name__": "readme"})
    assert "fused: " in printed.getvalue()
    assert "tessel.matmul" in printed.getvalue()


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name: str) -> None:
    """The module has examples, and they give what they say."""
    results = doctest.testmod(importlib.import_module(name))
    assert results.attempted
    assert not results.failed
