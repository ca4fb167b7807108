"""No process takes a program that another one has made of something else."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from changed_objects import OBJECTS
from changed_programs import KEPT as KEPT_PROGRAMS
from incomparable_programs import TRACED

KEPT = KEPT_PROGRAMS | OBJECTS

_CHILD = """
import importlib, json, sys
import numpy as np
import tessel
from tessel.compiler.warm_start import dependencies
folder, names, arguments, reads_texts, last = json.load(sys.stdin)
if not reads_texts:
    dependencies._Walk._source = lambda walk, code: None
sys.path.insert(0, folder)
x = np.arange(-4.0, 4.0)
found, calls = {}, []
for name in names:
    m = importlib.import_module(name)
    given = eval(f"({arguments[name]},)" if arguments[name] else "()", {"m": m})
    calls.append((name, m.f, given, np.asarray(m.f(x, *given), float)))
    if name == last:
        found["imported"] = [one for one in ("torch_mlir", "iree.compiler") if one in sys.modules]
for name, f, given, result in calls:
    expected = np.asarray(f.function(x, *given), float)
    is_right, element = bool(np.allclose(result, expected)), float(result.ravel()[6])
    found[name] = int(f.stats.traces > 0), is_right, element
print(json.dumps(found))
"""

PROGRAMS = KEPT | TRACED

FEW = ("body", "one_weight", "attribute")


def call(
    names: Iterable[str],
    folder: Path,
    cache: Path,
    *options: str,
    reads_texts: bool = True,
    **environment: str,
) -> dict[str, list]:
    """Traces, whether NumPy computes the same, and an element, of each program in a process.

    The text of a function's file tells nearly all changes; without it the rest has to.
    """
    arguments = {name: PROGRAMS[name].call for name in names}
    given = [str(folder), list(arguments), arguments, reads_texts, list(KEPT)[-1]]
    done = subprocess.run(
        [sys.executable, *options, "-c", _CHILD],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={
            **os.environ,
            "TESSEL_CACHE_DIR": str(cache),
            "TESSEL_WARM_START": "1",
            **environment,
        },
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def write(folder: Path, changed: bool) -> None:
    """Writes the modules of all programs."""
    for name, one in PROGRAMS.items():
        source, other = one.after() if changed else one.before()
        (folder / f"{name}.py").write_text(source)
        (folder / f"{name}_other.py").write_text(other)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list]]:
    """Processes, one after the other, that share a cache."""
    folder, cache = tmp_path_factory.mktemp("programs"), tmp_path_factory.mktemp("cache")
    write(folder, changed=False)
    found = {when: call(PROGRAMS, folder, cache, reads_texts=False) for when in ("first", "again")}
    write(folder, changed=True)
    variables = {name: text for one in KEPT.values() for name, text in one.environment.items()}
    found["changed"] = call(PROGRAMS, folder, cache, reads_texts=False, **variables)
    return found


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_changed_program_is_traced(runs: dict[str, dict[str, list]], name: str) -> None:
    """And is NumPy's, before and after."""
    assert runs["first"][name][:2] == [1, True]
    assert runs["changed"][name][:2] == [1, True]
    if not PROGRAMS[name].same_value:
        assert runs["first"][name][2] != runs["changed"][name][2]


@pytest.mark.parametrize("name", KEPT)
def test_a_program_that_is_the_same_is_not_traced(
    runs: dict[str, dict[str, list]], name: str
) -> None:
    assert runs["again"][name] == [0, True, runs["first"][name][2]]


@pytest.mark.parametrize("name", TRACED)
def test_what_cannot_be_compared_is_traced(runs: dict[str, dict[str, list]], name: str) -> None:
    assert runs["again"][name][:2] == [1, True]


def test_a_call_that_finds_its_program_imports_no_compiler(
    runs: dict[str, dict[str, list]],
) -> None:
    assert runs["first"]["imported"] == ["torch_mlir", "iree.compiler"]
    assert runs["again"]["imported"] == []


def test_what_the_key_says_beside_the_program(tmp_path: Path) -> None:
    """The same files elsewhere, other texts, settings, flags of Python, versions: traced."""
    folder, moved, cache = tmp_path / "here", tmp_path / "there", tmp_path / "cache"
    for one in (folder, moved):
        one.mkdir()
        write(one, changed=False)

    def traces(folder: Path, *options: str, **environment: str) -> set[int]:
        found = call(FEW, folder, cache, *options, reads_texts=True, **environment)
        assert all(found[name][1] for name in FEW)
        return {found[name][0] for name in FEW}

    assert traces(folder) == {1}
    assert traces(folder) == {0}
    assert traces(moved) == {1}
    assert traces(folder, "-O") == {1}
    assert traces(folder, TESSEL_CPU="x86-64-v2") == {1}
    with open(folder / "attribute.py", "a", encoding="utf-8") as stream:
        stream.write("# nothing\n")
    assert traces(folder) == {0, 1}
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "sitecustomize.py").write_text("import numpy\nnumpy.__version__ = '0'\n")
    assert traces(folder, PYTHONPATH=str(tmp_path / "other")) == {1}
    assert traces(folder) == {0}


def test_broken_records_are_skipped(tmp_path: Path) -> None:
    """Cut, changed, empty, a folder, a pipe, of another name: a warning, and it is traced."""
    folder, cache = tmp_path / "here", tmp_path / "cache"
    folder.mkdir()
    write(folder, changed=False)
    names = list(KEPT)[:6]
    found = call(names, folder, cache)
    assert [found[name][0] for name in names] == [1] * 6
    files = sorted(cache.glob("*.program"))
    assert len(files) == 6
    contents = [one.read_bytes() for one in files]
    files[0].write_bytes(contents[0][:-1])
    files[1].write_bytes(contents[1][:-9] + bytes([contents[1][-9] ^ 1]) + contents[1][-8:])
    files[2].write_bytes(b"")
    files[3].unlink()
    files[3].mkdir()
    files[4].unlink()
    os.mkfifo(files[4])
    files[5].write_bytes(contents[0])
    found = call(names, folder, cache)
    assert [found[name][:2] for name in names] == [[1, True]] * 6
