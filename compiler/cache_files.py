"""Files of the cache folder: written whole or not at all, read when they are what was written.

A file is written under another name and renamed, so that processes that write at once never see
half of one. It begins with what it is, its key and its length, and a digest over all of that and
the content: IREE may crash on a file that was cut, changed or renamed. Only this user's files are
read (`trusted_files.py`), and only what Tessel wrote is deleted: what was used longest ago goes
first when the folder is too large.
"""

import hashlib
import logging
import os
import re
import tempfile
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

from tessel.compiler import settings
from tessel.compiler.trusted_files import (
    check_folder,
    is_own_file,
    make_folder,
    read_own,
    reason_of,
)

_log = logging.getLogger("tessel.cache")

_OURS = b"tessel-"
"""How every file of every version begins."""

MAGIC = _OURS + b"2"
_LENGTH_BYTES = 8
_DIGEST_BYTES = hashlib.sha256().digest_size
_HEADER_BYTES = len(MAGIC) + 2 * _DIGEST_BYTES + _LENGTH_BYTES

_LARGEST = 1 << 32
"""Bytes of a file that is read."""

CODE, RECORD, WEIGHTS = ".vmfb", ".program", ".weights"
"""Suffixes: machine code, programs of functions with all that a call needs, and their weights."""

_ENTRY = re.compile(rf"[0-9a-f]{{{2 * _DIGEST_BYTES}}}\.(vmfb|program|weights)")
_UNFINISHED = re.compile(rf"[0-9a-f]{{{2 * _DIGEST_BYTES}}}\.\w+\.tmp")

_ABANDONED_SECONDS = 3600
"""Age of an unfinished file whose writer must have died."""


def usable_folder() -> Path | None:
    """The folder that `TESSEL_CACHE_DIR` names; None for none, or, after a warning, a bad one."""
    folder = settings.CACHE_DIR.get()
    if folder is None:
        return None
    try:
        make_folder(folder)
    except OSError as error:
        _warn(folder, reason_of(error))
        return None
    return folder


def read_entry(file: Path) -> memoryview | None:
    """The content of a file, or None when there is none, or one that is damaged or not ours."""
    try:
        content = read_own(file, _LARGEST)
    except FileNotFoundError:
        _log.debug("%s is not there", file.name)
        return None
    except OSError as error:
        _log.warning("%s is not used: %s", file, reason_of(error))
        return None
    inside = memoryview(content)[_HEADER_BYTES:]
    if content[:_HEADER_BYTES] != _header(file.stem, inside):
        _log.warning("%s is damaged and is compiled again", file)
        return None
    with suppress(OSError):  # a disk that cannot be written can be read
        os.utime(file, follow_symlinks=False)  # marks its use for `prune`
    _log.debug("found %s", file.name)
    return inside


def keep(file: Path, content: bytes, largest: int | None) -> None:
    """Writes a file that `read_entry` reads, and prunes the folder; a warning where that fails."""
    try:
        _write(file, content)
        prune(file.parent, largest)
    except OSError as error:
        _warn(file.parent, reason_of(error))


def prune(folder: Path, largest: int | None) -> None:
    """Deletes what was used longest ago until the folder holds at most `largest` bytes.

    Nothing that Tessel did not write is deleted or counted.
    """
    check_folder(folder)
    entries = []
    for file in folder.iterdir():
        try:
            status = file.lstat()
        except FileNotFoundError:  # another process deleted it
            continue
        if not is_own_file(status):
            continue
        if _ENTRY.fullmatch(file.name):
            entries.append((status.st_mtime_ns, status.st_size, file))
        elif _UNFINISHED.fullmatch(file.name):
            # A clock that was set back makes files of the future.
            if abs(time.time() - status.st_mtime) > _ABANDONED_SECONDS and _is_ours(file):
                file.unlink(missing_ok=True)
    total = sum(size for _, size, _ in entries)
    if largest is None or total <= largest:
        return
    ours = [entry for entry in entries if _is_ours(entry[2])]
    total = sum(size for _, size, _ in ours)
    for _, size, file in sorted(ours):
        if total <= largest:
            return
        file.unlink(missing_ok=True)
        _log.info("deleted %s, %d bytes", file.name, size)
        total -= size


def _write(file: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f"{file.stem}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(_header(file.stem, content))
            stream.write(content)
        os.replace(temporary, file)
    except BaseException:  # an interrupt, too
        Path(temporary).unlink(missing_ok=True)
        raise
    _log.debug("wrote %s, %d bytes", file.name, len(content))


@cache
def _warn(folder: Path, reason: str) -> None:
    """Once: a program compiles many times."""
    _log.warning("compiled code cannot be kept in %s: %s", folder, reason)


def _header(key: str, content: bytes | memoryview) -> bytes:
    described = MAGIC + bytes.fromhex(key) + len(content).to_bytes(_LENGTH_BYTES, "little")
    digest = hashlib.sha256(described)
    digest.update(content)
    return described + digest.digest()


def _is_ours(file: Path) -> bool:
    """Whether a file begins as those that Tessel writes, or was cut before that."""
    try:
        with file.open("rb") as stream:
            begin = stream.read(len(_OURS))
    except OSError:
        return False
    return _OURS.startswith(begin)
