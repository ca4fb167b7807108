"""What the pages and the docstrings show runs as shown, and what pages name is there."""

import doctest
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = (
    "tessel.compiler.api",
    "tessel.compiler.compiled_function",
    "tessel.compiler.kernels.registry",
    "tessel.compiler.frontend.tracing.pytree",
    "tessel.compiler.compile_ir",
    "tessel.compiler.text_table",
    "tessel.dialects.types",
)

PAGES = ("README.md", *sorted(str(page.relative_to(ROOT)) for page in ROOT.glob("docs/*.md")))
_PYTHON, _SHOWN = (
    re.compile(rf"^```{language}\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    for language in ("python", "text")
)
_LINK = re.compile(r"\]\(([\w./-]+)(?:#[^)]*)?\)")
_FILE = re.compile(
    r"`((?:benchmarks|compiler|dialects|docs|examples|lit_tests|runtime|tests|tools)/"
    r"[\w/.]*\w\.(?:py|mlir|md|json|svg))"
)


def text_of(page: str) -> str:
    return (ROOT / page).read_text()


def run_blocks(page: str) -> str:
    """Runs the Python blocks of a page, in order, in a process of their own; what they print."""
    blocks = [block[1] for block in _PYTHON.finditer(text_of(page))]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(blocks)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{page}: {done.stderr}"
    return done.stdout


def test_the_readme() -> None:
    """Its Python block runs, and prints the kernels and the IR."""
    printed = run_blocks("README.md")
    assert "fused: " in printed
    assert "tessel.matmul" in printed


@pytest.mark.parametrize("page", [p for p in PAGES[1:] if _PYTHON.search(text_of(p))])
def test_blocks_of_pages_run(page: str) -> None:
    """The Python blocks of a page run, and print the lines of its blocks of text."""
    printed = run_blocks(page)
    shown = [line for block in _SHOWN.finditer(text_of(page)) for line in block[1].splitlines()]
    assert not [line for line in shown if line not in printed]


@pytest.mark.parametrize(("page", "lines"), [("README.md", 100), ("docs/architecture.md", 150)])
def test_pages_stay_short(page: str, lines: int) -> None:
    """Two minutes for the one, a quarter of an hour for the other: more belongs to other pages."""
    assert len(text_of(page).splitlines()) <= lines


@pytest.mark.parametrize("page", [*PAGES, "CONTRIBUTING.md"])
def test_what_pages_name_is_there(page: str) -> None:
    """Files that pages name, and those that they link to."""
    text = text_of(page)
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
