"""Compiled code on disk, so that a program is compiled once per machine and not per process.

The key is the text that IREE gets, all of IREE's flags, its version, and for `host` the processor.
How files are written and read is in `cache_files.py`.
"""

import hashlib
import importlib.metadata
from collections.abc import Callable
from functools import cache

from tessel.compiler import settings
from tessel.compiler.cache_files import CODE, MAGIC, keep, read_entry, usable_folder
from tessel.compiler.targets.base import Target
from tessel.compiler.targets.cpu.subnormals import code_for
from tessel.compiler.targets.iree import compile_to_vmfb, process_flags

Compiler = Callable[[bytes, Target], bytes]


def cached_compile(
    source: bytes,
    target: Target,
    compiler: Compiler = compile_to_vmfb,
    identity: bytes | None = None,
) -> bytes:
    """Machine code for `source`: from the cache, else from `compiler`, which then fills the cache.

    `identity` stands for `source` in the key: the same program without the user's line numbers.
    `TESSEL_CACHE_DIR` names the folder and `TESSEL_CACHE_SIZE` its largest size. A folder that
    cannot be used costs a warning.
    """
    folder, largest = usable_folder(), settings.CACHE_SIZE.get()
    if folder is None:
        return compiler(source, target)
    file = folder / f"{_key(identity or source, target)}{CODE}"
    found = read_entry(file)
    if found is not None:
        return bytes(found)
    code = compiler(source, target)
    keep(file, code, largest)
    return code


def _key(source: bytes, target: Target) -> str:
    versions = MAGIC.decode(), _compiler_version()
    flags = (*process_flags(), *target.flags, code_for(target))
    parts = (*versions, target.fingerprint, *flags)
    digest = hashlib.sha256("\0".join(parts).encode())
    digest.update(b"\0" + source)
    return digest.hexdigest()


@cache
def _compiler_version() -> str:
    return importlib.metadata.version("iree-base-compiler")
