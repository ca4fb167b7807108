"""Files of records, a line of JSON each: processes append without a lock, and people edit.

So a line may be anything. One that is no record, or holds other types than the record's fields,
does not count; nor does a file that other users may have written (`trusted_files.py`).
"""

import json
import logging
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from tessel.compiler.trusted_files import make_folder, read_own, reason_of

_log = logging.getLogger("tessel.tuning")

Line = TypeVar("Line")
JsonObject = dict[str, Any]

_LARGEST = 1 << 26
"""Bytes of a file that is read."""

_APPEND = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)


def read_lines(
    file: Path | None, cls: type[Line], is_current: Callable[[JsonObject], bool] = lambda _: True
) -> Sequence[Line]:
    """The records of a file, each a dataclass `cls`; lines that are none are left out.

    The log names the first of them. Those that are not `is_current` are left out in silence, also
    where they have fields of another version.
    """
    if file is None:
        return []
    try:
        content = read_own(file, _LARGEST)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        warn_once(f"{file} is not read: {reason_of(error)}")
        return []
    records, bad = [], []
    for number, line in enumerate(content.splitlines(), 1):
        try:
            found = _object(line)
            if is_current(found):
                records.append(_record(found, cls))
        except (TypeError, ValueError, RecursionError):
            bad.append(number)
    if bad:
        others = f" (nor are {len(bad) - 1} others)" if len(bad) > 1 else ""
        _log.warning("line %d of %s is no record and does not count%s", bad[0], file, others)
    return records


def append_line(file: Path | None, record: Any) -> None:
    """Adds `record`, a dataclass, to a file; where that cannot be written there is a warning."""
    if file is None:
        return
    line = json.dumps(asdict(record)).encode() + b"\n"
    try:
        make_folder(file.parent)
        if os.path.lexists(file):
            # What is no file of ours, a pipe among others, is not written to either.
            content = read_own(file, _LARGEST)
            if content and not content.endswith(b"\n"):
                line = b"\n" + line  # a writer was killed within its line
        with os.fdopen(os.open(file, _APPEND, 0o600), "ab", buffering=0) as stream:
            stream.write(line)
    except OSError as error:
        warn_once(f"what was measured cannot be kept in {file}: {reason_of(error)}")


@cache
def warn_once(sentence: str) -> None:
    """A warning, the first time that there is cause for it."""
    _log.warning("%s", sentence)


def _object(line: bytes) -> JsonObject:
    """Raises TypeError or ValueError for a line that is none."""
    found = json.loads(line)
    if not isinstance(found, dict):
        raise TypeError(line)
    return found


def _record(found: JsonObject, cls: type[Line]) -> Line:
    """Raises TypeError where it is no `cls`."""
    types = get_type_hints(cls)
    return cls(**{name: _typed(value, types.get(name)) for name, value in found.items()})


def _typed(value: Any, wanted: Any) -> Any:
    """`value` as JSON gives it, as the type `wanted`. Raises TypeError for a value of another."""
    origin, arguments = get_origin(wanted), get_args(wanted)
    if origin is dict and isinstance(value, dict):
        return {_typed(key, arguments[0]): _typed(one, arguments[1]) for key, one in value.items()}
    if origin is list and isinstance(value, list):
        return [_typed(one, arguments[0]) for one in value]
    if origin is tuple and isinstance(value, list) and len(value) == len(arguments):
        return tuple(_typed(one, kind) for one, kind in zip(value, arguments))
    if isinstance(value, int | float) and wanted is float and not isinstance(value, bool):
        if math.isfinite(value):
            return float(value)
    if wanted in (str, int) and type(value) is wanted:
        return value
    raise TypeError(value)
