"""Compiled code on disk: found again, bounded, and whole whatever happens to the folder."""

import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tessel.compiler.cache import cached_compile
from tessel.compiler.cache_files import prune
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
    """Also those of the future, which a clock that was set back leaves."""
    folder.mkdir()
    now = time.time()
    for key, moment in (("a", 0), ("b", now + 9999), ("c", now)):
        file = folder / f"{key * 64}.abcdefgh.tmp"
        file.write_bytes(b"tessel-2 half")
        os.utime(file, (moment, moment))
    prune(folder, 0)
    assert [file.name[0] for file in files(folder)] == ["c"]


def test_only_what_tessel_wrote_is_deleted(folder):
    """Neither by its name alone, nor by its content alone, is a file ours."""
    compiler = Counting()
    cached_compile(b"ab", TARGET, compiler)
    (entry,) = files(folder)
    content = entry.read_bytes()
    for name in ("thesis.tmp", "my_model.vmfb", "tmpabcdefgh.tmp", f"{'a' * 63}.vmfb"):
        (folder / name).write_bytes(content)
    (folder / f"{'a' * 64}.vmfb").write_bytes(b"\0\0\0\0a model of somebody's")
    (folder / f"{'b' * 64}.abcdefgh.tmp").write_bytes(b"a thesis")
    (folder / f"{'c' * 64}.vmfb").mkdir()
    (folder / f"{'d' * 64}.vmfb").symlink_to(folder / "thesis.tmp")
    for file in files(folder):
        os.utime(file, (0, 0), follow_symlinks=False)
    prune(folder, 0)
    left = {file.name for file in files(folder)}
    assert entry.name not in left
    assert len(left) == 8


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


NOBODY = 65534


@pytest.fixture
def ordinary_user() -> Iterator[Path]:
    """A folder of a user whom permissions bind, who the process is meanwhile."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        is_root = os.geteuid() == 0
        if is_root:
            os.chown(name, NOBODY, NOBODY)
            os.seteuid(NOBODY)
        try:
            yield Path(name)
        finally:
            if is_root:
                os.seteuid(0)


def give_away(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes it another user's; who may not give things away is another user himself."""
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOBODY)
    else:
        user = os.geteuid()
        monkeypatch.setattr(os, "geteuid", lambda: user + 1)


def plant(folder: Path) -> Path:
    """An entry of right form for `b"ab"`, made by another program."""
    cached_compile(b"ab", TARGET, lambda source, target: b"planted")
    (entry,) = files(folder)
    return entry


def test_folders_are_the_users_alone(folder, monkeypatch):
    nested = folder / "nested"
    monkeypatch.setenv("TESSEL_CACHE_DIR", str(nested))
    cached_compile(b"ab", TARGET, Counting())
    assert [one.stat().st_mode & 0o777 for one in (folder, nested)] == [0o700, 0o700]
    assert [one.stat().st_mode & 0o777 for one in files(nested)] == [0o600]


@pytest.mark.parametrize("what", ["entry", "folder"])
def test_what_another_user_owns_is_not_used(folder, what, monkeypatch, caplog):
    entry = plant(folder)
    give_away(entry if what == "entry" else folder, monkeypatch)
    assert cached_compile(b"ab", TARGET, Counting()) == b"abab"
    assert "another user owns it" in caplog.text


@pytest.mark.parametrize("mode", [0o660, 0o606, 0o777])
@pytest.mark.parametrize("what", ["entry", "folder"])
def test_what_others_may_write_is_not_used(folder, what, mode, caplog):
    entry = plant(folder)
    (entry if what == "entry" else folder).chmod(mode | (0o100 if what == "folder" else 0))
    assert cached_compile(b"ab", TARGET, Counting()) == b"abab"
    assert "other users may write to it" in caplog.text


def test_an_entry_that_is_a_link_is_not_used(folder, tmp_path, caplog):
    entry = plant(folder)
    entry.rename(tmp_path / "elsewhere")
    entry.symlink_to(tmp_path / "elsewhere")
    assert cached_compile(b"ab", TARGET, Counting()) == b"abab"
    assert "it is a link" in caplog.text
    assert not entry.is_symlink()
    assert b"planted" in (tmp_path / "elsewhere").read_bytes()


def test_a_renamed_entry_is_not_used(folder):
    """What is another program's, however whole it is."""
    entry = plant(folder)
    cached_compile(b"cd", TARGET, Counting())
    (other,) = [file for file in files(folder) if file != entry]
    entry.replace(other)
    assert cached_compile(b"cd", TARGET, Counting()) == b"cdcd"


def _make_fifo(path: Path) -> None:
    os.mkfifo(path)


def _make_loop(path: Path) -> None:
    path.symlink_to(path)


def _make_dangling(path: Path) -> None:
    path.symlink_to(path.parent / "nowhere")


def _make_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _make_file(path: Path) -> None:
    path.write_bytes(b"")


def _make_full_folder(path: Path) -> None:
    path.mkdir()
    (path / "file").write_bytes(b"")


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "make",
    [_make_fifo, _make_loop, _make_dangling, _make_device, _make_file, _make_full_folder],
)
@pytest.mark.parametrize("at", ["entry", "folder"])
def test_something_else_at_its_path(folder, make, at):
    """It is neither read, which would never end, nor trusted."""
    path = plant(folder)
    if at == "folder":
        path.unlink()
        path = folder
        folder.rmdir()
    else:
        path.unlink()
    make(path)
    for _ in range(2):
        assert cached_compile(b"ab", TARGET, Counting()) == b"abab"


@pytest.mark.parametrize("room", [0, 1, 100])
def test_a_full_disk_costs_one_warning(folder, room, caplog):
    """And leaves nothing that is half."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    for name in (b"ab", b"cd"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
        try:
            code = cached_compile(name * 1000, TARGET, Counting())
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert code == name * 2000
    assert caplog.text.count("compiled code cannot be kept in") == 1
    assert files(folder) == []


def test_a_folder_that_cannot_be_written_is_read(ordinary_user, monkeypatch):
    folder = ordinary_user / "cache"
    monkeypatch.setenv("TESSEL_CACHE_DIR", str(folder))
    compiler = Counting()
    cached_compile(b"ab", TARGET, compiler)
    folder.chmod(0o500)
    for _ in range(2):
        assert cached_compile(b"ab", TARGET, compiler) == b"abab"
        assert cached_compile(b"cd", TARGET, Counting()) == b"cdcd"
    assert compiler.calls == 1
    folder.chmod(0o000)
    assert cached_compile(b"ab", TARGET, compiler) == b"abab"
    folder.chmod(0o700)


def test_a_working_directory_that_is_gone(tmp_path, monkeypatch, caplog):
    """A relative name leads nowhere then."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    monkeypatch.setenv("TESSEL_CACHE_DIR", "cache/of mine")
    assert cached_compile(b"ab", TARGET, Counting()) == b"abab"
    assert "compiled code cannot be kept in cache/of mine" in caplog.text


def test_an_interrupt_while_writing_leaves_nothing(folder, monkeypatch):
    def interrupted(*names: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cached_compile(b"ab", TARGET, Counting())
    assert files(folder) == []


WRITER = """
import sys
from tessel.compiler.cache import cached_compile
from tessel.compiler.targets.base import Target

target = Target("host", "llvm-cpu", "for a test", ("--flag",))
print("begins", flush=True)
while True:
    for number in range(8):
        source = bytes([number]) * 200_000
        code = cached_compile(source, target, lambda source, target: source * 2)
        assert code == source * 2
        if number % 2:
            __import__("os").environ["TESSEL_CACHE_SIZE"] = str(number * 400_000)
"""


def test_processes_at_once_of_which_one_is_killed(folder):
    """Within a write or not: what is found afterwards is whole or not there."""
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER], stdout=subprocess.PIPE) for _ in range(3)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"begins\n"
    time.sleep(0.3)
    assert [writer.poll() for writer in writers] == [None, None, None]
    for writer in writers:
        writer.kill()
        writer.communicate()
    for number in range(8):
        source = bytes([number]) * 200_000
        assert cached_compile(source, TARGET, Counting()) == source * 2
