"""What a compilation needs of the system: one sentence, or a slower run, where it is not there."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tessel.compiler.host_resources import temporary_folder, what_is_scarce

PROGRAM = """
import resource
import numpy as np
import tessel

x = np.ones((8, 8), np.float32)
before = tessel.compile(lambda x: x + 1)(x)  # what is imported late is
{limit}
try:
    print(tessel.compile(lambda x: np.tanh(x) @ x)(x).shape)
except tessel.TesselError as error:
    print("refused:", error)
"""


def run(limit: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """A program of its own that compiles, under a limit or in an environment."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM.format(limit=limit)],
        env={**os.environ, "TESSEL_CACHE_DIR": "", **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_nothing_is_scarce_here() -> None:
    assert what_is_scarce() is None
    assert temporary_folder() is not None


@pytest.mark.parametrize("name", ["missing", "file", "loop"])
def test_no_folder_for_temporary_files(name: str, tmp_path: Path) -> None:
    """IREE would end the process; a worker gets another folder."""
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    done = run(TMPDIR=str(tmp_path / name))
    assert done.stdout == "(8, 8)\n", done.stderr
    assert done.stderr.count("programs are compiled in a worker process") == 1
    assert "the folder for temporary files, cannot be used" in done.stderr


@pytest.mark.parametrize(
    ("name", "number", "sentence"),
    [
        ("RLIMIT_FSIZE", "0", "files may have 0 bytes at most"),
        ("RLIMIT_FSIZE", "20000", "files may have 20000 bytes at most"),
        ("RLIMIT_NOFILE", "4", "Too many open files"),
        ("RLIMIT_AS", "1 << 26", "MiB of address space are left"),
    ],
)
def test_too_little_is_one_sentence(name: str, number: str, sentence: str) -> None:
    done = run(f"resource.setrlimit(resource.{name}, ({number}, {number}))")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("refused: ")
    assert done.stdout.count("\n") == 1
    assert sentence in done.stdout


def test_a_full_disk_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = os.statvfs("/tmp")
    values = list(whole)
    values[4] = 1  # blocks that are free for this user

    monkeypatch.setattr(os, "statvfs", lambda folder: os.statvfs_result(values))
    assert "is full" in str(what_is_scarce())
    assert temporary_folder() is None


def test_files_of_any_size_are_enough() -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, limits[1]))
    try:
        assert what_is_scarce() is None
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
