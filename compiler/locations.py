"""Which Python frame is the user's, and where it is.

Frames of Tessel and of NumPy are left out; the innermost remaining frame is the user's.
"""

import importlib.util
import os
import sys
import sysconfig
from types import CodeType, FrameType

import numpy as np

from tessel.compiler.diagnostics import SourceLocation

# `compiler/locations.py` is one folder below the folder that holds all our packages.
_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_PACKAGES = tuple(_OURS + name + os.sep for name in ("compiler", "dialects", "runtime", "tessel"))
_BINDINGS = [importlib.util.find_spec(name) for name in ("torch_mlir", "mlir")]
_FOREIGN = (
    os.path.dirname(np.__file__) + os.sep,
    *(one + os.sep for spec in _BINDINGS if spec for one in spec.submodule_search_locations or ()),
)

_LIBRARIES = (
    *_PACKAGES,
    *_FOREIGN,
    *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
    "<frozen ",
)


def is_library(file: str) -> bool:
    """Whether a file is Tessel's, Python's or of an installed package, and not the user's."""
    return file.startswith(_LIBRARIES)


def user_frame(start: FrameType | None = None) -> FrameType | None:
    """The innermost frame that is neither Tessel's nor NumPy's."""
    frame = start or sys._getframe(1)
    while frame is not None and is_internal(frame.f_code):
        frame = frame.f_back
    return frame


def is_internal(code: CodeType) -> bool:
    """Whether code belongs to Tessel or NumPy and not to the user."""
    return is_internal_file(code.co_filename)


def is_internal_file(file: str) -> bool:
    """Whether a file belongs to Tessel or NumPy and not to the user."""
    return file.startswith(_PACKAGES + _FOREIGN)


def own_folders() -> list[str]:
    """Folders of Tessel's files: beside each other in a checkout, in one where it is installed."""
    return list(_PACKAGES) if all(map(os.path.isdir, _PACKAGES)) else [_OURS]


def user_location() -> SourceLocation | None:
    """The user's line that is running now."""
    frame = user_frame(sys._getframe(1))
    if frame is None:
        return None
    return SourceLocation(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)
