"""Compiled code on disk, so that a program is compiled once per machine and not per process.

The key is the text that IREE gets, all of IREE's flags, its version, and for `host` the processor.
A file is written under another name and renamed, so that processes that write at once never see
half of one; its checksum shows when it was damaged later. What was used longest ago goes first when
the folder is too large.
"""

import hashlib
import importlib.metadata
import logging
import os
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from tessel.compiler import settings
from tessel.compiler.targets.base import Target
from tessel.compiler.targets.iree import compile_to_vmfb, process_flags
from tessel.compiler.targets.subnormals import code_for

Compiler = Callable[[bytes, Target], bytes]

_log = logging.getLogger("tessel.cache")

_SUFFIX = ".vmfb"
_MAGIC = b"tessel-1"
_CHECKSUM_BYTES = hashlib.sha256().digest_size

_ABANDONED_SECONDS = 3600
"""Age of an unfinished file whose writer must have died."""


def cached_compile(
    source: bytes,
    target: Target,
    compiler: Compiler = compile_to_vmfb,
    identity: bytes | None = None,
) -> bytes:
    """Machine code for `source`: from the cache, else from `compiler`, which then fills the cache.

    `identity` stands for `source` in the key: the same program without the user's line numbers.
    `TESSEL_CACHE_DIR` names the folder and `TESSEL_CACHE_SIZE` its largest size.
    """
    folder = settings.CACHE_DIR.get()
    if folder is None:
        return compiler(source, target)
    file = folder / f"{_key(identity or source, target)}{_SUFFIX}"
    code = _read(file)
    if code is None:
        code = compiler(source, target)
        try:
            _write(file, code)
            prune(folder, settings.CACHE_SIZE.get())
        except OSError as error:
            _log.warning("compiled code cannot be kept in %s: %s", folder, error)
    return code


def prune(folder: Path, largest: int | None) -> None:
    """Deletes what was used longest ago until the folder holds at most `largest` bytes."""
    entries = []
    for file in folder.iterdir():
        try:
            status = file.stat()
        except FileNotFoundError:  # another process deleted it
            continue
        if file.suffix == _SUFFIX:
            entries.append((status.st_mtime_ns, status.st_size, file))
        elif file.suffix == ".tmp" and time.time() - status.st_mtime > _ABANDONED_SECONDS:
            file.unlink(missing_ok=True)
    total = sum(size for _, size, _ in entries)
    for _, size, file in sorted(entries):
        if largest is None or total <= largest:
            return
        file.unlink(missing_ok=True)
        _log.info("deleted %s, %d bytes", file.name, size)
        total -= size


def _read(file: Path) -> bytes | None:
    """The code in a file, or None when there is none or it is damaged."""
    try:
        content = file.read_bytes()
        os.utime(file)  # marks its use for `prune`
    except OSError:
        _log.debug("%s is not there", file.name)
        return None
    start = len(_MAGIC) + _CHECKSUM_BYTES
    if content[:start] != _MAGIC + hashlib.sha256(content[start:]).digest():
        _log.warning("%s is damaged and is compiled again", file)
        return None
    _log.debug("found %s", file.name)
    return content[start:]


def _write(file: Path, code: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=file.parent, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(_MAGIC + hashlib.sha256(code).digest() + code)
        os.replace(temporary, file)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
    _log.debug("wrote %s, %d bytes", file.name, len(code))


def _key(source: bytes, target: Target) -> str:
    flags = (*process_flags(), *target.flags, code_for(target))
    parts = (_compiler_version(), target.fingerprint, *flags)
    digest = hashlib.sha256("\0".join(parts).encode())
    digest.update(b"\0" + source)
    return digest.hexdigest()


@cache
def _compiler_version() -> str:
    return importlib.metadata.version("iree-base-compiler")
