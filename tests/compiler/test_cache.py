"""Compiled code on disk: found again, bounded, and whole whatever happens to the folder."""

import os
import threading
from pathlib import Path

import pytest

from tessel.compiler.cache import cached_compile, prune
from tessel.compiler.targets.base import Target

TARGET = Target("host", "llvm-cpu", "for a test", ("--flag",))


class Counting:
    """Stands for the back end: returns the source twice and counts its calls."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, source: bytes, target: Target) -> bytes:
        self.calls += 1
        return source * 2


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TESSEL_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def test_the_second_time_nothing_is_compiled(folder):
    compiler = Counting()
    assert cached_compile(b"ab", TARGET, compiler) == b"abab"
    assert cached_compile(b"ab", TARGET, compiler) == b"abab"
    assert compiler.calls == 1
    assert len(files(folder)) == 1


@pytest.mark.parametrize(
    "other",
    [
        Target("host", "llvm-cpu", "for a test", ("--other",)),
        Target("host", "llvm-cpu", "for a test", ("--flag",), fingerprint="another processor"),
    ],
)
def test_flags_and_processor_are_part_of_the_key(folder, other):
    compiler = Counting()
    cached_compile(b"ab", TARGET, compiler)
    cached_compile(b"ab", other, compiler)
    cached_compile(b"cd", TARGET, compiler)
    assert compiler.calls == 3


def test_an_empty_name_turns_the_cache_off(folder, monkeypatch):
    monkeypatch.setenv("TESSEL_CACHE_DIR", "")
    compiler = Counting()
    for _ in range(2):
        cached_compile(b"ab", TARGET, compiler)
    assert compiler.calls == 2
    assert not folder.exists()


@pytest.mark.parametrize(
    "damage", [b"", b"abab", lambda old: old[:-1] + b"x", lambda old: old[:20]]
)
def test_a_damaged_file_is_compiled_again_and_repaired(folder, damage):
    compiler = Counting()
    cached_compile(b"ab", TARGET, compiler)
    (file,) = files(folder)
    whole = file.read_bytes()
    file.write_bytes(damage(whole) if callable(damage) else damage)
    assert cached_compile(b"ab", TARGET, compiler) == b"abab"
    assert file.read_bytes() == whole
    assert compiler.calls == 2


def test_what_was_used_longest_ago_is_deleted_first(folder, monkeypatch):
    compiler = Counting()
    for number, name in enumerate((b"a", b"b", b"c")):
        cached_compile(name * 1000, TARGET, compiler)
        newest = max(files(folder), key=lambda file: file.stat().st_mtime_ns)
        os.utime(newest, (number, number))
    cached_compile(b"a" * 1000, TARGET, compiler)  # used again: now `b` is the oldest
    monkeypatch.setenv("TESSEL_CACHE_SIZE", "7000")
    cached_compile(b"d" * 1000, TARGET, compiler)
    assert compiler.calls == 4
    assert sum(file.stat().st_size for file in files(folder)) <= 7000
    for name in (b"a", b"c", b"d"):
        cached_compile(name * 1000, TARGET, compiler)
    assert compiler.calls == 4
    cached_compile(b"b" * 1000, TARGET, compiler)
    assert compiler.calls == 5


def test_unfinished_files_of_dead_writers_go(folder):
    folder.mkdir()
    (folder / "dead.tmp").write_bytes(b"half")
    os.utime(folder / "dead.tmp", (0, 0))
    (folder / "alive.tmp").write_bytes(b"half")
    (folder / "not ours").write_bytes(b"kept")
    prune(folder, 0)
    assert [file.name for file in files(folder)] == ["alive.tmp", "not ours"]


def test_a_folder_that_cannot_be_written_costs_a_warning_only(tmp_path, monkeypatch, caplog):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("TESSEL_CACHE_DIR", str(tmp_path / "file" / "cache"))
    assert cached_compile(b"ab", TARGET, Counting()) == b"abab"
    assert "compiled code cannot be kept in" in caplog.text


def test_writers_at_once_leave_one_whole_file(folder):
    results: list[bytes] = []

    def work() -> None:
        for _ in range(20):
            results.append(cached_compile(b"ab" * 10_000, TARGET, Counting()))
            prune(folder, 0)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 160
    assert set(results) == {b"ab" * 20_000}
    assert all(file.suffix == ".vmfb" for file in files(folder))
