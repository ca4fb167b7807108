"""Files of records, a line of JSON each: processes append without a lock, and people edit."""

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

_log = logging.getLogger("tessel.tuning")

Line = TypeVar("Line")


def read_lines(file: Path | None, cls: type[Line]) -> Sequence[Line]:
    """The records of a file, each a dataclass `cls`; a line that is none is named and left out."""
    if file is None or not file.exists():
        return []
    records = []
    for number, line in enumerate(file.read_text().splitlines(), 1):
        try:
            records.append(cls(**json.loads(line)))
        except (TypeError, ValueError):
            _log.warning("line %d of %s is no record and does not count", number, file)
    return records


def append_line(file: Path | None, record: Any) -> None:
    """Adds `record`, a dataclass, to a file; where that cannot be written there is a warning."""
    if file is None:
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a") as stream:
            stream.write(json.dumps(asdict(record)) + "\n")
    except OSError as error:
        _log.warning("what was measured cannot be kept in %s: %s", file, error)
