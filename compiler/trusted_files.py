"""Files that Tessel reads again: only those that this user alone may have written.

A folder like /tmp lets every user put a file where another's program looks for its own, and what is
read here becomes machine code. So nothing is read that another user owns or may write to, nor what
is no plain file: a link, or a pipe, which would never end.
"""

import errno
import os
import stat
from pathlib import Path

_READ = os.O_RDONLY | sum(
    getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY")
)

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def check_folder(folder: Path) -> None:
    """Raises OSError for what is no folder, or not this user's alone; so must a link to it be."""
    link = os.lstat(folder)
    if stat.S_ISLNK(link.st_mode):
        _check_owner(link, folder)
    status = os.stat(folder)
    if not stat.S_ISDIR(status.st_mode):
        raise NotADirectoryError(errno.ENOTDIR, "it is no folder", str(folder))
    _check_alone(status, folder)


def make_folder(folder: Path) -> None:
    """Makes a folder, and those above it, for this user alone. Raises OSError as `check_folder`."""
    missing = []
    ancestor = folder
    while not os.path.lexists(ancestor) and ancestor != ancestor.parent:
        missing.append(ancestor)
        ancestor = ancestor.parent
    for one in reversed(missing):
        try:
            os.mkdir(one, 0o700)
        except FileExistsError:  # another process was faster
            continue
    check_folder(folder)


def is_own_file(status: os.stat_result) -> bool:
    """Whether what has this status is a plain file of this user."""
    return stat.S_ISREG(status.st_mode) and status.st_uid == _user(status)


def read_own(file: Path, largest: int) -> bytes:
    """The content of a file. Raises OSError for one that is not this user's alone, or larger."""
    status = os.lstat(file)  # first: to open a device may do something
    if not stat.S_ISREG(status.st_mode):
        what = "a link" if stat.S_ISLNK(status.st_mode) else "no plain file"
        raise OSError(errno.EINVAL, f"it is {what}", str(file))
    with open(os.open(file, _READ), "rb") as stream:
        status = os.fstat(stream.fileno())
        _check_alone(status, file)
        if not stat.S_ISREG(status.st_mode) or status.st_size > largest:
            raise OSError(errno.EFBIG, f"it has more than {largest} bytes", str(file))
        return stream.read(largest)


def reason_of(error: OSError) -> str:
    """Why, in words, without the number and the name of the file."""
    return error.strerror or str(error) or type(error).__name__


def _check_alone(status: os.stat_result, file: Path) -> None:
    _check_owner(status, file)
    if os.name == "posix" and status.st_mode & _OTHERS_WRITE:
        message = "other users may write to it (`chmod go-w` ends that)"
        raise PermissionError(errno.EPERM, message, str(file))


def _check_owner(status: os.stat_result, file: Path) -> None:
    if status.st_uid != _user(status):
        raise PermissionError(errno.EPERM, "another user owns it", str(file))


def _user(status: os.stat_result) -> int:
    """Who this process is; on systems without users of this kind, whoever owns the file."""
    return os.geteuid() if hasattr(os, "geteuid") else status.st_uid
