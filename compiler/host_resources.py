"""What the back end needs of the system, looked at before it is called.

IREE 3.13 ends the process where it cannot write its temporary files, or gets no memory: in a worker
process that is an error. So where one of these is scarce, a program is compiled in a worker.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from tessel.compiler import settings
from tessel.compiler.trusted_files import reason_of
from tessel.runtime.errors import TesselError

try:
    import resource
except ImportError:  # Windows
    resource = None

_FILES = 8
"""Files that IREE has open at once, and some."""

_SCRATCH_BYTES = 64 << 20
"""Bytes for temporary files: many times what a large program takes."""

_MEMORY = 1 << 30
"""Bytes of address space with which nothing that is common fails."""

_LEAST_MEMORY = 64 << 20
"""Bytes with which upstream's MLIR reads and rewrites a program that is no large one."""


class MemoryShortage(TesselError, MemoryError):
    """Less memory than a compilation takes."""


def check_memory() -> None:
    """Raises MemoryShortage where so little is left that MLIR would end the process."""
    left = _address_space_left()
    if left is not None and left < _LEAST_MEMORY:
        raise MemoryShortage(
            f"{left >> 20} MiB of address space are left, and a compilation needs"
            f" {_LEAST_MEMORY >> 20} at least; `ulimit -v` allows more"
        )


def what_is_scarce() -> str | None:
    """Why IREE may end this process, as a sentence; None where it will not for want of anything."""
    return (
        _why_no_files(_iree_folder())
        or _why_no_large_files()
        or _why_no_memory()
        or _why_no_linker()
    )


def temporary_folder() -> Path | None:
    """The folder for temporary files of a worker; None where none can be written."""
    return next((one for one in _folders() if _why_no_files(one) is None), None)


def _iree_folder() -> Path:
    """Where LLVM writes temporary files."""
    named = (os.environ.get(name) for name in ("TMPDIR", "TMP", "TEMP", "TEMPDIR"))
    return Path(next(filter(None, named), "/tmp" if os.name == "posix" else tempfile.gettempdir()))


def _folders() -> Iterator[Path]:
    yield _iree_folder()
    yield from (Path("/tmp"), Path("/var/tmp"))
    cache = settings.CACHE_DIR.get()
    if cache is not None:
        yield cache.absolute()


def _why_no_files(folder: Path) -> str | None:
    try:
        with ExitStack() as stack:
            stream = stack.enter_context(tempfile.NamedTemporaryFile(dir=folder))
            for _ in range(_FILES):
                stack.callback(os.close, os.dup(stream.fileno()))
        if hasattr(os, "statvfs"):
            status = os.statvfs(folder)
            if status.f_bavail * status.f_frsize < _SCRATCH_BYTES:
                return f"the disk of {folder}, the folder for temporary files, is full"
    except OSError as error:
        return f"{folder}, the folder for temporary files, cannot be used: {reason_of(error)}"
    return None


def _why_no_large_files() -> str | None:
    if resource is None:
        return None
    largest = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    if largest == resource.RLIM_INFINITY or largest >= _SCRATCH_BYTES:
        return None
    return f"files may have {largest} bytes at most (`ulimit -f`)"


def _why_no_memory() -> str | None:
    left = _address_space_left()
    if left is None or left >= _MEMORY:
        return None
    return f"{left >> 20} MiB of address space are left (`ulimit -v`)"


def _why_no_linker() -> str | None:
    """IREE's linker finds the library beside it by /proc; a worker is told where that is."""
    if sys.platform != "linux" or os.path.lexists("/proc/self/exe"):
        return None
    return "/proc is not there"


def _address_space_left() -> int | None:
    """Bytes that this process may still ask for; None where there is no limit."""
    if resource is None:
        return None
    most = resource.getrlimit(resource.RLIMIT_AS)[0]
    return None if most == resource.RLIM_INFINITY else max(0, most - _address_space())


def _address_space() -> int:
    """Bytes of this process's address space; where Linux does not tell, of its largest memory."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (OSError, ValueError):
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # type: ignore[union-attr]
        return used if sys.platform == "darwin" else used << 10
    return pages * os.sysconf("SC_PAGE_SIZE")
