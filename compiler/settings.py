"""Every environment variable, in one typed table; a variable is read when it is asked for.

settings.THREADS.get()        its value, or the default
settings.SETTINGS             the table, which `docs/settings.md` is made from
"""

import logging
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Generic, TypeVar

from tessel.runtime.errors import TesselError

T = TypeVar("T")

_log = logging.getLogger("tessel")

_MOST_THREADS = 1024

_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


class SettingError(TesselError, ValueError):
    """An environment variable with a value that it cannot have."""


@dataclass(frozen=True)
class Setting(Generic[T]):
    """An environment variable; `default` is the text that stands for it when it is not set."""

    name: str
    type: str
    default: str
    description: str
    parse: Callable[[str], T]

    def get(self) -> T:
        """The value now. Raises SettingError when the text is no value of the type."""
        text = os.environ.get(self.name, self.default)
        try:
            return self.parse(text)
        except ValueError:
            message = f"{self.name}={text!r} is no {self.type}; it means: {self.description}"
            raise SettingError(message) from None


def _boolean(text: str) -> bool:
    if text.lower() not in ("0", "1", "false", "true", "no", "yes", ""):
        raise ValueError(text)
    return text.lower() in ("1", "true", "yes")


def _threads(text: str) -> int | None:
    if text == "":
        return None
    if not 1 <= int(text) <= _MOST_THREADS:
        raise ValueError(text)
    return int(text)


def _seconds(text: str) -> float | None:
    if text == "":
        return None
    if not float(text) > 0:
        raise ValueError(text)
    return float(text) if float(text) < threading.TIMEOUT_MAX else None


def _bytes(text: str) -> int | None:
    if text == "":
        return None
    number = text.upper().removesuffix("B").rstrip("KMGT")
    size = float(number) * _UNITS[text.upper().removesuffix("B")[len(number) :].strip() or ""]
    if not 0 <= size < float("inf"):
        raise ValueError(text)
    return min(int(size), sys.maxsize)


def _path(text: str) -> Path | None:
    if not text:
        return None
    try:
        path = Path(text).expanduser()
    except RuntimeError as error:  # there is no such home
        raise ValueError(text) from error
    if text.startswith("~") and (not path.is_absolute() or not os.environ.get("HOME", "/")):
        raise ValueError(text)
    return path


def _path_at_home(text: str) -> Path | None:
    """A path; none in the home of a user who has none."""
    try:
        return _path(text)
    except ValueError:
        if not text.startswith("~/"):
            raise
    _warn_of_no_home(text)
    return None


@cache
def _warn_of_no_home(text: str) -> None:
    _log.warning("nothing is kept in %s: there is no home folder (HOME)", text)


CACHE_DIR = Setting(
    "TESSEL_CACHE_DIR",
    "path",
    "~/.cache/tessel",
    "Folder of compiled code; empty for none.",
    _path_at_home,
)
CACHE_SIZE = Setting(
    "TESSEL_CACHE_SIZE",
    "number of bytes",
    "2G",
    "Largest size of that folder (units K, M, G, T), where what was used longest ago is deleted.",
    _bytes,
)
CPU = Setting(
    "TESSEL_CPU",
    "name of a CPU",
    "host",
    "Processor that the target `host` compiles for: `host`, `x86-64-v3`, `znver5`, ...",
    str,
)
THREADS = Setting(
    "TESSEL_THREADS",
    f"whole number from 1 to {_MOST_THREADS}",
    "",
    "Threads that run large programs; empty for the cores that this process may use.",
    _threads,
)
ISOLATE = Setting(
    "TESSEL_ISOLATE",
    "boolean",
    "0",
    "1 compiles in a worker process, so that a crash of the back end becomes an error.",
    _boolean,
)
COMPILE_TIMEOUT = Setting(
    "TESSEL_COMPILE_TIMEOUT",
    "positive number of seconds",
    "600",
    "Seconds after which a worker process gives up a compilation; empty for none.",
    _seconds,
)
COMPILE_MEMORY = Setting(
    "TESSEL_COMPILE_MEMORY",
    "number of bytes",
    "",
    "Memory that a worker process may take for a compilation (units K, M, G, T); empty for any.",
    _bytes,
)
LOGS = Setting(
    "TESSEL_LOGS",
    "list of logs",
    "",
    "Logs to show: `+name` all of one, `name` less, `-name` errors, `ir:fused` the IR of a stage.",
    str,
)
LOGS_JSON = Setting(
    "TESSEL_LOGS_JSON",
    "path",
    "",
    "File that logs are written to as JSON, a line each; empty for none.",
    _path,
)
TUNING_FILE = Setting(
    "TESSEL_TUNING_FILE",
    "path",
    "~/.cache/tessel/tuning.jsonl",
    "File of what max-autotune has measured, a line of JSON each; empty for none.",
    _path_at_home,
)
WARM_START = Setting(
    "TESSEL_WARM_START",
    "boolean",
    "0",
    "1 keeps programs on disk, so that the next process does not trace functions; on trial.",
    _boolean,
)

SETTINGS: tuple[Setting, ...] = (
    CACHE_DIR,
    CACHE_SIZE,
    COMPILE_MEMORY,
    COMPILE_TIMEOUT,
    CPU,
    ISOLATE,
    LOGS,
    LOGS_JSON,
    THREADS,
    TUNING_FILE,
    WARM_START,
)
"""All settings, by name."""
