"""Compiled code on disk, so that a program is compiled once per machine and not per process.

The key is the text that IREE gets, the target's flags and IREE's version. Files are written under
another name and renamed, so that processes that write at once never see half a file.
"""

import hashlib
import importlib.metadata
import os
import tempfile
from functools import cache
from pathlib import Path

from tessel.compiler.targets.base import Target
from tessel.compiler.targets.iree import compile_to_vmfb, process_flags


def cached_compile(source: bytes, target: Target) -> bytes:
    """Machine code for `source`, from the cache when it is there.

    `TESSEL_CACHE_DIR` names the folder (`~/.cache/tessel` by default); an empty value means none.
    """
    folder = cache_folder()
    if folder is None:
        return compile_to_vmfb(source, target)
    file = folder / f"{_key(source, target)}.vmfb"
    try:
        return file.read_bytes()
    except FileNotFoundError:
        code = compile_to_vmfb(source, target)
        _write(file, code)
        return code


def cache_folder() -> Path | None:
    """Where compiled code lies, or None when caching is off."""
    configured = os.environ.get("TESSEL_CACHE_DIR")
    if configured == "":
        return None
    return Path(configured) if configured else Path.home() / ".cache" / "tessel"


def _key(source: bytes, target: Target) -> str:
    flags = (*process_flags(), *target.flags)
    parts = [_compiler_version().encode(), _host_identity(target), *map(str.encode, flags)]
    digest = hashlib.sha256(b"\0".join(parts))
    digest.update(source)
    return digest.hexdigest()


@cache
def _compiler_version() -> str:
    return importlib.metadata.version("iree-base-compiler")


def _host_identity(target: Target) -> bytes:
    """For `host`, what the processor is: the folder may be shared by several machines."""
    return target.reason.encode()


def _write(file: Path, code: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(handle, "wb") as stream:
        stream.write(code)
    os.replace(temporary, file)
