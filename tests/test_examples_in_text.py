"""What the pages and the docstrings show runs as shown, and what pages name is there."""

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

PAGES = ("README.md", *sorted(str(page.relative_to(ROOT)) for page in ROOT.glob("docs/*.md")))
_PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([\w./-]+)(?:#[^)]*)?\)")
_FILE = re.compile(
    r"`((?:benchmarks|compiler|dialects|docs|examples|lit_tests|runtime|tests|tools)/"
    r"[\w/.]*\w\.(?:py|mlir|md|json|svg))"
)


def run_blocks(page: str) -> str:
    """Runs the Python blocks of a page one after the other; what they print."""
    text, names, printed = (ROOT / page).read_text(), {"__name__": "page"}, io.StringIO()
    for block in _PYTHON.finditer(text):
        line = text.count("\n", 0, block.start(1))
        with contextlib.redirect_stdout(printed):
            exec(compile("\n" * line + block[1], str(ROOT / page), "exec"), names)
    return printed.getvalue()


def test_the_readme() -> None:
    """Its Python block runs, and prints the kernels and the IR."""
    printed = run_blocks("README.md")
    assert "fused: " in printed
    assert "tessel.matmul" in printed


@pytest.mark.parametrize("page", [page for page in PAGES if page != "README.md"])
def test_blocks_of_pages_run(page: str) -> None:
    """So do those of all other pages, in order."""
    run_blocks(page)


@pytest.mark.parametrize("page", [*PAGES, "CONTRIBUTING.md"])
def test_what_pages_name_is_there(page: str) -> None:
    """Files that pages name, and those that they link to."""
    text = (ROOT / page).read_text()
    missing = [name for name in _FILE.findall(text) if not (ROOT / name).exists()]
    links = _LINK.findall(text)
    missing += [link for link in links if not (ROOT / page).parent.joinpath(link).exists()]
    assert not missing


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name: str) -> None:
    """The module has examples, and they give what they say."""
    results = doctest.testmod(importlib.import_module(name))
    assert results.attempted
    assert not results.failed
